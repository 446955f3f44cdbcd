"""A checkout beside ours, with servers of its own: what happens to them touches nobody else's."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import local
from local.processes import find, signal_process, wait_until


class Checkout:
    """A folder with the package in it, and the processes that a test runs there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(Path(local.__file__).parent, folder / "local")
        self._processes: list[subprocess.Popen[str]] = []
        self._name = self.run("from local.checkout import NAME; print(NAME)")

    def begin(self, script: str, *options: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *options, "-c", script],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"]},  # and no LANG: it must not matter
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        return process

    def run(self, script: str, *options: str) -> str:
        """What the script prints, both to output and errors."""
        output, errors = self.begin(script, *options).communicate(timeout=60)
        return (output + errors).strip()

    def server(self) -> str:
        """The number of the PostgreSQL that runs here, or nothing."""
        return " ".join(map(str, find("postgres", f"cluster_name={self._name}")))

    def sessions(self) -> int:
        """How many processes serve a connection to its database."""
        return len(find("postgres:", f"{self._name}: portal portal"))

    def remove(self) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()
        self.run("from local import servers; servers.erase()")

    def start_database(self) -> str:
        """Start its PostgreSQL, as every command would; returns the address."""
        script = (
            "from local import postgres, processes; processes.make_folders(); "
            "postgres.ensure(); print(postgres.url())"
        )
        told = self.run(script)
        assert self.server(), told
        return next(line for line in told.splitlines() if line.startswith("postgresql://"))

    def kill_database(self) -> None:
        """SIGKILL to every process of it at once: nobody has time to write or to answer."""

        def its() -> list[int]:
            return [
                *find("postgres", f"cluster_name={self._name}"),
                *find("postgres:", f"{self._name}:"),
            ]

        for pid in its():
            signal_process(pid, signal.SIGKILL)
        assert wait_until(lambda: not its(), 20)

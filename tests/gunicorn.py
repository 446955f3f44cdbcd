"""The portal as a server gives it out: gunicorn, files collected and compressed, no debugging."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from local.checkout import ROOT

_PATIENCE_SECONDS = 60.0
HOST = "127.0.0.1"


def environment(static: Path) -> dict[str, str]:
    """What makes another process serve this test's database as a server would."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.local",
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "DEBUG": "0",
        "STATIC_ROOT": str(static),
    }


def database_url(name: str = "") -> str:
    """The address of the test's database, or of the named one, for a process beside this one."""
    at = connection.settings_dict
    who = quote(at["USER"]) + (f":{quote(at['PASSWORD'])}" if at["PASSWORD"] else "")
    where = quote(at["HOST"], safe="") + (f":{at['PORT']}" if at["PORT"] else "")
    return f"postgresql://{who}@{where}/{name or at['NAME']}"


def collect(static: Path) -> None:
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment(static), check=True)


class Web:
    """A gunicorn that can be killed and started again on its port."""

    def __init__(self, static: Path, *, workers: int = 1) -> None:
        self.port = _free_port()
        self.address = f"http://{HOST}:{self.port}"
        self._static, self._workers = static, workers
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "config.wsgi", "--no-control-socket"),
                *("--bind", f"{HOST}:{self.port}", "--workers", str(self._workers)),
                *("--log-level", "error"),
            ],
            cwd=ROOT,
            env=environment(self._static),
            start_new_session=True,
        )
        limit = monotonic() + _PATIENCE_SECONDS
        while not _answers(self.port):
            assert self.process.poll() is None, "gunicorn ended before it answered"
            assert monotonic() < limit, "gunicorn does not answer"
            sleep(0.05)

    def kill(self) -> None:
        """SIGKILL to the master and its workers at once: nobody has time to answer."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
        # Its workers hold the port a moment longer.
        limit = monotonic() + _PATIENCE_SECONDS
        while _answers(self.port):
            assert monotonic() < limit, "a killed gunicorn still answers"
            sleep(0.005)


@contextmanager
def serving(static: Path) -> Iterator[Web]:
    web = Web(static)
    try:
        web.start()
        yield web
    finally:
        web.kill()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex((HOST, port)) == 0

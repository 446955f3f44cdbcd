"""Who uses this checkout's servers, who starts them, and who switches them off?

The first process that joins starts them, the last that leaves stops them. Each process holds a
shared lock on one file as long as it lives; the kernel takes it back even from a killed one. Only
under the second lock may anyone join, leave, start or stop, so no decision overtakes another.

Both are POSIX locks (lockf), which a forked child does not inherit: it joins by itself when it
connects.
"""

import atexit
import fcntl
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from local import postgres, redis
from local.checkout import LOCAL, LOGS, RUN, ServersError
from local.processes import make_folders

__all__ = [
    "ServersError",
    "database_url",
    "ended",
    "erase",
    "has_joined",
    "join",
    "leave",
    "redis_url",
    "stop",
]


@dataclass(frozen=True)
class Share:
    """One process's share in the servers."""

    pid: int
    file: IO[bytes]


_share: Share | None = None
_threads = threading.RLock()


def database_url() -> str:
    """The address of this checkout's PostgreSQL; starts nothing."""
    return postgres.url()


def redis_url() -> str:
    """The address of this checkout's Redis; starts nothing."""
    return redis.url()


def join() -> None:
    """Use the servers until this process ends, starting them if they do not run. Safe to repeat."""
    with _threads:
        if has_joined():
            return
        make_folders()
        with _guard():
            _take_share()
            try:
                postgres.ensure()
                redis.ensure()
            except BaseException:
                _give_up_share()
                raise


def leave() -> bool:
    """Give up this process's share; the last one out stops the servers, and is told so by True."""
    with _threads:
        if not has_joined():
            return False
        with _guard():
            return _give_up_share()


def has_joined() -> bool:
    """Whether this process, and not just one that it was forked from, has a share."""
    return _share is not None and _share.pid == os.getpid()


def ended() -> list[str]:
    """The names of the servers that do not run."""
    found = {"PostgreSQL": postgres.live(), "Redis": redis.live()}
    return [name for name, pids in found.items() if not pids]


def stop() -> bool:
    """Stop servers that nobody uses (their last user was killed). False: they are in use."""
    make_folders()
    with _guard(), _users_file() as file:
        if not _is_last(Share(os.getpid(), file)):
            return False
        _stop_both()
    return True


def erase() -> bool:
    """Stop the servers and remove their data, logs and sockets. False: they are in use."""
    if not stop():
        return False
    for folder in (LOCAL, RUN):
        shutil.rmtree(folder, ignore_errors=True)
    return True


def _take_share() -> None:
    global _share
    if _share is None:
        atexit.register(leave)  # a forked child inherits this too
    else:
        # We are a fork. Closed first: closing any one descriptor of a file gives up every POSIX
        # lock that the process has on it.
        _share.file.close()
    file = _users_file()
    fcntl.lockf(file, fcntl.LOCK_SH)
    _share = Share(os.getpid(), file)


def _give_up_share() -> bool:
    global _share
    if _share is None:
        return False
    share, _share = _share, None
    with share.file:
        last = _is_last(share)
        if last:
            _stop_both()
    return last


def _is_last(share: Share) -> bool:
    try:
        fcntl.lockf(share.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _stop_both() -> None:
    redis.stop()
    postgres.stop()


def _users_file() -> IO[bytes]:
    return (LOCAL / "users.lock").open("ab+")


@contextmanager
def _guard() -> Iterator[None]:
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOCAL / "guard.lock").open("ab+") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        yield

"""How is a server process started, found again and ended?"""

import os
import pwd
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from local.checkout import LOCAL, LOGS, RUN, ServersError

POLL = 0.02
LARGEST_LOG = 10_000_000

# Kept so that a server's end is noticed (and its entry in the process table cleared) by the
# process that started it.
_started: list[subprocess.Popen[bytes]] = []


def say(sentence: str) -> None:
    """Tell the person at the terminal; standard output belongs to the command that runs."""
    print(sentence, file=sys.stderr, flush=True)


@cache
def server_account() -> pwd.struct_passwd | None:
    """The system user the servers run as; None means ourselves. PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServersError(
        "PostgreSQL does not run as root, and this machine has neither a user 'postgres' nor "
        "'nobody' to run it as. Run the same command as an ordinary user."
    )


def give_to_servers(folder: Path) -> None:
    """Make the servers' user the owner of a folder."""
    account = server_account()
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid, follow_symlinks=False)


def make_folders() -> None:
    """Make .local and the short folder of the sockets, which only the servers' user may enter."""
    LOGS.mkdir(parents=True, exist_ok=True)
    account = server_account()
    if account:
        LOCAL.chmod(0o755)  # whatever the umask: the servers' user passes through it
    RUN.mkdir(mode=0o700, exist_ok=True)
    if account and RUN.lstat().st_uid == 0:
        give_to_servers(RUN)
    found = RUN.lstat()
    owner = account.pw_uid if account else os.geteuid()
    # Anyone may write into /tmp, so the folder may be someone else's.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
        raise ServersError(
            f"{RUN}, where this checkout's servers have their sockets, belongs to another user "
            f"(number {found.st_uid}). Run the command as that user, or remove the folder."
        )
    RUN.chmod(0o700)


def run_as_server(command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """Run a short command as the servers' user and wait for it."""
    account = server_account()
    return subprocess.run(
        command,
        cwd=RUN,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )


def start_server(command: Sequence[str | Path], log: Path) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that a terminal's Ctrl-C passes it by."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
    account = server_account()
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=RUN,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
    _started.append(process)
    return process


def can_run(command: Sequence[str | Path]) -> bool:
    """Whether the servers' user can run this command, and it succeeds."""
    try:
        return run_as_server(command).returncode == 0
    except OSError:
        return False


def find(program: str, mark: str) -> list[int]:
    """Processes whose command line begins with this program and has the mark behind it.

    No pid file is read: a number in a file may by now be anybody's.
    """
    found = []
    for pid, words in _command_lines():
        if words and words[0].rsplit("/", 1)[-1] == program and mark in " ".join(words[1:]):
            found.append(pid)
    return found


def end(
    search: Callable[[], list[int]], name: str, steps: Sequence[tuple[signal.Signals, float]]
) -> None:
    """Send each signal in turn, with its patience in seconds, until the search finds nothing."""
    for number, (sent, patience) in enumerate(steps):
        for pid in search():
            if number:
                say(f"{name} (process {pid}) has not ended; sending it {sent.name}.")
            signal_process(pid, sent)
        if wait_until(lambda: not search(), patience):
            return
    raise ServersError(f"{name} does not end, not even by {steps[-1][0].name}: {search()}.")


def signal_process(pid: int, sent: signal.Signals) -> None:
    """Send a signal to a process that may have ended meanwhile."""
    try:
        os.kill(pid, sent)
    except ProcessLookupError:
        return


def wait_until(condition: Callable[[], bool], patience: float) -> bool:
    """Whether the condition came true within that many seconds."""
    limit = time.monotonic() + patience
    while not condition():
        if time.monotonic() > limit:
            return False
        time.sleep(POLL)
    return True


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log, for a message."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(f"    {line}" for line in lines[-count:])


def _environment() -> dict[str, str]:
    """The servers take nothing from ours: PGPORT, PGDATA and LANG change what PostgreSQL does."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _command_lines() -> list[tuple[int, list[str]]]:
    for process in _started:
        process.poll()
    if Path("/proc/self/cmdline").exists():
        return [(int(p.name), _words(p)) for p in Path("/proc").iterdir() if p.name.isdecimal()]
    table = subprocess.run(
        ["ps", "-axo", "pid=,command="], capture_output=True, text=True, check=True
    ).stdout
    rows = (line.split() for line in table.splitlines())
    return [(int(pid), words) for pid, *words in rows]


def _words(process: Path) -> list[str]:
    try:
        line = (process / "cmdline").read_bytes()
    except OSError:  # it has ended since the folder was listed
        return []
    return line.replace(b"\0", b" ").decode(errors="replace").split()

"""How do several programs run as one: started together, watched, and ended in order?"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from local.processes import last_lines

POLL = 0.1


@dataclass(frozen=True)
class Child:
    """A program that runs until it is told to end."""

    name: str
    command: Sequence[str]
    patience: float = 15.0  # seconds it has for ending by itself


class RunError(Exception):
    """Something did not work out; the message tells a person what."""


class Ended(Exception):  # noqa: N818 - no error, somebody asked
    """A signal asked us to end."""


@dataclass
class Supervisor:
    """Runs steps and children; whatever happens, shut_down() leaves none of them behind."""

    environment: Mapping[str, str]
    folder: Path
    logs: Path
    _running: list[tuple[Child, subprocess.Popen[bytes]]] = field(default_factory=list)
    _asked_at: float | None = None
    _in_a_hurry: bool = False

    def listen(self) -> None:
        """Answer SIGINT, SIGTERM and SIGHUP, also where a background shell has us ignore them."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked)

    def step(self, name: str, command: Sequence[str], *, shown: bool = False) -> None:
        """Run a command to its end. Its output is shown, or kept for the case that it fails."""
        began = time.monotonic()
        with self._log(name).open("wb") as log:
            process = self._start(command, None if shown else log)
        child = Child(name, command)
        self._running.append((child, process))
        while process.poll() is None:
            self._pause()
        self._end(child, process)
        self._running.remove((child, process))
        if process.returncode:
            raise RunError(f"'{name}' failed ({outcome(process)}).\n{last_lines(self._log(name))}")
        say(f"{name}: done in {time.monotonic() - began:.1f} s")

    def start(self, child: Child) -> None:
        """Start a program; its output goes to a log of its name."""
        with self._log(child.name).open("wb") as log:
            self._running.append((child, self._start(child.command, log)))
        say(f"{child.name}: started, writes to {self._log(child.name)}")

    def wait_for(self, condition: Callable[[], bool], patience: float, otherwise: str) -> None:
        """Wait until the condition is true, while nothing ends and nobody asks us to."""
        limit = time.monotonic() + patience
        while not condition():
            if time.monotonic() > limit:
                raise RunError(otherwise)
            self._watch()

    def watch(self, also: Callable[[], Iterable[str]] = tuple) -> None:
        """Wait until a signal comes, or a child ends, or `also` names something that has ended."""
        while True:
            self._watch()
            for name in also():
                raise RunError(f"{name} has ended by itself.")

    def shut_down(self) -> None:
        """End what runs, the last started first, each with its patience."""
        for child, process in reversed(self._running):
            self._end(child, process)
        self._running.clear()

    def _asked(self, number: int, _: FrameType | None) -> None:
        now = time.monotonic()
        if self._asked_at is None:
            self._asked_at = now
        # One Ctrl-C may reach us twice, from the terminal and from make.
        elif number == signal.SIGINT and now - self._asked_at > 0.5:
            self._in_a_hurry = True

    def _pause(self) -> None:
        if self._asked_at is not None:
            raise Ended
        time.sleep(POLL)

    def _watch(self) -> None:
        for child, process in self._running:
            if process.poll() is not None:
                raise RunError(
                    f"{child.name} has ended by itself ({outcome(process)}). "
                    f"{self._log(child.name)} ends with:\n{last_lines(self._log(child.name))}"
                )
        self._pause()

    def _start(self, command: Sequence[str], output: IO[bytes] | None) -> subprocess.Popen[bytes]:
        # A session of its own: a terminal's Ctrl-C is ours to pass on, in order, and its process
        # group is what we clear away if it dies and leaves children.
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
        )

    def _end(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            began = time.monotonic()
            process.terminate()
            if self._ends_within(process, child.patience):
                say(f"{child.name}: ended in {time.monotonic() - began:.1f} s")
            else:
                why = "in a hurry" if self._in_a_hurry else f"{child.patience:.0f} s were up"
                say(f"{child.name}: ended by force ({why})")
        kill_group(process)
        process.wait()

    def _ends_within(self, process: subprocess.Popen[bytes], patience: float) -> bool:
        limit = time.monotonic() + patience
        while process.poll() is None:
            if self._in_a_hurry or time.monotonic() > limit:
                return False
            time.sleep(POLL)
        return True

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a child and whatever it has left behind in its process group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS says the second of a group of zombies
        return


def outcome(process: subprocess.Popen[bytes]) -> str:
    """How a process ended, in words."""
    code = process.returncode
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def say(sentence: str) -> None:
    """Print a line at once. The terminal may be gone, and ending in order must not fail on it."""
    try:
        print(sentence, flush=True)
    except OSError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123

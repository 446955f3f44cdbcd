"""Does `make run` end in order, on whichever signal, and say so when a part of it dies?

The supervisor runs small stand-ins here; what it runs in earnest is only a list of commands.
"""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local import run
from local.checkout import ROOT

SUPERVISE = """
import os, sys
from pathlib import Path
from local.run import supervised
from local.supervisor import Child, Supervisor

folder = Path(sys.argv[1])
supervisor = Supervisor(os.environ, folder, folder)

def work():
    for name in ("web", "worker"):
        supervisor.start(Child(name, [sys.executable, "-c", sys.argv[2], name], 30))
    supervisor.wait_for(lambda: all((folder / name).exists() for name in ("web", "worker")), 20, "")
    print("ready", flush=True)
    supervisor.watch()

sys.exit(supervised(supervisor, work))
"""
READY = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); "
LASTING = READY + "time.sleep(60)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + LASTING
DYING = READY + "sys.exit(sys.argv[1] == 'worker' and 'no broker to be found' or time.sleep(60))"
WITH_OFFSPRING = (
    "import subprocess; print(subprocess.Popen(['sleep', '60']).pid, flush=True); " + LASTING
)


def supervise(folder: Path, script: str) -> subprocess.Popen[str]:
    """A supervisor over two stand-ins, started like a background job: SIGINT ignored."""
    command = [sys.executable, "-c", SUPERVISE, str(folder), script]
    return subprocess.Popen(
        ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_until_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line == "ready\n":
            return
    pytest.fail("the supervisor ended before it was ready")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_in_order(tmp_path: Path, number: signal.Signals) -> None:
    process = supervise(tmp_path, LASTING)
    wait_until_ready(process)

    process.send_signal(number)
    output, _ = process.communicate(timeout=20)

    assert process.returncode == 0
    assert output.index("worker: ended") < output.index("web: ended")
    assert output.endswith("Nothing is left running.\n")


def test_a_second_ctrl_c_ends_by_force(tmp_path: Path) -> None:
    process = supervise(tmp_path, DEAF)
    wait_until_ready(process)

    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=1)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=20)

    assert process.returncode == 0
    assert "worker: ended by force" in output


def test_a_child_that_dies_is_named_with_its_last_words(tmp_path: Path) -> None:
    process = supervise(tmp_path, DYING)

    output, _ = process.communicate(timeout=20)

    assert process.returncode == 1
    assert "worker has ended by itself (exit code 1)" in output
    assert "no broker to be found" in output
    assert "web: ended" in output


def test_what_a_child_has_started_ends_with_it(tmp_path: Path) -> None:
    process = supervise(tmp_path, WITH_OFFSPRING)
    wait_until_ready(process)
    process.terminate()
    process.communicate(timeout=20)

    for name in ("web", "worker"):
        offspring = int((tmp_path / f"{name}.log").read_text())
        assert not is_running(offspring)


def is_running(pid: int) -> bool:
    status = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    # A letter may follow: of a process with a priority of its own "Z<" is told.
    return status.stdout.strip()[:1] not in ("", "Z")


def test_a_taken_port_is_named_with_how_to_choose_another() -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]

        refused = run_portal(str(port))

    assert refused.returncode == 2
    assert f"Port {port}" in refused.stdout
    assert "PORT=" in refused.stdout


def test_a_port_that_is_no_number_is_refused() -> None:
    refused = run_portal("eighty")

    assert refused.returncode == 2
    assert "PORT is 'eighty'" in refused.stdout


def run_portal(port: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local.run"],
        cwd=ROOT,
        env={**os.environ, "PORT": port},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


class TestStaticFiles:
    """They are collected where something is newer than the last time."""

    @pytest.fixture
    def checkout(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        for name in ("requirements.txt", "config/static.py", "static/site.css"):
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.touch()
            os.utime(path, (1000, 1000))
        monkeypatch.setattr(run, "ROOT", tmp_path)
        monkeypatch.setattr(run, "LOCAL", tmp_path / ".local")
        return tmp_path

    @staticmethod
    def collected(checkout: Path, moment: int) -> None:
        manifest = checkout / ".local" / "static" / "staticfiles.json"
        manifest.parent.mkdir(parents=True)
        manifest.touch()
        os.utime(manifest, (moment, moment))

    @pytest.mark.usefixtures("checkout")
    def test_a_first_start_collects(self) -> None:
        assert not run.static_is_collected()

    def test_a_second_start_does_not(self, checkout: Path) -> None:
        self.collected(checkout, 2000)
        assert run.static_is_collected()

    def test_a_changed_file_is_collected_again(self, checkout: Path) -> None:
        self.collected(checkout, 2000)
        os.utime(checkout / "static" / "site.css", (3000, 3000))
        assert not run.static_is_collected()

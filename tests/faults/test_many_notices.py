"""Many notices, a bad mail server, workers killed and Redis restarted: every notice is sent.

`make storm` runs it for 20,000 and says how long they took.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep, time

import pytest
from django.db.models import Exists, OuterRef

from local.checkout import ROOT
from local.programs import redis_server
from notices import dispatch, notice
from notices.models import Dispatch, Notice
from notices.states import Channel, DispatchState, Kind
from registry.models import Contact, Organisation
from tests.factories.notices import draft_of
from tests.factories.registry import ContactFactory, OrganisationFactory
from tests.faults.sending_worker import clock
from tests.gunicorn import database_url

NOTICES = int(os.environ.get("STORM", "600"))
SEED = int(os.environ.get("STORM_SEED", "1"))
# How much faster than ours the workers' clock runs: few are sent in a moment, and then only waited
# for.
SPEED = 120 if NOTICES < 5000 else 60
PATIENCE_SECONDS = 90 + NOTICES / 20
S = DispatchState
# How many dispatches a worker claims at once.
SLICE = 200
# How many of 250 addresses are of each bad kind; the others are good.
BAD = {"drops": 1, "refused": 12, "grey": 20, "slow": 2, "bounces": 8}
# What becomes of an address of each kind in the end.
ENDS = {
    **dict.fromkeys(("good", "second", "grey", "slow", "drops"), S.SENT),
    "refused": S.FAILED,
    "bounces": S.BOUNCED,
}


def kind_of(number: int) -> str:
    """Spread, so that every slice has some of each."""
    place = number * 97 % 250
    for kind, share in BAD.items():
        if place < share:
            return kind
        place -= share
    return "good"


def make_notices(count: int, at: datetime) -> None:
    """A notice to each organisation; every second one that will fail has another address."""
    for start in range(0, count, 500):
        numbers = range(start, min(start + 500, count))
        organisations = Organisation.objects.bulk_create(
            OrganisationFactory.build_batch(len(numbers))
        )
        contacts = []
        for number, organisation in zip(numbers, organisations, strict=True):
            kind, host = kind_of(number), "busy" if number % 20 == 7 else "ngo"
            contacts.append(contact(organisation, f"{kind}{number}@{host}.example", days=1))
            if number % 2 and kind in ("refused", "bounces"):
                contacts.append(contact(organisation, f"second{number}@ngo.example", days=0))
        Contact.objects.bulk_create(contacts)
        notice.register([draft_of(each, Kind.OVERDUE) for each in organisations], at=at)


def name_of(address: str) -> str:
    """The kind that an address is of, from the address."""
    return address.partition("@")[0].rstrip("0123456789")


def contact(organisation: Organisation, value: str, *, days: int) -> Contact:
    """The newer one is written to first."""
    return ContactFactory.build(
        organisation=organisation, value=value, as_of_on=f"2026-01-0{1 + days}"
    )


@dataclass
class Storm:
    """What is going on: the workers, the servers, and what was done to them."""

    log: Path
    port: int
    redis: RedisServer
    at: datetime
    began: float = field(default_factory=time)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    kills: int = 0
    restarts: int = 0
    # Message-IDs that a killed worker may have sent without recording it.
    unrecorded: set[str] = field(default_factory=set)

    def start_worker(self) -> None:
        command = [sys.executable, "-m", "tests.faults.sending_worker"]
        self.workers.append(
            subprocess.Popen(
                [*command, str(self.port), str(self.began), self.at.isoformat(), str(SPEED)],
                cwd=ROOT,
                env={
                    **os.environ,
                    "DJANGO_SETTINGS_MODULE": "config.settings.local",
                    "DATABASE_URL": database_url(),
                    "REDIS_URL": self.redis.url,
                },
                stderr=subprocess.DEVNULL,
            )
        )

    def kill_one(self, chance: random.Random) -> None:
        """SIGKILL to a worker; what it was sending is noted, and another takes its place."""
        worker = self.workers.pop(chance.randrange(len(self.workers)))
        assert worker.poll() is None, "the worker ended by itself"
        worker.kill()
        assert worker.wait() == -signal.SIGKILL
        sending = Dispatch.objects.filter(state=S.SENDING).values_list("message_id", flat=True)
        self.unrecorded |= set(sending) & set(self.taken())
        self.kills += 1
        self.start_worker()

    def restart_redis(self) -> None:
        self.redis.kill()
        sleep(1)
        self.redis.start()
        self.restarts += 1

    def taken(self) -> Counter[str]:
        """How often the mail server has taken each Message-ID."""
        return Counter(line.split()[0] for line in self.log.read_text().splitlines())

    def let_come_back(self) -> None:
        """What was taken for an address that bounces comes back once it is recorded as sent."""
        sent = Dispatch.objects.filter(state=S.SENT, address__startswith="bounces")
        for key in sent.values_list("pk", flat=True):
            dispatch.bounce(
                key, at=clock(self.began, self.at, SPEED), reason="550 5.1.1 mailbox is gone"
            )

    def is_over(self) -> bool:
        waiting = Dispatch.objects.filter(
            channel=Channel.EMAIL, state__in=[S.QUEUED, S.SENDING]
        ) | Dispatch.objects.filter(state=S.SENT, address__startswith="bounces")
        return not waiting.exists()


class RedisServer:
    """A Redis of this test's own, which can be killed and started again on its port."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command = [str(redis_server()), *options, "--appendonly", "no"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        limit = monotonic() + 20
        while not self._answers():
            assert monotonic() < limit, "Redis does not start"
            sleep(0.02)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _answers(self) -> bool:
        with socket.socket() as attempt:
            return attempt.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def storm(folder: Path, at: datetime) -> Iterator[Storm]:
    log = folder / "taken.log"
    log.touch()
    redis = RedisServer()
    server = subprocess.Popen(
        [sys.executable, "-I", str(Path(__file__).with_name("mail_server.py")), str(log)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    raging = Storm(log, 0, redis, at)
    try:
        raging.port = int(server.stdout.readline())
        for _ in range(3):
            raging.start_worker()
        yield raging
    finally:
        for worker in raging.workers:
            worker.kill()
            worker.wait()
        with suppress(ProcessLookupError):
            redis.kill()
        server.kill()
        server.wait()
        server.stdout.close()


@pytest.mark.usefixtures("real_commits")
def test_every_notice_is_sent_whatever_happens(tmp_path: Path, at: datetime) -> None:
    make_notices(NOTICES, at)
    chance = random.Random(SEED)
    kills = [chance.uniform(0.1, 0.4), chance.uniform(0.4, 0.8)]
    restarts = [chance.uniform(0.1, 0.4), chance.uniform(0.4, 0.8)]
    with storm(tmp_path, at) as raging:
        began, most_sent_after = monotonic(), 0.0
        while not raging.is_over():
            assert monotonic() - began < PATIENCE_SECONDS, "the storm does not end"
            done = raging.taken().total() / NOTICES
            if kills and done > kills[0]:
                kills.pop(0)
                raging.kill_one(chance)
            if restarts and done > restarts[0]:
                restarts.pop(0)
                raging.restart_redis()
            if not most_sent_after and done >= 0.9:
                most_sent_after = monotonic() - began
            raging.let_come_back()
            sleep(0.1)
        seconds = monotonic() - began
        taken = raging.taken()
    report(raging, taken, seconds, most_sent_after)
    assert (raging.kills, raging.restarts) == (2, 2)
    assert_none_is_lost(taken)
    assert_doubles_were_unrecorded(taken, raging)


def assert_none_is_lost(taken: Counter[str]) -> None:
    """Each address ended as it had to, and each notice is on its way to some address."""
    emails = list(
        Dispatch.objects.filter(channel=Channel.EMAIL).values_list("address", "state", "message_id")
    )
    assert [
        row for row in emails if row[1] != ENDS[row[0].partition("@")[0].rstrip("0123456789")]
    ] == []
    sent = {message_id for _, state, message_id in emails if state != S.FAILED}
    assert set(taken) == sent
    failed = [address for address, state, _ in emails if state in (S.FAILED, S.BOUNCED)]
    followers = sum(address.startswith("second") for address, _, _ in emails)
    letters = Dispatch.objects.filter(channel=Channel.LETTER, state=S.QUEUED).count()
    assert followers + letters == len(failed)
    under_way = Dispatch.objects.filter(notice=OuterRef("pk"), state__in=[S.SENT, S.QUEUED])
    assert Notice.objects.count() == NOTICES
    assert not Notice.objects.exclude(Exists(under_way)).exists()


def assert_doubles_were_unrecorded(taken: Counter[str], raging: Storm) -> None:
    """Only what a killed worker sent and could not record came twice, under one Message-ID."""
    doubled = {message_id for message_id, times in taken.items() if times > 1}
    assert doubled <= raging.unrecorded
    assert len(doubled) <= raging.kills * SLICE
    assert max(taken.values()) <= 1 + raging.kills


def report(raging: Storm, taken: Counter[str], seconds: float, most_sent_after: float) -> None:
    states = Counter(Dispatch.objects.filter(channel=Channel.EMAIL).values_list("state", flat=True))
    letters = Dispatch.objects.filter(channel=Channel.LETTER).count()
    print(
        f"\n{NOTICES:,} notices in {seconds:.1f} s: {NOTICES / seconds:.0f} a second; the first "
        f"90 % in {most_sent_after:.1f} s: {0.9 * NOTICES / most_sent_after:.0f} a second\n"
        f"taken by the mail server: {taken.total():,} messages of {len(taken):,} sendings, "
        f"{taken.total() - len(taken)} doubled (at most {len(raging.unrecorded)} unrecorded)\n"
        f"{dict(states)}, {letters} letters queued; {raging.kills} workers killed, Redis "
        f"restarted {raging.restarts} times"
    )

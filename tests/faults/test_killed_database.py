"""PostgreSQL is killed again and again while the timetable marks: the end is as if it never was.

The undisturbed marking runs on the test's own database, the disturbed one on a copy of it in a
cluster that is killed. What both wrote is compared row by row.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
from django.conf import settings
from django.db import connection
from kombu import Queue

from accounts.roles import Role
from config.celery import app
from local.checkout import ROOT
from local.programs import postgres_programs
from notices.models import Notice, NoticeTemplate, NoticeText, Service
from notices.states import Kind, ServiceGround
from registry import standing
from registry.models import Contact, Extract, Organisation
from registry.names import derive
from reregistration import tasks
from reregistration.marking import rounds, sampling
from reregistration.models import (
    Campaign,
    Cycle,
    Filing,
    MarkingRound,
    Obligation,
    ObligationEvent,
    RoundCandidate,
    SampleVerdict,
)
from reregistration.obligations import record
from reregistration.states import CandidateState, RoundState, State, Verdict
from tests.checkouts import Checkout
from tests.factories.accounts import staff_member
from tests.factories.registry import ContactFactory, ExtractFactory, OrganisationFactory
from tests.factories.reregistration import (
    DECISION_SERVED_ON,
    MARKING_DAY,
    WARNING_SERVED_ON,
    CampaignFactory,
    FilingFactory,
    ObligationFactory,
    drawn_round,
    noon,
)
from tests.gunicorn import database_url

AT = noon(MARKING_DAY)
ROUNDS = 3
# 30 candidates in each round; `MARKED=1500` for more.
SIZE = int(os.environ.get("MARKED", "90")) // ROUNDS
# Every so many candidates one began to file after its round was signed.
BEGUN = 10
PATIENCE_SECONDS = 300
BEAT_SECONDS = 0.5
# Where the server dies: at which write, after how many decided candidates. `None`: wherever it is.
DEATHS: list[tuple[str | None, int]] = [
    ("running", 0),
    ("mark", 0),
    ("notice", SIZE // 4),
    ("commit", SIZE // 2),
    ("done", SIZE),
    ("running", SIZE),
    (None, SIZE * 3 // 2),
    ("done", 3 * SIZE),
]

# A write waits at the gate that is closed for it, until the gate is opened or the server is killed.
GATES = """
CREATE TABLE gate (place text, decided integer);
CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The candidate whose mark is committed counts as decided already.
    WHILE EXISTS (SELECT FROM gate WHERE place = TG_ARGV[0] AND decided = (
        SELECT count(*) FROM reregistration_roundcandidate WHERE decided_at IS NOT NULL
    ) - (TG_ARGV[0] = 'commit')::integer) LOOP
        PERFORM pg_sleep(0.2);
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER gate_running AFTER UPDATE ON reregistration_markinground FOR EACH ROW
    WHEN (NEW.state = 'running') EXECUTE FUNCTION wait_at_gate('running');
CREATE TRIGGER gate_done AFTER UPDATE ON reregistration_markinground FOR EACH ROW
    WHEN (NEW.state = 'done') EXECUTE FUNCTION wait_at_gate('done');
CREATE TRIGGER gate_mark AFTER INSERT ON reregistration_mark FOR EACH ROW
    EXECUTE FUNCTION wait_at_gate('mark');
CREATE TRIGGER gate_notice AFTER INSERT ON notices_notice FOR EACH ROW
    EXECUTE FUNCTION wait_at_gate('notice');
-- All of a candidate is written, nothing is committed.
CREATE CONSTRAINT TRIGGER gate_commit AFTER INSERT ON reregistration_mark
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_at_gate('commit');
"""

# Every row of what marking writes, without what a sequence or a random generator gave it.
STATE = {
    "rounds": "SELECT to_jsonb(t) FROM reregistration_markinground t",
    "candidates": "SELECT to_jsonb(t) FROM reregistration_roundcandidate t",
    "obligations": "SELECT to_jsonb(t) FROM reregistration_obligation t",
    "events": "SELECT to_jsonb(t) - '{id,salt}'::text[] FROM reregistration_obligationevent t",
    "cycles": "SELECT to_jsonb(t) - 'id' FROM reregistration_cycle t",
    "marks": "SELECT to_jsonb(t) - '{id,salt}'::text[] FROM reregistration_mark t",
    "standing": "SELECT to_jsonb(t) - 'id' FROM registry_standing t",
    "services": "SELECT to_jsonb(t) - '{salt}'::text[] FROM notices_service t",
    "notices": (
        "SELECT (to_jsonb(n) - '{id,salt,number,text_hash}'::text[]) || jsonb_build_object("
        "'subject', replace(t.subject, n.number, '№'), 'body', replace(t.body, n.number, '№'))"
        " FROM notices_notice n JOIN notices_noticetext t ON t.notice_id = n.id"
    ),
    "dispatches": (
        "SELECT (to_jsonb(d) - '{id,notice_id,message_id}'::text[]) || jsonb_build_object("
        "'source', n.source, 'cycle', n.cycle, 'kind', n.kind, 'occasion', n.occasion)"
        " FROM notices_dispatch d JOIN notices_notice n ON n.id = d.notice_id"
    ),
}
# Nothing is half done: whoever was marked has the mark, the event, the state and the notice.
WHOLE = """
SELECT
    (SELECT count(*) FROM reregistration_roundcandidate WHERE state = 'marked'),
    (SELECT count(*) FROM reregistration_mark),
    (SELECT count(*) FROM reregistration_obligation WHERE state = 'marked'),
    (SELECT count(*) FROM reregistration_obligationevent WHERE to_state = 'marked'),
    (SELECT count(*) FROM registry_standing WHERE state = 'marked'),
    (SELECT count(*) FROM notices_notice WHERE kind = 'marked')
"""
DECIDED = "SELECT count(*) FROM reregistration_roundcandidate WHERE decided_at IS NOT NULL"
ASLEEP = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
UNENDED = "SELECT count(*) FROM reregistration_markinground WHERE ended_at IS NULL"


@pytest.mark.usefixtures("real_commits")
def test_a_round_ends_as_if_the_database_had_never_died(tmp_path: Path) -> None:
    campaign = CampaignFactory.create(round_cap=SIZE, week_cap=ROUNDS * SIZE + 1)
    sign_rounds_of(campaign)
    with dying_copy(tmp_path) as copy:
        mark_undisturbed()
        for place, decided in DEATHS:
            copy.dies_at(place, decided)
        copy.marks_until(lambda: not copy.count(UNENDED))
        disturbed = copy.state()
    undisturbed = state_of(lambda query: rows_of(connection, query))
    for name, rows in undisturbed.items():
        assert disturbed[name] == rows, name


def mark_undisturbed() -> None:
    for _ in range(ROUNDS):
        tasks.mark_non_responders(at=AT)
    states = list(RoundCandidate.objects.values_list("state", flat=True))
    assert states.count(CandidateState.NO_LONGER) == SIZE // BEGUN * ROUNDS
    assert states.count(CandidateState.MARKED) == (SIZE - SIZE // BEGUN) * ROUNDS
    assert set(MarkingRound.objects.values_list("state", flat=True)) == {RoundState.DONE}


def sign_rounds_of(campaign: Campaign) -> None:
    """Three rounds that two people signed; in each, some begin to file before they are marked."""
    for _ in range(ROUNDS):
        make_liquidable(campaign, SIZE)
        sign(drawn_round(campaign))
    late = RoundCandidate.objects.filter(position__in=range(BEGUN, SIZE + 1, BEGUN))
    Filing.objects.bulk_create(
        FilingFactory.build(obligation=candidate.obligation)
        for candidate in late.select_related("obligation__organisation")
    )


def sign(round_: MarkingRound) -> None:
    """The last case of its sample is judged by the verb, the others beside it at once."""
    checker = staff_member(Role.SENIOR_REVIEWER)
    *others, last = round_.cases.select_related("candidate__obligation")
    SampleVerdict.objects.bulk_create(
        SampleVerdict(case=case, cycle=2, verdict=Verdict.RIGHT, by=checker, at=AT)
        for case in others
    )
    sampling.judge(last, verdict=Verdict.RIGHT, by=checker, at=AT)
    for _ in range(2):
        rounds.sign(round_, by=staff_member(Role.CAMPAIGN_MANAGER), at=AT)


def make_liquidable(campaign: Campaign, count: int) -> None:
    """What `liquidable_obligation` makes, for many at once; each has an address."""
    newest = Extract.objects.first() or ExtractFactory.create()
    organisations = OrganisationFactory.build_batch(count, last_seen_extract=newest)
    for organisation in organisations:
        derive(organisation)
    Organisation.objects.bulk_create(organisations)
    Contact.objects.bulk_create(
        ContactFactory.build(organisation=organisation, value=f"{organisation.number}@ngo.example")
        for organisation in organisations
    )
    rows = Obligation.objects.bulk_create(
        ObligationFactory.build(campaign=campaign, organisation=organisation, overdue=True)
        for organisation in organisations
    )
    ObligationEvent.objects.bulk_create(
        ObligationEvent(
            obligation=row, to_state=State.OVERDUE, cycle=2, due_on=row.due_on, at=row.made_at
        )
        for row in rows
    )
    Cycle.objects.bulk_create(
        Cycle(obligation=row, number=2, began_at=row.made_at, reason="made", due_on=row.due_on)
        for row in rows
    )
    standing.write([record.mirrored(row, row.made_at) for row in rows])
    serve_all(rows, Kind.FINAL_WARNING, noon(WARNING_SERVED_ON))
    serve_all(rows, Kind.PRELIMINARY_DECISION, noon(DECISION_SERVED_ON))


def serve_all(rows: list[Obligation], kind: Kind, at: datetime) -> None:
    template = NoticeTemplate.objects.get(kind=kind, language="ru", version=1)
    made = Notice.objects.bulk_create(
        Notice(
            number=f"N-{kind[:1]}{row.pk}",
            organisation=row.organisation,
            source=row.source,
            cycle=2,
            kind=kind,
            occasion=f"{kind}/{row.due_on}",
            language="ru",
            template=template,
            text_hash="0" * 64,
            made_at=at,
        )
        for row in rows
    )
    NoticeText.objects.bulk_create(NoticeText(notice=one, subject="S", body="B") for one in made)
    Service.objects.bulk_create(
        Service(notice=one, ground=ServiceGround.PUBLICATION, served_at=at, recorded_at=at)
        for one in made
    )


class Copy:
    """A copy of the test's database in a cluster of its own, and a worker that marks in it."""

    def __init__(self, folder: Path) -> None:
        self.checkout = Checkout(folder)
        self.address = self.checkout.start_database()
        self.queue = f"faults-{uuid4()}"
        self.worker: subprocess.Popen[bytes] | None = None
        self._beat_at = 0.0

    def fill(self) -> None:
        programs, file = postgres_programs(), self.checkout.folder / "copy.sql"
        dump = [str(programs / "pg_dump"), "--no-owner", "--file", str(file), database_url()]
        quiet = ["--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--output", os.devnull]
        subprocess.run(dump, check=True)
        psql = [str(programs / "psql"), *quiet, "--file", str(file), self.address]
        subprocess.run(psql, check=True)
        self.write(GATES)

    def start_worker(self) -> None:
        self.worker = subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "solo"),
                *("--queues", self.queue, "--hostname", self.queue, "--loglevel", "CRITICAL"),
                *("--without-gossip", "--without-mingle"),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "config.settings.local",
                "DATABASE_URL": self.address,
                "REDIS_URL": settings.REDIS_URL,
            },
        )

    def dies_at(self, place: str | None, decided: int) -> None:
        """Let the worker mark up to there, kill the server, start it again: nothing is half done,
        nothing that was committed is gone."""
        self.write("DELETE FROM gate")
        if place:
            self.write(f"INSERT INTO gate VALUES ('{place}', {decided})")  # noqa: S608
            self.marks_until(lambda: bool(self.count(ASLEEP)))
        else:
            self.marks_until(lambda: self.count(DECIDED) >= decided)
        committed = self.count(DECIDED)
        assert committed >= decided
        self.checkout.kill_database()
        self.checkout.start_database()
        if place:
            assert self.count(DECIDED) == decided
        assert self.count(DECIDED) >= committed
        assert len(set(self.ask(WHOLE)[0])) == 1
        self.write("DELETE FROM gate")

    def marks_until(self, is_so: Callable[[], bool]) -> None:
        """Give the worker the task as often as the timetable might, until it is so."""
        limit = monotonic() + PATIENCE_SECONDS
        while not is_so():
            assert self.worker is not None
            assert self.worker.poll() is None, "the worker ended by itself"
            assert monotonic() < limit, "the round is not resumed"
            if monotonic() > self._beat_at + BEAT_SECONDS:
                self._beat_at = monotonic()
                tasks.mark_non_responders.apply_async(kwargs={"at": AT}, queue=self.queue)
            sleep(0.01)

    def state(self) -> dict[str, list[str]]:
        return state_of(self.ask)

    def count(self, query: str) -> int:
        return int(self.ask(query)[0][0])

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self.address)) as asking:
            return rows_of(asking, query)

    def write(self, statement: str) -> None:
        with closing(psycopg2.connect(self.address)) as writing, writing.cursor() as cursor:
            cursor.execute(statement)
            writing.commit()

    def remove(self) -> None:
        if self.worker:
            self.worker.kill()
            self.worker.wait()
        with app.connection_for_write() as broker:
            Queue(self.queue).bind(broker.default_channel).delete()
        self.checkout.remove()


@contextmanager
def dying_copy(folder: Path) -> Iterator[Copy]:
    copy = Copy(folder / "checkout")
    try:
        copy.fill()
        copy.start_worker()
        yield copy
    finally:
        copy.remove()


def rows_of(asked: Any, query: str) -> list[tuple[Any, ...]]:
    with asked.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def state_of(ask: Callable[[str], list[tuple[Any, ...]]]) -> dict[str, list[str]]:
    """Every row of `STATE` as text, in an order that no key decides."""
    found = {
        name: sorted(row for (row,) in ask(f"SELECT t.row::text FROM ({query}) t (row)"))  # noqa: S608
        for name, query in STATE.items()
    }
    assert all(found.values()), "something was to be compared in each table"
    return found

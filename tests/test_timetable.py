"""Every task of the timetable: run twice at one moment, and after a week in which nothing ran.

What it must make and must not make stands in a case for each. A task of the timetable that has
none fails: write one below, and name the task by `of`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from pytest_django import Settings

from config.celery import app
from notices import notice
from notices.models import DeliveryReport, Dispatch, LetterBatch, Notice
from notices.states import Channel, DispatchState, Kind
from registry.imports import jobs
from registry.models import Claim, ImportJob, Organisation, Seal, SealedLeaf, SignOfLife
from reregistration import appeals, closures, due_dates, holds, obligations, scope_changes
from reregistration.models import Mark, Obligation, WithdrawalChase
from reregistration.referral import court
from reregistration.states import FilingKind, State
from tests.factories.accounts import UserFactory
from tests.factories.extracts import IMPORTED_AT, write_extract
from tests.factories.extracts import row as extract_row
from tests.factories.grants import AwardFactory, ReportFactory
from tests.factories.notices import DispatchFactory, NoticeFactory, draft_of
from tests.factories.referrals import decided, drafted, referred, signed
from tests.factories.registry import (
    ClaimFactory,
    ContactFactory,
    ImportJobFactory,
    OrganisationFactory,
    StandingFactory,
)
from tests.factories.reregistration import (
    MARKING_DAY,
    CampaignFactory,
    FilingFactory,
    ObligationFactory,
    authorised_round,
    liquidable_obligation,
    noon,
)

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)
MINUTES = timedelta(minutes=6)


class Case:
    """Rows before a task runs, and what they must have come to after.

    `at` is the moment at which the task was to run for the first time.
    """

    at: datetime

    def made(self) -> Any:
        """What the task is to make: compared with one of the two below."""
        raise NotImplementedError

    # After it ran at `at`, once or twice.
    in_time: Any
    # After a week in which it did not run, it ran once or twice at `at` + 7 days.
    missed: Any


AnyCase = TypeVar("AnyCase", bound=type[Case])
CASES: dict[str, list[type[Case]]] = {}


def of(task: str) -> Callable[[AnyCase], AnyCase]:
    def note(case: AnyCase) -> AnyCase:
        CASES.setdefault(task, []).append(case)
        return case

    return note


def planned() -> set[str]:
    app.loader.import_default_modules()
    return {entry["task"] for entry in app.conf.beat_schedule.values()}


def test_every_task_of_the_timetable_has_a_case() -> None:
    assert planned() == set(CASES)


@pytest.fixture(autouse=True)
def _world(settings: Settings, tmp_path: Path) -> Any:
    settings.MEDIA_ROOT = tmp_path
    with translation.override("en"):
        yield


def run(task: str, at: datetime) -> None:
    app.loader.import_default_modules()
    app.tasks[task].run(at=at)


def cases() -> list[Any]:
    return [
        pytest.param(task, case, id=f"{task.rsplit('.', 1)[1]}-{case.__name__}")
        for task, listed in sorted(CASES.items())
        for case in listed
    ]


# The cases


@of("registry.tasks.run_imports")
class ExtractUploaded(Case):
    at = IMPORTED_AT
    # Tried once; written only when a clerk asks for it.
    in_time = missed = [("previewed", 1, 0)]

    def __init__(self) -> None:
        with TemporaryDirectory() as folder:
            content = write_extract(Path(folder) / "x.csv", extract_row()).read_bytes()
        upload = SimpleUploadedFile("x.csv", content)
        jobs.bring(upload, by=UserFactory.create(), at=IMPORTED_AT - MINUTES)

    def made(self) -> list[tuple[str, int, int]]:
        return [
            (job.state, job.counts["new"], Organisation.objects.count())
            for job in ImportJob.objects.all()
        ]


@of("registry.tasks.expire_imports")
class TriedAndNotCommitted(Case):
    # A week before its term is over, and on the day on which it is.
    at = IMPORTED_AT + jobs.KEPT - WEEK + MINUTES
    in_time = [("previewed", 1)]
    missed = [("expired", 0)]

    def __init__(self) -> None:
        ImportJobFactory.create(
            previewed=True, uploaded_at=IMPORTED_AT, refusals=[{"cells": {"phone": "1"}}]
        )

    def made(self) -> list[tuple[str, int]]:
        return [(job.state, len(job.refusals)) for job in ImportJob.objects.all()]


@of("reregistration.tasks.write_scope_changes")
class LeftTheScope(Case):
    at = noon(date(2026, 11, 10))
    in_time = missed = [("released", 2)]

    def __init__(self) -> None:
        row = ObligationFactory.create()
        Organisation.objects.filter(pk=row.organisation_id).update(status="liquidated")
        scope_changes.release(
            row.campaign, ground="Order No. 9", by=UserFactory.create(), at=self.at - MINUTES
        )

    def made(self) -> list[tuple[str, int]]:
        return [(row.state, row.events.count()) for row in Obligation.objects.all()]


@of("reregistration.tasks.settle_holds")
class MovedIntoAHold(Case):
    at = noon(date(2026, 11, 24)).replace(hour=0, minute=2)
    # Its clock stops on the day on which it is found there.
    in_time = [date(2026, 11, 24)]
    missed = [date(2026, 12, 1)]

    def __init__(self) -> None:
        campaign = CampaignFactory.create()
        on = date(2026, 11, 20)
        holds.begin(campaign, reason="Flood.", by=UserFactory.create(), on=on, at=noon(on))
        self.row = ObligationFactory.create(campaign=campaign)

    def made(self) -> list[date | None]:
        return [Obligation.objects.get(pk=self.row.pk).held_since_on]


@of("reregistration.tasks.write_moved_dates")
class DueDateMoved(Case):
    at = noon(date(2026, 11, 10))
    # The new date, in one new cycle, and one letter that says so; nothing for who has filed.
    in_time = missed = [(date(2027, 2, 1), 2, 1), (date(2026, 12, 1), 1, 0)]

    def __init__(self) -> None:
        campaign = CampaignFactory.create()
        self.rows = [
            ObligationFactory.create(campaign=campaign),
            ObligationFactory.create(campaign=campaign, filed=True),
        ]
        due_dates.move(
            campaign,
            date(2027, 2, 1),
            by=UserFactory.create(),
            at=self.at - MINUTES,
            ground="Order No. 8",
        )

    def made(self) -> list[tuple[date, int, int]]:
        return [
            (row.due_on, row.cycle, Notice.objects.filter(source=row.source).count())
            for row in Obligation.objects.order_by("pk")
        ]


@of("reregistration.tasks.move_overdue")
class PastDue(Case):
    at = noon(date(2026, 12, 2)).replace(hour=0, minute=5)
    in_time = missed = [State.OVERDUE, State.DUE, State.FILED]

    def __init__(self) -> None:
        self.rows = [
            ObligationFactory.create(),
            ObligationFactory.create(due_on=date(2027, 3, 1)),
            ObligationFactory.create(filed=True),
        ]

    def made(self) -> list[str]:
        assert self.rows[0].events.filter(to_state=State.OVERDUE).count() == 1
        return [Obligation.objects.get(pk=row.pk).state for row in self.rows]


class _Notices(Case):
    def made(self) -> list[tuple[str, str]]:
        return sorted(Notice.objects.values_list("kind", "occasion"))


@of("reregistration.tasks.queue_due_notices")
class FirstDay(_Notices):
    at = noon(date(2026, 7, 1))
    in_time = missed = [(Kind.ANNOUNCEMENT, "opening/2026-12-01")]

    def __init__(self) -> None:
        ObligationFactory.create()
        ObligationFactory.create(filed=True)


@of("reregistration.tasks.queue_due_notices")
class Reminding(_Notices):
    at = noon(date(2026, 11, 24))
    in_time = [(Kind.REMINDER, "T-7/2026-12-01")]
    # On the last day: of the two missed ones only the later.
    missed = [(Kind.REMINDER, "T-1/2026-12-01")]

    def __init__(self) -> None:
        ObligationFactory.create()
        ObligationFactory.create(filed=True)


@of("reregistration.tasks.queue_due_notices")
class RemindingEarlier(_Notices):
    at = noon(date(2026, 11, 17))
    in_time = [(Kind.REMINDER, "T-14/2026-12-01")]
    missed = [(Kind.REMINDER, "T-7/2026-12-01")]

    def __init__(self) -> None:
        ObligationFactory.create()


@of("reregistration.tasks.queue_due_notices")
class Overdue(_Notices):
    at = noon(date(2026, 12, 2))
    in_time = missed = [(Kind.OVERDUE, "T+1/2026-12-01")]

    def __init__(self) -> None:
        ObligationFactory.create(overdue=True)


@of("reregistration.tasks.queue_due_notices")
class FinalWarning(_Notices):
    at = noon(date(2026, 12, 16))
    in_time = [(Kind.FINAL_WARNING, "grace over/2026-12-01")]
    missed = in_time

    def __init__(self) -> None:
        ObligationFactory.create(overdue=True, campaign=CampaignFactory.create())
        Obligation.objects.update(due_on=date(2026, 12, 1))
        # Told that it is overdue in its time.
        row = Obligation.objects.get()
        notice.register(
            [
                draft_of(
                    row.organisation,
                    Kind.OVERDUE,
                    source=row.source,
                    cycle=row.cycle,
                    occasion="T+1/2026-12-01",
                )
            ],
            at=noon(date(2026, 12, 2)),
        )

    def made(self) -> list[tuple[str, str]]:
        return [row for row in super().made() if row[0] != Kind.OVERDUE]


@of("reregistration.tasks.queue_due_notices")
class WarningInProtectedDays(FinalWarning):
    # A week later it is still protected.
    at = noon(date(2026, 12, 26))
    in_time = missed = []


@of("reregistration.tasks.release_verified")
class VerifiedClosure(Case):
    at = noon(date(2026, 10, 17))
    in_time = missed = [State.RELEASED, State.FILED, State.FILED]

    def __init__(self) -> None:
        reviewer = UserFactory.create()
        filings = [FilingFactory.create(submitted=True, kind=FilingKind.CLOSED) for _ in range(3)]
        ripe, contradicted, _unverified = filings
        for filing in (ripe, contradicted):
            closures.verify(filing, note="Проверено", by=reviewer, at=noon(date(2026, 9, 15)))
        closures.contradict(
            contradicted, text="Мы работаем", by=reviewer, at=noon(date(2026, 9, 20))
        )
        self.rows = [filing.obligation for filing in filings]

    def made(self) -> list[str]:
        return [Obligation.objects.get(pk=row.pk).state for row in self.rows]


@of("reregistration.tasks.settle_claims")
class UnopposedClaims(Case):
    at = noon(date(2026, 9, 16))
    in_time = missed = [Claim.State.ACCEPTED, Claim.State.WAITING, Claim.State.WAITING]

    def __init__(self) -> None:
        opened = {"opened_at": noon(date(2026, 9, 1))}
        self.rows = [
            ClaimFactory.create(by_code=True, object_until_on=date(2026, 9, 15), **opened),
            ClaimFactory.create(by_code=True, object_until_on=date(2026, 9, 30), **opened),
            ClaimFactory.create(**opened),
        ]

    def made(self) -> list[str]:
        return [Claim.objects.get(pk=row.pk).state for row in self.rows]


@of("reregistration.tasks.settle_claims")
class IdleDrafts(Case):
    at = noon(date(2026, 10, 1))
    in_time = missed = 1

    def __init__(self) -> None:
        saved_at = noon(date(2026, 8, 20))
        idle, busy = ObligationFactory.create_batch(2)
        for _ in range(3):
            self.draft(idle, saved_at)
        # Two idle ones, and one that somebody still writes.
        for moment in (saved_at, saved_at, self.at + 2 * WEEK):
            self.draft(busy, moment)

    def draft(self, obligation: Obligation, saved_at: datetime) -> None:
        claim = ClaimFactory.create(organisation=obligation.organisation)
        FilingFactory.create(
            obligation=obligation,
            claim=claim,
            version=obligation.filings.count() + 1,
            saved_at=saved_at,
        )

    def made(self) -> int:
        return SignOfLife.objects.count()


@of("reregistration.tasks.mark_non_responders")
class AuthorisedRound(Case):
    at = noon(MARKING_DAY)
    in_time = missed = 2

    def __init__(self) -> None:
        campaign = CampaignFactory.create()
        for _ in range(2):
            liquidable_obligation(campaign=campaign)
        authorised_round(campaign)
        # Comes after the candidates were frozen.
        liquidable_obligation(campaign=campaign)

    def made(self) -> int:
        assert Notice.objects.filter(kind=Kind.MARKED).count() == Mark.objects.count()
        return Mark.objects.count()


@of("notices.tasks.deliver_due")
class QueuedMail(Case):
    at = noon(date(2026, 9, 15))
    # A reminder has lost its use after a week; a receipt has not.
    in_time = [DispatchState.SENT, DispatchState.SENT]
    missed = [DispatchState.SUPPRESSED, DispatchState.SENT]

    def __init__(self) -> None:
        organisation = OrganisationFactory.create()
        ContactFactory.create(organisation=organisation)
        drafts = [draft_of(organisation, kind) for kind in (Kind.REMINDER, Kind.RECEIPT)]
        made = notice.register(drafts, at=self.at - MINUTES)
        self.rows = sorted(made, key=lambda one: one.kind == Kind.RECEIPT)

    def made(self) -> list[str]:
        states = [row.dispatches.get().state for row in self.rows]
        assert len(mail.outbox) == states.count(DispatchState.SENT)
        return states


@of("notices.tasks.make_letter_batch")
class QueuedLetters(Case):
    at = noon(date(2026, 9, 15))
    in_time = missed = [(2, DispatchState.SENT)]

    def __init__(self) -> None:
        DispatchFactory.create_batch(
            2, made_at=self.at, letter=True, useful_until_at=self.at + 2 * WEEK
        )
        DispatchFactory.create(made_at=self.at, letter=True, useful_until_at=self.at)

    def made(self) -> list[tuple[int, str]]:
        rows = Dispatch.objects.filter(channel=Channel.LETTER, batch__isnull=False)
        assert {row.state for row in rows} == {DispatchState.SENT}
        return [(batch.count, rows[0].state) for batch in LetterBatch.objects.all()]


@of("notices.tasks.deliver_short_messages")
class QueuedShortMessages(Case):
    at = noon(date(2026, 9, 15))
    in_time = [DispatchState.SENT, DispatchState.SENT]
    missed = [DispatchState.SUPPRESSED, DispatchState.SENT]

    def __init__(self) -> None:
        until = [self.at + MINUTES, self.at + 2 * WEEK]
        self.rows = [
            DispatchFactory.create(made_at=self.at, sms=True, useful_until_at=moment)
            for moment in until
        ]

    def made(self) -> list[str]:
        return [Dispatch.objects.get(pk=row.pk).state for row in self.rows]


@of("notices.tasks.publish")
class Publications(Case):
    """One waits, one has stood its thirty days, one was answered."""

    at = noon(date(2026, 9, 15))
    in_time = missed = [
        (DispatchState.SENT, 0),
        (DispatchState.DELIVERED, 1),
        (DispatchState.SENT, 0),
    ]

    def __init__(self) -> None:
        earlier = self.at - timedelta(days=40)
        shown = {"made_at": earlier, "sent": True, "channel": Channel.PUBLICATION}
        self.rows = [
            DispatchFactory.create(made_at=self.at, channel=Channel.PUBLICATION),
            DispatchFactory.create(**shown),
            DispatchFactory.create(**shown, taken_down_at=earlier + timedelta(days=1)),
        ]

    def made(self) -> list[tuple[str, int]]:
        rows = [Dispatch.objects.get(pk=row.pk) for row in self.rows]
        return [(row.state, row.services.count()) for row in rows]


@of("notices.tasks.read_bounces")
class NoMailboxIsSet(Case):
    """Where there is one, tests/notices/test_mailbox.py reads it twice."""

    at = noon(date(2026, 9, 15))
    in_time = missed = 0

    def made(self) -> int:
        return DeliveryReport.objects.count()


@of("registry.tasks.seal")
class UnsealedRows(Case):
    at = noon(date(2026, 9, 15))
    # The second run of a day finds nothing new and makes no second seal.
    in_time = missed = (1, 2)

    def __init__(self) -> None:
        self.rows = NoticeFactory.create_batch(2)

    def made(self) -> tuple[int, int]:
        leaves = SealedLeaf.objects.filter(table__name=Notice._meta.db_table)
        return Seal.objects.count(), leaves.count()


@of("reregistration.tasks.send_signed_schedules")
class SignedSchedules(Case):
    at = noon(date(2028, 3, 28))
    in_time = missed = [State.REFERRED, State.MARKED]

    def __init__(self) -> None:
        self.rows = [schedule.lines.get().referral.obligation for schedule in (signed(), drafted())]

    def made(self) -> list[str]:
        assert Notice.objects.filter(kind=Kind.REFERRED).count() == 1
        return [Obligation.objects.get(pk=row.pk).state for row in self.rows]


@of("reregistration.tasks.tell_receiving_bodies")
class Withdrawals(Case):
    """Filed on a Thursday, to be told by the end of Friday."""

    at = noon(date(2028, 3, 31))
    in_time = [(1, 0), 1]
    # The body hears of it late, is reminded at once, and once that day.
    missed = [(2, 1), 1]

    def __init__(self) -> None:
        filed, contested = referred(), referred()
        filed_at = self.at - timedelta(days=1)
        obligations.move(filed.obligation, State.FILED, by=None, at=filed_at)
        appeals.complain(
            contested.obligation, text="Мы здесь.", by=UserFactory.create(), at=filed_at
        )

    def made(self) -> list[Any]:
        letters = Notice.objects.filter(kind=Kind.REFERRAL_WITHDRAWN).count()
        return [
            (letters, WithdrawalChase.objects.count()),
            Notice.objects.filter(kind=Kind.REFERRAL_CONTESTED).count(),
        ]


@of("reregistration.tasks.apply_court_decisions")
class CourtDecisions(Case):
    at = noon(date(2028, 5, 10)).replace(hour=0, minute=15)
    in_time = [State.TERMINATED, State.REFERRED, State.REFERRED]
    missed = [State.TERMINATED, State.TERMINATED, State.REFERRED]

    def __init__(self) -> None:
        on = self.at.date()
        days = [on, on + WEEK, on]
        rows = [decided(referred(), in_force_on=day) for day in days]
        for row in rows[:2]:
            court.confirm(row, by=UserFactory.create(), at=self.at - timedelta(days=1))
        self.rows = [row.referral.obligation for row in rows]

    def made(self) -> list[str]:
        assert Notice.objects.filter(kind=Kind.COURT_DECIDED).count() in (1, 2)
        return [Obligation.objects.get(pk=row.pk).state for row in self.rows]


@of("grants.tasks.remind_of_reports")
class ReportsDue(_Notices):
    """Due in three days, in ten, handed in, and due yesterday."""

    at = noon(date(2026, 11, 24))
    in_time = [
        (Kind.GRANT_REPORT_DUE, "T-14/2026-12-04"),
        (Kind.GRANT_REPORT_DUE, "T-3/2026-11-27"),
        (Kind.GRANT_REPORT_OVERDUE, "T+1/2026-11-23"),
    ]
    # A week later the first is late, the second is due soon, and the last is still late.
    missed = [
        (Kind.GRANT_REPORT_DUE, "T-3/2026-12-04"),
        (Kind.GRANT_REPORT_OVERDUE, "T+1/2026-11-23"),
        (Kind.GRANT_REPORT_OVERDUE, "T+1/2026-11-27"),
    ]

    def __init__(self) -> None:
        for on in (date(2026, 11, 27), date(2026, 12, 4), date(2026, 11, 23)):
            ReportFactory.create(due_on=on)
        ReportFactory.create(due_on=date(2026, 11, 27), award__state="terminated")


@of("grants.tasks.watch_standing")
class StandingLost(Case):
    at = noon(date(2026, 12, 2)).replace(hour=0, minute=40)
    in_time = missed = [["standing_overdue"], []]

    def __init__(self) -> None:
        self.rows = AwardFactory.create_batch(2)
        StandingFactory.create(
            organisation=self.rows[0].organisation, effective_due_on=date(2026, 12, 1)
        )

    def made(self) -> list[list[str]]:
        return [
            list(row.events.filter(kind="warned").values_list("reason", flat=True))
            for row in self.rows
        ]


# The runs


@pytest.mark.parametrize(("task", "case"), cases())
def test_run_twice_it_makes_what_it_made_once(task: str, case: type[Case]) -> None:
    told = case()
    run(task, told.at)
    assert told.made() == told.in_time
    run(task, told.at)
    assert told.made() == told.in_time


@pytest.mark.parametrize(("task", "case"), cases())
def test_after_a_missed_week_it_makes_what_is_still_due(task: str, case: type[Case]) -> None:
    told = case()
    for _ in range(2):
        run(task, told.at + WEEK)
        assert told.made() == told.missed

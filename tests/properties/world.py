"""The small world in which everything begins: six organisations, one campaign, the ministry."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from accounts.models import User
from accounts.roles import Role
from notices import receipts, reports
from notices import tasks as notice_tasks
from notices.models import Dispatch
from notices.reports import Report
from notices.states import Channel, DispatchState, ReportEvent, ReportOrigin
from registry import tasks as registry_tasks
from registry.calendar import ALMATY
from registry.models import Extract, Organisation
from reregistration import campaigns, tasks
from reregistration.models import Campaign, Obligation
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.registry import (
    ContactFactory,
    ExtractFactory,
    OrganisationFactory,
    RepresentativeFactory,
)
from tests.factories.reregistration import CampaignFactory

HOME, ELSEWHERE = "710000000", "350000000"
# So few that the caps are met.
ROUND_CAP, WEEK_CAP = 4, 3


class Stage(Enum):
    """How far the world has come before the random steps begin."""

    OPENED = "the campaign has opened"
    OVERDUE = "nobody has filed, and the days of grace are over"
    DECIDED = "both warnings were served, and their terms run"


# The terms end in autumn, and within the protected days of the turn of the year.
_AUTUMN, _WINTER = date(2026, 8, 17), date(2026, 10, 26)
# Where the runs begin, and how many they are: those that begin near the mark tell most.
PARTS = (
    (Stage.DECIDED, _AUTUMN, 18),
    (Stage.DECIDED, _AUTUMN, 18),
    (Stage.DECIDED, _WINTER, 14),
    (Stage.OVERDUE, _AUTUMN, 10),
    (Stage.OPENED, _AUTUMN, 6),
)


class Post(BaseEmailBackend):
    """The mail server: it takes every message, and can be made to break off after one."""

    # How often each Message-ID was handed over.
    taken: ClassVar[dict[str, int]] = {}
    # After so many more messages the sender dies; None: it lives.
    dies_after: ClassVar[int | None] = None

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            name = message.extra_headers["Message-ID"]
            Post.taken[name] = Post.taken.get(name, 0) + 1
            if Post.dies_after is not None:
                Post.dies_after -= 1
                if Post.dies_after <= 0:
                    Post.dies_after = None
                    raise Killed
        return len(email_messages)


class Killed(BaseException):
    """The process is gone: no `except Exception` of its own code sees it."""


@dataclass(frozen=True)
class World:
    """What every run begins with."""

    campaign: Campaign
    at: datetime
    drafter: User
    checker: User
    signers: tuple[User, User]
    reviewer: User
    decider: User
    # Of each organisation the person who acts for it, or would.
    people: tuple[User, ...]


def moment(on: date, clock: time = time(12)) -> datetime:
    return datetime.combine(on, clock, tzinfo=ALMATY)


def begin(stage: Stage, due_on: date) -> World:
    """Make the world, and let the time pass until that stage, by the verbs and the timetable."""
    opened_at = moment(due_on - timedelta(days=45), time(9))
    campaign = CampaignFactory.create(
        drafted=True,
        code="property",
        opens_on=opened_at.date(),
        due_on=due_on,
        round_cap=ROUND_CAP,
        week_cap=WEEK_CAP,
    )
    people = tuple(_organisation(place) for place in range(6))
    world = World(
        campaign=campaign,
        at=opened_at,
        drafter=staff_member(Role.CAMPAIGN_MANAGER),
        checker=staff_member(Role.SENIOR_REVIEWER),
        signers=(staff_member(Role.CAMPAIGN_MANAGER), staff_member(Role.CAMPAIGN_MANAGER)),
        reviewer=staff_member(Role.REVIEWER),
        decider=staff_member(Role.SENIOR_REVIEWER),
        people=people,
    )
    campaigns.open_campaign(campaign, by=world.drafter, at=opened_at, ground="Order No. 1")
    campaign.refresh_from_db()
    return World(**{**vars(world), "at": _pass(world, stage)})


def _organisation(place: int) -> User:
    """The first two have people with a verified address, two more an address in the register, and
    two nothing but their seat."""
    newest = Extract.objects.first() or ExtractFactory.create()
    organisation = OrganisationFactory.create(
        number=f"R-{place + 1:07d}",
        region_id=ELSEWHERE if place % 2 else HOME,
        last_seen_extract=newest,
    )
    person = UserFactory.create(email=f"head{place}@ngo.example")
    if place < 2:
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
        RepresentativeFactory.create(
            organisation=organisation, user=person, from_at=datetime(2026, 1, 1, tzinfo=UTC)
        )
    elif place < 4:
        ContactFactory.create(organisation=organisation, value=f"office{place}@ngo.example")
    return person


def _pass(world: World, stage: Stage) -> datetime:
    """Let the days pass that lie before the stage; returns when it has come."""
    if stage == Stage.OPENED:
        return world.at
    due_on = world.campaign.due_on
    at = timetable(moment(due_on + timedelta(days=1)))
    at = timetable(moment(due_on + timedelta(days=16)))
    if stage == Stage.OVERDUE:
        return at
    for days in (20, 36, 41):
        at = timetable(moment(due_on + timedelta(days=days)))
        _serve(world, at)
    return at + timedelta(hours=1)


def _serve(world: World, at: datetime) -> None:
    """Of the letters to those who act for somebody nothing is heard: their mail proves it."""
    acting = [f"R-{place + 1:07d}" for place in (0, 1)]
    letters = [
        letter for letter in waiting_letters() if letter.notice.organisation.number not in acting
    ]
    bring_receipts(letters, "delivered", by=world.drafter, at=at)
    mails = Dispatch.objects.filter(
        channel=Channel.EMAIL, state=DispatchState.SENT, notice__organisation__number__in=acting
    )
    reports.take(
        [
            Report(
                ReportOrigin.PROVIDER,
                ReportEvent.DELIVERED,
                f"{key}/{ReportEvent.DELIVERED}",
                at,
                dispatch_id=key,
            )
            for key in mails.order_by("pk").values_list("pk", flat=True)
        ],
        at=at,
    )


def timetable(at: datetime) -> datetime:
    """All that runs by itself but the marking, once, around that moment; returns the moment."""
    night(at - timedelta(hours=2))
    tasks.queue_due_notices(at=at)
    notice_tasks.deliver_due(at=at + timedelta(minutes=5))
    notice_tasks.make_letter_batch(at=at + timedelta(minutes=6))
    notice_tasks.publish(at=at + timedelta(minutes=7))
    return at + timedelta(minutes=8)


def night(at: datetime) -> None:
    """The tasks of the night, in the order of the timetable."""
    tasks.settle_holds(at=at)
    tasks.move_overdue(at=at)
    tasks.settle_claims(at=at)
    tasks.release_verified(at=at)
    registry_tasks.seal(at=at)


def waiting_letters() -> list[Dispatch]:
    """The registered letters of which the carrier has said nothing yet."""
    rows = Dispatch.objects.filter(channel=Channel.LETTER, state=DispatchState.SENT)
    return list(rows.select_related("notice__organisation").order_by("pk"))


def bring_receipts(letters: Iterable[Dispatch], outcome: str, *, by: User, at: datetime) -> int:
    """The carrier's file on those letters, dated as of that day."""
    text = io.StringIO()
    lines = csv.writer(text, delimiter=";")
    lines.writerow(["notice", "outcome", "date"])
    count = 0
    for letter in letters:
        lines.writerow([letter.notice.number, outcome, at.astimezone(ALMATY).date().isoformat()])
        count += 1
    if count:
        file = ContentFile(text.getvalue().encode())
        receipts.read_receipts(file, name="receipts.csv", by=by, at=at)
    return count


def organisations() -> list[Organisation]:
    return list(Organisation.objects.order_by("number"))


def obligations_of(campaign: Campaign) -> list[Obligation]:
    rows: Any = campaign.obligations.select_related("organisation", "campaign")
    return list(rows.order_by("organisation__number"))

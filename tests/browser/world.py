"""A small register in which every page of the journey has something to show.

Made by the verbs that people use, with the clock's own time, as pages read the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from grants import applications, participation
from grants.models import Application, Award
from grants.states import Exclusion
from notices import notice
from notices.models import Notice
from notices.states import Channel, DispatchState, Kind
from registry import seals
from registry.calendar import day_of
from registry.models import Organisation
from reregistration import appeals, filing, hearing_slots, hearings, letters, review
from reregistration.models import Campaign, Filing, Hearing, Obligation, ReturnReason
from reregistration.states import FilingKind
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.grants import (
    ApplicationFactory,
    AwardFactory,
    CallFactory,
    InstalmentFactory,
    ReportFactory,
    paid,
)
from tests.factories.hearings import HearingSlotFactory
from tests.factories.hearings import hour as hour_of
from tests.factories.notices import DispatchFactory, NoticeFactory
from tests.factories.past import PastAwardFactory
from tests.factories.registry import OrganisationFactory, RepresentativeFactory
from tests.factories.reregistration import CampaignFactory, ObligationFactory
from tests.public.granted import placed

ANSWERS = {
    "name_kk": "«Жетісу жастары» қоғамдық бірлестігі",
    "name_ru": "Общественное объединение «Молодёжь Жетысу»",
    "address": "г. Астана, ул. Абая, д. 1, офис 12",
    "head_name": "Өтегенов Ержан Серікұлы",
    "email": "office@ngo.example",
    "phone": "+77010000000",
    "employees": 2,
    "volunteers": 14,
    "activity_areas": ["1", "3"],
    "income": "4200000.00",
    "spending": "4150000.50",
}


@dataclass(frozen=True)
class World:
    """Alice acts for organisations of which two are due, with a draft of the full and of the short
    form, one has filed, one got its filing back, one is accepted, two asked to be heard. Charlie
    acts for none."""

    campaign: Campaign
    alice: User
    charlie: User
    due: Obligation
    small: Obligation
    filed: Filing
    returned: Filing
    accepted: Filing
    notice: Notice
    # Wishes to be heard: one whose day is to be chosen, one with minutes to read.
    to_be_heard: Hearing
    heard: Hearing
    # Applications for a grant: one that is written, one that was handed in.
    applying: Application
    applied: Application
    # Grants: one whose agreement waits for an answer, one that runs, is paid and to be reported on.
    offered: Award
    granted: Award
    # An organisation with grants of this year and of before.
    recipient: Organisation


def made() -> World:
    at = timezone.now()
    campaign = open_campaign(at)
    alice = UserFactory.create(email="alice@ngo.example")
    reviewer = staff_member(Role.REVIEWER, "reviewer@ministry.example")
    due = owed(campaign, alice, "Жетісу жастары")
    filing.start(due, by=alice, at=at, kind=FilingKind.DETAILS, is_short=False)
    small = owed(campaign, alice, "Шаңырақ")
    filing.start(small, by=alice, at=at, kind=FilingKind.DETAILS, is_short=True)
    returned = filed(owed(campaign, alice, "Ақ бастау"), by=alice, at=at)
    reason = ReturnReason.objects.all()[0].code
    review.return_for_correction(returned, reasons=[reason], by=reviewer, at=at)
    accepted = filed(owed(campaign, alice, "Көктем"), by=alice, at=at)
    review.accept(accepted, by=reviewer, at=at)
    sought("Жоғалған үміт", at=at)
    reminder = letters.scheduled(due, Kind.REMINDER, f"T-30/{due.due_on}", on=day_of(at))
    applying, applied = applications_of(accepted.obligation.organisation, alice, at=at)
    offered, running = awards_of(accepted.obligation.organisation, at=at)
    world = World(
        campaign=campaign,
        alice=alice,
        charlie=UserFactory.create(email="charlie@stranger.example"),
        due=due,
        small=small,
        filed=filed(owed(campaign, alice, "Мейірім"), by=alice, at=at),
        returned=returned,
        accepted=accepted,
        notice=notice.register([reminder], at=at)[0],
        to_be_heard=to_be_heard(campaign, alice, at=at),
        heard=heard(campaign, alice, reviewer, at=at),
        applying=applying,
        applied=applied,
        offered=offered,
        granted=running,
        recipient=recipient(),
    )
    seals.seal(at=at)
    return world


def open_campaign(at: datetime) -> Campaign:
    on = day_of(at)
    campaign: Campaign = CampaignFactory.create(
        code="2026", opens_on=on - timedelta(days=70), due_on=on + timedelta(days=30)
    )
    return campaign


def owed(campaign: Campaign, person: User, name: str, **state: bool) -> Obligation:
    """The obligation of an organisation for which the person acts."""
    organisation: Organisation = OrganisationFactory.create(
        name_kk=f"«{name}» қоғамдық бірлестігі", name_ru=f"Общественное объединение «{name}»"
    )
    RepresentativeFactory.create(organisation=organisation, user=person)
    row: Obligation = ObligationFactory.create(
        campaign=campaign, organisation=organisation, **state
    )
    return row


def to_be_heard(campaign: Campaign, person: User, *, at: datetime) -> Hearing:
    """A wish to be heard, and hours that are free ahead."""
    wish = wished(owed(campaign, person, "Дархан", overdue=True), person, at=at)
    ahead = _day_to_be_heard(day_of(at) + timedelta(days=30))
    for hour in (10, 11, 15):
        HearingSlotFactory.create(begins_at=hour_of(ahead, hour))
    return wish


def heard(campaign: Campaign, person: User, clerk: User, *, at: datetime) -> Hearing:
    """A wish that was heard: its minutes are written now, and may be remarked on."""
    asked_at = at - timedelta(days=100)
    wish = wished(owed(campaign, person, "Сұңқар", overdue=True), person, at=asked_at)
    slot = HearingSlotFactory.create(
        begins_at=hour_of(_day_to_be_heard(day_of(at) - timedelta(days=40)), 10)
    )
    hearings.set_date(wish, slot, by=clerk, at=asked_at)
    hearings.write_minutes(
        wish,
        present="Ержан Өтегенов, басшы; Әсел Жұмабаева, тексеруші",
        text="Председатель сообщил, что организация работает, и показал договор аренды.",
        by=clerk,
        at=at,
    )
    return wish


def wished(row: Obligation, person: User, *, at: datetime) -> Hearing:
    """A wish to be heard on a preliminary decision that came the day before."""
    NoticeFactory.create(
        organisation=row.organisation,
        source=row.source,
        cycle=row.cycle,
        kind=Kind.PRELIMINARY_DECISION,
        occasion=f"warning served/{row.due_on}",
        made_at=at - timedelta(days=1),
    )
    return appeals.ask_for_hearing(row, text="Біз жұмыс істеп жатырмыз.", by=person, at=at)


def _day_to_be_heard(from_on: date) -> date:
    days = (from_on + timedelta(days=later) for later in range(30))
    return next(day for day in days if hearing_slots.may_be_held(day))


def applications_of(
    organisation: Organisation, person: User, *, at: datetime
) -> tuple[Application, Application]:
    """It takes part and applies for both lots of a call: a draft, and one that was handed in."""
    on = day_of(at)
    participation.register(organisation, clear_of=Exclusion.values, by=person, at=at)
    call = CallFactory.create(
        opens_at=at - timedelta(days=3),
        closes_at=at + timedelta(days=20),
        lots=(Decimal(10_000_000), Decimal(10_000_000)),
    )
    rows = []
    for lot in call.lots.all():
        row = ApplicationFactory.create(
            lot=lot,
            organisation=organisation,
            started_by=person,
            starts_on=on + timedelta(days=60),
            ends_on=on + timedelta(days=300),
        )
        row.regions.set([organisation.region])
        rows.append(row)
    applied = applications.submit(rows[1], clear_of=Exclusion.values, by=person, at=at)
    return rows[0], applied


def awards_of(organisation: Organisation, *, at: datetime) -> tuple[Award, Award]:
    on = day_of(at)
    dates = {"starts_on": on, "ends_on": on + timedelta(days=240)}
    offered = AwardFactory.create(
        organisation=organisation, state="offered", accept_by_on=on + timedelta(days=14), **dates
    )
    granted = AwardFactory.create(organisation=organisation, **dates)
    paid(InstalmentFactory.create(award=granted))
    InstalmentFactory.create(award=granted, due_on=on + timedelta(days=90))
    ReportFactory.create(award=granted)
    return offered, granted


def recipient() -> Organisation:
    """It has an award in force and one of before; another came by file in foreign money."""
    award = placed(AwardFactory.create(), "710000000", "750000000")
    organisation: Organisation = award.organisation
    PastAwardFactory.create(organisation=organisation, programme="Азаматтық бастамалар")
    PastAwardFactory.create(
        identifier="360G-LBFEW-114001", currency="GBP", amount=Decimal(15000), area_id="1"
    )
    return organisation


def sought(name: str, *, at: datetime) -> None:
    """An organisation that no letter reached, on the page that asks it to get in touch."""
    organisation = OrganisationFactory.create(
        name_kk=f"«{name}» қоғамдық қоры", name_ru=f"Общественный фонд «{name}»"
    )
    warning = NoticeFactory.create(organisation=organisation, kind=Kind.FINAL_WARNING)
    DispatchFactory.create(
        notice=warning,
        channel=Channel.PUBLICATION,
        address=organisation.number,
        message_id="",
        state=DispatchState.SENT,
        sent_at=at - timedelta(days=3),
    )


def filed(obligation: Obligation, *, by: User, at: datetime) -> Filing:
    """A complete filing, submitted."""
    draft = filing.start(obligation, by=by, at=at)
    draft = filing.save(draft, ANSWERS, revision=draft.revision, by=by, at=at)
    return filing.submit(draft, by=by, at=at)

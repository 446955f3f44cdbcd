"""Opening a campaign over every kind of organisation, moving its date, closing it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from registry.calendar import ALMATY
from registry.models import Organisation
from registry.states import LegalStatus
from reregistration import campaigns, obligations
from reregistration.models import Campaign, CampaignDecision, Obligation
from reregistration.obligations import past_due
from reregistration.states import CampaignState, ReleaseReason, State
from tests.concurrency import one_behind_the_other
from tests.factories.accounts import staff_member
from tests.factories.registry import OrganisationFactory
from tests.factories.reregistration import CampaignFactory, ObligationFactory, obligation_in
from tests.reregistration.assertions import assert_states_equal_the_log
from tests.reregistration.moving import move_due_date

pytestmark = pytest.mark.usefixtures("in_english")

GROUND = "Order No. 7 of 1 September 2026"
LATER = date(2027, 2, 1)


@pytest.fixture
def manager(db: None) -> User:
    return staff_member(Role.CAMPAIGN_MANAGER)


def open_it(campaign: Campaign, manager: User, at: datetime) -> int:
    return campaigns.open_campaign(campaign, by=manager, at=at, ground=GROUND)


IN_SCOPE: dict[str, Callable[[], Organisation]] = {
    "active": OrganisationFactory.create,
    "inactive": lambda: OrganisationFactory.create(inactive=True),
    "without BIN": lambda: OrganisationFactory.create(without_bin=True),
    "branch of a foreign one": lambda: OrganisationFactory.create(legal_form_id="FBR"),
    "office of a foreign one": lambda: OrganisationFactory.create(legal_form_id="FRO"),
    "registered the day before the cut-off": lambda: OrganisationFactory.create(
        registered_on=date(2025, 12, 31)
    ),
}
OUT_OF_SCOPE: dict[str, Callable[[], Organisation]] = {
    "suspended": lambda: OrganisationFactory.create(suspended=True),
    "in liquidation": lambda: OrganisationFactory.create(in_liquidation=True),
    "liquidated": lambda: OrganisationFactory.create(status=LegalStatus.LIQUIDATED),
    "founded by the state": lambda: OrganisationFactory.create(state_founded=True),
    "political party": lambda: OrganisationFactory.create(political_party=True),
    "trade union": lambda: OrganisationFactory.create(trade_union=True),
    "another legal form": lambda: OrganisationFactory.create(legal_form_id="RA"),
    "registered on the cut-off day": lambda: OrganisationFactory.create(
        registered_on=date(2026, 1, 1)
    ),
    "registered after the cut-off": lambda: OrganisationFactory.create(
        registered_on=date(2026, 5, 1)
    ),
    "merged into another": lambda: OrganisationFactory.create(
        merged_into=OrganisationFactory.create(suspended=True)
    ),
}


@pytest.mark.parametrize("kind", IN_SCOPE)
def test_opening_asks_an_organisation_in_scope(kind: str, manager: User, at: datetime) -> None:
    organisation = IN_SCOPE[kind]()
    assert open_it(CampaignFactory.create(drafted=True), manager, at) == 1
    assert Obligation.objects.get().organisation == organisation


@pytest.mark.parametrize("kind", OUT_OF_SCOPE)
def test_opening_does_not_ask_an_organisation_out_of_scope(
    kind: str, manager: User, at: datetime
) -> None:
    OUT_OF_SCOPE[kind]()
    asked = OrganisationFactory.create()
    open_it(CampaignFactory.create(drafted=True), manager, at)
    assert list(Obligation.objects.values_list("organisation", flat=True)) == [asked.pk]


def test_the_legal_forms_in_scope_are_the_campaigns_data(manager: User, at: datetime) -> None:
    OrganisationFactory.create(legal_form_id="PF")
    religious = OrganisationFactory.create(legal_form_id="RA")
    open_it(CampaignFactory.create(drafted=True, legal_forms=["RA"]), manager, at)
    assert Obligation.objects.get().organisation == religious


def test_opening_makes_due_obligations_with_their_log(manager: User, at: datetime) -> None:
    OrganisationFactory.create_batch(3)
    campaign = CampaignFactory.create(drafted=True)
    assert open_it(campaign, manager, at) == 3
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.OPEN
    rows = Obligation.objects.values_list("state", "due_on", "cycle", "cycle_began_on").distinct()
    assert list(rows) == [(State.DUE, date(2026, 12, 1), 1, at.date())]
    assert_states_equal_the_log()


def test_a_due_date_on_a_day_off_becomes_the_next_working_day(manager: User, at: datetime) -> None:
    OrganisationFactory.create()
    open_it(CampaignFactory.create(drafted=True, due_on=date(2026, 12, 26)), manager, at)
    assert Obligation.objects.get().due_on == date(2027, 1, 11)


def test_opening_is_a_recorded_decision(manager: User, at: datetime) -> None:
    campaign = CampaignFactory.create(drafted=True)
    open_it(campaign, manager, at)
    decision = CampaignDecision.objects.get()
    assert (decision.kind, decision.due_on, decision.ground, decision.by, decision.at) == (
        "opened",
        campaign.due_on,
        GROUND,
        manager,
        at,
    )


def test_opening_costs_the_same_queries_for_many(manager: User, at: datetime) -> None:
    counts = []
    for size in (1, 30):
        OrganisationFactory.create_batch(size)
        with CaptureQueriesContext(connection) as queries:
            open_it(CampaignFactory.create(drafted=True), manager, at)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_opening_twice_is_refused(manager: User, at: datetime) -> None:
    OrganisationFactory.create()
    campaign = CampaignFactory.create(drafted=True)
    open_it(campaign, manager, at)
    with pytest.raises(Refused, match="Only a draft can be opened"):
        open_it(campaign, manager, at)
    assert Obligation.objects.count() == 1


def test_two_managers_who_open_at_once_open_once(real_commits: None, at: datetime) -> None:
    manager = staff_member(Role.CAMPAIGN_MANAGER)
    OrganisationFactory.create_batch(2)
    campaign = CampaignFactory.create(drafted=True)
    first, second = one_behind_the_other(
        lambda: open_it(campaign, manager, at), lambda: open_it(campaign, manager, at)
    )
    assert first == 2
    assert isinstance(second, Refused)
    assert CampaignDecision.objects.count() == 1
    assert_states_equal_the_log()


def test_a_closed_campaign_cannot_be_opened(manager: User, at: datetime) -> None:
    with pytest.raises(Refused, match="closed already"):
        open_it(CampaignFactory.create(state=CampaignState.CLOSED), manager, at)


def test_a_campaign_without_legal_forms_cannot_be_opened(manager: User, at: datetime) -> None:
    with pytest.raises(Refused, match="No legal form"):
        open_it(CampaignFactory.create(drafted=True, legal_forms=[]), manager, at)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_campaign_whose_letters_could_not_say_where_to_complain_cannot_be_opened(
    manager: User, at: datetime, language: str
) -> None:
    with pytest.raises(Refused, match="address of the body is missing"):
        open_it(CampaignFactory.create(drafted=True, **{f"address_{language}": ""}), manager, at)


@pytest.mark.parametrize("due_on", [date(2026, 9, 14), date(2026, 9, 15)])
def test_a_campaign_whose_due_date_does_not_lie_ahead_cannot_be_opened(
    manager: User, at: datetime, due_on: date
) -> None:
    with pytest.raises(Refused, match="due date has passed"):
        open_it(CampaignFactory.create(drafted=True, due_on=due_on), manager, at)


def test_without_a_ground_nothing_is_opened(manager: User, at: datetime) -> None:
    OrganisationFactory.create()
    campaign = CampaignFactory.create(drafted=True)
    with pytest.raises(Refused, match="Give the ground"):
        campaigns.open_campaign(campaign, by=manager, at=at, ground=" ")
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.DRAFT
    assert not Obligation.objects.exists()


def test_enrolling_twice_makes_none_the_second_time(at: datetime, db: None) -> None:
    OrganisationFactory.create_batch(3)
    campaign = CampaignFactory.create()
    assert campaigns.enrol(campaign, by=None, at=at) == 3
    assert campaigns.enrol(campaign, by=None, at=at) == 0
    assert_states_equal_the_log()


def test_enrolling_later_makes_only_what_is_lacking(at: datetime, db: None) -> None:
    campaign = CampaignFactory.create()
    released = ObligationFactory.create(campaign=campaign, released=True)
    newcomer = OrganisationFactory.create()
    assert campaigns.enrol(campaign, by=None, at=at) == 1
    assert campaign.obligations.exclude(pk=released.pk).get().organisation == newcomer
    assert_states_equal_the_log()


def test_two_enrolments_at_once_make_each_obligation_once(real_commits: None, at: datetime) -> None:
    OrganisationFactory.create_batch(3)
    campaign = CampaignFactory.create()
    made = one_behind_the_other(
        lambda: campaigns.enrol(campaign, by=None, at=at),
        lambda: campaigns.enrol(campaign, by=None, at=at),
    )
    assert made == [3, 0]
    assert_states_equal_the_log()


def test_a_later_due_date_starts_a_new_cycle_for_the_due(manager: User, at: datetime) -> None:
    row = ObligationFactory.create()
    changed = move_due_date(row.campaign, LATER, by=manager, at=at, ground=GROUND)
    row.refresh_from_db()
    assert changed == 1
    assert (row.state, row.due_on, row.cycle, row.cycle_began_on) == (
        State.DUE,
        LATER,
        2,
        at.date(),
    )
    assert row.cycles.get(number=2).due_on == LATER
    assert_states_equal_the_log()


def test_a_later_due_date_makes_the_overdue_due_again(manager: User) -> None:
    at = datetime(2026, 12, 21, 12, tzinfo=ALMATY)
    row = obligation_in(State.OVERDUE)
    move_due_date(row.campaign, LATER, by=manager, at=at, ground=GROUND)
    row.refresh_from_db()
    assert (row.state, row.due_on, row.cycle) == (State.DUE, LATER, 3)
    assert_states_equal_the_log()


def test_a_later_due_date_adds_to_extensions_and_held_days(manager: User, at: datetime) -> None:
    row = ObligationFactory.create(extended_days=7, held_days=2)
    move_due_date(row.campaign, LATER, by=manager, at=at, ground=GROUND)
    row.refresh_from_db()
    assert row.due_on == date(2027, 2, 10)


def test_a_returned_filing_keeps_its_later_correction_term(manager: User) -> None:
    at = datetime(2026, 12, 1, 12, tzinfo=ALMATY)
    returned = obligations.move(obligation_in(State.FILED), State.RETURNED, by=None, at=at)
    assert returned.due_on == date(2026, 12, 15)
    move_due_date(returned.campaign, date(2026, 12, 8), by=manager, at=at, ground=GROUND)
    returned.refresh_from_db()
    assert (returned.state, returned.due_on, returned.cycle) == (
        State.RETURNED,
        date(2026, 12, 15),
        2,
    )
    assert_states_equal_the_log()


def test_a_returned_filing_gets_a_due_date_later_than_its_term(manager: User) -> None:
    at = datetime(2026, 12, 1, 12, tzinfo=ALMATY)
    returned = obligations.move(obligation_in(State.FILED), State.RETURNED, by=None, at=at)
    move_due_date(returned.campaign, LATER, by=manager, at=at, ground=GROUND)
    returned.refresh_from_db()
    assert (returned.state, returned.due_on, returned.cycle) == (State.RETURNED, LATER, 3)
    assert_states_equal_the_log()


@pytest.mark.parametrize(
    "state",
    [
        State.FILED,
        State.REFUSED,
        State.FULFILLED,
        State.MARKED,
        State.REFERRED,
        State.TERMINATED,
        State.RELEASED,
    ],
)
def test_a_later_due_date_leaves_alone_whose_clock_does_not_run(
    state: State, manager: User, at: datetime
) -> None:
    row = obligation_in(state)
    assert move_due_date(row.campaign, LATER, by=manager, at=at, ground=GROUND) == 0
    assert row.events.count() == 1


def test_another_campaign_keeps_its_date(manager: User, at: datetime) -> None:
    other = ObligationFactory.create()
    move_due_date(CampaignFactory.create(), LATER, by=manager, at=at, ground=GROUND)
    other.refresh_from_db()
    assert other.due_on == date(2026, 12, 1)


@pytest.mark.parametrize("due_on", [date(2026, 11, 30), date(2026, 12, 1)])
def test_a_due_date_that_is_not_later_is_refused(due_on: date, manager: User, at: datetime) -> None:
    campaign = CampaignFactory.create()
    with pytest.raises(Refused, match="only move to a later day"):
        move_due_date(campaign, due_on, by=manager, at=at, ground=GROUND)
    assert not CampaignDecision.objects.exists()


def test_a_due_date_in_the_past_is_refused(manager: User) -> None:
    at = datetime(2027, 2, 2, 12, tzinfo=ALMATY)
    with pytest.raises(Refused, match="lies ahead"):
        move_due_date(CampaignFactory.create(), LATER, by=manager, at=at, ground=GROUND)


@pytest.mark.parametrize("state", [CampaignState.DRAFT, CampaignState.CLOSED])
def test_only_an_open_campaign_moves_its_due_date(
    state: CampaignState, manager: User, at: datetime
) -> None:
    campaign = CampaignFactory.create(state=state)
    with pytest.raises(Refused, match="Only an open campaign"):
        move_due_date(campaign, LATER, by=manager, at=at, ground=GROUND)


def test_moving_the_due_date_is_a_recorded_decision(manager: User, at: datetime) -> None:
    campaign = CampaignFactory.create()
    move_due_date(campaign, LATER, by=manager, at=at, ground=GROUND)
    decision = CampaignDecision.objects.get()
    assert (decision.kind, decision.due_on, decision.by) == ("due_date_moved", LATER, manager)


def test_closing_an_open_campaign_is_recorded_once(manager: User, at: datetime) -> None:
    campaign = CampaignFactory.create()
    closed = campaigns.close(campaign, by=manager, at=at, ground=GROUND)
    assert closed.state == CampaignState.CLOSED
    with pytest.raises(Refused, match="Only an open campaign"):
        campaigns.close(campaign, by=manager, at=at, ground=GROUND)
    assert CampaignDecision.objects.get().kind == "closed"


@pytest.mark.parametrize("state", [State.DUE, State.RETURNED])
def test_past_the_due_date_the_due_and_the_returned_become_overdue(state: State, db: None) -> None:
    row = obligation_in(state)
    midnight = datetime(2026, 12, 2, tzinfo=ALMATY)
    assert past_due.move_all(row.campaign, on=midnight.date(), at=midnight) == 1
    row.refresh_from_db()
    assert row.state == State.OVERDUE
    assert_states_equal_the_log()


def test_on_the_due_date_nobody_is_overdue(db: None) -> None:
    row = ObligationFactory.create()
    evening = datetime(2026, 12, 1, 23, 59, 59, tzinfo=ALMATY)
    assert past_due.move_all(row.campaign, on=evening.date(), at=evening) == 0


@pytest.mark.parametrize(
    "state", [state for state in State if state not in (State.DUE, State.RETURNED)]
)
def test_past_the_due_date_no_other_state_moves(state: State, db: None) -> None:
    row = obligation_in(state)
    later = datetime(2026, 12, 20, tzinfo=ALMATY)
    assert past_due.move_all(row.campaign, on=later.date(), at=later) == 0
    assert row.events.count() == 1


def test_a_longer_term_of_its_own_keeps_one_from_becoming_overdue(db: None) -> None:
    row = ObligationFactory.create(due_on=date(2026, 12, 15))
    at = datetime(2026, 12, 10, tzinfo=ALMATY)
    assert past_due.move_all(row.campaign, on=at.date(), at=at) == 0


def test_a_filing_that_arrives_first_is_not_made_overdue(real_commits: None) -> None:
    row = ObligationFactory.create()
    at = datetime(2026, 12, 2, 0, 5, tzinfo=ALMATY)
    _filed, moved = one_behind_the_other(
        lambda: obligations.move(row, State.FILED, by=None, at=at),
        lambda: past_due.move_all(row.campaign, on=at.date(), at=at),
    )
    assert moved == 0
    assert Obligation.objects.get().state == State.FILED
    assert_states_equal_the_log()


def test_released_is_not_enrolled_again(at: datetime, db: None) -> None:
    campaign = CampaignFactory.create()
    row = ObligationFactory.create(campaign=campaign)
    obligations.move(row, State.RELEASED, by=None, at=at, release_reason=ReleaseReason.DUPLICATE)
    assert campaigns.enrol(campaign, by=None, at=at) == 0

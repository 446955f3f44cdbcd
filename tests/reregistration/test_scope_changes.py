"""What an import brings into a campaign's scope or out of it, and a manager applies."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices import dispatch
from registry.models import Organisation, Standing
from registry.states import LegalStatus, StandingState
from reregistration import campaigns, scope_changes, tasks
from reregistration.marking import mark
from reregistration.models import Campaign, CampaignDecision, Mark, Obligation, ScopeChange
from reregistration.states import ReleaseReason, State
from tests.concurrency import together
from tests.factories.accounts import staff_member
from tests.factories.registry import OrganisationFactory
from tests.factories.reregistration import (
    MARKING_DAY,
    CampaignFactory,
    ObligationFactory,
    authorised_round,
    cohort_in,
    liquidable_obligation,
    noon,
)
from tests.reregistration.assertions import assert_states_equal_the_log
from tests.reregistration.desk import page_of, signed_in, told, verb_of

pytestmark = pytest.mark.usefixtures("in_english")
GROUND = "Order No. 9"


@pytest.fixture
def manager(db: None) -> User:
    return staff_member(Role.CAMPAIGN_MANAGER)


@pytest.fixture
def campaign(db: None) -> Campaign:
    return CampaignFactory.create()


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scope_changes, "SLICE", 2)


def change(organisation: Organisation, **fields: Any) -> None:
    Organisation.objects.filter(pk=organisation.pk).update(**fields)


def left(campaign: Campaign, state: str = "due", **fields: Any) -> Obligation:
    """An obligation whose organisation is not in scope any more."""
    trait = {} if state == "due" else {state: True}
    row = ObligationFactory.create(campaign=campaign, **trait)
    change(row.organisation, **(fields or {"status": LegalStatus.LIQUIDATED}))
    return row


class TestNewcomers:
    def test_are_those_in_scope_without_an_obligation(self, campaign: Campaign) -> None:
        ObligationFactory.create(campaign=campaign)
        ObligationFactory.create(campaign=campaign, released=True)
        OrganisationFactory.create(in_liquidation=True)
        new = OrganisationFactory.create()
        listed = scope_changes.joined(campaign)
        assert (listed.count, listed.samples) == (1, [new])

    def test_get_their_obligation_by_a_recorded_decision(
        self, campaign: Campaign, manager: User, at: datetime
    ) -> None:
        new = OrganisationFactory.create()
        scope_changes.take_in(campaign, ground=GROUND, by=manager, at=at)
        assert not Obligation.objects.exists()
        assert scope_changes.write_all(campaign, at=at) == 1
        row = Obligation.objects.get(organisation=new)
        assert (row.state, row.due_on) == (State.DUE, campaign.due_on)
        decision = CampaignDecision.objects.get(kind="scope_joined")
        assert (decision.by, decision.ground) == (manager, GROUND)
        event = row.events.get()
        assert (event.by, event.reason) == (manager, f"came into scope, by decision {decision.pk}")
        assert_states_equal_the_log()

    def test_have_the_date_of_their_cohort(
        self, campaign: Campaign, manager: User, at: datetime
    ) -> None:
        cohort = cohort_in(campaign)
        OrganisationFactory.create(**({"region_id": cohort.regions[0]} if cohort.regions else {}))
        scope_changes.take_in(campaign, ground=GROUND, by=manager, at=at)
        scope_changes.write_all(campaign, at=at)
        row = Obligation.objects.get()
        expected = cohort.due_on if row.cohort else campaign.due_on
        assert row.due_on >= expected

    def test_who_comes_late_has_thirty_working_days(
        self, campaign: Campaign, manager: User
    ) -> None:
        late = noon(campaign.due_on + timedelta(days=5))
        OrganisationFactory.create()
        scope_changes.take_in(campaign, ground=GROUND, by=manager, at=late)
        scope_changes.write_all(campaign, at=late)
        due_on = Obligation.objects.get().due_on
        assert due_on == scope_changes.least_due_on(late.date())
        assert due_on > late.date() + timedelta(days=40)


class TestLeavers:
    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"status": LegalStatus.LIQUIDATED}, ReleaseReason.CLOSED),
            ({"registered_on": date(2030, 1, 1)}, ReleaseReason.AFTER_CUT_OFF),
            ({"trade_union": True}, ReleaseReason.EXEMPT),
        ],
    )
    def test_are_released_for_the_reason_the_register_gives(
        self,
        campaign: Campaign,
        manager: User,
        at: datetime,
        fields: dict[str, Any],
        reason: ReleaseReason,
    ) -> None:
        row = left(campaign, **fields)
        self._released(campaign, row, reason, manager, at)

    def test_a_merged_one_is_released_as_merged(
        self, campaign: Campaign, manager: User, at: datetime
    ) -> None:
        row = left(campaign, merged_into=ObligationFactory.create(campaign=campaign).organisation)
        self._released(campaign, row, ReleaseReason.MERGED, manager, at)

    def test_one_taken_out_of_the_register_is_released(
        self, campaign: Campaign, manager: User, at: datetime
    ) -> None:
        self._released(
            campaign, left(campaign, taken_out_at=at), ReleaseReason.TAKEN_OUT, manager, at
        )

    def test_another_form_is_released(
        self, campaign: Campaign, manager: User, at: datetime
    ) -> None:
        row = ObligationFactory.create(campaign=campaign)
        campaign.legal_forms.remove(row.organisation.legal_form)
        self._released(campaign, row, ReleaseReason.EXEMPT, manager, at)

    def _released(
        self,
        campaign: Campaign,
        row: Obligation,
        reason: ReleaseReason,
        manager: User,
        at: datetime,
    ) -> None:
        scope_changes.release(campaign, ground=GROUND, by=manager, at=at)
        row.refresh_from_db()
        assert row.state == State.DUE
        tasks.write_scope_changes(at=at)
        row.refresh_from_db()
        assert (row.state, row.release_reason) == (State.RELEASED, reason)
        event = row.events.latest("pk")
        assert event.by == manager
        assert "by decision" in event.reason
        standing = Standing.objects.get(organisation=row.organisation)
        assert (standing.state, standing.reason) == (StandingState.RELEASED, reason)
        assert_states_equal_the_log()

    @pytest.mark.parametrize("status", [LegalStatus.SUSPENDED, LegalStatus.IN_LIQUIDATION])
    def test_who_may_come_back_is_not_among_them(
        self, campaign: Campaign, status: LegalStatus
    ) -> None:
        left(campaign, status=status)
        assert scope_changes.left(campaign).count == 0

    @pytest.mark.parametrize("state", ["filed", "marked", "referred"])
    def test_what_waits_for_a_person_is_counted_and_stays(
        self, campaign: Campaign, manager: User, at: datetime, state: str
    ) -> None:
        row, other = left(campaign, state), left(campaign)
        listed = scope_changes.left(campaign)
        assert (listed.count, listed.waiting) == (1, 1)
        scope_changes.release(campaign, ground=GROUND, by=manager, at=at)
        assert scope_changes.write_all(campaign, at=at) == 1
        row.refresh_from_db()
        other.refresh_from_db()
        assert (row.state, other.state) == (state, State.RELEASED)

    @pytest.mark.parametrize("state", ["fulfilled", "released", "terminated"])
    def test_of_whom_nothing_is_asked_is_not_among_them(
        self, campaign: Campaign, state: str
    ) -> None:
        left(campaign, state)
        listed = scope_changes.left(campaign)
        assert (listed.count, listed.waiting) == (0, 0)


class TestDecision:
    def test_a_second_click_decides_nothing(
        self, campaign: Campaign, manager: User, at: datetime
    ) -> None:
        left(campaign)
        scope_changes.release(campaign, ground=GROUND, by=manager, at=at)
        with pytest.raises(Refused, match="still being written"):
            scope_changes.release(campaign, ground=GROUND, by=manager, at=at)
        scope_changes.write_all(campaign, at=at)
        with pytest.raises(Refused, match="nobody on this list"):
            scope_changes.release(campaign, ground=GROUND, by=manager, at=at)
        assert ScopeChange.objects.count() == 1

    def test_needs_a_ground_and_an_open_campaign(self, manager: User, at: datetime) -> None:
        closed = CampaignFactory.create(state="closed")
        OrganisationFactory.create()
        with pytest.raises(Refused, match="open campaign"):
            scope_changes.take_in(closed, ground=GROUND, by=manager, at=at)
        open_one = CampaignFactory.create()
        with pytest.raises(Refused, match="ground"):
            scope_changes.take_in(open_one, ground=" ", by=manager, at=at)
        assert not ScopeChange.objects.exists()

    def test_the_campaign_is_not_closed_meanwhile(
        self, campaign: Campaign, manager: User, at: datetime
    ) -> None:
        left(campaign)
        scope_changes.release(campaign, ground=GROUND, by=manager, at=at)
        with pytest.raises(Refused, match="change of scope"):
            campaigns.close(campaign, ground=GROUND, by=manager, at=at)

    @pytest.mark.usefixtures("small_slices")
    def test_one_that_is_killed_is_gone_on_with(
        self, campaign: Campaign, manager: User, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Killed(BaseException):
            """As a worker that is stopped."""

        for _number in range(5):
            left(campaign)
        scope_changes.release(campaign, ground=GROUND, by=manager, at=at)
        assert scope_changes.write_next(campaign, at=at) == 2

        def killed(*_args: Any, **_options: Any) -> None:
            raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(dispatch, "withdraw_all", killed)
            with pytest.raises(Killed), transaction.atomic():
                scope_changes.write_next(campaign, at=at)
        assert campaign.obligations.filter(state=State.RELEASED).count() == 2
        assert scope_changes.write_all(campaign, at=at) == 3
        going = ScopeChange.objects.get()
        assert (going.looked_at, going.changed, going.expected) == (5, 5, 5)
        assert going.finished_at == at
        assert_states_equal_the_log()


class TestLocks:
    def test_the_campaign_is_locked_before_its_organisations_as_the_marking_does(
        self, at: datetime, campaign: Campaign, manager: User
    ) -> None:
        left(campaign)
        scope_changes.release(campaign, ground=GROUND, by=manager, at=at)
        with CaptureQueriesContext(connection) as queries:
            scope_changes.write_next(campaign, at=at)
        locks = [q["sql"] for q in queries if "FOR NO KEY UPDATE" in q["sql"]]
        tables = [sql.split(' FROM "')[1].split('"')[0] for sql in locks]
        assert tables.index(Campaign._meta.db_table) < tables.index(Organisation._meta.db_table)


@pytest.mark.usefixtures("real_commits")
class TestAtOnce:
    def test_two_clicks_decide_once_and_two_workers_write_once(self, at: datetime) -> None:
        manager, campaign = staff_member(Role.CAMPAIGN_MANAGER), CampaignFactory.create()
        left(campaign)

        def click() -> bool:
            try:
                scope_changes.release(campaign, ground=GROUND, by=manager, at=at)
            except Refused:
                return False
            return True

        assert sorted(together(click, click)) == [False, True]
        written = together(
            lambda: scope_changes.write_all(campaign, at=at),
            lambda: scope_changes.write_all(campaign, at=at),
        )
        assert sorted(written) == [0, 1]
        assert CampaignDecision.objects.filter(kind="scope_left").count() == 1

    def test_a_mark_that_meets_it_is_not_made(self) -> None:
        at, manager = noon(MARKING_DAY), staff_member(Role.CAMPAIGN_MANAGER)
        row = liquidable_obligation()
        authorised_round(row.campaign)
        change(row.organisation, status=LegalStatus.LIQUIDATED)
        scope_changes.release(row.campaign, ground=GROUND, by=manager, at=at)
        did = together(
            lambda: mark.mark_next(row.campaign, at=at),
            lambda: scope_changes.write_all(row.campaign, at=at),
        )
        assert did == [True, 1]
        row.refresh_from_db()
        assert (row.state, row.release_reason) == (State.RELEASED, ReleaseReason.CLOSED)
        assert not Mark.objects.exists()


class TestDesk:
    def test_a_manager_looks_and_applies_both(self, campaign: Campaign, manager: User) -> None:
        client = signed_in(manager)
        row, new = left(campaign), OrganisationFactory.create()
        page = client.get(page_of(campaign)).content.decode()
        assert "Came into scope, without an obligation" in page
        assert "Left the scope: liquidated" in page
        asked = client.get(verb_of(campaign, "release-left")).content.decode()
        assert row.organisation.number in asked
        row.refresh_from_db()
        assert row.state == State.DUE
        done = client.post(verb_of(campaign, "release-left"), {"ground": GROUND}, follow=True)
        assert told(done) == ["Decided for 1 organisations; this page shows how far it is."]
        tasks.write_scope_changes()
        assert new.number in client.get(verb_of(campaign, "take-in")).content.decode()
        client.post(verb_of(campaign, "take-in"), {"ground": GROUND})
        tasks.write_scope_changes()
        row.refresh_from_db()
        assert row.state == State.RELEASED
        assert campaign.obligations.filter(organisation=new).exists()

    def test_others_apply_nothing(self, campaign: Campaign) -> None:
        client = signed_in(staff_member(Role.AUDITOR))
        left(campaign)
        assert client.post(verb_of(campaign, "release-left"), {"ground": "x"}).status_code == 403

"""The demo of grants: whole, within the law's limits, the same when it is loaded again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.apps import apps
from django.db.models import F, Sum
from pytest_django import DjangoDbBlocker

from accounts import demo as accounts_demo
from accounts.models import User
from grants import demo, eligibility
from grants.demo import stage
from grants.demo.rounds import plans, protocols, years
from grants.models import Application, Award, Call, Instalment, Lot, Participant, Payment, Report
from grants.states import (
    ApplicationState,
    AwardState,
    CallState,
    InstalmentState,
    ParticipantState,
    ReportState,
)
from registry import representatives
from registry.calendar import day_of
from registry.models import Organisation
from registry.states import LegalStatus, StandingState
from tests.conftest import committed
from tests.factories.registry import OrganisationFactory, StandingFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 27, 5, tzinfo=UTC)
ON = day_of(AT)
# The register has half of those who should take part, and the administrator's second one does not.
COUNT = 100
TAKE_PART = COUNT - 1
WANTED = 2 * COUNT
A_YEAR = 844_000_000


def load() -> list[str]:
    said: list[str] = []
    demo.load(at=AT, say=said.append, participants=WANTED, a_year=A_YEAR)
    return said


@pytest.fixture(scope="module")
def register(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[list[Organisation]]:
    """A hundred that may take part, two that may not, and the demo loaded: for who only reads.

    The first two are of the demo's administrator. Committed, so that every deferred trigger has
    looked at every sum.
    """
    with committed(django_db_blocker):
        rows = OrganisationFactory.create_batch(COUNT)
        OrganisationFactory.create(status=LegalStatus.SUSPENDED)
        StandingFactory.create(
            organisation=OrganisationFactory.create(),
            state=StandingState.OVERDUE,
            effective_due_on=ON - timedelta(days=9),
        )
        person = User.objects.create_user(accounts_demo.NGO, language="kk")
        for row in rows[:2]:
            representatives.begin(row, user=person, at=AT - timedelta(days=2))
        load()
        yield rows


def rows_of_every_table() -> dict[str, int]:
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.app_label in ("accounts", "grants", "notices", "registry")
    }


def test_whoever_may_takes_part_and_money_is_less_in_proportion(
    register: list[Organisation],
) -> None:
    taking_part = Participant.objects.taking_part(ON)
    assert taking_part.count() == TAKE_PART
    assert not taking_part.exclude(organisation__in=register).exists()
    for year in (2024, 2025, 2026):
        assert years.granted_in(year) == Decimal(A_YEAR) * TAKE_PART / WANTED


def test_every_grant_is_within_the_limits_of_its_type(register: list[Organisation]) -> None:
    types = set()
    for award in Award.objects.select_related("lot__call__rule", "lot__call__mci"):
        call = award.lot.call
        types.add(call.rule.type)
        assert call.least_amount <= award.amount
        assert call.most_amount is None or award.amount <= call.most_amount
    assert types == {"short", "medium", "long"}


def test_every_state_is_there_and_every_sum_adds_up(register: list[Organisation]) -> None:
    assert set(Call.objects.values_list("state", flat=True)) == set(CallState.values)
    assert set(Application.objects.values_list("state", flat=True)) == set(ApplicationState.values)
    assert {AwardState.OFFERED, AwardState.ACTIVE, AwardState.SUSPENDED, AwardState.COMPLETED} <= (
        set(Award.objects.values_list("state", flat=True))
    )
    assert {ReportState.DUE, ReportState.SUBMITTED, ReportState.ACCEPTED} <= set(
        Report.objects.values_list("state", flat=True)
    )
    assert not Lot.objects.filter(committed__gt=F("budget")).exists()
    paid = Payment.objects.aggregate(all=Sum("amount"))["all"]
    of_parts = Instalment.objects.filter(state=InstalmentState.PAID).aggregate(all=Sum("amount"))
    assert paid == of_parts["all"] == Award.objects.aggregate(all=Sum("paid"))["all"]
    for call in Call.objects.filter(state=CallState.DECIDED):
        signed = call.protocols.filter(signed_at__isnull=False, file__isnull=False)
        # Of the rounds of older years the commission's protocol alone is kept.
        kinds = {"commission"} if call.opens_at.year < ON.year else {"commission", "evaluation"}
        assert kinds <= set(signed.values_list("kind", flat=True))


def test_every_application_was_handed_in_by_who_took_part_then(
    register: list[Organisation],
) -> None:
    for row in Application.objects.handed_in().select_related("participant"):
        held = row.participant
        assert held is not None
        assert row.submitted_at is not None
        assert held.organisation_id == row.organisation_id
        assert held.from_on <= day_of(row.submitted_at) <= held.until_on
    ended = Participant.objects.exclude(state=ParticipantState.ACTIVE)
    assert set(ended.values_list("state", flat=True)) == {ParticipantState.LEFT}


def test_the_administrator_finds_each_thing_to_do(register: list[Organisation]) -> None:
    ours, to_be_registered = register[:2]
    assert not to_be_registered.participations.exists()
    assert not eligibility.reasons_against(to_be_registered, None, ON)
    states = set(ours.awards.values_list("state", flat=True))
    assert states == {AwardState.OFFERED, AwardState.ACTIVE}
    assert ours.awards.get(state=AwardState.OFFERED).accept_by_on > ON
    due = Report.objects.filter(award__organisation=ours, state=ReportState.DUE, kind="interim")
    assert due.get().due_on > ON
    assert ours.grant_applications.filter(state=ApplicationState.ADMITTED).exists()
    draft = ours.grant_applications.get(state=ApplicationState.DRAFT)
    assert draft.lot.call.takes_at(AT)


def test_the_second_time_changes_nothing(register: list[Organisation]) -> None:
    before = rows_of_every_table()
    assert "grants: loaded already" in load()
    assert rows_of_every_table() == before


def test_points_come_to_the_score() -> None:
    for score in (Decimal(20), Decimal("65.5"), Decimal(100)):
        first, second, third = protocols.points_of(score)
        assert (40 * first + 35 * second + 25 * third) / Decimal(10) == score


@pytest.mark.parametrize("total", [0, 1_000_000, 30_000_000, 900_000_000])
def test_a_years_money_is_given_whole_where_it_is_enough_for_a_grant(total: int) -> None:
    drawn = plans.amounts(2026, Decimal(total), Random(1))
    given = sum((sum(rows, Decimal(0)) for rows in drawn.values()), Decimal(0))
    assert given == (total if total > 500 * stage.mci_of(2026).amount else 0)

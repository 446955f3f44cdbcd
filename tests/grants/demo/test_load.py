"""The demo of grants: whole, within the law's limits, the same when it is loaded again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F, Sum
from pytest_django import Settings

from accounts import demo as accounts_demo
from accounts.models import User
from accounts.refusals import Refused
from grants import demo, eligibility
from grants.demo import rounds, stage
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
from tests.factories.registry import OrganisationFactory, StandingFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 27, 5, tzinfo=UTC)
ON = day_of(AT)
COUNT = 100
A_YEAR = 422_000_000


@pytest.fixture
def register() -> list[Organisation]:
    """A hundred that may take part, and two that may not."""
    rows = OrganisationFactory.create_batch(COUNT)
    OrganisationFactory.create(status=LegalStatus.SUSPENDED)
    StandingFactory.create(
        organisation=OrganisationFactory.create(),
        state=StandingState.OVERDUE,
        effective_due_on=ON - timedelta(days=9),
    )
    return rows


def load(participants: int = COUNT) -> list[str]:
    said: list[str] = []
    demo.load(at=AT, say=said.append, participants=participants, a_year=A_YEAR)
    return said


def rows_of_every_table() -> dict[str, int]:
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.app_label in ("accounts", "grants", "notices", "registry")
    }


def test_money_and_participants_come_to_what_was_asked(register: list[Organisation]) -> None:
    said = load()
    taking_part = Participant.objects.taking_part(ON)
    assert taking_part.count() == COUNT
    assert not taking_part.exclude(organisation__in=register).exists()
    for year in (2024, 2025, 2026):
        assert rounds.granted_in(year) == A_YEAR
    assert "4,220,000" in said[-1].replace("\N{NO-BREAK SPACE}", ",")
    for award in Award.objects.select_related("lot__call__rule", "lot__call__mci"):
        call = award.lot.call
        assert call.least_amount <= award.amount
        assert call.most_amount is None or award.amount <= call.most_amount


def test_every_state_is_there_and_every_sum_adds_up(register: list[Organisation]) -> None:
    load()
    # The deferred triggers look at each sum now, not when the test's transaction is rolled back.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
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


def test_what_is_in_force_is_so_on_a_participant_that_took_part(
    register: list[Organisation],
) -> None:
    load()
    for row in Application.objects.handed_in().select_related("participant"):
        held = row.participant
        assert held is not None
        assert row.submitted_at is not None
        assert held.organisation_id == row.organisation_id
        assert held.from_on <= day_of(row.submitted_at) <= held.until_on
    ended = Participant.objects.exclude(state=ParticipantState.ACTIVE)
    assert ended.exclude(state=ParticipantState.LEFT).count() == 0
    assert ended.exists()


def test_the_second_time_changes_nothing(register: list[Organisation]) -> None:
    load()
    before = rows_of_every_table()
    assert "grants: loaded already" in load()
    assert rows_of_every_table() == before


def test_the_administrator_finds_each_thing_to_do(register: list[Organisation]) -> None:
    person = User.objects.create_user(accounts_demo.NGO, language="kk")
    for row in register[50:52]:
        representatives.begin(row, user=person, at=AT - timedelta(days=2))
    load()
    ours, to_be_registered = register[50:52]
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


def test_a_smaller_register_takes_part_whole_with_less_money(register: list[Organisation]) -> None:
    load(participants=2 * COUNT)
    assert Participant.objects.taking_part(ON).count() == COUNT
    assert rounds.granted_in(2025) == Decimal(A_YEAR) / 2


def test_without_a_register_it_says_what_to_do() -> None:
    with pytest.raises(CommandError, match="load_demo"):
        call_command("load_demo_grants", stdout=StringIO())
    assert not Call.objects.exists()


def test_the_demo_is_not_made_in_production(settings: Settings) -> None:
    settings.IS_PRODUCTION = True
    with pytest.raises(Refused):
        demo.load(at=AT, say=print)
    assert not User.objects.exists()


def test_points_come_to_the_score() -> None:
    for score in (Decimal(20), Decimal("65.5"), Decimal(100)):
        first, second, third = rounds.points_of(score)
        assert (40 * first + 35 * second + 25 * third) / Decimal(10) == score


@pytest.mark.parametrize("total", [0, 1_000_000, 30_000_000, 900_000_000])
def test_a_years_money_is_given_whole_where_it_is_enough_for_a_grant(total: int) -> None:
    drawn = rounds.amounts(2026, Decimal(total), rounds.Random(1))
    given = sum((sum(rows) for rows in drawn.values()), Decimal(0))
    assert given == (total if total > 500 * stage.mci_of(2026).amount else 0)


@pytest.mark.scale
def test_four_and_a_half_thousand_of_the_june_register() -> None:
    from tests.factories.extracts import import_file

    path = Path(django_settings.BASE_DIR) / "registry" / "data" / "demo" / "register_2026-06.csv.xz"
    import_file(path)
    with connection.cursor() as cursor:
        # Tests before had tables of a few rows, and plans that fitted those.
        cursor.execute("DISCARD PLANS")
    demo.load(at=AT, say=print)
    taking_part = Participant.objects.taking_part(ON).count()
    assert taking_part == 4_500
    for year in (2024, 2025, 2026):
        assert rounds.granted_in(year) == 19_000_000_000
        assert round(rounds.granted_in(year) / taking_part / 1_000_000, 1) == Decimal("4.2")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

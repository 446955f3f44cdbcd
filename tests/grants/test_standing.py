"""The officer of a live grant is warned when its organisation's standing changes, and once."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from grants import eligibility, standing
from grants.models import Award, AwardEvent
from grants.states import LIVE_AWARDS, AwardState, Exclusion
from registry.models import Organisation, Standing
from registry.states import LegalStatus, StandingState
from tests.clients import Browser
from tests.factories.grants import AwardFactory, ExclusionFindingFactory
from tests.factories.registry import RepresentativeFactory, StandingFactory
from tests.grants.cycle import AT

pytestmark = pytest.mark.django_db
ON = date(2026, 12, 2)


def watch(on: date = ON) -> int:
    return standing.watch(on=on, at=AT)


def warnings(row: Award) -> list[str]:
    events = row.events.filter(kind="warned")
    assert {(event.from_state, event.to_state, event.by) for event in events} <= {
        (row.state, row.state, None)
    }
    return [event.reason for event in events]


def losing(row: Award) -> Standing:
    made: Standing = StandingFactory.create(
        organisation=row.organisation, effective_due_on=date(2026, 12, 1)
    )
    return made


def test_it_is_said_when_it_changes_and_when_all_is_well_again() -> None:
    row = AwardFactory.create()
    assert watch() == 0
    held = losing(row)
    assert [watch(), watch()] == [1, 0]
    Organisation.objects.filter(pk=row.organisation_id).update(status=LegalStatus.SUSPENDED)
    assert [watch(), watch()] == [1, 0]
    Organisation.objects.filter(pk=row.organisation_id).update(status=LegalStatus.ACTIVE)
    Standing.objects.filter(pk=held.pk).update(state=StandingState.FILED)
    assert [watch(), watch()] == [1, 0]
    assert warnings(row) == ["standing_overdue", "standing_overdue suspended", ""]


def test_the_date_speaks_whatever_job_has_run() -> None:
    losing(AwardFactory.create())
    assert [watch(date(2026, 12, 1)), watch(date(2026, 12, 2))] == [0, 1]


@pytest.mark.parametrize("state", AwardState)
def test_live_grants_alone_are_watched(state: AwardState) -> None:
    row = AwardFactory.create(state=state)
    losing(row)
    assert watch() == (1 if state in LIVE_AWARDS else 0)


def test_each_reads_it_in_their_language() -> None:
    row = AwardFactory.create()
    losing(row)
    finding = ExclusionFindingFactory.create(
        organisation=row.organisation, exclusion=Exclusion.ARREST
    )
    watch()
    assert standing.words(row.events.get()) == (
        "The operator found: its property is under arrest. "
        "The organisation did not file for the re-registration by its due date."
    )
    with translation.override("ru"):
        assert "не представила сведения" in standing.words(row.events.get())
    ExclusionFindingFactory.create(
        organisation=row.organisation, exclusion=finding.exclusion, is_met=False
    )
    Standing.objects.all().delete()
    watch()
    last = row.events.order_by("pk").last()
    assert last is not None
    assert standing.words(last) == "Nothing speaks against the organisation any more."


def test_other_events_are_shown_as_they_were_written() -> None:
    event = AwardEvent(kind="suspended", reason="standing_overdue")
    assert standing.words(event) == "standing_overdue"


def test_those_that_have_lost_it_are_found() -> None:
    lost, well, ended = AwardFactory.create_batch(3)
    for row in (lost, ended, well):
        losing(row)
    watch()
    Standing.objects.filter(organisation=well.organisation).update(state=StandingState.FILED)
    Award.objects.filter(pk=ended.pk).update(state="completed", ended_at=AT)
    watch()
    assert list(standing.warned(Award.objects.all())) == [lost]


def test_one_look_at_many_says_what_a_look_at_each_says() -> None:
    rows = AwardFactory.create_batch(4)
    losing(rows[0])
    ExclusionFindingFactory.create(organisation=rows[1].organisation)
    Organisation.objects.filter(pk=rows[2].organisation_id).update(trade_union=True)
    organisations = list(Organisation.objects.filter(awards__in=rows))
    together_ = eligibility.register_against(organisations, ON)
    for organisation in organisations:
        alone = [
            *eligibility.payment_blocks(organisation, ON),
            *eligibility.warnings(organisation, ON),
        ]
        assert together_[organisation.pk] == alone


def test_however_many_the_queries_are_the_same(
    django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    def queries(count: int) -> int:
        for row in AwardFactory.create_batch(count):
            losing(row)
        with django_assert_num_queries(8):
            return watch()

    assert [queries(1), queries(4)] == [1, 4]
    monkeypatch.setattr(standing, "SLICE", 2)
    for row in AwardFactory.create_batch(3):
        losing(row)
    assert watch() == 3


def test_what_the_officer_is_warned_of_is_not_in_the_organisations_history(
    client: Browser,
) -> None:
    row = AwardFactory.create()
    losing(row)
    watch()
    acts = RepresentativeFactory.create(organisation=row.organisation).user
    client.speak("en")
    client.force_login(acts, backend="accounts.backends.RoleBackend")
    page = reverse("grants_award", args=[row.organisation.number, row.pk])
    history = client.get(page).content.decode().partition("History")[2]
    assert history
    assert "standing" not in history

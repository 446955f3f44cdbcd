from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from registry import standing
from registry.models import Standing
from registry.states import StandingState
from tests.factories.registry import OrganisationFactory, StandingFactory

pytestmark = pytest.mark.django_db

DUE_ON = date(2026, 12, 1)
DAYS = [DUE_ON - timedelta(days=1), DUE_ON, DUE_ON + timedelta(days=1)]
REASONS = {
    StandingState.RELEASED: ["exempt", "after_cut_off", "merged", "closed", "duplicate", "not_ngo"]
}
CASES = [
    (state, reason, on)
    for state in StandingState
    for reason in REASONS.get(state, [""])
    for on in DAYS
]


@pytest.mark.parametrize(("state", "reason", "on"), CASES)
def test_method_and_query_agree_on_good_standing(
    state: StandingState, reason: str, on: date
) -> None:
    row = StandingFactory.create(state=state, reason=reason, effective_due_on=DUE_ON)
    assert Standing.objects.in_good_standing(on).exists() is row.is_good_on(on)


@pytest.mark.parametrize(("state", "reason", "on"), CASES)
def test_a_row_reads_as_one_state_in_method_and_query(
    state: StandingState, reason: str, on: date
) -> None:
    row = StandingFactory.create(state=state, reason=reason, effective_due_on=DUE_ON)
    readings = [s for s in StandingState if Standing.objects.reading(s, on).exists()]
    assert readings == [row.state_on(on)]


@pytest.mark.parametrize("state", [StandingState.DUE, StandingState.RETURNED])
def test_the_due_date_itself_is_still_in_time(state: StandingState) -> None:
    row = StandingFactory.build(organisation=None, state=state, effective_due_on=DUE_ON)
    assert row.is_good_on(DUE_ON)
    assert row.state_on(DUE_ON + timedelta(days=1)) == StandingState.OVERDUE


def test_filed_stays_good_after_the_due_date() -> None:
    row = StandingFactory.build(organisation=None, state=StandingState.FILED)
    assert row.is_good_on(date(2030, 1, 1))


def test_writing_again_replaces_the_row_of_that_campaign() -> None:
    organisation = OrganisationFactory.create()
    for state in (StandingState.DUE, StandingState.FILED):
        standing.write(
            [
                Standing(
                    organisation=organisation,
                    campaign="2026",
                    state=state,
                    effective_due_on=DUE_ON,
                    since_at=datetime(2026, 9, 1, tzinfo=UTC),
                )
            ]
        )
    assert [row.state for row in organisation.standings.all()] == [StandingState.FILED]

"""Which obligations differ from their log or their mirror? Each way of differing alone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db.models import F

from accounts.roles import Role
from registry.models import Standing
from registry.states import HELD
from reregistration import agreement, holds
from reregistration.models import Cycle, Obligation, ObligationEvent
from reregistration.states import State
from tests.factories.accounts import staff_member
from tests.factories.reregistration import ObligationFactory, noon, obligation_in

pytestmark = pytest.mark.django_db


def differing() -> list[Obligation]:
    return list(agreement.differing(Obligation.objects.all()))


@pytest.mark.parametrize("state", State.values)
def test_an_obligation_in_any_state_agrees(state: str) -> None:
    obligation_in(State(state))
    assert differing() == []


def test_what_is_held_agrees() -> None:
    row = ObligationFactory.create()
    manager = staff_member(Role.CAMPAIGN_MANAGER)
    on = date(2026, 9, 15)
    holds.begin(row.campaign, obligation=row, reason="flood", by=manager, on=on, at=noon(on))
    assert Standing.objects.get().reason == HELD
    assert differing() == []


def test_a_hold_that_the_register_does_not_say_differs() -> None:
    row = ObligationFactory.create()
    Obligation.objects.update(held_since_on=date(2026, 9, 15))
    assert differing() == [row]


@pytest.mark.parametrize(
    "change",
    [
        {"state": State.OVERDUE},
        {"cycle": F("cycle") + 1},
        {"due_on": F("due_on") + timedelta(days=1)},
    ],
)
def test_an_obligation_changed_behind_its_log_differs(change: dict[str, object]) -> None:
    row, _other = ObligationFactory.create(), ObligationFactory.create()
    Obligation.objects.filter(pk=row.pk).update(**change)
    assert differing() == [row]


@pytest.mark.parametrize(
    "change",
    [
        {"state": State.OVERDUE},
        {"reason": "exempt"},
        {"effective_due_on": F("effective_due_on") + timedelta(days=1)},
        {"on_time": True},
        {"in_process": True},
        {"campaign": "another"},
    ],
)
def test_a_standing_that_says_something_else_differs(change: dict[str, object]) -> None:
    row, _other = ObligationFactory.create(), ObligationFactory.create()
    Standing.objects.filter(organisation=row.organisation).update(**change)
    assert differing() == [row]


def test_the_last_event_decides_not_an_earlier_one() -> None:
    row = ObligationFactory.create()
    ObligationEvent.objects.create(
        obligation=row, to_state=State.FILED, cycle=1, due_on=row.due_on, at=row.made_at
    )
    assert differing() == [row]
    Obligation.objects.update(state=State.FILED, first_filed_at=row.made_at, on_time=True)
    Standing.objects.update(state=State.FILED, on_time=True)
    assert differing() == []


def test_an_obligation_whose_cycle_never_began_differs() -> None:
    row = ObligationFactory.create()
    Cycle.objects.all().delete()
    assert differing() == [row]

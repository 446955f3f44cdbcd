"""Two reviewers at the queue in the same instant."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import pytest

from accounts.refusals import Refused
from accounts.roles import Role
from registry.calendar import ALMATY
from reregistration import queue, review
from reregistration.models import Lease, Review
from tests.concurrency import one_behind_the_other, together
from tests.factories.accounts import staff_member
from tests.factories.reregistration import FilingFactory

pytestmark = pytest.mark.usefixtures("real_commits")

AT = datetime(2026, 9, 3, 10, tzinfo=ALMATY)


def test_two_get_different_ones() -> None:
    alice, bob = staff_member(Role.REVIEWER), staff_member(Role.REVIEWER)
    rows = {FilingFactory.create(submitted=True) for _ in range(2)}
    found = together(
        partial(queue.take_next, by=alice, at=AT), partial(queue.take_next, by=bob, at=AT)
    )
    assert set(found) == rows


def test_the_second_gets_the_next_one_without_waiting() -> None:
    alice, bob = staff_member(Role.REVIEWER), staff_member(Role.REVIEWER)
    oldest = FilingFactory.create(submitted=True)
    later = datetime(2026, 9, 2, 12, tzinfo=ALMATY)
    next_one = FilingFactory.create(submitted=True, submitted_at=later)
    found = one_behind_the_other(
        partial(queue.take_next, by=alice, at=AT), partial(queue.take_next, by=bob, at=AT)
    )
    assert found == [oldest, next_one]


def test_a_decision_that_comes_while_it_is_taken_is_refused() -> None:
    alice, bob = staff_member(Role.REVIEWER), staff_member(Role.REVIEWER)
    row = FilingFactory.create(submitted=True)
    taken, decided = one_behind_the_other(
        partial(queue.take, row, by=alice, at=AT), partial(review.accept, row, by=bob, at=AT)
    )
    assert isinstance(taken, Lease)
    assert isinstance(decided, Refused)
    assert not Review.objects.exists()


def test_two_who_take_the_same_one_are_one_holder() -> None:
    alice, bob = staff_member(Role.REVIEWER), staff_member(Role.REVIEWER)
    row = FilingFactory.create(submitted=True)
    outcomes = together(
        partial(queue.take, row, by=alice, at=AT), partial(queue.take, row, by=bob, at=AT)
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Lease", "Refused"]
    assert Lease.objects.count() == 1

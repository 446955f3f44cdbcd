"""Two reviewers press “take the next filing” five hundred times at once."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import pytest

from accounts.models import User
from accounts.roles import Role
from registry.calendar import ALMATY
from reregistration import queue
from reregistration.models import Filing, Lease
from tests.concurrency import together
from tests.factories.accounts import staff_member
from tests.factories.reregistration import FilingFactory

# Half a minute of presses: with the long tests.
pytestmark = [pytest.mark.usefixtures("real_commits"), pytest.mark.scale]
AT = datetime(2026, 9, 3, 10, tzinfo=ALMATY)
PRESSES = 500


def press(by: User) -> list[int | None]:
    taken = (queue.take_next(by=by, at=AT) for _ in range(PRESSES))
    return [filing.pk if filing else None for filing in taken]


def test_they_never_share_a_filing_and_leave_none() -> None:
    alice, bob = staff_member(Role.REVIEWER), staff_member(Role.SENIOR_REVIEWER)
    rows = {FilingFactory.create(submitted=True).pk for _ in range(2 * PRESSES)}
    hers, his = together(partial(press, alice), partial(press, bob))
    assert (len(hers), len(his)) == (PRESSES, PRESSES)
    # A thousand presses, a thousand filings: none twice, none passed over for good.
    assert {*hers, *his} == rows
    held = {
        user: set(Lease.objects.filter(taken_by=user).values_list("filing", flat=True))
        for user in (alice, bob)
    }
    assert held == {alice: set(hers), bob: set(his)}
    # Both were at it at once, or the race was none: each one's share lies all over the queue.
    order = list(Filing.objects.order_by("submitted_at", "pk").values_list("pk", flat=True))
    early = set(order[:PRESSES])
    assert early & set(hers)
    assert early & set(his)

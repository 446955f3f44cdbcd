"""An organisation files in the very instant in which it is marked: hundreds of times."""

from __future__ import annotations

from functools import partial
from time import sleep

import pytest

from accounts.models import User
from notices.models import Dispatch
from notices.states import DispatchState, Kind
from reregistration import filing
from reregistration.marking import mark
from reregistration.models import Filing, Obligation
from reregistration.states import FilingState, State
from tests.browser.world import ANSWERS
from tests.concurrency import one_behind_the_other, together
from tests.factories.accounts import UserFactory
from tests.factories.reregistration import (
    MARKING_DAY,
    CampaignFactory,
    authorised_round,
    liquidable_obligation,
    noon,
)
from tests.reregistration.assertions import assert_events_chain, assert_states_equal_the_log

AT = noon(MARKING_DAY)
ROUNDS = 200
# By how much the mark comes after the filing begins: before, within and behind its transactions.
DELAYS = [step * 0.002 for step in range(20)]


def file(row: Obligation, by: User) -> None:
    draft = filing.start(row, by=by, at=AT)
    draft = filing.save(draft, ANSWERS, revision=draft.revision, by=by, at=AT)
    filing.submit(draft, by=by, at=AT)


@pytest.mark.usefixtures("real_commits")
def test_never_marked_and_filed_at_once() -> None:
    alice, campaign = UserFactory.create(), CampaignFactory.create()
    rows = [liquidable_obligation(campaign=campaign) for _ in range(ROUNDS)]
    authorised_round(campaign)
    marked_first = 0
    for turn, row in enumerate(rows):

        def mark_it(delay: float) -> bool:
            sleep(delay)
            return mark.mark_next(campaign, at=AT)

        a_filing = partial(file, row, alice)
        a_mark = partial(mark_it, DELAYS[turn % len(DELAYS)])
        race = (
            partial(together, a_filing, a_mark),
            partial(together, a_mark, a_filing),
            partial(one_behind_the_other, a_filing, partial(mark_it, 0)),
            partial(one_behind_the_other, partial(mark_it, 0), a_filing),
        )[turn % 4]
        assert set(race()) == {None, True}
        assert_filed_and_nothing_else(row)
        marked_first += row.marks.exists()
    # Both orders came about, or the race was none.
    assert 0 < marked_first < ROUNDS
    assert_states_equal_the_log()


def assert_filed_and_nothing_else(row: Obligation) -> None:
    """Filed stands last, whoever came first; a mark stands only before it, its letter withdrawn."""
    row.refresh_from_db()
    assert row.state == State.FILED
    assert Filing.objects.filter(obligation=row, state=FilingState.SUBMITTED).count() == 1
    assert_events_chain(row)
    events = list(row.events.order_by("pk").values_list("to_state", flat=True))
    assert events[-1] == State.FILED
    assert (State.MARKED in events) == row.marks.exists()
    told = Dispatch.objects.filter(notice__source=row.source, notice__kind=Kind.MARKED)
    waiting = [dispatch.state for dispatch in told if dispatch.sent_at is None]
    assert set(waiting) <= {DispatchState.SUPPRESSED}

"""What must hold of every obligation after whatever happened."""

from __future__ import annotations

from registry.models import Standing
from reregistration.models import Obligation
from reregistration.states import IN_PROCESS


def assert_states_equal_the_log() -> None:
    """Each obligation is what its last event says, began its cycle, and is mirrored in Standing."""
    obligations = list(
        Obligation.objects.select_related("campaign").prefetch_related("events", "cycles")
    )
    assert obligations, "there is no obligation to look at"
    for row in obligations:
        last = list(row.events.all())[-1]
        assert (last.to_state, last.cycle, last.due_on) == (row.state, row.cycle, row.due_on)
        assert row.cycle in {cycle.number for cycle in row.cycles.all()}
        standing = Standing.objects.get(
            organisation=row.organisation_id, campaign=row.campaign.code
        )
        assert (
            standing.state,
            standing.reason,
            standing.effective_due_on,
            standing.on_time,
            standing.in_process,
        ) == (row.state, row.release_reason, row.due_on, row.on_time, row.state in IN_PROCESS)
    assert Standing.objects.count() == len(obligations)


def assert_events_chain(obligation: Obligation) -> None:
    """Each event begins in the state in which the one before it ended."""
    events = list(obligation.events.all())
    assert [event.from_state for event in events[1:]] == [event.to_state for event in events[:-1]]

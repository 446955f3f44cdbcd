"""What must hold of every obligation after whatever happened."""

from __future__ import annotations

from registry.models import Standing
from reregistration import agreement
from reregistration.models import Obligation


def assert_states_equal_the_log() -> None:
    """Each obligation is what its last event says, began its cycle, and is mirrored in Standing;
    no standing is there without one."""
    rows = Obligation.objects.all()
    assert rows.exists(), "there is no obligation to look at"
    assert list(agreement.differing(rows)) == []
    assert Standing.objects.count() == rows.count()


def assert_events_chain(obligation: Obligation) -> None:
    """Each event begins in the state in which the one before it ended."""
    events = list(obligation.events.all())
    assert [event.from_state for event in events[1:]] == [event.to_state for event in events[:-1]]

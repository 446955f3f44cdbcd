"""The stories one after another, in their order of time."""

from __future__ import annotations

from collections.abc import Callable

from grants.demo.stories import decided, paid_out, steps, under_way
from grants.demo.stories.cast import Stories


def tell(told: Stories, *, say: Callable[[str], None]) -> None:
    """Everything in its order of time; the caller's transaction makes it whole."""
    for row in (told.ours, *told.others):
        steps.take_part(told, row)
    paid_out.tell(told)
    decided.tell(told)
    say("grants: a call that is paid out, and one that is decided")
    under_way.evaluating(told)
    under_way.closed(told)
    under_way.open_now(told)
    under_way.drafted_and_cancelled(told)
    say("grants: calls under evaluation, under check, open, drafted and cancelled")

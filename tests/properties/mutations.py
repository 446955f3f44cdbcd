"""One guard broken at a time, in memory: what the random runs would have to notice."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class Mutation:
    """In that function this text stands once, and another is put in its place."""

    name: str
    # The module, and the function in it, with a colon between them.
    where: str
    old: str
    new: str

    @property
    def module(self) -> ModuleType:
        return import_module(self.where.partition(":")[0])

    @property
    def function(self) -> Callable[..., Any]:
        found: Callable[..., Any] = getattr(self.module, self.where.partition(":")[2])
        return found

    def source(self) -> str:
        return textwrap.dedent(inspect.getsource(self.function))

    def mutated(self) -> str:
        """The function's source with the guard broken; refuses where its text is not there once."""
        source = self.source()
        if source.count(self.old) != 1:
            raise ValueError(f"{self.where}: the text stands there {source.count(self.old)} times")
        return source.replace(self.old, self.new)


_RULE = "reregistration.marking.rule"
_MARK = "reregistration.marking.mark"
_OBLIGATIONS = "reregistration.obligations"

MUTATIONS = (
    Mutation(
        "a filing does not take it out of the process",
        "reregistration.filing:submit",
        "if is_last and obligation.state != State.FILED:",
        "if False:",
    ),
    Mutation(
        "the term of the decision is a day shorter",
        f"{_RULE}:conditions",
        "begun(campaign.decision_served_days)",
        "begun(campaign.decision_served_days - 1)",
    ),
    Mutation(
        "a delivery that came back after all counts still",
        "notices.service:earliest_of",
        "            STANDS,\n",
        "",
    ),
    Mutation(
        "services of an earlier cycle count",
        "notices.service:earliest_of",
        "            notice__cycle=cycle,\n",
        "",
    ),
    Mutation(
        "whoever is held may be chosen",
        f"{_RULE}:conditions",
        "standstill.NOT_HELD",
        "Q(pk__isnull=False)",
    ),
    Mutation(
        "an upheld objection or hearing is ignored",
        f"{_RULE}:_none_upheld",
        "return ~Q(Exists(upheld))",
        "return Q(pk__isnull=False)",
    ),
    Mutation(
        "an answer that waits stops nothing",
        "reregistration.standstill:none_open",
        "return ~Q(Exists(waiting))",
        "return Q(pk__isnull=False)",
    ),
    Mutation(
        "a sign of life is ignored",
        f"{_RULE}:conditions",
        '~Q(Exists(SignOfLife.objects.unresolved(on).filter(organisation=OuterRef("organisation"))))',
        "Q(pk__isnull=False)",
    ),
    Mutation(
        "a verdict of wrong is ignored",
        f"{_RULE}:conditions",
        "verdict=Verdict.WRONG,",
        'verdict="",',
    ),
    Mutation(
        "a draft is ignored",
        f"{_RULE}:conditions",
        "claimants.PROTECTING, obligation",
        "claimants.PROTECTING, pk__lt=0, obligation",
    ),
    Mutation(
        "nothing is looked at again under the lock",
        f"{_MARK}:_decide",
        "rule.liquidable(obligation.campaign, on).filter",
        "rule.annotated(obligation.campaign).filter",
    ),
    Mutation(
        "a worker does not see that its round was stopped",
        f"{_MARK}:mark_next",
        "locked.state != RoundState.RUNNING or ",
        "",
    ),
    Mutation(
        "the week's cap is ignored",
        f"{_MARK}:mark_next",
        " or marks_left_this_week(campaign, at) <= 0",
        "",
    ),
    Mutation(
        "a notice's occasion differs each time",
        "reregistration.schedule:_occasion",
        "{row.due_on:%Y-%m-%d}",
        "{row.due_on:%Y-%m-%d}/{id(row) % 99991}",
    ),
    Mutation(
        "an extension moves no date",
        f"{_OBLIGATIONS}.new_dates:extend_locked",
        "row.due_on, row.cycle, row.cycle_began_on = due_on, row.cycle + 1, on",
        "row.cycle, row.cycle_began_on = row.cycle + 1, on",
    ),
    Mutation(
        "a day of each hold is lost",
        f"{_OBLIGATIONS}.clocks:_start_clock",
        "row.held_days += days",
        "row.held_days += max(0, days - 1)",
    ),
    Mutation(
        "a reversed mark keeps the date that was moved meanwhile",
        f"{_OBLIGATIONS}:_apply",
        "(row.state, change.to) == (State.MARKED, State.OVERDUE)",
        "False",
    ),
    Mutation(
        "no event is written",
        f"{_OBLIGATIONS}.record:write",
        "_log(rows, {pk: was.state for pk, was in before.items()}, by=by, at=at, reason=reason)",
        "pass",
    ),
)


@contextmanager
def applied(mutation: Mutation) -> Iterator[None]:
    """Let the portal run with that guard broken."""
    kept, module = mutation.function, mutation.module
    made: dict[str, Any] = {}
    # Compiled under the portal's own names, so that whatever calls it calls this.
    exec(compile(mutation.mutated(), str(module.__file__), "exec"), vars(module), made)  # noqa: S102
    (broken,) = made.values()
    setattr(module, kept.__name__, broken)
    try:
        yield
    finally:
        setattr(module, kept.__name__, kept)

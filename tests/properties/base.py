"""One run: the clock, what was seen, and the invariants after every step.

A run is one transaction of the database that is rolled back in the end; each verb's own
transaction is a savepoint in it, so that what a verb breaks off is undone as in production.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, TypeVar

from django.db import connection, transaction
from django.db.models import Max, Model
from hypothesis import strategies as st
from hypothesis.stateful import Rule, RuleBasedStateMachine, RuleStrategy, invariant

from accounts.models import User
from accounts.refusals import Refused
from notices.models import Notice
from reregistration.models import Mark, Obligation
from reregistration.states import CandidateState
from tests.properties import invariants
from tests.properties.reckoning import Log, Memory, Row, almaty_day
from tests.properties.world import Post, World, moment

MINUTE = timedelta(minutes=1)
# The ledger, which is read whole, is verified after so many steps and in the end.
_VERIFIED_EVERY = 20
_READS = ("SELECT", "SAVEPOINT", "RELEASE", "SET CONSTRAINTS")
T = TypeVar("T")


class Weighted(RuleStrategy):
    """Every rule may come at every step, some more often than others.

    Hypothesis itself leaves half of the rules out of each run, by chance: a mark, which needs many
    of them in turn, would hardly ever be made.
    """

    def __init__(self, machine: Run) -> None:
        super().__init__(machine)
        weights = machine.WEIGHTS
        often = [rule for rule in self.rules for _ in range(weights.get(_name(rule), 1))]
        self._enabled_rules_strategy = st.sampled_from(often).filter(self._rule_is_enabled)

    def _rule_is_enabled(self, chosen: Rule) -> bool:
        return bool(self.is_valid(chosen))


class Run(RuleBasedStateMachine):
    """What all rules share."""

    WEIGHTS: ClassVar[Mapping[str, int]] = {}
    world: ClassVar[World]
    figures: ClassVar[Counter[str]]
    # What ended a run before its time, and after how many steps of all runs.
    broken: ClassVar[list[tuple[int, Exception]]]

    def __init__(self) -> None:
        super().__init__()
        self._rules_strategy = Weighted(self)
        self._transaction = transaction.atomic()
        self._transaction.__enter__()
        Post.taken, Post.dies_after = {}, None
        self.at = self.world.at
        self.memory = Memory()
        self._marks, self._notices = _newest(Mark), _newest(Notice)
        self._steps = 0
        self._is_read = self._is_checked = False
        connection.execute_wrappers.append(self._note_write)
        self.log = Log(self.world.campaign.pk)
        self.count("runs")

    def teardown(self) -> None:
        try:
            broken = sys.exc_info()[1]
            if isinstance(broken, Exception):
                self.broken.append((self.figures["steps"], broken))
            # Else what was broken before is what is told.
            elif broken is None:
                invariants.check_ledger()
                self.count("times the ledger was verified")
        finally:
            self._end()

    def _end(self) -> None:
        connection.execute_wrappers.remove(self._note_write)
        transaction.set_rollback(True)
        self._transaction.__exit__(None, None, None)

    def _note_write(
        self, execute: Any, sql: str, params: Any, many: bool, context: Mapping[str, Any]
    ) -> Any:
        """Where nothing is written, nothing need be read and checked again. Seals are not read."""
        done = execute(sql, params, many, context)
        is_write = not sql.startswith(_READS) and '"registry_seal' not in sql
        if is_write and context["cursor"].rowcount != 0:
            self._is_read = self._is_checked = False
        return done

    # Rules

    def count(self, what: str, number: int = 1) -> None:
        self.figures[what] += number

    def try_to(self, name: str, verb: Callable[..., T], *args: Any, **kwargs: Any) -> T | None:
        """Call a verb a minute later; None where it refuses."""
        self.at += MINUTE
        try:
            made = verb(*args, at=self.at, **kwargs)
        except Refused:
            self.count(f"refused: {name}")
            return None
        self.count(f"done: {name}")
        return made

    def wait_until(self, at: datetime) -> None:
        self.at = max(self.at + MINUTE, at)

    def today(self) -> date:
        return almaty_day(self.at)

    def wait_for_day(self, on: date, clock: time) -> None:
        self.wait_until(moment(on, clock))

    def rows(self, *states: str) -> list[Row]:
        """The obligations in one of these states, in the order of their organisations."""
        chosen = [row for row in self.log.obligations.values() if row.state in (states or _ALL)]
        return sorted(chosen, key=lambda row: self.log.organisations[row.organisation_id].number)

    def obligation(self, row: Row) -> Obligation:
        found: Obligation = Obligation.objects.select_related("organisation", "campaign").get(
            pk=row.id
        )
        return found

    def person_of(self, row: Row) -> User:
        """Who acts for the organisation, or would."""
        number = self.log.organisations[row.organisation_id].number
        return self.world.people[int(number.removeprefix("R-")) - 1]

    # What was seen

    def watch(self) -> None:
        """Read the log anew, and look at what was made since the last time."""
        if self._is_read:
            return
        self.log = Log(self.world.campaign.pk)
        for mark in self.log.marks:
            if mark.id > self._marks:
                self.count("marks made")
                invariants.check_mark(self.log, mark, self.memory)
                self._marks = mark.id
        for notice in self.log.notices.values():
            if notice.id > self._notices:
                invariants.check_notice(self.log, notice, self.memory)
                self._notices = notice.id
        self._is_read = True

    def note_submitted(self, row: Row) -> None:
        self.memory.submitted.setdefault(row.id, _newest(Mark))

    def note_stopped(self, pk: int) -> None:
        self.memory.stopped.setdefault(pk, sum(mark.round_id == pk for mark in self.log.marks))

    @invariant()
    def all_of_it_holds(self) -> None:
        self.watch()
        if not self._is_checked:
            invariants.check_all(self.log, self.memory)
            invariants.check_sent(Post.taken, self.memory)
            _check_constraints()
            self._is_checked = True
        self._steps += 1
        if self._steps % _VERIFIED_EVERY == 0:
            invariants.check_ledger()
            self.count("times the ledger was verified")
        # The first look comes before any step.
        self.count("steps", int(self._steps > 1))

    def note_kept(self, before: Sequence[Row]) -> None:
        """Count for which reasons candidates were found to be no longer liquidable."""
        waited = {one.id for one in before if one.state == CandidateState.WAITING}
        for candidate in self.log.candidates:
            if candidate.id in waited and candidate.state == CandidateState.NO_LONGER:
                for code in candidate.reason.split(", "):
                    self.count(f"kept from the mark under its lock by {code}")


def _name(chosen: Rule) -> str:
    return str(chosen.function.__name__)


_ALL = ("due", "filed", "returned", "refused", "fulfilled", "overdue", "marked", "released")


def _newest(model: type[Model]) -> int:
    return model._default_manager.aggregate(newest=Max("pk"))["newest"] or 0


def _check_constraints() -> None:
    """What the database would check at the commit, which never comes."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")

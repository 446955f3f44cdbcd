"""Rules of the time and the post: days pass, the timetable runs or is missed, letters arrive."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from notices import reports, service
from notices import tasks as notice_tasks
from notices.models import Dispatch, Notice
from notices.reports import Report
from notices.states import DispatchState, ReportEvent, ReportOrigin
from registry import tasks as registry_tasks
from reregistration import tasks
from tests.properties.base import MINUTE, Run
from tests.properties.reckoning import Row
from tests.properties.world import Killed, Post, bring_receipts, waiting_letters

# Just before and after midnight in Almaty too.
CLOCKS = (time(0, 1), time(9), time(12), time(16), time(23, 58))
NIGHT = (
    tasks.settle_holds,
    tasks.move_overdue,
    tasks.settle_claims,
    tasks.release_verified,
    registry_tasks.seal,
)
DAY = (
    tasks.queue_due_notices,
    notice_tasks.deliver_due,
    notice_tasks.make_letter_batch,
    notice_tasks.publish,
)
_LEGAL = ("final_warning", "preliminary_decision", "marked", "mark_reversed")


class Passing(Run):
    """Time and post."""

    def run_tasks(self, chosen: tuple[Any, ...]) -> None:
        for task in chosen:
            self.at += MINUTE
            task(at=self.at)
            # What it made is looked at before the next one changes anything.
            self.watch()

    @rule(
        days=st.sampled_from([1, 2, 5, 7, 14, 30]),
        clock=st.sampled_from(CLOCKS),
        runs=st.sampled_from(["all", "all", "all", "missed"]),
    )
    def days_pass(self, days: int, clock: time, runs: str) -> None:
        self.wait_for_day(self.today() + timedelta(days=days), clock)
        if runs == "all":
            self.run_tasks(NIGHT + DAY)

    @rule(hours=st.integers(1, 30))
    def hours_pass(self, hours: int) -> None:
        self.at += timedelta(hours=hours)

    def _first_days(self) -> list[Any]:
        found = {self.log.first_day(row, self.memory) for row in self.rows("overdue")}
        return sorted(day for day in found if day and day >= self.today())

    @precondition(lambda self: self._first_days())
    @rule(which=st.integers(0, 5), before=st.sampled_from([0, 0, 1]), clock=st.sampled_from(CLOCKS))
    def terms_end(self, which: int, before: int, clock: time) -> None:
        """The clock goes to the first day on which somebody may be marked, or to the day before."""
        self.terms_end_on(which, before, clock)

    def terms_end_on(self, which: int, before: int, clock: time) -> None:
        days = self._first_days()
        self.wait_for_day(days[which % len(days)] - timedelta(days=before), clock)
        self.run_tasks(NIGHT[:2])

    @rule(task=st.sampled_from(NIGHT + DAY), times=st.sampled_from([1, 2]))
    def a_task_is_delivered_again(self, task: Any, times: int) -> None:
        for _time in range(times):
            self.run_tasks((task,))

    @rule(sent=st.integers(1, 3))
    def a_sender_is_killed(self, sent: int) -> None:
        """It dies after so many e-mails, before it has written down that they were sent."""
        Post.dies_after = sent
        self.at += MINUTE
        try:
            notice_tasks.deliver_due(at=self.at)
        except Killed:
            being_sent = Dispatch.objects.filter(state=DispatchState.SENDING)
            self.memory.perhaps_doubled |= set(being_sent.values_list("message_id", flat=True))
            self.count("senders killed")
        Post.dies_after = None

    # The post

    @precondition(lambda self: self._letters_out())
    @rule(
        which=st.integers(0, 11),
        outcome=st.sampled_from(["delivered", "delivered", "returned"]),
        are_all=st.booleans(),
    )
    def the_carrier_brings_receipts(self, which: int, outcome: str, are_all: bool) -> None:
        letters = waiting_letters()
        chosen = letters if are_all else [letters[which % len(letters)]]
        self.at += MINUTE
        bring_receipts(chosen, outcome, by=self.world.drafter, at=self.at)
        self.count(f"letters {outcome}", len(chosen))

    def _letters_out(self) -> bool:
        return bool(self._sent("letter", "sent"))

    def _sent(self, channel: str, *states: str) -> list[Row]:
        """Sendings by that channel, those of the notices that matter here first."""
        rows = [
            row
            for row in self.log.dispatches.values()
            if row.channel == channel and row.state in states
        ]
        legal = [row for row in rows if self.log.notices[row.notice_id].kind in _LEGAL]
        return legal or rows

    @precondition(lambda self: self._sent("email", "sent"))
    @rule(which=st.integers(0, 11))
    def the_provider_delivers(self, which: int) -> None:
        rows = self._sent("email", "sent")
        self._report(rows[which % len(rows)], ReportEvent.DELIVERED)

    @precondition(lambda self: self._sent("email", "sent", "delivered"))
    @rule(which=st.integers(0, 11), after_delivery=st.booleans())
    def mail_comes_back(self, which: int, after_delivery: bool) -> None:
        """Also, late, what the provider has said to be delivered."""
        late = self._sent("email", "delivered") if after_delivery else []
        rows = late or self._sent("email", "sent", "delivered")
        self.come_back(rows[which % len(rows)])

    def come_back(self, row: Row) -> None:
        proved = any(proof.dispatch_id == row.id for proof in self.log.services)
        self.memory.bounced.add(row.id)
        self._report(row, ReportEvent.BOUNCED)
        self.count("proofs that came back after all" if proved else "mail that came back")

    def _report(self, row: Row, event: ReportEvent) -> None:
        self.at += MINUTE
        key = f"{row.id}/{event}"
        told = Report(ReportOrigin.PROVIDER, event, key, self.at, dispatch_id=row.id)
        # Providers tell the same twice.
        reports.take([told, told], at=self.at)
        self.count(f"reports: {event}")

    def _readers(self) -> list[Row]:
        acting = {person.pk for person in self.world.people[:2]}
        return [row for row in self.rows() if self.person_of(row).pk in acting]

    @rule(which=st.integers(0, 1))
    def a_notice_is_opened(self, which: int) -> None:
        """By a signed-in representative: it is served, and somebody lives."""
        row = self._readers()[which]
        notices = Notice.objects.filter(source=f"obligation:{row.id}", kind__in=_LEGAL)
        newest = notices.order_by("pk").last()
        if newest:
            self.try_to("a notice is opened", service.opened, newest, by=self.person_of(row))

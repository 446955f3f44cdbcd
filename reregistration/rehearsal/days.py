"""The simulated clock: what happens on each day of a rehearsal, in the order of the timetable."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from django.db.models import F, Max, Model

from notices import tasks as notice_tasks
from notices.addresses import DIGEST_WAITS
from notices.models import Dispatch, Notice, Service, Wave
from notices.states import Kind
from registry import tasks as registry_tasks
from registry.calendar import ALMATY, day_of, is_working_day
from registry.models import Seal
from reregistration import tasks
from reregistration.models import (
    Campaign,
    Filing,
    Hold,
    Mark,
    ObligationEvent,
    ReceivingBody,
    WithdrawalChase,
)
from reregistration.rehearsal import actors, ministry, plan, post, referrals
from reregistration.rehearsal.crew import Crew, Task
from reregistration.rehearsal.ministry import Staff
from reregistration.rehearsal.plan import Period, Plan
from reregistration.rehearsal.stopwatch import Account
from reregistration.states import FilingState, State

REVIEW_AFTER = timedelta(days=2)
# A region's dates are held for some days while the final warnings are under way; one organisation's
# from the same day to the end.
HOLD_AFTER_DUE = timedelta(days=25)
HOLD_DAYS = timedelta(days=10)
# Absence must have lasted a year: files are prepared this long after the due date, once a week.
REFERRALS_AFTER_DUE = timedelta(days=430)
_SITS_ON = 0
# The hours at which notices are queued; the real timetable goes on until the evening.
_RUNS_AT = (8, 9, 10)
# Hour and minute: two people sign a round; the task marks.
_AUTHORISED_AT, _MARKED_AT = (10, 0), (10, 30)
# What the day table shows, in its order.
COLUMNS = (
    "filed",
    "cured",
    "drafted",
    "accepted",
    "returned",
    "notices",
    "letters",
    "bounced",
    "overdue",
    "objected",
    "marked",
    "complain",
    "reversed",
    "files",
    "referred",
    "court",
)


@dataclass
class Rehearsal:
    """A campaign under way, and the plans of those whom it asks."""

    campaign: Campaign
    staff: Staff
    period: Period
    seed: int
    crew: Crew
    account: Account
    plans: dict[int, Plan] = field(default_factory=dict)
    # What organisations will do, by the day on which they do it.
    coming: dict[date, list[Task]] = field(default_factory=lambda: defaultdict(list))
    hold: Hold | None = None
    body: ReceivingBody | None = None

    def make_plans(self) -> None:
        numbers = self.campaign.obligations.values_list("pk", "organisation__number")
        self.plans = {pk: plan.plan_of(number, self.seed, self.period) for pk, number in numbers}
        for pk, planned in self.plans.items():
            if planned.files_at:
                self.coming[day_of(planned.files_at)].append((actors.file, pk, planned.files_at))
            elif planned.drafts_on:
                at = post.moment(planned.drafts_on, 15)
                self.coming[planned.drafts_on].append((actors.begin_draft, pk, at))

    @cached_property
    def _silent(self) -> frozenset[int]:
        """The obligations whose organisations never file of themselves."""
        return frozenset(pk for pk, planned in self.plans.items() if planned.stays_silent)

    def days(self) -> Iterator[tuple[date, Counter[str]]]:
        """Each day, and the counts of what happened on it."""
        on = self.period.opens_on
        while on <= self.period.ends_on:
            yield on, self.live(on)
            on += timedelta(days=1)

    def live(self, on: date) -> Counter[str]:
        """One day: night, morning, the ministry's day, the post, the people's day.

        Who files before the task marks has filed before it, as on any day of the portal.
        """
        before = {model: _newest(model) for model in (Notice, ObligationEvent, Service)}
        done = self._night(on)
        self._notices(on)
        self._hold(on)
        done += self._act(on, before=post.moment(on, *_AUTHORISED_AT))
        if is_working_day(on):
            done += self._mark(on)
        done += self._post(on)
        if is_working_day(on):
            done += self._review(on)
            done += self._decide(on)
            done += self._refer(on)
        self._plan_answers(before[Notice], before[Service], on)
        self._plan_filings_of_the_referred(before[Notice], on)
        done += self._act(on, before=post.moment(on + timedelta(days=1), 0))
        self._deliver(post.moment(on, 23, 59))
        done["notices"] = _since(Notice, before[Notice])
        done["overdue"] = _since(
            ObligationEvent, before[ObligationEvent], from_state=State.DUE, to_state=State.OVERDUE
        )
        return done

    def _act(self, on: date, *, before: datetime) -> Counter[str]:
        """What organisations do that day until a moment, the earliest first; the rest waits."""
        planned = sorted(self.coming.pop(on, []), key=lambda task: (task[2], task[1]))
        acts = [task for task in planned if task[2] < before]
        if len(acts) < len(planned):
            self.coming[on] = planned[len(acts) :]
        with self.account.of("people: what organisations do") as spent:
            spent.rows += len(acts)
            return self.crew.do(acts)

    def _night(self, on: date) -> Counter[str]:
        self._run(tasks.settle_holds, on, time(0, 2))
        self._run(tasks.move_overdue, on, time(0, 5), writes=ObligationEvent)
        self._run(tasks.apply_court_decisions, on, time(0, 15), writes=ObligationEvent)
        self._run(tasks.settle_claims, on, time(0, 20))
        self._run(tasks.release_verified, on, time(0, 35), writes=ObligationEvent)
        self._run(registry_tasks.seal, on, time(0, 50), writes=Seal)
        at = self._run(notice_tasks.make_letter_batch, on, time(6, 30))
        letters = Dispatch.objects.filter(batch__made_at=at).count()
        return Counter(letters=letters)

    def _run(
        self, task: Any, on: date, clock: time, *, writes: type[Model] | None = None
    ) -> datetime:
        """Run a task of the timetable as of that day and time; returns that moment.

        Its rows in the account are those that it wrote into the table of `writes`.
        """
        at = datetime.combine(on, clock, tzinfo=ALMATY)
        newest = _newest(writes) if writes else 0
        with self.account.of(f"task: {task.name}") as spent:
            task(at=at)
        spent.rows += _since(writes, newest) if writes else 0
        return at

    def _notices(self, on: date) -> None:
        """The timetable's runs of the morning: one, and one more after each wave that is full."""
        for hour in _RUNS_AT:
            at = self._run(tasks.queue_due_notices, on, time(hour, 15), writes=Notice)
            self._deliver(at + DIGEST_WAITS)
            if not Wave.objects.filter(begun_at=at, count=F("size")).exists():
                return

    def _deliver(self, at: datetime) -> None:
        with self.account.of("task: notices.tasks.deliver_due") as spent:
            spent.rows += self.crew.deliver(at)

    def _hold(self, on: date) -> None:
        """Two holds begin; the region's ends."""
        began_on = self.period.due_on + HOLD_AFTER_DUE
        with self.account.of("ministry: holds") as spent:
            if on == began_on:
                at = post.moment(on, 9, 30)
                self.hold = ministry.hold_a_region(self.campaign, self.staff, on=on, at=at)
                ministry.hold_one(self.campaign, self.staff, among=self._silent, on=on, at=at)
            elif self.hold and on == began_on + HOLD_DAYS:
                at = post.moment(on, 9, 30)
                spent.rows += ministry.end_hold(self.hold, self.staff, on=on, at=at)

    def _mark(self, on: date) -> Counter[str]:
        """A round is authorised once somebody is liquidable; then the task marks."""
        authorised_at = post.moment(on, *_AUTHORISED_AT)
        with self.account.of("ministry: rounds"):
            ministry.authorise(
                self.campaign, self.staff, silent=self._silent, on=on, at=authorised_at
            )
        done = self._act(on, before=post.moment(on, *_MARKED_AT))
        newest = _newest(Mark)
        self._run(tasks.mark_non_responders, on, time(*_MARKED_AT), writes=Mark)
        return done + Counter(marked=_since(Mark, newest))

    def _review(self, on: date) -> Counter[str]:
        """Reviewers decide on what has waited long enough; some first versions go back."""
        at = post.moment(on, 14)
        waiting = Filing.objects.filter(
            state=FilingState.SUBMITTED, submitted_at__lte=at - REVIEW_AFTER
        ).values_list("pk", "obligation_id", "obligation__returned_on")
        acts: list[Task] = []
        for pk, obligation_id, returned_on in waiting:
            planned = self.plans[obligation_id]
            if planned.is_returned and returned_on is None:
                acts.append((actors.send_back, pk, at))
                self._plan_correction(obligation_id, planned, on)
            else:
                acts.append((actors.accept, pk, at))
        with self.account.of("people: review") as spent:
            spent.rows += len(acts)
            return self.crew.do(acts)

    def _plan_correction(self, obligation_id: int, planned: Plan, on: date) -> None:
        if planned.corrects_after_days is not None:
            self._plan(actors.file, obligation_id, on, planned.corrects_after_days, hour=16)

    def _decide(self, on: date) -> Counter[str]:
        with self.account.of("ministry: decisions on answers") as spent:
            done = ministry.decide_answers(
                self.campaign, self.staff, at=post.moment(on, 15), seed=self.seed
            )
            spent.rows += done["decided"]
        return done

    def _refer(self, on: date) -> Counter[str]:
        """Once a week files are prepared and signed for; the timetable sends them, tells the body
        what was taken back, and reminds it."""
        done: Counter[str] = Counter()
        officers, at = self.staff.officers, post.moment(on, 10, 45)
        if on >= self.period.due_on + REFERRALS_AFTER_DUE and on.weekday() == _SITS_ON:
            self.body = self.body or referrals.receiving_body(on)
            with self.account.of("ministry: referral files") as spent:
                done += referrals.sit(
                    self.campaign, officers, self.body, on=on, at=at, seed=self.seed
                )
                spent.rows += done["files"]
        newest = _newest(ObligationEvent)
        self._run(tasks.send_signed_schedules, on, time(11, 5), writes=ObligationEvent)
        done["referred"] = _since(ObligationEvent, newest, to_state=State.REFERRED)
        self._run(tasks.tell_receiving_bodies, on, time(11, 20), writes=WithdrawalChase)
        with self.account.of("ministry: what the body and the court answer") as spent:
            done += referrals.answers(officers, on=on, at=post.moment(on, 16), seed=self.seed)
            spent.rows += done["acknowledged"] + done["court"]
        return done

    def _post(self, on: date) -> Counter[str]:
        """Mail comes back, the carrier's receipts are read, what reached nobody is published."""
        with self.account.of("post: mail that comes back") as spent:
            bounced = post.bounce_todays(
                since=post.moment(on, 0), at=post.moment(on, 11), seed=self.seed
            )
            spent.rows += bounced
        with self.account.of("post: the carrier's receipts") as spent:
            spent.rows += post.bring_receipts(
                on=on, by=self.staff.drafter, at=post.moment(on, 12), seed=self.seed
            )
        self._run(notice_tasks.publish, on, time(12, 25), writes=Service)
        return Counter(bounced=bounced)

    def _plan_answers(self, notice: int, service: int, on: date) -> None:
        """Who got a preliminary decision today answers it; whose mark was served today may too."""
        decided = Notice.objects.filter(pk__gt=notice, kind=Kind.PRELIMINARY_DECISION)
        for planned, pk in self._planned(decided.values_list("source", flat=True)):
            self._plan(actors.object_to, pk, on, planned.objects_after_days, hour=17)
            self._plan(actors.wish_to_be_heard, pk, on, planned.wishes_after_days, hour=18)
        served = Service.objects.filter(pk__gt=service, notice__kind=Kind.MARKED)
        for planned, pk in self._planned(served.values_list("notice__source", flat=True)):
            self._plan(actors.complain, pk, on, planned.complains_after_days, hour=17)
            self._plan(actors.file, pk, on, planned.cures_after_days, hour=18)

    def _plan_filings_of_the_referred(self, notice: int, on: date) -> None:
        """Who is told today that its file went to the body may file after all."""
        referred = Notice.objects.filter(pk__gt=notice, kind=Kind.REFERRED)
        for planned, pk in self._planned(referred.values_list("source", flat=True)):
            self._plan(actors.file, pk, on, planned.files_when_referred_after_days, hour=17)

    def _planned(self, sources: Any) -> Iterator[tuple[Plan, int]]:
        for source in sources:
            pk = int(source.rpartition(":")[2])
            yield self.plans[pk], pk

    def _plan(self, act: Any, obligation_id: int, on: date, days: int | None, *, hour: int) -> None:
        if days is not None:
            day = on + timedelta(days=days)
            self.coming[day].append((act, obligation_id, post.moment(day, hour)))


def _newest(model: type[Model]) -> int:
    """The highest key of an append-only table."""
    return model._default_manager.aggregate(newest=Max("pk"))["newest"] or 0


def _since(model: type[Model], newest: int, **only: object) -> int:
    """How many of its rows are newer than that key."""
    return model._default_manager.filter(pk__gt=newest, **only).count()

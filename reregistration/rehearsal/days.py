"""The simulated clock: what happens on each day of a rehearsal, in the order of the timetable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import F

from accounts.models import User
from notices import tasks as notice_tasks
from notices.addresses import DIGEST_WAITS
from notices.models import Dispatch, Notice, Wave
from registry.calendar import day_of, is_working_day
from reregistration import tasks
from reregistration.marking import rounds, rule, sampling
from reregistration.models import Campaign, Filing, MarkingRound, Obligation, ObligationEvent
from reregistration.rehearsal import actors, plan, post
from reregistration.rehearsal.crew import Crew, Task
from reregistration.rehearsal.plan import Period, Plan
from reregistration.states import FilingState, RoundState, State, Verdict

REVIEW_AFTER = timedelta(days=2)
# The hours at which notices are queued; the real timetable goes on until the evening.
_RUNS_AT = (8, 9, 10)
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
    "marked",
)


@dataclass
class Staff:
    """The people at the ministry whom marking needs: four different ones."""

    drafter: User
    checker: User
    first: User
    second: User


@dataclass
class Rehearsal:
    """A campaign under way, and the plans of those whom it asks."""

    campaign: Campaign
    staff: Staff
    period: Period
    seed: int
    crew: Crew
    plans: dict[int, Plan] = field(default_factory=dict)
    # Organisations' corrections of returned filings, by the day on which they come.
    corrections: dict[date, list[int]] = field(default_factory=dict)

    def make_plans(self) -> None:
        numbers = self.campaign.obligations.values_list("pk", "organisation__number")
        self.plans = {pk: plan.plan_of(number, self.seed, self.period) for pk, number in numbers}

    def days(self) -> Iterator[tuple[date, Counter[str]]]:
        """Each day, and the counts of what happened on it."""
        on = self.period.opens_on
        while on <= self.period.ends_on:
            yield on, self.live(on)
            on += timedelta(days=1)

    def live(self, on: date) -> Counter[str]:
        """One day: night, morning, the people's day, the post."""
        before = self._totals()
        tasks.move_overdue(at=post.moment(on, 0, 5))
        notice_tasks.make_letter_batch(at=post.moment(on, 6, 30))
        self._notices(on)
        done = self._mark(on) if is_working_day(on) else Counter()
        done["bounced"] = post.bounce_todays(
            since=post.moment(on, 0), at=post.moment(on, 11), seed=self.seed
        )
        post.bring_receipts(on=on, by=self.staff.drafter, at=post.moment(on, 12), seed=self.seed)
        if is_working_day(on):
            done += self._review(on)
        done += self.crew.do(self._filings(on))
        post.deliver(at=post.moment(on, 23, 59))
        for name, total in self._totals().items():
            done[name] = total - before[name]
        return done

    def _notices(self, on: date) -> None:
        """The timetable's runs of the morning: one, and one more after each wave that is full."""
        for hour in _RUNS_AT:
            at = post.moment(on, hour, 15)
            tasks.queue_due_notices(at=at)
            post.deliver(at=at + DIGEST_WAITS)
            if not Wave.objects.filter(begun_at=at, count=F("size")).exists():
                return

    def _totals(self) -> Counter[str]:
        return Counter(
            notices=Notice.objects.count(),
            letters=Dispatch.objects.filter(batch__isnull=False).count(),
            overdue=ObligationEvent.objects.filter(to_state=State.OVERDUE).count(),
        )

    def _filings(self, on: date) -> list[Task]:
        """Who files that day for the first time, corrects, or only begins a draft."""
        found: list[Task] = []
        for pk, planned in self.plans.items():
            if planned.files_at and day_of(planned.files_at) == on:
                found.append((actors.file, pk, planned.files_at))
            elif planned.drafts_on == on:
                found.append((actors.begin_draft, pk, post.moment(on, 15)))
        found += [(actors.file, pk, post.moment(on, 16)) for pk in self.corrections.pop(on, [])]
        return sorted(found, key=lambda task: (task[2], task[1]))

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
        return self.crew.do(acts)

    def _plan_correction(self, obligation_id: int, planned: Plan, on: date) -> None:
        if planned.corrects_after_days is not None:
            day = on + timedelta(days=planned.corrects_after_days)
            self.corrections.setdefault(day, []).append(obligation_id)

    def _mark(self, on: date) -> Counter[str]:
        """Draft, freeze, check and sign a round once somebody is liquidable; the task marks."""
        at = post.moment(on, 10)
        busy = MarkingRound.objects.filter(
            state__in=[RoundState.AUTHORISED, RoundState.RUNNING]
        ).exists()
        if not busy and rule.liquidable(self.campaign, on).exists():
            drafted = rounds.draft(self.campaign, by=self.staff.drafter, on=on, at=at)
            rounds.dry_run(drafted, by=self.staff.drafter, at=at)
            self._check(drafted, at)
            rounds.sign(drafted, by=self.staff.first, at=at)
            rounds.sign(drafted, by=self.staff.second, at=at)
        marked = self._marked()
        tasks.mark_non_responders(at=post.moment(on, 10, 30))
        return Counter(marked=self._marked() - marked)

    def _check(self, round_: MarkingRound, at: datetime) -> None:
        """The sample is drawn, and whoever checks it finds each case right."""
        sampling.draw(round_, by=self.staff.drafter, at=at)
        while case := sampling.take(round_, by=self.staff.checker, at=at):
            sampling.judge(case, verdict=Verdict.RIGHT, by=self.staff.checker, at=at)
            round_.refresh_from_db()
            if round_.state != RoundState.DRY_RUN:
                return

    def _marked(self) -> int:
        return Obligation.objects.filter(campaign=self.campaign, marks__isnull=False).count()

"""Which notices are due today? The timetable asks all day; each notice is made once.

Due means due, or missed and still within its window: a missed day is caught up, of several missed
reminders only the latest goes out, and nothing is said that is too old to be of use. Kinds that
make people ask go out in waves. Candidates are chosen cheaply; the truth is read again under the
lock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from notices import notice, waves
from notices.models import Notice, Wave
from notices.states import ADVERSE, Kind
from registry.calendar import end_of, is_protected
from registry.models import DayOverride
from reregistration import deadlines, letters, scope, served, standstill
from reregistration.models import Campaign, Obligation
from reregistration.states import CampaignState, State

SLICE = 500
# Days after its occasion within which a notice still says something new.
ANNOUNCEMENT_WINDOW = 60
OVERDUE_WINDOW = 14
# After one of these the helpline's telephones ring.
IN_WAVES = (Kind.ANNOUNCEMENT, Kind.FINAL_WARNING, Kind.PRELIMINARY_DECISION)


@dataclass(frozen=True)
class Due:
    """A kind of notice that is due on a day: for which obligations, on which occasion."""

    kind: Kind
    # "T-30": the obligation's due date is added to it.
    occasion: str
    condition: Q
    # Whether the condition looks at services, which is dear to ask of everybody.
    asks_service: bool = False
    # The last day on which it still says something useful; without, as long as its kind does.
    of_use_until: Callable[[Obligation], date] | None = None


def queue_due(campaign: Campaign, *, on: date, at: datetime) -> Counter[str]:
    """Make every notice that is due that day and was not made before. Returns counts by kind.

    Safe to repeat and to run twice at once: one notice an occasion, by constraint. Adverse kinds
    wait on protected days; of a kind in waves at most one wave is made. Nothing is made while a
    moved due date is on its way: it would tell the old one.
    """
    made: Counter[str] = Counter()
    if campaign.is_writing_dates:
        return made
    for due in due_kinds(campaign, on):
        if due.kind in ADVERSE and is_protected(on):
            continue
        made[due.kind] += _queue(campaign, due, on, at)
    return made


def wave_source(campaign: Campaign) -> str:
    """How waves name the campaign that sends them."""
    return f"campaign:{campaign.code}"


def wave_pause(campaign: Campaign) -> timedelta:
    return timedelta(minutes=campaign.wave_pause_minutes)


def due_kinds(campaign: Campaign, on: date) -> Iterator[Due]:
    """What is due that day, kind by kind, as conditions on obligations."""
    if on < campaign.opens_on:
        return
    overrides = DayOverride.objects.as_overrides()
    if (on - campaign.opens_on).days <= ANNOUNCEMENT_WINDOW:
        last_day = campaign.opens_on + timedelta(days=ANNOUNCEMENT_WINDOW)
        yield Due(
            Kind.ANNOUNCEMENT,
            "opening",
            Q(state=State.DUE, cycle=1),
            of_use_until=lambda _row: last_day,
        )
    yield from _reminders(campaign, on)
    yield Due(
        Kind.OVERDUE,
        "T+1",
        Q(state=State.OVERDUE, due_on__lt=on, due_on__gte=on - timedelta(days=OVERDUE_WINDOW))
        & standstill.NOT_HELD,
        of_use_until=lambda row: row.due_on + timedelta(days=OVERDUE_WINDOW),
    )
    grace_over = deadlines.latest_beginning(on, campaign.grace_days, overrides)
    # Whoever has ever filed in this campaign goes to a person's queue, never on this road.
    # Nor is anybody warned whom the law does not ask any more, whose objection, complaint or wish
    # to be heard is still to be decided, or whose dates are held.
    silent = (
        Q(state=State.OVERDUE, due_on__lte=grace_over, first_filed_at__isnull=True)
        & scope.condition(campaign, "organisation__")
        & standstill.lifted()
    )
    yield Due(Kind.FINAL_WARNING, "grace over", silent)
    served_by = end_of(on - timedelta(days=campaign.decision_after_days))
    yield Due(
        Kind.PRELIMINARY_DECISION,
        "warning served",
        silent & Q(warning_served_at__lt=served_by),
        asks_service=True,
    )


def _reminders(campaign: Campaign, on: date) -> Iterator[Due]:
    # Of a date that is held nobody is reminded: it will move.
    running = Q(state__in=[State.DUE, State.RETURNED]) & standstill.NOT_HELD
    # Few different pairs of dates exist: most organisations share the campaign's.
    pairs = (
        campaign.obligations.filter(running, due_on__gte=on)
        .values_list("due_on", "cycle_began_on")
        .distinct()
    )
    for due_on, began_on in pairs:
        days = deadlines.current_reminder(on, due_on, began_on)
        if days is not None:
            yield Due(
                Kind.REMINDER,
                f"T-{days}",
                running & Q(due_on=due_on, cycle_began_on=began_on),
                of_use_until=partial(_reminder_of_use_until, days),
            )


def _reminder_of_use_until(days: int, row: Obligation) -> date:
    return deadlines.reminder_of_use_until(row.due_on, days)


def _queue(campaign: Campaign, due: Due, on: date, at: datetime) -> int:
    waiting = without_notice(campaign, due).order_by("pk").values_list("pk", flat=True)
    if due.kind in IN_WAVES:
        return _queue_wave(campaign, due, waiting, on, at)
    ids = list(waiting)
    return sum(
        _queue_slice(campaign, due, ids[start : start + SLICE], on, at)
        for start in range(0, len(ids), SLICE)
    )


def _queue_wave(
    campaign: Campaign, due: Due, waiting: QuerySet[Obligation, int], on: date, at: datetime
) -> int:
    """Fill the wave that is under way, or begin the next; none is begun where nothing waits."""
    source, pause = wave_source(campaign), wave_pause(campaign)
    wave = waves.under_way(source, due.kind, pause=pause, at=at)
    if wave is None and waiting.exists():
        wave = waves.begin_next(source, due.kind, size=campaign.wave_size, pause=pause, at=at)
    if wave is None:
        return 0
    ids = list(waiting[: wave.size - wave.count])
    return sum(
        _queue_slice(campaign, due, ids[start : start + SLICE], on, at, wave)
        for start in range(0, len(ids), SLICE)
    )


@transaction.atomic
def _queue_slice(
    campaign: Campaign, due: Due, ids: list[int], on: date, at: datetime, wave: Wave | None = None
) -> int:
    if not Campaign.objects.filter(pk=campaign.pk, state=CampaignState.OPEN).exists():
        # Closed while the slices before this one were written.
        return 0
    # Counted before the rows are locked: a wave is stopped in between two slices, never in one.
    ids = ids[: waves.room(wave)] if wave else ids
    overrides = DayOverride.objects.as_overrides()
    rows = list(
        without_notice(campaign, due)
        .filter(pk__in=ids)
        .select_related("organisation")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    for row in rows:
        row.campaign = campaign
    drafts = [
        replace(
            letters.scheduled(row, due.kind, _occasion(due, row), on=on, overrides=overrides),
            useful_until_at=end_of(due.of_use_until(row)) if due.of_use_until else None,
            wave=wave,
        )
        for row in rows
    ]
    made = len(notice.register(drafts, at=at))
    if wave:
        waves.fill(wave, made)
    return made


def _occasion(due: Due, row: Obligation) -> str:
    return f"{due.occasion}/{row.due_on:%Y-%m-%d}"


def without_notice(campaign: Campaign, due: Due) -> QuerySet[Obligation]:
    """Whom it is due for and who has not been told."""
    made = Notice.objects.filter(
        source=served.SOURCE,
        cycle=OuterRef("cycle"),
        kind=due.kind,
        occasion=Concat(Value(f"{due.occasion}/"), Cast(OuterRef("due_on"), TextField())),
    )
    rows: QuerySet[Obligation] = campaign.obligations.all()
    if due.asks_service:
        rows = served.annotate(rows, campaign)
    return rows.filter(due.condition).filter(~Exists(made))

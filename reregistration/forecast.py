"""What goes out today and tomorrow, by kind, channel and language; what is held, and by what?

What waits already is counted from the dispatches; what the timetable will make, from the schedule
itself, with its waves. Letters go with the batch of the next morning.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import Enum

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notices import addresses, gate, waves
from notices.models import Dispatch, Wave
from notices.querysets import paused
from notices.states import ADVERSE, COURTESY, Channel, DispatchState, Kind, letter_is_of_use
from registry.calendar import ALMATY, day_of, end_of, is_protected
from registry.models import Organisation
from reregistration import schedule
from reregistration.models import Campaign
from reregistration.obligations import past_due
from reregistration.schedule import Due
from reregistration.states import CampaignState

# As in the timetable (config/celery.py), which a test compares: the schedule's runs of a day, and
# the batch for the printer.
FIRST_RUN, LAST_RUN, BETWEEN_RUNS = time(8), time(19, 45), timedelta(minutes=15)
BATCH_AT = time(6, 30)


class Why(Enum):
    """What holds a notice back for now."""

    STOPPED = "stopped"
    PAUSED = "paused"
    PROTECTED = "protected"
    LATER_WAVE = "later wave"
    DECLINED = "declined"
    UNRELEASED = "unreleased"


WORDS: dict[Why, str | Promise] = {
    Why.STOPPED: _("its wave was stopped"),
    Why.PAUSED: _("sending is paused"),
    Why.PROTECTED: _("a protected day: nothing adverse goes out"),
    Why.LATER_WAVE: _("it goes out in a later wave"),
    Why.DECLINED: _("the owner of the address wants no reminders"),
    Why.UNRELEASED: _("notices are not released on this installation"),
}


@dataclass(frozen=True, order=True)
class Cell:
    """Notices that are counted together."""

    kind: str
    channel: str
    language: str


@dataclass
class Day:
    """What goes out on a day: of what waits already, of what is still to be made; what is held."""

    on: date
    waiting: Counter[Cell] = field(default_factory=Counter)
    to_make: Counter[Cell] = field(default_factory=Counter)
    held: dict[Cell, Counter[Why]] = field(default_factory=lambda: defaultdict(Counter))

    def hold(self, cell: Cell, why: Why, count: int) -> None:
        self.held[cell][why] += count

    def cells(self) -> list[Cell]:
        return sorted({*self.waiting, *self.to_make, *self.held})


@dataclass
class _Pace:
    """The waves of one kind of one campaign, as they would begin run by run."""

    size: int
    pause: timedelta
    next_at: datetime | None
    room: int
    is_stopped: bool

    def take(self, waiting: int, runs: Iterable[datetime]) -> int:
        """How many of those that wait get their turn in these runs."""
        if self.is_stopped:
            return 0
        left = waiting
        for run in runs:
            if not left:
                break
            if self.next_at is None or run >= self.next_at:
                self.next_at, self.room = run + self.pause, self.size
            taken = min(left, self.room)
            left, self.room = left - taken, self.room - taken
        return waiting - left


def forecast(*, at: datetime) -> tuple[Day, Day]:
    """Today, from now on, and tomorrow. A bounded number of queries, whatever waits."""
    today = Day(day_of(at))
    tomorrow = Day(today.on + timedelta(days=1))
    holds = _Holds()
    _count_waiting(today, tomorrow, holds, at)
    for campaign in Campaign.objects.filter(state=CampaignState.OPEN):
        _count_to_make(campaign, today, tomorrow, holds, at)
    return today, tomorrow


class _Holds:
    """What holds dispatches back at this moment."""

    def __init__(self) -> None:
        self._paused = paused()
        self._unreleased = gate.waits_for_release()

    def why(self, cell: Cell, on: date, *, is_stopped: bool = False) -> Why | None:
        if is_stopped:
            return Why.STOPPED
        if any(
            channel in ("", cell.channel) and kind in ("", cell.kind)
            for channel, kind in self._paused
        ):
            return Why.PAUSED
        if cell.kind in ADVERSE and is_protected(on):
            return Why.PROTECTED
        return Why.UNRELEASED if self._unreleased else None


def _count_waiting(today: Day, tomorrow: Day, holds: _Holds, at: datetime) -> None:
    had_theirs = Dispatch.objects.filter(
        address=OuterRef("address"), digest_on=today.on, carried_by__isnull=True
    ).exclude(state=DispatchState.SUPPRESSED)
    later = Q(next_attempt_at__gte=end_of(today.on)) | (
        Q(waits_for_digest=True) & Exists(had_theirs)
    )
    rows = (
        Dispatch.objects.filter(
            state__in=[DispatchState.QUEUED, DispatchState.SENDING],
            next_attempt_at__lt=end_of(tomorrow.on),
        )
        .exclude(useful_until_at__lte=at)
        .values_list(
            "notice__kind",
            "channel",
            "notice__language",
            ExpressionWrapper(later, output_field=BooleanField()),
            ExpressionWrapper(Q(wave__stopped_at__isnull=False), output_field=BooleanField()),
        )
        .annotate(count=Count("pk"))
        .order_by()
    )
    for kind, channel, language, is_later, is_stopped, count in rows:
        cell = Cell(kind, channel, language)
        missed_the_batch = channel == Channel.LETTER and at > _moment(today.on, BATCH_AT)
        day = tomorrow if is_later or missed_the_batch else today
        why = holds.why(cell, day.on, is_stopped=is_stopped)
        if why:
            day.hold(cell, why, count)
        else:
            day.waiting[cell] += count
        if why == Why.PROTECTED and day is today and not is_protected(tomorrow.on):
            tomorrow.waiting[cell] += count


@dataclass(frozen=True)
class _Told:
    """One organisation that a run of the schedule would write to."""

    obligation_id: int
    organisation_id: int
    kind: Kind
    occasion: str


def _count_to_make(
    campaign: Campaign, today: Day, tomorrow: Day, holds: _Holds, at: datetime
) -> None:
    paces: dict[Kind, _Pace] = {}
    made: set[_Told] = set()
    for day in (today, tomorrow):
        runs = [run for run in _runs(day.on) if run >= at]
        for due in schedule.due_kinds(campaign, day.on):
            waiting = [told for told in _waiting(campaign, due, day.on) if told not in made]
            chosen = _chosen(campaign, due, waiting, day, runs, paces)
            made.update(chosen)
            _address(chosen, day, tomorrow, holds, at)
            _hold_rest(waiting[len(chosen) :], due, day, paces, runs, at)


def _waiting(campaign: Campaign, due: Due, on: date) -> list[_Told]:
    keys = {*schedule.without_notice(campaign, due).values_list("pk", "organisation_id")}
    if due.kind == Kind.OVERDUE:
        # Whom the night before that day moves to overdue.
        latest = on - timedelta(days=schedule.OVERDUE_WINDOW)
        moved = past_due.not_moved(campaign.obligations.all(), on).filter(due_on__gte=latest)
        keys |= {*moved.values_list("pk", "organisation_id")}
    return [_Told(pk, organisation, due.kind, due.occasion) for pk, organisation in sorted(keys)]


def _chosen(
    campaign: Campaign,
    due: Due,
    waiting: list[_Told],
    day: Day,
    runs: Sequence[datetime],
    paces: dict[Kind, _Pace],
) -> list[_Told]:
    """Those of the waiting that the day's runs make notices for."""
    if not runs or (due.kind in ADVERSE and is_protected(day.on)):
        return []
    if due.kind not in schedule.IN_WAVES:
        return waiting
    if due.kind not in paces:
        paces[due.kind] = _pace(campaign, due.kind)
    return waiting[: paces[due.kind].take(len(waiting), runs)]


def _pace(campaign: Campaign, kind: Kind) -> _Pace:
    source, pause = schedule.wave_source(campaign), schedule.wave_pause(campaign)
    last = Wave.objects.filter(source=source, kind=kind).order_by("-number").first()
    if last is None:
        return _Pace(campaign.wave_size, pause, None, 0, is_stopped=False)
    return _Pace(
        campaign.wave_size,
        pause,
        waves.next_at(last, pause),
        last.size - last.count,
        is_stopped=last.stopped_at is not None,
    )


def _address(chosen: Sequence[_Told], day: Day, tomorrow: Day, holds: _Holds, at: datetime) -> None:
    """Count where the notices would go; letters with the next morning's batch."""
    for cell, declines, count in _addressed(chosen, at):
        goes_on = tomorrow if cell.channel == Channel.LETTER else day
        if cell.channel == Channel.LETTER and day is tomorrow:
            continue
        why = Why.DECLINED if declines else holds.why(cell, goes_on.on)
        if why:
            goes_on.hold(cell, why, count)
        else:
            goes_on.to_make[cell] += count


def _hold_rest(
    rest: Sequence[_Told],
    due: Due,
    day: Day,
    paces: dict[Kind, _Pace],
    runs: Sequence[datetime],
    at: datetime,
) -> None:
    """What the day's runs leave over, and why; after the last run it is tomorrow's."""
    if not rest or not runs:
        return
    if due.kind in ADVERSE and is_protected(day.on):
        why = Why.PROTECTED
    else:
        why = Why.STOPPED if paces[due.kind].is_stopped else Why.LATER_WAVE
    for cell, _declines, count in _addressed(rest, at):
        day.hold(cell, why, count)


def _addressed(told: Sequence[_Told], at: datetime) -> Iterator[tuple[Cell, bool, int]]:
    """Kind, channel and language of the dispatches that these notices would have, counted, and
    whether the address declines them."""
    if not told:
        return
    organisations = [Organisation(pk=one.organisation_id) for one in told]
    kind, occasion = told[0].kind, told[0].occasion
    lines = addresses.lines_of(organisations)
    replaced = addresses.replaced_of(organisations, at=at) if kind in ADVERSE else {}
    emails = [address for line in lines.values() for address in line.emails]
    declined = addresses.declined_of(emails) if kind in COURTESY else frozenset()
    counted: Counter[tuple[Cell, bool]] = Counter()
    for organisation in organisations:
        line = lines[organisation.pk]
        chosen = addresses.emails_for(
            kind, line, replaced=replaced.get(organisation.pk, ()), declined=declined
        )
        for address in chosen:
            counted[Cell(kind, Channel.EMAIL, line.language), address.declines] += 1
        if addresses.goes_by_letter(kind, line) and letter_is_of_use(kind, f"{occasion}/"):
            counted[Cell(kind, Channel.LETTER, line.language), False] += 1
    for (cell, declines), count in counted.items():
        yield cell, declines, count


def _runs(on: date) -> Iterator[datetime]:
    run = _moment(on, FIRST_RUN)
    while run <= _moment(on, LAST_RUN):
        yield run
        run += BETWEEN_RUNS


def _moment(on: date, at: time) -> datetime:
    return datetime.combine(on, at, tzinfo=ALMATY)

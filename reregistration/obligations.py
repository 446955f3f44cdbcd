"""The one door through which an obligation changes its state or its date.

Lock, check the fresh rows, save, append events, write standing: in one transaction. Lock order
everywhere: Organisation, Obligation, Referral, ReferralSchedule, Filing, ids ascending.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from django.db import transaction
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from registry import standing
from registry.calendar import Overrides, day_of
from registry.models import DayOverride, Standing
from registry.states import GOOD_UNTIL_DUE, HELD
from reregistration import cohorts, deadlines, standstill
from reregistration.models import Campaign, Cycle, Obligation, ObligationEvent
from reregistration.querysets import ObligationQuerySet
from reregistration.referral import withdrawals
from reregistration.states import (
    ALLOWED,
    BEFORE_THE_COURT,
    IN_PROCESS,
    MAY_BE_EXTENDED,
    STARTS_CYCLE,
    CampaignState,
    ReleaseReason,
    State,
)

SLICE = 500


@dataclass(frozen=True)
class Move:
    """A change of obligations: to which state, by whom, when, why."""

    to: State
    by: User | None
    at: datetime
    reason: str = ""
    release_reason: str = ""
    # Only for a move to `due`: the new due date.
    due_on: date | None = None
    # Only for a move to `filed`: the moment from which the filing counts, if that is earlier.
    filed_at: datetime | None = None
    # Whether a move to `returned` asks for a correction: only so many can be.
    is_correction: bool = True


def may(obligation: Obligation, to: State) -> bool:
    """Whether the table allows this move from the state the obligation has now."""
    return to in ALLOWED[obligation.state]


@transaction.atomic
def move(
    obligation: Obligation,
    to: State,
    *,
    by: User | None,
    at: datetime,
    reason: str = "",
    release_reason: ReleaseReason | None = None,
    due_on: date | None = None,
) -> Obligation:
    """Move one obligation. Returns it fresh; refuses what `ALLOWED` does not hold."""
    row = _locked([obligation.pk])[0]
    return move_locked(row, Move(to, by, at, reason, release_reason or "", due_on))


def move_locked(row: Obligation, change: Move) -> Obligation:
    """As `move`, for a caller that holds the row's lock and has read it under that lock, with
    its campaign. Changes and returns that row."""
    if not may(row, change.to):
        raise Refused(
            _("This obligation is “%(state)s” now: “%(to)s” cannot follow. Reload the page.")
            % {"state": row.get_state_display(), "to": change.to.label}
        )
    if change.to in (State.MARKED, State.REFERRED) and row.held_since_on:
        raise Refused(_("Its dates are held: no step is taken against it until the hold ends."))
    if change.to in (State.MARKED, State.REFERRED) and standstill.stands(row):
        raise Refused(
            _(
                "An objection, a complaint, a wish to be heard or a paper filing is open. Decide "
                "on it first."
            )
        )
    before = _remember([row])
    _apply(row, change)
    _write([row], before, by=change.by, at=change.at, reason=change.reason)
    return row


def lock(obligation_id: int) -> Obligation:
    """The obligation read under its lock, with its campaign and organisation, for `move_locked`
    and what else a verb does to it in its transaction."""
    row: Obligation = (
        Obligation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("campaign", "cohort", "organisation")
        .get(pk=obligation_id)
    )
    return row


def _locked(ids: Iterable[int]) -> list[Obligation]:
    return list(
        Obligation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("campaign", "cohort")
        .filter(pk__in=list(ids))
        .order_by("pk")
    )


@transaction.atomic
def move_many(
    ids: Iterable[int], change: Move, *, still: Callable[[Obligation], bool] = lambda _: True
) -> list[Obligation]:
    """Move those of the obligations that the table lets move and that `still` holds for.

    Safe to repeat: a row that was moved already is left as it is.
    """
    movable = [row for row in _locked(ids) if may(row, change.to) and still(row)]
    before = _remember(movable)
    for row in movable:
        _apply(row, change)
    _write(movable, before, by=change.by, at=change.at, reason=change.reason)
    return movable


def extend_locked(
    row: Obligation, days: int, *, by: User | None, at: datetime, reason: str
) -> Obligation:
    """Give an obligation more days, in a new cycle. Changes and returns that row.

    For a caller that holds the row's lock and has read it under that lock, with its campaign. The
    due and the returned get a later date; the overdue are due again. Refuses where no date is to
    be met, where the new date would not lie ahead, and while the dates are held: no day runs out
    then, and the new date is not known before the hold ends.
    """
    if row.held_since_on:
        raise Refused(
            _("The dates are held since %(since)s: no day runs out. Give more time when it ends.")
            % {"since": date_format(row.held_since_on)}
        )
    if row.state not in MAY_BE_EXTENDED:
        raise Refused(
            _("More time cannot be given now: the obligation is “%(state)s”. It can still file.")
            % {"state": row.get_state_display()}
        )
    before, overrides, on = _remember([row]), DayOverride.objects.as_overrides(), day_of(at)
    # A date that was set by itself, in a reopening for one, is moved as it is.
    is_computed = row.due_on == effective_due_on(row, overrides)
    row.extended_days += days
    if row.returned_on:
        row.extended_since_return += days
    due_on = effective_due_on(row, overrides)
    if not is_computed:
        due_on = max(due_on, deadlines.term_ends_on(row.due_on, days, overrides))
    if due_on <= row.due_on or due_on < on:
        raise Refused(
            _(
                "%(days)d more days would end on %(due)s, and that has passed. Give more days, or "
                "ask the organisation to file: a late filing counts too."
            )
            % {"days": days, "due": date_format(due_on)}
        )
    if row.state == State.OVERDUE:
        row.state = State.DUE
    row.due_on, row.cycle, row.cycle_began_on = due_on, row.cycle + 1, on
    _write([row], before, by=by, at=at, reason=reason)
    return row


def _apply(row: Obligation, change: Move) -> None:
    on, was = day_of(change.at), row.state
    if (row.state, change.to) == (State.MARKED, State.OVERDUE):
        # While it stood marked, no later date reached it, be it the campaign's or by a hold.
        row.due_on = max(row.due_on, effective_due_on(row, DayOverride.objects.as_overrides()))
    row.state = change.to
    row.release_reason = change.release_reason if change.to == State.RELEASED else ""
    if change.to == State.FILED and row.first_filed_at is None:
        row.first_filed_at = change.filed_at or change.at
        row.on_time = _is_on_time(row, was, row.first_filed_at)
    if change.to == State.RETURNED:
        row.returned_on = on
        row.returns += change.is_correction
        row.extended_since_return = row.held_since_return = 0
        row.due_on = effective_due_on(row, DayOverride.objects.as_overrides())
    if change.to == State.DUE:
        if change.due_on is None:
            raise ValueError("A move to due needs its new due date.")
        row.due_on = change.due_on
    if change.to in STARTS_CYCLE:
        row.cycle += 1
        row.cycle_began_on = on


def _is_on_time(row: Obligation, was: str, at: datetime) -> bool:
    """By its date, or while that is held, or by a later date that is decided and that no slice
    has brought to it yet."""
    if _is_held_in_time(row) or deadlines.is_on_time(at, row.due_on):
        return True
    if was not in MAY_BE_EXTENDED or not row.campaign.is_writing_dates:
        return False
    return deadlines.is_on_time(at, effective_due_on(row, DayOverride.objects.as_overrides()))


def _is_held_in_time(row: Obligation) -> bool:
    """Whether its clock stands still on a day before its date had passed."""
    return row.held_since_on is not None and row.held_since_on <= row.due_on


def count_from_locked(row: Obligation, moment: datetime, *, at: datetime) -> None:
    """Let an obligation that was filed count from an earlier moment, that of a paper's postmark.

    For a caller that holds the row's lock. Nothing else changes, so that no event is written: the
    paper filing is the record.
    """
    if row.first_filed_at is None or row.first_filed_at <= moment:
        return
    row.first_filed_at = moment
    row.on_time = row.on_time or deadlines.is_on_time(moment, _due_before_any_return(row))
    row.save(update_fields=["first_filed_at", "on_time"])
    standing.write([mirrored(row, at)])


def _due_before_any_return(row: Obligation) -> date:
    return deadlines.effective_due_on(
        row.campaign.due_on,
        cohort_due_on=row.cohort.due_on if row.cohort else None,
        extended_days=row.extended_days - row.extended_since_return,
        held_days=row.held_days - row.held_since_return,
        overrides=DayOverride.objects.as_overrides(),
    )


def effective_due_on(row: Obligation, overrides: Overrides) -> date:
    """The effective due date from the campaign's or cohort's date and what was granted or
    returned."""
    return deadlines.effective_due_on(
        row.campaign.due_on,
        cohort_due_on=row.cohort.due_on if row.cohort else None,
        extended_days=row.extended_days,
        held_days=row.held_days,
        returned_on=row.returned_on,
        correction_working_days=row.campaign.correction_working_days,
        extended_since_return=row.extended_since_return,
        held_since_return=row.held_since_return,
        overrides=overrides,
    )


# What a move or a new date may change.
_CHANGEABLE = (
    "state",
    "release_reason",
    "due_on",
    "extended_days",
    "extended_since_return",
    "held_days",
    "held_since_return",
    "held_since_on",
    "returned_on",
    "returns",
    "cycle",
    "cycle_began_on",
    "first_filed_at",
    "on_time",
)


@dataclass(frozen=True)
class _Before:
    """What an obligation was before it changed."""

    state: str
    cycle: int


def _remember(rows: Iterable[Obligation]) -> dict[int, _Before]:
    return {row.pk: _Before(row.state, row.cycle) for row in rows}


def _write(
    rows: Sequence[Obligation],
    before: dict[int, _Before],
    *,
    by: User | None,
    at: datetime,
    reason: str,
) -> None:
    """Save the rows, append their events, begin their cycles, mirror them in the register; end
    what was on its way to the court."""
    if len(rows) == 1:
        # The common case by far, and several times quicker than the statement for many.
        rows[0].save(update_fields=_CHANGEABLE)
    else:
        _save(rows, _CHANGEABLE)
    _log(rows, {pk: was.state for pk, was in before.items()}, by=by, at=at, reason=reason)
    Cycle.objects.bulk_create(
        [
            Cycle(
                obligation=row,
                number=row.cycle,
                began_at=at,
                reason=reason[:40] or row.state,
                due_on=row.due_on,
            )
            for row in rows
            if row.cycle > before[row.pk].cycle
        ],
        batch_size=2000,
    )
    standing.write(mirrored(row, at) for row in rows)
    left = [row for row in rows if _left_the_way(before[row.pk].state, row.state)]
    if left:
        withdrawals.follow(left, by=by, at=at)


def _left_the_way(was: str, state: str) -> bool:
    """Whether a move takes an obligation off the way to the court, other than by the court."""
    return was in BEFORE_THE_COURT and state not in {*BEFORE_THE_COURT, State.TERMINATED}


def _save(rows: Sequence[Obligation], fields: Sequence[str]) -> None:
    """Save those fields of many locked rows.

    As an upsert of rows that all exist: a whole campaign takes seconds, where `bulk_update` with
    its case a row and field takes more than a minute.
    """
    Obligation.objects.bulk_create(
        rows, batch_size=2000, update_conflicts=True, unique_fields=["id"], update_fields=fields
    )


def _log(
    rows: Sequence[Obligation],
    before: dict[int, str],
    *,
    by: User | None,
    at: datetime,
    reason: str,
) -> None:
    ObligationEvent.objects.bulk_create(
        [
            ObligationEvent(
                obligation=row,
                from_state=before.get(row.pk, ""),
                to_state=row.state,
                cycle=row.cycle,
                due_on=row.due_on,
                reason=reason,
                by=by,
                at=at,
            )
            for row in rows
        ],
        batch_size=2000,
    )


def mirrored(row: Obligation, at: datetime) -> Standing:
    """The obligation as the register mirrors it since that moment; not saved."""
    # Whose date had passed before the hold began is late all the same.
    is_held = row.state in GOOD_UNTIL_DUE and _is_held_in_time(row)
    return Standing(
        organisation_id=row.organisation_id,
        campaign=row.campaign.code,
        state=row.state,
        reason=HELD if is_held else row.release_reason,
        effective_due_on=row.due_on,
        on_time=row.on_time,
        in_process=row.state in IN_PROCESS,
        since_at=at,
    )


@transaction.atomic
def make_many(
    campaign: Campaign,
    organisation_ids: Sequence[int],
    *,
    by: User | None,
    at: datetime,
    least_on: date = date.min,
    reason: str = "campaign opened",
) -> int:
    """Make the obligations of a campaign for organisations that have none yet.

    Nobody's date lies before `least_on`: whoever comes late has a time of their own.

    Returns how many were made. Safe to repeat and to run twice at once: the unique constraint
    keeps one an organisation, and only those made here get their event.
    """
    fresh = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    overrides = DayOverride.objects.as_overrides()
    in_cohort = cohorts.of_organisations(fresh, organisation_ids)
    due_on_of = {
        cohort: max(
            least_on,
            deadlines.effective_due_on(
                fresh.due_on, cohort_due_on=cohort.due_on if cohort else None, overrides=overrides
            ),
        )
        for cohort in {None, *in_cohort.values()}
    }
    held = set(campaign.obligations.values_list("organisation_id", flat=True))
    rows = Obligation.objects.bulk_create(
        [
            Obligation(
                campaign=campaign,
                organisation_id=organisation_id,
                cohort=in_cohort.get(organisation_id),
                due_on=due_on_of[in_cohort.get(organisation_id)],
                cycle_began_on=day_of(at),
                made_at=at,
            )
            for organisation_id in organisation_ids
            if organisation_id not in held
        ],
        batch_size=2000,
    )
    _log(rows, {}, by=by, at=at, reason=reason)
    Cycle.objects.bulk_create(
        [
            Cycle(obligation=row, number=1, began_at=at, reason="made", due_on=row.due_on)
            for row in rows
        ],
        batch_size=2000,
    )
    standing.write(mirrored(row, at) for row in rows)
    return len(rows)


def not_moved(rows: QuerySet[Obligation], on: date) -> QuerySet[Obligation]:
    """Those of the rows that read overdue as soon as the timetable has run that day."""
    late = cast(ObligationQuerySet, rows).past_due(on)
    return late.filter(standstill.no_paper(), campaign__state=CampaignState.OPEN)


def move_past_due(campaign: Campaign, *, on: date, at: datetime) -> int:
    """Move every obligation whose effective due date lies before that day to overdue.

    Slice by slice, each its own transaction: a killed worker leaves whole slices behind and the
    next run goes on. Returns how many were moved. Nobody is while a decided date is on its way:
    `due_dates.write_all` comes first.
    """
    if campaign.is_writing_dates:
        return 0
    late = not_moved(campaign.obligations.all(), on)
    ids = list(late.order_by("pk").values_list("pk", flat=True))
    change = Move(State.OVERDUE, None, at, "due date passed")
    moved = 0
    for start in range(0, len(ids), SLICE):
        part = ids[start : start + SLICE]
        moved += len(move_many(part, change, still=_still_late(part, on)))
    return moved


def _still_late(ids: Sequence[int], on: date) -> Callable[[Obligation], bool]:
    """Whether a row of the slice, read under its lock, is late and no paper filing came for it."""
    without_paper: set[int] = set()
    asked = False

    def still(row: Obligation) -> bool:
        nonlocal asked
        if not asked:
            # Asked once a slice, when its locks are held: who logs a paper waits for them.
            rows = Obligation.objects.filter(standstill.no_paper(), pk__in=ids)
            without_paper.update(rows.values_list("pk", flat=True))
            asked = True
        return row.due_on < row.clock_on(on) and row.pk in without_paper

    return still


@transaction.atomic
def stop_clocks(ids: Iterable[int], *, at: datetime) -> list[Obligation]:
    """Let the clocks of obligations stand still from that day on; returns those that ran.

    Nothing else changes, so that no event is written: the hold is the record. Safe to repeat: a
    clock that stands keeps the day on which it stopped.
    """
    running = [row for row in _locked(ids) if row.held_since_on is None]
    for row in running:
        row.held_since_on = day_of(at)
    _save(running, ["held_since_on"])
    standing.write(mirrored(row, at) for row in running if row.state in GOOD_UNTIL_DUE)
    return running


@transaction.atomic
def start_clocks(
    ids: Iterable[int], *, by: User | None, at: datetime, reason: str
) -> list[Obligation]:
    """Let clocks run again: every date moves by the days held. Returns those that stood still.

    Where a date is to be met, or was missed, a new cycle begins; the overdue whose new date lies
    ahead are due again. Safe to repeat: a clock that runs is left as it is.
    """
    held = [row for row in _locked(ids) if row.held_since_on]
    before, overrides, on = _remember(held), DayOverride.objects.as_overrides(), day_of(at)
    for row in held:
        _start_clock(row, on, overrides)
    clocked = [row for row in held if row.state in MAY_BE_EXTENDED]
    others = [row for row in held if row.state not in MAY_BE_EXTENDED]
    _save(others, ["held_days", "held_since_return", "held_since_on"])
    _write(clocked, before, by=by, at=at, reason=reason)
    return held


def _start_clock(row: Obligation, on: date, overrides: Overrides) -> None:
    """Count the days held, and move the date by them."""
    since = row.held_since_on or on
    days = (on - since).days
    # A date that was set by itself, in a reopening for one, is moved as it is.
    is_computed = row.due_on == effective_due_on(row, overrides)
    row.held_since_on = None
    row.held_days += days
    if row.returned_on:
        row.held_since_return += (on - max(since, row.returned_on)).days
    if row.state not in MAY_BE_EXTENDED:
        return
    row.due_on = (
        effective_due_on(row, overrides)
        if is_computed
        else deadlines.term_ends_on(row.due_on, days, overrides)
    )
    if row.state == State.OVERDUE and row.due_on >= on:
        row.state = State.DUE
    row.cycle, row.cycle_began_on = row.cycle + 1, on


@dataclass(frozen=True)
class Rescheduled:
    """An obligation with its new date, and the one before."""

    obligation: Obligation
    former_due_on: date


@transaction.atomic
def reschedule(
    ids: Iterable[int], *, by: User | None, on: date, at: datetime, reason: str
) -> list[Rescheduled]:
    """Recompute the effective due date of those whose clock still runs or has just run out.

    Called when the campaign's or the cohort's date moved (later only), as decided on day `on`. The
    due and the returned get the new date in a new cycle; the overdue whose new date lay ahead on
    that day are due again. Returns those that changed. Safe to repeat: who has the date keeps it.
    """
    rows = [row for row in _locked(ids) if row.state in MAY_BE_EXTENDED]
    before, overrides = _remember(rows), DayOverride.objects.as_overrides()
    changed = []
    for row in rows:
        former_due_on, due_on = row.due_on, effective_due_on(row, overrides)
        if due_on <= former_due_on or due_on < on:
            continue
        if row.state == State.OVERDUE:
            row.state = State.DUE
        row.due_on, row.cycle, row.cycle_began_on = due_on, row.cycle + 1, day_of(at)
        changed.append(Rescheduled(row, former_due_on))
    _write([one.obligation for one in changed], before, by=by, at=at, reason=reason)
    return changed

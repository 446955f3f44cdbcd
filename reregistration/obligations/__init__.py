"""The one door through which an obligation is made, changes its state or its date.

Lock, check the fresh rows, save, append events, write standing: in one transaction. Lock order
everywhere: Organisation, Obligation, Referral, ReferralSchedule, Filing, ids ascending.

Here obligations are made and moved. What moves their dates has its own modules: `new_dates` (more
time, a due date that moved), `clocks` (holds), `past_due` (the move to overdue). `dates` computes a
due date, `record` writes what each change leaves behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from registry import standing
from registry.calendar import day_of
from registry.models import DayOverride
from reregistration import cohorts, deadlines, standstill
from reregistration.models import Campaign, Cohort, Obligation
from reregistration.obligations import dates, record
from reregistration.states import ALLOWED, STARTS_CYCLE, ReleaseReason, State


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
    row = record.lock_all([obligation.pk])[0]
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
    before = record.remember([row])
    _apply(row, change)
    record.write([row], before, by=change.by, at=change.at, reason=change.reason)
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


@transaction.atomic
def move_many(
    ids: Iterable[int], change: Move, *, still: Callable[[Obligation], bool] = lambda _: True
) -> list[Obligation]:
    """Move those of the obligations that the table lets move and that `still` holds for.

    Safe to repeat: a row that was moved already is left as it is.
    """
    movable = [row for row in record.lock_all(ids) if may(row, change.to) and still(row)]
    before = record.remember(movable)
    for row in movable:
        _apply(row, change)
    record.write(movable, before, by=change.by, at=change.at, reason=change.reason)
    return movable


def _apply(row: Obligation, change: Move) -> None:
    on, was = day_of(change.at), row.state
    if (row.state, change.to) == (State.MARKED, State.OVERDUE):
        # While it stood marked, no later date reached it, be it the campaign's or by a hold.
        row.due_on = max(row.due_on, dates.effective(row, DayOverride.objects.as_overrides()))
    row.state = change.to
    row.release_reason = change.release_reason if change.to == State.RELEASED else ""
    if change.to == State.FILED and row.first_filed_at is None:
        row.first_filed_at = change.filed_at or change.at
        row.on_time = dates.is_on_time(row, was, row.first_filed_at)
    if change.to == State.RETURNED:
        row.returned_on = on
        row.returns += change.is_correction
        row.extended_since_return = row.held_since_return = 0
        row.due_on = dates.effective(row, DayOverride.objects.as_overrides())
    if change.to == State.DUE:
        if change.due_on is None:
            raise ValueError("A move to due needs its new due date.")
        row.due_on = change.due_on
    if change.to in STARTS_CYCLE:
        row.cycle += 1
        row.cycle_began_on = on


def count_from_locked(row: Obligation, moment: datetime, *, at: datetime) -> None:
    """Let an obligation that was filed count from an earlier moment, that of a paper's postmark.

    For a caller that holds the row's lock. Nothing else changes, so that no event is written: the
    paper filing is the record.
    """
    if row.first_filed_at is None or row.first_filed_at <= moment:
        return
    row.first_filed_at = moment
    row.on_time = row.on_time or deadlines.is_on_time(moment, dates.before_any_return(row))
    row.save(update_fields=["first_filed_at", "on_time"])
    standing.write([record.mirrored(row, at)])


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
    in_cohort = cohorts.of_organisations(fresh, organisation_ids)
    due_on_of = {
        cohort: max(least_on, due_on)
        for cohort, due_on in _due_dates(fresh, {None, *in_cohort.values()}).items()
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
        batch_size=record.BATCH,
    )
    record.write_made(rows, by=by, at=at, reason=reason)
    return len(rows)


def _due_dates(campaign: Campaign, of: Iterable[Cohort | None]) -> dict[Cohort | None, date]:
    """The date of each of the cohorts, and of those who are in none."""
    overrides = DayOverride.objects.as_overrides()
    return {
        cohort: deadlines.effective_due_on(
            campaign.due_on, cohort_due_on=cohort.due_on if cohort else None, overrides=overrides
        )
        for cohort in of
    }

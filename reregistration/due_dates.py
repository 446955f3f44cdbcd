"""Moving a due date that was announced: decided once, brought to every obligation in slices.

The decision is a short transaction of its own. What it means for each obligation is computed from
the log (decisions, extensions, holds, returns) by `new_dates.reschedule`, five hundred at a
time, and where it stands is kept: whoever goes on after a crash begins behind the last slice that
was written whole. Until the last one no step is taken that rests on a date.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from notices import dispatch, notice
from notices.states import Kind
from registry.calendar import day_of
from registry.models import Organisation
from reregistration import letters
from reregistration.models import Campaign, CampaignDecision, Cohort, DueDateMove, Obligation
from reregistration.obligations import new_dates
from reregistration.obligations.new_dates import Rescheduled
from reregistration.states import CampaignState

SLICE = 500


@transaction.atomic
def move(
    campaign: Campaign,
    due_on: date,
    *,
    cohort: Cohort | None = None,
    by: User,
    at: datetime,
    ground: str,
) -> DueDateMove:
    """Decide on a later due date for the campaign, or for one of its cohorts.

    The obligations get it from `write_next`. Refuses an earlier or a past date (time once given is
    not taken back), for a cohort one before the campaign's, without a ground, and while another
    move is on its way: so a second click decides nothing twice.
    """
    fresh = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if fresh.state != CampaignState.OPEN:
        raise Refused(_("Only an open campaign has a due date to move."))
    if fresh.is_writing_dates:
        raise Refused(
            _("The last new date is still being written. Wait until the page says it is done.")
        )
    moved = fresh.cohorts.get(pk=cohort.pk) if cohort else None
    former = max(fresh.due_on, moved.due_on) if moved else fresh.due_on
    if due_on <= former or due_on < day_of(at):
        raise Refused(
            _("The due date can only move to a later day than %(due)s that lies ahead.")
            % {"due": date_format(former)}
        )
    row = moved or fresh
    row.due_on = due_on
    row.save(update_fields=["due_on"])
    decision = record(
        fresh, CampaignDecision.Kind.DUE_DATE_MOVED, cohort=moved, ground=ground, by=by, at=at
    )
    return DueDateMove.objects.create(decision=decision, campaign=fresh, former_due_on=former)


def record(
    campaign: Campaign,
    kind: CampaignDecision.Kind,
    *,
    cohort: Cohort | None = None,
    ground: str,
    by: User,
    at: datetime,
) -> CampaignDecision:
    """Write a decision down, with the date that holds from it on."""
    if not ground.strip():
        raise Refused(_("Give the ground of the decision: the order's number and date."))
    return CampaignDecision.objects.create(
        campaign=campaign,
        cohort=cohort,
        kind=kind,
        due_on=(cohort or campaign).due_on,
        ground=ground,
        by=by,
        at=at,
    )


def write_all(
    campaign: Campaign, *, at: datetime, is_over: Callable[[], bool] = lambda: False
) -> int:
    """Bring the moved date to all; returns to how many. Goes on where another run ended."""
    changed = 0
    while not is_over():
        written = write_next(campaign, at=at)
        if written is None:
            break
        changed += written
    return changed


@transaction.atomic
def write_next(campaign: Campaign, *, at: datetime) -> int | None:
    """Bring a moved date to the next obligations, and tell them; returns to how many.

    None where nothing is on its way. Each slice is a transaction: a killed worker leaves whole
    slices behind, and nobody gets a second cycle or letter. Of two workers the second waits for
    the first's slice and takes the one behind it.
    """
    going = (
        DueDateMove.objects.select_for_update(of=("self",), no_key=True)
        .select_related("decision__by", "campaign")
        .filter(campaign=campaign, finished_at__isnull=True)
        .first()
    )
    if going is None:
        return None
    decision = going.decision
    left = _concerned(going).filter(pk__gt=going.done_to).order_by("pk")
    ids = list(left.values_list("pk", flat=True)[:SLICE])
    changed = new_dates.reschedule(
        ids,
        by=decision.by,
        on=day_of(decision.at),
        at=at,
        reason=f"due date moved to {decision.due_on} by decision {decision.pk}",
    )
    going.done_to = ids[-1] if ids else going.done_to
    going.looked_at += len(ids)
    going.changed += len(changed)
    going.told += _tell(changed, decision, at=at)
    if len(ids) < SLICE:
        going.finished_at = at
    going.save(update_fields=["done_to", "looked_at", "changed", "told", "finished_at"])
    return len(changed)


def reach(going: DueDateMove) -> int:
    """How many obligations a move looks at, from its first slice to its last."""
    return _concerned(going).count()


def _concerned(going: DueDateMove) -> QuerySet[Obligation]:
    rows: QuerySet[Obligation] = going.campaign.obligations.all()
    cohort = going.decision.cohort_id
    return rows.filter(cohort=cohort) if cohort else rows


def _tell(changed: list[Rescheduled], decision: CampaignDecision, *, at: datetime) -> int:
    """One letter to each with its own date; what waits to tell the old one is held back.

    Not to whom a hold covers: that date will move again, and the end of the hold brings reminders
    of the new one.
    """
    if not changed:
        return 0
    dispatch.withdraw_all(
        [one.obligation.source for one in changed],
        at=at,
        reason=_("The due date was moved, to %(due)s") % {"due": decision.due_on},
    )
    told = [
        one
        for one in changed
        if not one.obligation.held_since_on and one.obligation.due_on >= day_of(at)
    ]
    organisations = Organisation.objects.in_bulk([one.obligation.organisation_id for one in told])
    for one in told:
        one.obligation.organisation = organisations[one.obligation.organisation_id]
    drafts = [
        letters.draft(
            one.obligation,
            Kind.DUE_DATE_MOVED,
            f"moved/{decision.pk}/{one.obligation.due_on}",
            {
                "former_due_on": one.former_due_on.isoformat(),
                "moved_on": day_of(decision.at).isoformat(),
            },
        )
        for one in told
    ]
    return len(notice.register(drafts, at=at))

"""What the timetable runs for campaigns: each task reads the clock and calls one verb."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic

from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from accounts.refusals import Refused
from notices import claims
from registry.calendar import day_of
from reregistration import (
    claimants,
    closures,
    due_dates,
    holds,
    schedule,
    scope_changes,
)
from reregistration.marking import mark, rounds
from reregistration.models import Campaign, ReferralSchedule
from reregistration.obligations import past_due
from reregistration.referral import court, schedules, withdrawals
from reregistration.states import CampaignState, ScheduleState

log = logging.getLogger(__name__)
# A task ends well before its time limit; the next run goes on where it stopped.
MARKING_BUDGET = timedelta(minutes=5)
SENDING_BUDGET = timedelta(minutes=5)
WRITING_BUDGET = timedelta(minutes=5)


def _open_campaigns() -> list[Campaign]:
    return list(Campaign.objects.filter(state=CampaignState.OPEN))


@shared_task(name="reregistration.tasks.settle_holds")
def settle_holds(at: datetime | None = None) -> None:
    """Hold whom an open hold covers since it moved there or was reopened; let run who left."""
    at = at or timezone.now()
    for campaign in _open_campaigns():
        released = holds.settle(campaign, by=None, at=at)
        log.info("campaign %s: %d no longer held", campaign.code, len(released))


@shared_task(name="reregistration.tasks.write_moved_dates")
def write_moved_dates(at: datetime | None = None) -> None:
    """Bring moved due dates to the obligations, within the time budget."""
    at = at or timezone.now()
    ends = monotonic() + WRITING_BUDGET.total_seconds()
    for campaign in _open_campaigns():
        changed = due_dates.write_all(campaign, at=at, is_over=lambda: monotonic() > ends)
        if changed:
            log.info("campaign %s: %d got a new due date", campaign.code, changed)


@shared_task(name="reregistration.tasks.write_scope_changes")
def write_scope_changes(at: datetime | None = None) -> None:
    """Bring decided changes of scope to the organisations, within the time budget."""
    at = at or timezone.now()
    ends = monotonic() + WRITING_BUDGET.total_seconds()
    for campaign in _open_campaigns():
        changed = scope_changes.write_all(campaign, at=at, is_over=lambda: monotonic() > ends)
        if changed:
            log.info("campaign %s: %d came or left", campaign.code, changed)


@shared_task(name="reregistration.tasks.move_overdue")
def move_overdue(at: datetime | None = None) -> None:
    """Move what is past its effective due date to overdue."""
    at = at or timezone.now()
    for campaign in _open_campaigns():
        due_dates.write_all(campaign, at=at)
        moved = past_due.move_all(campaign, on=day_of(at), at=at)
        log.info("campaign %s: %d overdue", campaign.code, moved)


@shared_task(name="reregistration.tasks.queue_due_notices")
def queue_due_notices(at: datetime | None = None) -> None:
    """Queue the notices that are due today."""
    at = at or timezone.now()
    for campaign in _open_campaigns():
        made = schedule.queue_due(campaign, on=day_of(at), at=at)
        log.info("campaign %s: queued %s", campaign.code, dict(made))


@shared_task(name="reregistration.tasks.release_verified")
def release_verified(at: datetime | None = None) -> None:
    """Release those whose verified closure nobody contradicted."""
    at = at or timezone.now()
    for campaign in _open_campaigns():
        released = closures.release_verified(campaign, on=day_of(at), at=at)
        log.info("campaign %s: %d released as verified", campaign.code, released)


@shared_task(name="reregistration.tasks.settle_claims")
def settle_claims(at: datetime | None = None) -> None:
    """Accept the claims by code that nobody objected to; send idle drafts to a person."""
    at = at or timezone.now()
    log.info("%d claims accepted", claims.accept_unopposed(on=day_of(at), at=at))
    for campaign in _open_campaigns():
        idle = claimants.note_idle_drafts(campaign, on=day_of(at))
        log.info("campaign %s: %d cases of idle drafts", campaign.code, idle)


@shared_task(name="reregistration.tasks.mark_non_responders")
def mark_non_responders(at: datetime | None = None) -> None:
    """Mark the candidates of authorised rounds, one by one, within the time budget."""
    at = at or timezone.now()
    ends = monotonic() + MARKING_BUDGET.total_seconds()
    for campaign in _open_campaigns():
        decided = 0
        try:
            while monotonic() < ends and mark.mark_next(campaign, at=at):
                decided += 1
        except (OperationalError, InterfaceError):
            # The database is away: nothing is wrong with the round, and the next run resumes it.
            raise
        except Exception as error:
            _stop(campaign, at, error)
            raise
        log.info("campaign %s: %d candidates decided", campaign.code, decided)


def _stop(campaign: Campaign, at: datetime, error: Exception) -> None:
    """An error in a round stops it: nobody is marked by a machine that is not sound.

    The round that runs, or the one that could not even be started.
    """
    round_ = mark.current_round(campaign)
    if round_ is None:
        return
    reason = f"Stopped by an error: {type(error).__name__}: {error}"
    # A person may have stopped it in the same moment; the error is raised either way.
    with suppress(Refused):
        rounds.stop(round_, by=None, at=at, reason=reason)


@shared_task(name="reregistration.tasks.send_signed_schedules")
def send_signed_schedules(at: datetime | None = None) -> None:
    """Refer the files of the schedules that two people signed, within the time budget."""
    at = at or timezone.now()
    ends = monotonic() + SENDING_BUDGET.total_seconds()
    for signed in ReferralSchedule.objects.filter(state=ScheduleState.SIGNED).order_by("pk"):
        if monotonic() < ends:
            log.info("schedule %s: %d files sent", signed, schedules.send(signed, at=at))


@shared_task(name="reregistration.tasks.tell_receiving_bodies")
def tell_receiving_bodies(at: datetime | None = None) -> None:
    """Tell the receiving bodies of what was taken back or contested; remind who keeps silent."""
    at = at or timezone.now()
    told, sent = withdrawals.tell(at=at), withdrawals.note_sent(at=at)
    log.info("withdrawals: %d told, %d noted as sent", told, sent)
    log.info("%d letters of complaints", withdrawals.tell_of_complaints(at=at))
    log.info("%d withdrawals chased", withdrawals.chase(at=at))


@shared_task(name="reregistration.tasks.apply_court_decisions")
def apply_court_decisions(at: datetime | None = None) -> None:
    """Let confirmed decisions take effect that have come into force."""
    at = at or timezone.now()
    log.info("%d decisions took effect", court.apply_in_force(on=day_of(at), at=at))

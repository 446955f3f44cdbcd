"""Opening a campaign, closing it: decisions that are recorded. Its dates: `due_dates`."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from registry.calendar import day_of
from reregistration import cohorts, due_dates, holds, obligations, scope
from reregistration.models import Campaign, CampaignDecision
from reregistration.states import CampaignState

logger = logging.getLogger(__name__)


@transaction.atomic
def open_campaign(campaign: Campaign, *, by: User, at: datetime, ground: str) -> int:
    """Open a drafted campaign: every organisation in scope gets its obligation.

    Returns how many did. Refuses a campaign that is open or closed already, one without legal
    forms, one whose due date has passed, one whose body has no address to complain to, and a cohort
    whose date does not lie behind the campaign's.
    """
    fresh = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if fresh.state != CampaignState.DRAFT:
        raise Refused(
            _("The campaign “%(name)s” is %(state)s already. Only a draft can be opened.")
            % {"name": fresh.name, "state": fresh.get_state_display()}
        )
    if not fresh.legal_forms.exists():
        raise Refused(_("No legal form is in scope yet. Choose them on the campaign's page."))
    if fresh.due_on <= day_of(at):
        raise Refused(_("The due date has passed. Set a later one before you open the campaign."))
    if not (fresh.address_kk and fresh.address_ru and fresh.address_en):
        raise Refused(
            _(
                "The address of the body is missing in a language. Enter it on the campaign's "
                "page: decision letters say where to complain."
            )
        )
    for cohort in fresh.cohorts.all():
        cohorts.refuse_unless_later(fresh, cohort.due_on)
    fresh.state = CampaignState.OPEN
    fresh.save(update_fields=["state"])
    # A line for each date: from these and the moves after them every date follows.
    for dated in (None, *fresh.cohorts.all()):
        due_dates.record(
            fresh, CampaignDecision.Kind.OPENED, cohort=dated, ground=ground, by=by, at=at
        )
    return enrol(fresh, by=by, at=at)


def enrol(campaign: Campaign, *, by: User | None, at: datetime) -> int:
    """Make the obligations that organisations in scope lack; an open hold covers them too. Safe
    to repeat."""
    ids = list(scope.in_scope(campaign).order_by("pk").values_list("pk", flat=True))
    made = obligations.make_many(campaign, ids, by=by, at=at)
    holds.settle(campaign, by=by, at=at)
    return made


@transaction.atomic
def close(campaign: Campaign, *, by: User, at: datetime, ground: str) -> Campaign:
    """Close an open campaign: nothing is queued, moved or marked in it any more."""
    fresh = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if fresh.state != CampaignState.OPEN:
        raise Refused(_("Only an open campaign can be closed."))
    if fresh.is_writing_dates:
        raise Refused(
            _("The last new date is still being written. Wait until the page says it is done.")
        )
    if fresh.scope_changes.filter(finished_at__isnull=True).exists():
        raise Refused(
            _("The last change of scope is still being written. Wait until the page says so.")
        )
    fresh.state = CampaignState.CLOSED
    fresh.save(update_fields=["state"])
    due_dates.record(fresh, CampaignDecision.Kind.CLOSED, ground=ground, by=by, at=at)
    return fresh


@transaction.atomic
def pace(
    campaign: Campaign, *, wave_size: int, wave_pause_minutes: int, by: User, at: datetime
) -> Campaign:
    """Say how many notices go out at once, and how long until the next so many.

    From the next wave on; one that has begun keeps its size. Refuses a wave of nothing. Safe to
    repeat.
    """
    if wave_size < 1 or wave_pause_minutes < 1:
        raise Refused(_("A wave has at least one notice, and a pause of at least a minute."))
    fresh = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    fresh.wave_size, fresh.wave_pause_minutes = wave_size, wave_pause_minutes
    fresh.save(update_fields=["wave_size", "wave_pause_minutes"])
    logger.info(
        "campaign %s: waves of %d, %d minutes apart, says %s at %s",
        fresh.code,
        wave_size,
        wave_pause_minutes,
        by,
        at,
    )
    return fresh

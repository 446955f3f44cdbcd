"""Letting the clocks stand still, for one organisation, a region or a campaign, and run again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from notices import dispatch
from registry.calendar import day_of
from registry.models import Region
from reregistration.models import Campaign, Hold, Obligation
from reregistration.obligations import clocks
from reregistration.states import CampaignState, State

# Whom nothing is asked of any more.
OVER = (State.FULFILLED, State.RELEASED, State.TERMINATED)


@transaction.atomic
def begin(
    campaign: Campaign,
    *,
    obligation: Obligation | None = None,
    region: Region | None = None,
    reason: str,
    by: User,
    on: date,
    at: datetime,
) -> Hold:
    """Hold the dates of one obligation, of a region, or of the whole campaign, from that day on.

    Nobody covered becomes overdue, is warned or marked; warnings and reminders that wait are held
    back. Refuses without a reason, in a campaign that is not open, for another day than today, and
    what is held already: so a second click changes nothing.
    """
    fresh = _lock(campaign)
    if fresh.state != CampaignState.OPEN:
        raise Refused(_("Only an open campaign has dates to hold."))
    if on != day_of(at):
        raise Refused(_("A hold begins and ends on the day on which it is recorded."))
    if not reason.strip():
        raise Refused(_("Say why the dates are held: the organisation reads it too."))
    if obligation and obligation.state in OVER:
        raise Refused(
            _("Nothing is asked of this organisation any more: there is no date to hold.")
        )
    same = fresh.holds.filter(obligation=obligation, region=region, ended_on__isnull=True).first()
    if same:
        raise Refused(
            _("That is held already, since %(since)s. Reload the page.")
            % {"since": date_format(same.began_on)}
        )
    made = Hold.objects.create(
        campaign=fresh,
        obligation=obligation,
        region=region,
        reason=reason.strip(),
        began_on=on,
        by=by,
        at=at,
    )
    settle(fresh, by=by, at=at)
    return made


@transaction.atomic
def end(hold: Hold, *, by: User, on: date, at: datetime) -> list[Obligation]:
    """Let the clocks run again. Returns the obligations whose clock stood still until now.

    Their dates move by the days held and a new cycle begins. What another open hold covers goes
    on standing still. Refuses a hold that has ended: so a second click moves no date twice.
    """
    campaign = _lock(hold.campaign)
    fresh = Hold.objects.select_for_update(of=("self",), no_key=True).get(pk=hold.pk)
    if fresh.ended_on:
        raise Refused(
            _("This hold ended on %(on)s already. Reload the page.")
            % {"on": date_format(fresh.ended_on)}
        )
    if on != day_of(at):
        raise Refused(_("A hold begins and ends on the day on which it is recorded."))
    fresh.ended_on, fresh.ended_by, fresh.ended_at = on, by, at
    fresh.save(update_fields=["ended_on", "ended_by", "ended_at"])
    return settle(campaign, by=by, at=at)


@transaction.atomic
def settle(campaign: Campaign, *, by: User | None, at: datetime) -> list[Obligation]:
    """Stop the clock of whom an open hold covers; let run that of whom none covers any more.

    Runs daily too: an organisation may move into or out of a held region, or be reopened.
    All or nothing, in one transaction. Returns those that run again. Safe to repeat: who stands
    still or runs as the holds say is left as it is.
    """
    _lock(campaign)
    covered = Exists(
        of_obligation(
            OuterRef("pk"), OuterRef("campaign"), OuterRef("organisation__region")
        ).filter(ended_on__isnull=True)
    )
    rows = campaign.obligations.order_by("pk")
    to_stop = rows.filter(covered, held_since_on__isnull=True).exclude(state__in=OVER)
    stopped = clocks.stop(list(to_stop.values_list("pk", flat=True)), at=at)
    if stopped:
        dispatch.withdraw_all(
            [row.source for row in stopped], at=at, reason=_("The dates are held")
        )
    to_start = rows.filter(~covered, held_since_on__isnull=False)
    return clocks.start(
        list(to_start.values_list("pk", flat=True)), by=by, at=at, reason="hold ended"
    )


def of(obligation: Obligation) -> QuerySet[Hold]:
    """The holds that cover, or covered, an obligation that comes with its organisation."""
    rows = of_obligation(obligation.pk, obligation.campaign_id, obligation.organisation.region_id)
    return rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=obligation.made_at)).order_by("pk")


def of_obligation(pk: Any, campaign: Any, region: Any) -> QuerySet[Hold]:
    """The holds of that obligation, region or campaign; each is a value or an outer reference."""
    return Hold.objects.filter(
        Q(obligation=pk)
        | Q(obligation__isnull=True, region=region)
        | Q(obligation__isnull=True, region__isnull=True),
        campaign=campaign,
    )


def _lock(campaign: Campaign) -> Campaign:
    """The campaign under its lock: one hold at a time begins or ends in it."""
    return Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)

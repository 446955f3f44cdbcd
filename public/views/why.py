"""Why must I file? What a person asks before signing in, with the campaign's own dates."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from public import progress
from registry.models import DayOverride
from reregistration import deadlines
from reregistration.models import Campaign
from reregistration.states import CampaignState


def why(request: HttpRequest) -> HttpResponse:
    on = timezone.localdate()
    campaign = progress.current_campaign()
    return render(
        request,
        "public/why.html",
        {
            "section": "why",
            "campaign": campaign,
            "is_open": campaign is not None and campaign.state == CampaignState.OPEN,
            "days_left": (campaign.due_on - on).days if campaign else None,
            "grace_ends_on": _grace_ends_on(campaign) if campaign else None,
            "reminder_days": ", ".join(map(str, deadlines.REMINDER_DAYS)),
        },
    )


def _grace_ends_on(campaign: Campaign) -> date:
    moved = DayOverride.objects.as_overrides()
    return deadlines.grace_ends_on(campaign.due_on, campaign.grace_days, moved)

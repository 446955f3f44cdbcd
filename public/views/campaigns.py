"""A campaign in numbers that sum."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from public import progress
from reregistration.models import Campaign
from reregistration.states import CampaignState


def campaign(request: HttpRequest, code: str) -> HttpResponse:
    opened = Campaign.objects.exclude(state=CampaignState.DRAFT)
    found = get_object_or_404(opened, code=code)
    return render(
        request,
        "public/campaign.html",
        {"campaign": found, "progress": progress.of(found, timezone.localdate())},
    )

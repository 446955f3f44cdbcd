"""The first page: what this is, a search, how the campaign goes, what an NGO must do."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from public import progress


def home(request: HttpRequest) -> HttpResponse:
    on = timezone.localdate()
    campaign = progress.current_campaign()
    return render(
        request,
        "public/home.html",
        {"progress": progress.of(campaign, on) if campaign else None, "campaign": campaign},
    )

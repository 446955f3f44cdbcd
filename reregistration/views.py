"""The pages of a signed-in representative around the form: what is due, receipts, notices."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from notices import service
from registry.access import organisations_of
from registry.calendar import day_of
from reregistration import access, answers, certificates, next_steps, tasklist
from reregistration.access import SignedInRequest


@require_safe
@login_required
def my(request: SignedInRequest) -> HttpResponse:
    """My organisations: the nearest due date first, then those without a duty to file."""
    on = day_of(request.arrived_at)
    obligations = list(access.obligations_of(request.user))
    held = {row.organisation_id for row in obligations}
    return _page(
        request,
        "my",
        obligations=[(row, next_steps.of(row, on)) for row in obligations],
        others=organisations_of(request.user).exclude(pk__in=held),
    )


@require_safe
@login_required
def obligation(request: SignedInRequest, number: str, campaign: str) -> HttpResponse:
    found = access.obligation_of(request.user, number, campaign)
    on = day_of(request.arrived_at)
    seen = access.filings_of(request.user, found)
    return _page(
        request,
        "obligation",
        obligation=found,
        step=next_steps.of(found, on),
        may_file=access.may_file_for(request.user, found.organisation),
        draft=access.draft_of(request.user, found),
        filings=seen,
        certified=next(filter(certificates.belongs_to, seen), None),
        returned=tasklist.last_return(seen.first()),
        notices=access.notices_of(request.user, found),
        timeline=next_steps.timeline(found, on),
    )


@require_safe
@login_required
def receipt(request: SignedInRequest, number: str) -> HttpResponse:
    filed = access.receipt_of(request.user, number)
    return _page(
        request,
        "receipt",
        filing=filed,
        obligation=filed.obligation,
        answers=answers.told(filed),
        is_certified=certificates.belongs_to(filed),
        step=next_steps.of(filed.obligation, day_of(request.arrived_at)),
    )


@require_safe
@login_required
def notice(request: SignedInRequest, number: str) -> HttpResponse:
    """A notice's text. Opening it serves it: the moment is the request's arrival."""
    found = access.notice_of(request.user, number)
    service.opened(found, by=request.user, at=request.arrived_at)
    return _page(request, "notice", notice=found)


def _page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    return render(request, f"reregistration/{name}.html", {"section": "my", **context})

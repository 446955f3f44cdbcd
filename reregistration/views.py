"""The pages of a signed-in representative around the form: what is due, receipts, notices."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from notices import codes, service
from registry.calendar import day_of
from reregistration import (
    access,
    answers,
    certificates,
    hearings,
    next_steps,
    tasklist,
    timeline,
    writings,
)
from reregistration.access import SignedInRequest
from reregistration.models import Obligation


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
        **_case(request.user, found, on, request.arrived_at),
    )


def _case(user: User, found: Obligation, on: date, at: datetime) -> dict[str, Any]:
    """What happened, what is ahead, and what a representative may send in now."""
    acts = access.acts_for(user, found.organisation)
    notices = access.notices_of(user, found).prefetch_related("services")
    may_answer = access.may_answer_for(user, found.organisation)
    return {
        "acts": acts,
        "hearing": hearings.open_case(found, at) if acts else None,
        "may_answer": may_answer,
        "writings": writings.possible(found, on) if may_answer else [],
        "stated": writings.contradictable(found) if writings.states_closure(found) else None,
        "ahead": timeline.ahead(found, on),
        "timeline": timeline.past(found, on, notices=notices, is_whole=acts),
    }


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
    # Who reads here acts for the organisation already: the code would be of use to others alone.
    return _page(request, "notice", notice=found, body=codes.hidden(found.text.body))


def _page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    return render(request, f"reregistration/{name}.html", {"section": "my", **context})

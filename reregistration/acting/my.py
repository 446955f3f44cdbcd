"""“My organisations”: one person, one organisation or three hundred."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from notices import declining
from registry.access import organisations_of
from registry.calendar import day_of
from reregistration import access, next_steps
from reregistration.access import SignedInRequest

A_PAGE = 20
# From how many on one looks for a name.
SEARCH_FROM = 11


@require_safe
@login_required
def my(request: SignedInRequest) -> HttpResponse:
    """What is still to be done first, by the nearest due date; then those with nothing to file."""
    on = day_of(request.arrived_at)
    words = request.GET.get("q", "").strip()
    theirs = organisations_of(request.user)
    count = theirs.count()
    found = theirs.search(words) if words else theirs
    obligations = access.obligations_of(request.user).filter(organisation__in=found.values("pk"))
    page = Paginator(obligations, A_PAGE).get_page(request.GET.get("page"))
    claims = request.user.claims.waiting().select_related("organisation").order_by("opened_at")
    return render(
        request,
        "reregistration/my.html",
        {
            "section": "my",
            "page": page,
            "obligations": list(zip(page, next_steps.of_all(list(page), on), strict=True)),
            # After the last of those with a duty.
            "others": []
            if page.has_next()
            else found.exclude(obligations__isnull=False).order_by("sort_ru", "pk"),
            "claims": claims,
            "count": count,
            "asks_name": count >= SEARCH_FROM,
            "reminders": declining.token(request.user.email),
            "words": words,
        },
    )

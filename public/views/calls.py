"""Calls for applications, as everybody may read them before anybody signs in."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from grants.models import Call
from registry.bin import without_iin

A_PAGE = 25


@require_safe
def calls(request: HttpRequest) -> HttpResponse:
    """Those that take applications now, the nearest end first; then all others, newest first."""
    at = timezone.now()
    announced = Call.objects.announced().select_related("programme", "rule", "mci")
    taking = announced.taking_applications(at).order_by("closes_at", "pk")
    others = announced.exclude(pk__in=taking.values("pk")).order_by("-opens_at", "-pk")
    page = Paginator(others, A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "public/calls.html",
        {"section": "grants", "taking": taking, "page": page, "noindex": bool(request.GET)},
    )


@require_safe
def call(request: HttpRequest, number: str) -> HttpResponse:
    """Its money, term, lots, criteria and documents, and the answers that all have read."""
    at = timezone.now()
    announced = Call.objects.announced().select_related("programme", "rule", "mci")
    found = get_object_or_404(announced, number=number)
    return render(
        request,
        "public/call.html",
        {
            "section": "grants",
            "call": found,
            "takes": found.takes_at(at),
            "lots": found.lots.all(),
            "criteria": found.criteria.all(),
            "documents": found.documents.select_related("file"),
            "areas": found.areas.all(),
            "regions": found.regions.all(),
            "answers": [
                (without_iin(row.in_language("question")), without_iin(row.in_language("answer")))
                for row in found.questions.filter(published_at__isnull=False)
            ],
        },
    )

"""The register of those who take part in state grant programmes."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from grants.models import Participant
from registry.models import Organisation, Region

A_PAGE = 25


@require_safe
def participants(request: HttpRequest) -> HttpResponse:
    """Who takes part today, by name; searched as the register is, by region too."""
    on = timezone.localdate()
    words, kato = (
        request.GET.get("q", "").replace("\x00", "").strip(),
        request.GET.get("region", ""),
    )
    regions = Region.objects.all()
    region = next((row for row in regions if row.pk == kato), None)
    rows = Participant.objects.taking_part(on).select_related("organisation__region")
    everybody = rows.count()
    if words:
        found = Organisation.objects.search(words)
        rows = rows.filter(organisation__in=found.values("pk"))
    if region:
        rows = rows.filter(organisation__region=region)
    key = "sort_kk" if get_language() == "kk" else "sort_ru"
    page = Paginator(rows.order_by(f"organisation__{key}", "pk"), A_PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "public/participants.html",
        {
            "section": "participants",
            "page": page,
            "everybody": everybody,
            "words": words,
            "region": region,
            "regions": regions,
            "on": on,
            "noindex": bool(request.GET),
        },
    )

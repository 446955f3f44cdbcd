"""Grants in public: the list of awards, and what they add up to."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from public import awards as granted
from registry.bin import without_iin
from registry.models import Region

# The filters that fold away; the words stand open.
NARROWING = ("year", "region", "area", "programme")


@require_safe
def awards(request: HttpRequest) -> HttpResponse:
    form, rows = granted.filtered(request.GET)
    page = granted.page_of(rows, request.GET)
    regions = {row.pk: row.name for row in Region.objects.all()}
    return render(
        request,
        "public/awards.html",
        {
            "section": "grants",
            "form": form,
            "filters": [form[name] for name in NARROWING],
            "is_narrowed": any(form[name].value() for name in NARROWING),
            "is_asked": any(form[name].value() for name in form.fields),
            "page": page,
            "rows": [(row, [regions[code] for code in row.regions]) for row in page.awards],
            "noindex": bool(request.GET),
        },
    )


@require_safe
def grant_totals(request: HttpRequest) -> HttpResponse:
    """By year, and of one year by region, area and recipient."""
    years = granted.by_year()
    asked = request.GET.get("year", "")
    chosen = next((row for row in years if str(row["year"]) == asked), None)
    chosen = chosen or (years[0] if years else None)
    context: dict[str, Any] = {"section": "grants", "years": years, "chosen": chosen}
    if chosen:
        year = chosen["year"]
        recipients = granted.by_recipient(year)
        for row in recipients:
            row["name"] = without_iin(row["named"])
        context |= {
            "parts": [
                ("region", granted.by_region(year)),
                ("area", granted.by_area(year)),
            ],
            "recipients": recipients,
            "most": granted.RECIPIENTS,
        }
    return render(request, "public/grant_totals.html", context)

"""The list of organisations, and the permanent page of each."""

from datetime import date

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.vary import vary_on_headers

from grants.models import Participant
from public import awards, corrections, history, listing, progress, standing, wanted
from registry.models import Organisation
from registry.states import LegalStatus

# The filters that fold away; words and legal status stand open.
NARROWING = ("region", "legal_form", "standing")


@vary_on_headers("HX-Request")
def organisations(request: HttpRequest) -> HttpResponse:
    on = timezone.localdate()
    form, rows = listing.filtered(request.GET, on)
    page = listing.page_of(rows, request.GET)
    campaign = progress.current_campaign()
    states = standing.states_of(page.organisations, campaign, on)
    context = {
        "section": "organisations",
        "form": form,
        "filters": [form[name] for name in NARROWING],
        "is_narrowed": any(form[name].value() for name in NARROWING),
        "page": page,
        "campaign": campaign,
        "rows": [(row, states.get(row.pk)) for row in page.organisations],
        "statuses": _statuses(request, on),
        "chosen": _chosen(form),
        # Lists of the overdue and the marked are left out of search engines.
        "noindex": bool(request.GET),
    }
    is_part = request.headers.get("HX-Request") == "true"
    template = "public/_results.html" if is_part else "public/organisations.html"
    return render(request, template, context)


def organisation(request: HttpRequest, number: str) -> HttpResponse:
    found = get_object_or_404(
        Organisation.objects.select_related(
            "region", "place", "legal_form", "merged_into", "successor"
        ),
        number=number,
    )
    on = timezone.localdate()
    standings = standing.of_organisation(found, on)
    sought = wanted.of(found)
    return render(
        request,
        "public/organisation.html",
        {
            "section": "organisations",
            "organisation": found,
            "standings": standings,
            "corrections": corrections.of(found),
            "areas": found.activity_areas.all(),
            "figures": found.annual_figures.order_by("-year"),
            "history": history.of(found),
            "sought": sought,
            "participant": Participant.objects.taking_part(on).filter(organisation=found).first(),
            "grants": awards.of_organisation(found),
            "noindex": sought is not None
            or any(shown.state in standing.NOT_INDEXED for shown in standings),
        },
    )


def _statuses(request: HttpRequest, on: date) -> list[tuple[str, str, int | None]]:
    """Each legal status with how many the other filters leave of it; uncounted past the cap."""
    query = request.GET.copy()
    query.pop("status", None)
    rows = listing.filtered(query, on)[1].order_by()
    counts: dict[str, int] = {}
    is_counted = rows.values("pk")[: listing.COUNT_CAP + 1].count() <= listing.COUNT_CAP
    if is_counted:
        counts = dict(rows.values_list("status").annotate(count=Count("pk")))
    return [
        (status.value, str(status.label), counts.get(status, 0) if is_counted else None)
        for status in LegalStatus
    ]


def _chosen(form: forms.Form) -> list[tuple[str, str]]:
    """The filters in force, each with its value in words."""
    chosen = []
    for name, value in form.cleaned_data.items() if form.is_valid() else ():
        if value in ("", None):
            continue
        choices = dict(getattr(form.fields[name], "choices", ()))
        chosen.append((name, str(choices.get(value, value))))
    return chosen

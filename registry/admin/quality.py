"""The data-quality desk: what is doubtful, with what to do, and who can be reached."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_verbs import VerbsMixin, person
from registry import quality
from registry.admin.merging import MERGE
from registry.imports.reasons import Reason
from registry.models import Extract, RefusedRow

SEE = "registry.view_organisation"
SEE_REFUSED = "registry.view_refusedrow"


class DoubtFilter(admin.SimpleListFilter):
    title = gettext_lazy("what is doubtful?")
    parameter_name = "doubt"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("no_contact", gettext_lazy("no contact that can be used")),
            ("place", gettext_lazy("place known to the district only")),
            ("merged", gettext_lazy("merged into another")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows: Any = queryset
        if self.value() == "no_contact":
            return quality.without_contact(rows.listed())
        if self.value() == "place":
            return quality.place_in_doubt(rows.listed())
        if self.value() == "merged":
            return queryset.filter(merged_into__isnull=False)
        return queryset


class QualityDesk(VerbsMixin):
    """The page beside the list of organisations."""

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site  # type: ignore[attr-defined]
        view = site.admin_view(self.quality_view)
        own = path("quality/", view, name="registry_organisation_quality")
        return [own, *super().get_urls()]

    def quality_view(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD") or not person(request).has_perm(SEE):
            raise PermissionDenied
        rows: Any = self.seen_with(request, SEE)
        pairs = quality.duplicate_pairs(rows)
        return self.render(
            request,
            "admin/registry/quality.html",
            None,
            title=_("Data quality"),
            doubts=[
                *_doubts(rows, len(pairs)),
                *(_refused_rows() if person(request).has_perm(SEE_REFUSED) else []),
            ],
            reaches=quality.reachability(rows),
            pairs=[
                {
                    "rows": pair,
                    "url": reverse("admin:registry_organisation_merge", args=[pair[0].pk])
                    + "?"
                    + urlencode({"other": pair[1].number}),
                }
                for pair in pairs
            ],
            most_pairs=quality.MOST_PAIRS,
            may_merge=person(request).has_perm(MERGE),
        )


def _doubts(rows: Any, pairs: int) -> list[dict[str, Any]]:
    listed = reverse("admin:registry_organisation_changelist")
    return [
        {
            "label": _("No BIN"),
            "count": rows.listed().filter(bin__isnull=True).count(),
            "url": f"{listed}?has_bin=no",
            "remedy": _("Look for a pair of the same name below; ask at the source for the BIN."),
        },
        {
            "label": _("No contact that can be used"),
            "count": quality.without_contact(rows.listed()).count(),
            "url": f"{listed}?doubt=no_contact",
            "remedy": _("Only a letter reaches it: check the address of the seat."),
        },
        {
            "label": _("Pairs of one name"),
            "count": f"{pairs}+" if pairs == quality.MOST_PAIRS else pairs,
            "url": "#pairs",
            "remedy": _("Compare the two, and merge them if they are one organisation."),
        },
        {
            "label": _("Place known to the district only"),
            "count": quality.place_in_doubt(rows.listed()).count(),
            "url": f"{listed}?doubt=place",
            "remedy": _("Ask at the source for all nine digits of the place."),
        },
    ]


def _refused_rows() -> list[dict[str, Any]]:
    """Of the newest extract: rows belong to no region, so they are counted for all."""
    refused = reverse("admin:registry_refusedrow_changelist")
    newest = Extract.objects.in_force().first()
    of_newest = RefusedRow.objects.filter(extract=newest)
    place = Reason.PLACE.value
    extract = {"extract__id__exact": newest.pk} if newest else {}
    return [
        {
            "label": _("Rows refused for an unknown place"),
            "count": of_newest.filter(reason=place).count(),
            "url": f"{refused}?{urlencode({**extract, 'reason__exact': place})}",
            "remedy": _("Add the place to the list of places, or correct the row at the source."),
        },
        {
            "label": _("Rows refused from the newest extract"),
            "count": of_newest.count(),
            "url": f"{refused}?{urlencode(extract)}",
            "remedy": _("Each row says what is wrong with it. Correct it at the source."),
        },
    ]

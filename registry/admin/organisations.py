"""An organisation with everything the register holds of it, on one page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from accounts.admin_bases import ViewOnlyAdmin, ViewOnlyInline
from accounts.admin_verbs import Verb, person, today
from accounts.refusals import Refused
from registry.admin.history import InWords, label_of
from registry.admin.merging import (
    Merge,
    RecordSuccessor,
    UndoMerge,
    WithdrawSuccessor,
    check_region,
    numbered,
)
from registry.admin.quality import DoubtFilter, QualityDesk
from registry.models import (
    AnnualFigures,
    Contact,
    Organisation,
    RegisterEntry,
    Representative,
    Standing,
)
from registry.querysets import OrganisationQuerySet
from registry.states import Quality


class ContactInline(ViewOnlyInline):
    model = Contact
    fields = ["kind", "value", "is_usable", "source", "as_of_on", "verified_at", "bounced_at"]


class RepresentativeInline(ViewOnlyInline):
    model = Representative
    fields = ["user", "role", "from_at", "until_at", "ground"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user", "organisation")


class StandingInline(ViewOnlyInline):
    model = Standing
    fields = ["campaign", "state", "reason", "effective_due_on", "on_time", "in_process"]


class EntryInline(InWords, ViewOnlyInline):  # type: ignore[misc]
    model = RegisterEntry
    fields = ["at", "kind", "source", "decision", "by", "what_changed"]
    readonly_fields = ["what_changed"]
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("by")


class FiguresInline(ViewOnlyInline):
    model = AnnualFigures
    fields = ["year", "income", "spending", "source"]
    ordering = ("-year",)


class HasBinFilter(admin.SimpleListFilter):
    title = _("has a BIN?")
    parameter_name = "has_bin"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("yes")), ("no", _("no"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(bin__isnull=self.value() == "no")


@admin.register(Organisation)
class OrganisationAdmin(QualityDesk, ViewOnlyAdmin):  # type: ignore[misc]
    region = "region"
    verbs = (Merge(), UndoMerge(), RecordSuccessor(), WithdrawSuccessor())
    change_form_before_template = "admin/registry/organisation_verbs.html"  # type: ignore[assignment] # typed as None by unfold
    list_display = ["number", "bin", "name", "legal_form", "region", "status", "as_of_on"]
    list_filter = ["status", HasBinFilter, DoubtFilter, "legal_form", "region"]
    list_select_related = ["legal_form", "region"]
    ordering = ["number"]
    # Searched by `search`, below; named here so that the box is there.
    search_fields = ["number"]
    search_help_text = _("Words of a name, BIN or register number; the beginning of a word will do")
    raw_id_fields = ["place", "merged_into", "successor", "last_seen_extract"]
    readonly_fields = ["last_seen_in", "sources_of_fields", "what_is_doubtful"]
    inlines = [
        StandingInline,
        ContactInline,
        RepresentativeInline,
        FiguresInline,
        EntryInline,
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "number",
                    "bin",
                    "name_kk",
                    "name_ru",
                    "name_en",
                    "legal_form",
                    "status",
                    "registered_on",
                    "merged_into",
                    "successor",
                ]
            },
        ),
        (_("Seat and head"), {"fields": ["place", "region", "address", "head_name"]}),
        (_("People and activity"), {"fields": ["employees", "volunteers", "activity_areas"]}),
        (_("Scope"), {"fields": ["state_founded", "political_party", "trade_union"]}),
        (
            _("Sources"),
            {"fields": ["as_of_on", "last_seen_in", "sources_of_fields", "what_is_doubtful"]},
        ),
    ]

    @admin.display(description=_("last seen in the extract"))
    def last_seen_in(self, row: Organisation) -> str:
        return str(row.last_seen_extract or "—")

    @admin.display(description=_("newer facts than the extract's"))
    def sources_of_fields(self, row: Organisation) -> str:
        told = (f"{label_of(name)}: {said['source']}" for name, said in row.field_sources.items())
        return "; ".join(told) or "—"

    @admin.display(description=_("what is doubtful"))
    def what_is_doubtful(self, row: Organisation) -> str:
        return ", ".join(str(Quality(code).label) for code in row.quality) or "—"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        verbs = self.verbs_for(request, row) if row else []
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "verbs": verbs}
        )

    def verb_view(self, request: HttpRequest, object_id: str, verb: Verb) -> HttpResponse:
        """Without a preview that would show an organisation of another region."""
        typed = request.POST.get("other") or request.GET.get("other")
        asked = numbered(typed) if typed else None
        if asked is not None:
            try:
                check_region(asked, by=person(request), on=today(request))
            except Refused as refusal:
                messages.error(request, str(refusal))
                return HttpResponseRedirect(request.path)
        return super().verb_view(request, object_id, verb)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if search_term and isinstance(queryset, OrganisationQuerySet):
            return queryset.search(search_term), False
        return queryset, False


@admin.register(Contact)
class ContactAdmin(ViewOnlyAdmin):
    region_path = "organisation__region"
    list_display = ["value", "organisation", "kind", "is_usable", "verified_at", "bounced_at"]
    list_filter = ["kind", "is_usable", "source"]
    list_select_related = ["organisation"]
    search_fields = ["value", "organisation__number"]
    raw_id_fields = ["organisation"]


@admin.register(Standing)
class StandingAdmin(ViewOnlyAdmin):
    region_path = "organisation__region"
    list_display = ["organisation", "campaign", "state", "effective_due_on", "on_time"]
    list_filter = ["campaign", "state", "in_process"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__number", "organisation__bin"]
    raw_id_fields = ["organisation"]

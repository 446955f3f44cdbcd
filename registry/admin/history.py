"""The register's lines, and what its sources do not agree on."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin_bases import ViewOnlyAdmin
from registry.models import Difference, RegisterEntry


@admin.register(RegisterEntry)
class RegisterEntryAdmin(ViewOnlyAdmin):
    region_path = "organisation__region"
    list_display = ["at", "organisation", "kind", "source", "decision", "by"]
    list_filter = ["kind"]
    list_select_related = ["organisation", "by"]
    search_fields = ["organisation__number", "organisation__bin", "source"]
    ordering = ["-id"]
    fields = ["organisation", "kind", "changes", "source", "decision", "by", "at"]
    raw_id_fields = ["organisation"]


class OpenFilter(admin.SimpleListFilter):
    title = _("still open?")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("yes")), ("no", _("no"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(resolved_at__isnull=self.value() == "yes")


@admin.register(Difference)
class DifferenceAdmin(ViewOnlyAdmin):
    region_path = "organisation__region"
    list_display = ["organisation", "field", "held", "stated", "source", "opened_at"]
    list_filter = [OpenFilter, "field"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__number", "organisation__bin", "source"]
    ordering = ["-id"]
    raw_id_fields = ["organisation"]

"""The register's lines, and what its sources do not agree on."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_bases import ViewOnlyAdmin
from registry.models import Difference, Organisation, RegisterEntry


class InWords:
    """A line's changes as people read them; a personal value stands apart and is not shown here."""

    @admin.display(description=_("changes"))
    def what_changed(self, row: RegisterEntry) -> str:
        lines = [(label_of(name), _said(change)) for name, change in row.changes.items()]
        return format_html_join(mark_safe("<br>"), "{}: {}", lines) or "—"


def label_of(name: str) -> str:
    try:
        return str(Organisation._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return name


def _said(change: Any) -> str:
    if not isinstance(change, list) or len(change) != 2:
        return gettext("kept apart, as personal")
    before, after = ("—" if value in (None, "", []) else str(value) for value in change)
    return after if before == "—" else f"{before} → {after}"


@admin.register(RegisterEntry)
class RegisterEntryAdmin(InWords, ViewOnlyAdmin):  # type: ignore[misc]
    region_path = "organisation__region"
    list_display = ["at", "organisation", "kind", "source", "decision", "by"]
    list_filter = ["kind"]
    list_select_related = ["organisation", "by"]
    search_fields = ["organisation__number", "organisation__bin", "source"]
    ordering = ["-id"]
    readonly_fields = ["what_changed"]
    fields = ["organisation", "kind", "what_changed", "source", "decision", "by", "at"]
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

"""What was imported, and which rows were not taken."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin_bases import ViewOnlyAdmin
from registry.models import Extract, RefusedRow


@admin.register(Extract)
class ExtractAdmin(ViewOnlyAdmin):
    list_display = [
        "as_of_on",
        "file_name",
        "imported_at",
        "read",
        "new",
        "changed",
        "unchanged",
        "repeated",
        "refused_rows",
        "absent",
        "undone_at",
    ]
    readonly_fields = ["refused_rows"]

    @admin.display(description=_("refused"))
    def refused_rows(self, extract: Extract) -> SafeString:
        """The count, as a link to the rows: there may be hundreds."""
        rows = reverse("admin:registry_refusedrow_changelist")
        return format_html(
            '<a href="{}?extract__id__exact={}">{}</a>', rows, extract.pk, extract.refused
        )


@admin.register(RefusedRow)
class RefusedRowAdmin(ViewOnlyAdmin):
    list_display = ["extract", "line", "reason", "shown_sentence", "organisation"]
    list_filter = ["extract", "reason"]
    list_select_related = ["extract", "organisation"]
    search_fields = ["organisation__number", "sentence"]
    raw_id_fields = ["organisation"]

    @admin.display(description=_("what to do"))
    def shown_sentence(self, row: RefusedRow) -> str:
        return row.what_to_do

"""The amounts and limits that law sets: an index is added each year, a rule by a migration."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from accounts.admin_bases import ViewOnlyAdmin
from grants.models import GrantRule, Mci


@admin.register(Mci)
class MciAdmin(ModelAdmin):
    list_display = ("year_shown", "amount", "source")
    show_full_result_count = False

    @admin.display(description=_("year"), ordering="year")
    def year_shown(self, row: Mci) -> str:
        """Without a separator of thousands."""
        return str(row.year)

    def has_change_permission(self, request: HttpRequest, obj: Mci | None = None) -> bool:
        """Until a call rests on it: its limits in tenge are what applicants were told."""
        may: bool = super().has_change_permission(request, obj)
        return may and (obj is None or not obj.calls.exists())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Mci | None = None) -> tuple[str, ...]:
        return ("year",) if obj else ()


@admin.register(GrantRule)
class GrantRuleAdmin(ViewOnlyAdmin):
    list_display = (
        "type",
        "from_on",
        "until_on",
        "least_mci",
        "most_mci",
        "least_months",
        "most_months",
        "institutional_percent",
    )

"""The reasons for which a filing is returned."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from reregistration.models import ReturnReason


@admin.register(ReturnReason)
class ReturnReasonAdmin(ModelAdmin):
    """Reasons are reworded or added; one that a review names is never deleted."""

    list_display = ("code", "name_kk", "name_ru", "name_en")

    def get_readonly_fields(
        self, request: HttpRequest, obj: ReturnReason | None = None
    ) -> tuple[str, ...]:
        # Reviews hold the code as text.
        return ("code",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: ReturnReason | None = None) -> bool:
        return False

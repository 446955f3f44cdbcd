"""What the admin's pages share, whichever app they belong to."""

# ruff: noqa: ARG002 - the admin gives what a method may not need

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin, TabularInline

from accounts import access
from accounts.admin_exports import ExportsMixin
from accounts.models import User


class ScopedAdmin(ExportsMixin, ModelAdmin):  # type: ignore[misc]
    """Shows members of staff the rows of their regions alone."""

    # The lookup path from the row to its region; empty where rows belong to no region.
    region_path = ""
    # No second count of the whole table beside the count of what was found.
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        if not self.region_path or not isinstance(request.user, User):
            return rows
        meta = self.opts
        return access.within(
            rows,
            self.region_path,
            user=request.user,
            permission=f"{meta.app_label}.view_{meta.model_name}",
            on=timezone.localdate(),
        )


class ViewOnlyAdmin(ScopedAdmin):
    """Rows to read: nobody adds, changes or deletes them here, superusers included."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ViewOnlyInline(TabularInline):
    """Rows to read on the page of what they belong to."""

    extra = 0
    can_delete = False
    show_change_link = True
    # Paged, so in an order; newest first.
    ordering = ("-pk",)
    per_page = 20  # type: ignore[assignment] # typed as None by unfold

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

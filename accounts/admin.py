"""The desk of whoever keeps accounts and ministry roles."""

# ruff: noqa: ARG002 - the admin gives what a method may not need

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts import admin_delegations, staff  # noqa: F401 - registers its pages
from accounts.admin_bases import ViewOnlyInline
from accounts.models import RoleGrant, User

# What a person may do is in accounts.roles; a second list of it would differ one day.
admin.site.unregister(Group)


class RoleGrantInline(ViewOnlyInline):
    model = RoleGrant
    fk_name = "user"
    fields = ["role", "regions", "from_on", "until_on", "granted_by"]


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg,misc]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["email", "last_name", "first_name", "is_staff", "is_active"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["email", "last_name", "first_name"]
    ordering = ["email"]
    filter_horizontal = []
    show_full_result_count = False
    # A phone signs in, so it is put there by a code alone.
    readonly_fields = ["phone", "phone_is_verified", "last_login", "date_joined"]
    inlines = [RoleGrantInline]
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        (
            _("Person"),
            {"fields": ["first_name", "last_name", "phone", "phone_is_verified", "language"]},
        ),
        (_("Access"), {"fields": ["is_active", "is_staff", "is_superuser"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "usable_password", "password1", "password2"]})]  # type: ignore[assignment]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A person who signed something stays known; an account is closed by "active".
        return False


@admin.register(RoleGrant)
class RoleGrantAdmin(ModelAdmin):
    list_display = ["user", "role", "regions", "from_on", "until_on", "granted_by"]
    list_filter = ["role"]
    list_select_related = ["user", "granted_by"]
    search_fields = ["user__email", "user__last_name"]
    autocomplete_fields = ["user"]
    fields = ["user", "role", "regions", "from_on", "until_on"]
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What was granted stays on record; only its end may be set."""
        return ["user", "role", "regions", "from_on"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            obj.save(update_fields=["until_on"])
            return
        granted = staff.grant_role(
            obj.user,
            role=obj.role,
            by=request.user,  # type: ignore[arg-type]
            on=obj.from_on,
            until_on=obj.until_on,
            regions=obj.regions,
        )
        obj.pk = granted.pk

"""Code lists, to read, and the days that the Government moved, to edit."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from accounts.admin_bases import ViewOnlyAdmin
from registry.models import ActivityArea, DayOverride, LegalForm, LegalFormAlias, Place, Region


@admin.register(Region)
class RegionAdmin(ViewOnlyAdmin):
    list_display = ["kato", "name", "iso"]
    search_fields = ["name_kk", "name_ru", "name_en"]


@admin.register(Place)
class PlaceAdmin(ViewOnlyAdmin):
    list_display = ["kato", "name", "level", "region"]
    list_filter = ["region"]
    list_select_related = ["region"]
    search_fields = ["kato", "name_kk", "name_ru"]
    raw_id_fields = ["parent", "successor"]


@admin.register(LegalForm)
class LegalFormAdmin(ViewOnlyAdmin):
    list_display = ["code", "name", "law_article", "reports"]


@admin.register(LegalFormAlias)
class LegalFormAliasAdmin(ViewOnlyAdmin):
    list_display = ["folded", "legal_form"]
    list_select_related = ["legal_form"]


@admin.register(ActivityArea)
class ActivityAreaAdmin(ViewOnlyAdmin):
    list_display = ["code", "name", "scope"]


@admin.register(DayOverride)
class DayOverrideAdmin(ModelAdmin):
    list_display = ["on", "is_working", "ground"]
    list_filter = ["is_working"]
    date_hierarchy = "on"
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).order_by("-on")

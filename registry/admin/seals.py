"""The seals of the ledger, to read."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_bases import ViewOnlyAdmin
from registry.models import Seal


@admin.register(Seal)
class SealAdmin(ViewOnlyAdmin):
    list_display = ["number", "sealed_at", "count", "root"]
    ordering = ["-number"]
    fields = ["number", "sealed_at", "count", "previous_hash", "root", "hash", "columns"]

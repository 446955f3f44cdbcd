"""Notices, dispatches, services, issued documents: to read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import linebreaksbr
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline, TabularInline
from unfold.decorators import action

from accounts.admin_bases import ViewOnlyAdmin
from notices import codes
from notices.admin.filters import CameBack, HasFailed, IsHeldBack, IsServed, IsWaiting
from notices.documents import notice_pdf
from notices.documents.download import as_download
from notices.models import (
    Dispatch,
    IssuedDocument,
    Notice,
    NoticeText,
    Service,
)


class _TextInline(StackedInline):
    model = NoticeText
    fields = ("subject", "as_written")
    readonly_fields = ("subject", "as_written")
    can_delete = False

    @admin.display(description=_("text"))
    def as_written(self, text: NoticeText) -> str:
        """The letter with its lines kept, and its code covered: it is the addressee's alone."""
        return linebreaksbr(codes.hidden(text.body))

    # The text is part of the notice: who sees one sees the other.
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("notices.view_notice")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class _RowsInline(TabularInline):
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class _DispatchInline(_RowsInline):
    model = Dispatch
    fields = ("channel", "address", "is_verified", "state", "attempts", "sent_at", "failure")


class _ServiceInline(_RowsInline):
    model = Service
    fields = ("ground", "served_at", "recorded_at", "by")


@admin.register(Notice)
class NoticeAdmin(ViewOnlyAdmin):
    region_path = "organisation__region"
    list_display = ("number", "organisation", "kind", "language", "occasion", "made_at")
    list_select_related = ("organisation",)
    list_filter = ("kind", "language", IsServed)
    search_fields = ("=number", "=organisation__number", "=organisation__bin")
    search_help_text = "N-0000001, R-0000001, BIN"
    fields = (
        "number",
        "organisation",
        "kind",
        "occasion",
        "language",
        "template",
        "text_hash",
        "made_at",
    )
    inlines = (_TextInline, _DispatchInline, _ServiceInline)
    actions_detail = ("pdf",)  # type: ignore[assignment]

    def has_pdf_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.has_view_permission(request)

    @action(  # type: ignore[operator]
        description=_("Download as PDF"),  # type: ignore[arg-type]
        url_path="pdf",
        permissions=["pdf"],
    )
    def pdf(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The notice as its addressee gets it. Staff reading it serves nothing."""
        rows = self.get_queryset(request).select_related("text")
        found = get_object_or_404(rows, pk=object_id)
        return as_download(notice_pdf(found), f"{found.number}.pdf")


@admin.register(Dispatch)
class DispatchAdmin(ViewOnlyAdmin):
    region_path = "notice__organisation__region"
    list_display = ("notice", "channel", "state", "attempts", "next_attempt_at", "sent_at")
    list_select_related = ("notice",)
    list_filter = (IsWaiting, CameBack, HasFailed, IsHeldBack, "channel")
    search_fields = ("=notice__number", "=address", "=message_id")
    ordering = ("-id",)


@admin.register(Service)
class ServiceAdmin(ViewOnlyAdmin):
    region_path = "notice__organisation__region"
    list_display = ("notice", "ground", "served_at", "recorded_at")
    list_select_related = ("notice",)
    list_filter = ("ground",)
    search_fields = ("=notice__number",)
    ordering = ("-id",)


@admin.register(IssuedDocument)
class IssuedDocumentAdmin(ViewOnlyAdmin):
    region_path = "organisation__region"
    list_display = ("number", "kind", "organisation", "issued_on")
    list_select_related = ("organisation",)
    list_filter = ("kind",)
    search_fields = ("=number", "=organisation__number")

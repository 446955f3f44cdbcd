"""Notices, services, issued documents: to read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from accounts.admin_bases import ViewOnlyAdmin
from accounts.admin_verbs import CaseAdmin, person
from notices import codes, life
from notices.admin.filters import IsServed
from notices.documents import notice_pdf
from notices.documents.download import as_download
from notices.models import (
    IssuedDocument,
    Notice,
    Service,
)


@admin.register(Notice)
class NoticeAdmin(CaseAdmin):
    """A notice's page is its whole life, in order."""

    region = "organisation__region"
    page = "admin/notices/notice.html"
    list_display = ("number", "organisation", "kind", "language", "occasion", "made_at")
    list_select_related = ("organisation",)
    list_filter = ("kind", "language", IsServed)
    search_fields = ("=number", "=organisation__number", "=organisation__bin")
    search_help_text = "N-0000001, R-0000001, BIN"
    actions_detail = ("pdf",)  # type: ignore[assignment]

    def about(self, request: HttpRequest, row: Notice) -> dict[str, Any]:
        services = row.services.order_by("served_at").values_list("served_at", flat=True)
        return {
            "title": row.number,
            "life": life.of(row),
            "served_at": services.first(),
            # Its code is the addressee's alone.
            "body": codes.hidden(row.text.body),
            "sms": codes.hidden(row.text.sms),
            "verify_url": reverse("verify_number", args=[row.number]),
            "may_see_dispatches": person(request).has_perm("notices.view_dispatch"),
            "may_see_organisations": person(request).has_perm("registry.view_organisation"),
        }

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

"""Batches of letters with their files, and the carrier's receipts brought back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget

from accounts import access
from accounts.admin_bases import ViewOnlyAdmin
from accounts.models import User
from accounts.refusals import Refused
from notices import letters
from notices.models import LetterBatch, ReceiptFile

_LARGEST_FILE = 20 * 1024 * 1024


def _holds_everywhere(request: HttpRequest, permission: str) -> bool:
    """A file covers all regions, so a grant for some of them is not enough."""
    return access.everywhere(cast(User, request.user), permission, timezone.localdate())


@admin.register(LetterBatch)
class LetterBatchAdmin(ViewOnlyAdmin):
    list_display = ("number", "made_at", "count", "sheets", "pages")
    # The files themselves only through the downloads, which ask for the permission.
    fields = ("number", "made_at", "count", "sheets", "pages", "sha256", "manifest_sha256")
    actions_detail = ("download", "download_list")  # type: ignore[assignment]

    def has_download_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        # The letters show one-time codes: only for whoever gives them to the carrier.
        return _holds_everywhere(request, "notices.bring_receipts")

    @action(  # type: ignore[operator]
        description=_("Download the file"),  # type: ignore[arg-type]
        url_path="file",
        permissions=["download"],
    )
    def download(self, request: HttpRequest, object_id: str) -> FileResponse:
        """The PDF for the printer; of the first batches, their CSV."""
        return _handed_out(get_object_or_404(LetterBatch, pk=object_id).file)

    @action(  # type: ignore[operator]
        description=_("Download the list"),  # type: ignore[arg-type]
        url_path="list",
        permissions=["download"],
    )
    def download_list(self, request: HttpRequest, object_id: str) -> FileResponse:
        """What is in the batch, for the carrier."""
        return _handed_out(get_object_or_404(LetterBatch, pk=object_id).manifest)


def _handed_out(file: FieldFile) -> FileResponse:
    if not file:
        raise Http404
    return FileResponse(file.open("rb"), as_attachment=True, filename=Path(file.name or "").name)


class ReceiptFileForm(forms.Form):
    file = forms.FileField(
        label=_("The carrier's file (CSV: notice;outcome;date or batch;position;outcome;date)"),
        widget=UnfoldAdminFileFieldWidget(),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > _LARGEST_FILE:
            raise forms.ValidationError(_("The file is larger than 20 MB. Split it."))
        return file


@admin.register(ReceiptFile)
class ReceiptFileAdmin(ViewOnlyAdmin):
    list_display = ("name", "read_at", "by", "read", "delivered", "returned", "repeated", "refused")
    list_select_related = ("by",)
    actions_list = ("bring",)  # type: ignore[assignment]

    def has_bring_permission(self, request: HttpRequest) -> bool:
        return _holds_everywhere(request, "notices.bring_receipts")

    @action(  # type: ignore[operator]
        description=_("Read a receipt file"),  # type: ignore[arg-type]
        url_path="bring",
        permissions=["bring"],
    )
    def bring(self, request: HttpRequest) -> HttpResponse:
        """Read an uploaded file through the verb; a refusal is shown beside the form."""
        if request.method not in ("GET", "HEAD", "POST"):
            raise PermissionDenied
        form = ReceiptFileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                return self._read(request, form.cleaned_data["file"], timezone.now())
            except Refused as refused:
                form.add_error("file", str(refused))
        return render(
            request,
            "notices/bring_receipts.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": _("Read a receipt file"),
                "form": form,
            },
        )

    def _read(self, request: HttpRequest, file: Any, at: datetime) -> HttpResponse:
        read = letters.read_receipts(file, name=file.name, by=cast(User, request.user), at=at)
        messages.success(
            request,
            _(
                "%(read)d rows: %(delivered)d delivered, %(returned)d came back, "
                "%(repeated)d repeated, %(refused)d refused."
            )
            % {
                "read": read.read,
                "delivered": read.delivered,
                "returned": read.returned,
                "repeated": read.repeated,
                "refused": read.refused,
            },
        )
        return redirect("admin:notices_receiptfile_change", read.pk)

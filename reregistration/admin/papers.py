"""A filing's papers and its signatures on the reviewer's page, and the way to the files."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Q
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from registry import uploads
from registry.models import StoredFile
from reregistration import attachments
from reregistration.models import Filing
from reregistration.signing import means
from reregistration.states import AttachmentKind


class PapersMixin:
    """Downloads at <filing>/files/<key>/, for whoever may see the filing in its region."""

    def get_urls(self) -> list[URLPattern]:
        admin = cast(Any, self)
        own = path(
            "<path:object_id>/files/<str:key>/",
            admin.admin_site.admin_view(self.file_view),
            name="reregistration_filing_file",
        )
        return [own, *super().get_urls()]  # type: ignore[misc]

    def file_view(self, request: HttpRequest, object_id: str, key: str) -> FileResponse:
        """One file of this filing; another filing's is not found here."""
        row = cast(Any, self).fetch(request, object_id, "reregistration.view_filing")
        of_it = StoredFile.objects.filter(Q(attachments__filing=row) | Q(signatures__filing=row))
        return uploads.download(get_object_or_404(of_it.distinct(), key=key))


def about(row: Filing) -> dict[str, Any]:
    """What the page shows: each paper or reason, what is missing, and how it was signed."""
    signature = getattr(row, "signature", None)
    return {
        "papers": [
            (paper, _address(row, paper.file)) for paper in row.attachments.select_related("file")
        ],
        "missing_papers": [AttachmentKind(kind).label for kind in attachments.missing(row)],
        "means": [each.label for each in means.of(row)],
        "signature": signature,
        "signature_address": _address(row, signature.file) if signature else "",
    }


def _address(row: Filing, stored: StoredFile | None) -> str:
    if stored is None:
        return ""
    return reverse("admin:reregistration_filing_file", args=[row.pk, stored.key])

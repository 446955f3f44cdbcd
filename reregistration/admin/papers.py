"""A filing's papers and its signatures on the reviewer's page, and the way to the files.

A picture or a PDF that the scanner has cleared is shown in its place; all else is a link.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Q
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from registry import uploads
from registry.file_types import FileType
from registry.models import StoredFile
from reregistration import attachments
from reregistration.models import Attachment, Filing
from reregistration.signing import means
from reregistration.states import AttachmentKind

_FILE, _SHOWN = "reregistration_filing_file", "reregistration_filing_file_shown"


class PapersMixin:
    """Downloads at <filing>/files/<key>/, and to be shown in place at <filing>/files/<key>/shown/,
    for whoever may see the filing in its region."""

    def get_urls(self) -> list[URLPattern]:
        admin = cast(Any, self)
        own = [
            path(
                f"<path:object_id>/files/<str:key>/{ending}",
                admin.admin_site.admin_view(view),
                name=name,
            )
            for ending, view, name in (
                ("", self.file_view, _FILE),
                ("shown/", self.shown_view, _SHOWN),
            )
        ]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def file_view(self, request: HttpRequest, object_id: str, key: str) -> FileResponse:
        """One file of this filing; another filing's is not found here."""
        return uploads.download(self._file(request, object_id, key))

    def shown_view(self, request: HttpRequest, object_id: str, key: str) -> FileResponse:
        """As `file_view`, to be shown inside the filing's page."""
        return uploads.show(self._file(request, object_id, key))

    def _file(self, request: HttpRequest, object_id: str, key: str) -> StoredFile:
        row = cast(Any, self).fetch(request, object_id, "reregistration.view_filing")
        of_it = StoredFile.objects.filter(Q(attachments__filing=row) | Q(signatures__filing=row))
        found: StoredFile = get_object_or_404(of_it.distinct(), key=key)
        return found


def about(row: Filing) -> dict[str, Any]:
    """What the page shows: each paper or reason, what is missing, and how it was signed."""
    signature = getattr(row, "signature", None)
    return {
        "papers": [
            _Paper(paper, _address(row, paper.file), _shown(row, paper.file))
            for paper in row.attachments.select_related("file")
        ],
        "missing_papers": [AttachmentKind(kind).label for kind in attachments.missing(row)],
        "means": [each.label for each in means.of(row)],
        "signature": signature,
        "signature_address": _address(row, signature.file) if signature else "",
    }


@dataclass(frozen=True)
class _Paper:
    """A paper with the address of its file, and the one at which it is shown in place."""

    row: Attachment
    address: str
    shown: str

    @property
    def is_picture(self) -> bool:
        return self.row.file is not None and self.row.file.kind != FileType.PDF


def _address(row: Filing, stored: StoredFile | None) -> str:
    return reverse(f"admin:{_FILE}", args=[row.pk, stored.key]) if stored else ""


def _shown(row: Filing, stored: StoredFile | None) -> str:
    if stored is None or not uploads.may_be_shown(stored):
        return ""
    return reverse(f"admin:{_SHOWN}", args=[row.pk, stored.key])

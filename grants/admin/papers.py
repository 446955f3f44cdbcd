"""The papers of an application at the desks, for whoever may read the row that shows them."""

from __future__ import annotations

from typing import Any, cast

from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from grants.models import Application
from registry import uploads


class PapersMixin:
    """A row's page lists the papers of its application, each a download below the row's page."""

    def application_of(self, row: Any) -> Application:
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        admin = cast(Any, self)
        own = path(
            "<path:object_id>/papers/<str:key>/",
            admin.admin_site.admin_view(self.paper_view),
            name=f"grants_{admin.opts.model_name}_paper",
        )
        return [own, *super().get_urls()]  # type: ignore[misc]

    def paper_view(self, request: HttpRequest, object_id: str, key: str) -> FileResponse:
        admin = cast(Any, self)
        row = admin.fetch(request, object_id, f"grants.view_{admin.opts.model_name}")
        papers = self.application_of(row).papers.select_related("file")
        return uploads.download(get_object_or_404(papers, file__key=key).file)

    def papers_table(self, row: Any) -> tuple[str, list[str], list[tuple[str, str]]]:
        """As the row's page shows them: which paper, and the file."""
        name = f"admin:grants_{cast(Any, self).opts.model_name}_paper"
        papers = self.application_of(row).papers.select_related("file")
        return (
            _("Attached documents"),
            [_("Which paper"), _("File")],
            [
                (
                    str(capfirst(paper.get_kind_display())),
                    format_html(
                        '<a href="{}">{}</a>',
                        reverse(name, args=[row.pk, paper.file.key]),
                        paper.file.name,
                    ),
                )
                for paper in papers
            ],
        )

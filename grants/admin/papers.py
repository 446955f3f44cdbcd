"""Papers of an application or a report at the desks, for whoever may read the row itself."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from registry import uploads


class PapersMixin:
    """A row's page lists its papers, each a download below the row's page."""

    def papers_of(self, row: Any) -> QuerySet[Any]:
        """Rows with a `file`; of an application each has a kind too."""
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
        papers = self.papers_of(row).select_related("file").order_by("pk")
        paper = papers.filter(file__key=key).first()
        if paper is None:
            raise Http404
        return uploads.download(paper.file)

    def papers_table(self, row: Any) -> tuple[str, list[str], list[tuple[str, str]]]:
        """As the row's page shows them: which paper, and the file."""
        name = f"admin:grants_{cast(Any, self).opts.model_name}_paper"
        return (
            _("Attached documents"),
            [_("Which paper"), _("File")],
            [
                (
                    str(capfirst(paper.get_kind_display())) if hasattr(paper, "kind") else "—",
                    format_html(
                        '<a href="{}">{}</a>',
                        reverse(name, args=[row.pk, paper.file.key]),
                        paper.file.name,
                    ),
                )
                for paper in self.papers_of(row).select_related("file")
            ],
        )

"""Handing a PDF to a browser."""

from __future__ import annotations

from django.http import HttpResponse


def as_download(pdf: bytes, name: str) -> HttpResponse:
    """A personal document: saved by the browser, kept by no cache on the way."""
    return HttpResponse(
        pdf,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )

"""Where the pages of a paper filing are."""

from __future__ import annotations

from django.urls import reverse

from reregistration.models import PaperFiling


def type_url(row: PaperFiling) -> str:
    return reverse("admin:reregistration_paperfiling_type", args=[row.pk])


def scan_url(row: PaperFiling) -> str:
    return reverse("admin:reregistration_paperfiling_scan", args=[row.pk])

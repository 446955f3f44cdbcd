"""What people bring us as files, scans of charters, proofs of powers, signatures; and the files
that the portal makes and must keep byte for byte."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.file_types import FileType


def new_key() -> str:
    """128 random bits as 32 hexadecimal digits: a name that nobody guesses."""
    return secrets.token_hex(16)


class StoredFile(models.Model):
    """A file that was checked, or made here, and kept.

    Its row is written after the file, and removed before it.

    The file lies in the storage "uploads" under its random key, which has no address on the web:
    whoever may have it gets it through a view that asks first.
    """

    class Scan(models.TextChoices):
        CLEAN = "clean", _("no virus found")
        NOT_SCANNED = "not_scanned", _("not scanned: no scanner is set up")
        MADE_HERE = "made_here", _("made by the portal")

    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)
    name = models.CharField(_("name of the file"), max_length=150)
    kind = models.CharField(_("kind of file"), max_length=10, choices=FileType.choices)
    size = models.PositiveIntegerField(_("size, bytes"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    scan = models.CharField(_("virus scan"), max_length=12, choices=Scan.choices)
    scanned_at = models.DateTimeField(_("scanned"), null=True, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    uploaded_at = models.DateTimeField(_("uploaded"))

    class Meta:
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="stored_file_is_not_empty"),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="stored_file_has_a_fingerprint"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=FileType.values), name="stored_file_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(scan="clean", scanned_at__isnull=False)
                | Q(scan__in=["not_scanned", "made_here"], scanned_at__isnull=True),
                name="stored_file_scan_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Where it lies in the storage: 256 folders, so that none grows past what lists well."""
        return f"{self.key[:2]}/{self.key}"

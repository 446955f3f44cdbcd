"""The papers of a filing: have it, attach it; have it not, say why."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.models import StoredFile
from reregistration.models.filings import Filing
from reregistration.states import AttachmentKind


class Attachment(models.Model):
    """One paper of a filing, or the reason why a kind of paper is absent; never both in a row.

    A kind may have several papers (the pages of a charter as photos) but one reason. Changed while
    the filing is a draft alone, which a trigger holds too; a version that follows
    points at the same files.
    """

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="attachments")
    kind = models.CharField(_("paper"), max_length=20, choices=AttachmentKind.choices)
    file = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="attachments",
        verbose_name=_("file"),
    )
    absent_reason = models.TextField(_("why it is absent"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["filing", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(file__isnull=False, absent_reason="")
                | (Q(file__isnull=True) & ~Q(absent_reason="")),
                name="attachment_is_a_file_or_a_reason",
            ),
            models.UniqueConstraint(
                fields=["filing", "kind"],
                condition=Q(file__isnull=True),
                name="attachment_one_reason_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=AttachmentKind.values), name="attachment_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.file or self.absent_reason}"

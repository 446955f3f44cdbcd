"""Codes that let a person who has read an organisation's post claim to act for it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notices.models.notices import Notice
from registry.models import Organisation


class ClaimCode(models.Model):
    """A one-time code of a letter. Only its salted hash is kept; used once, by one person."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="claim_codes")
    notice = models.OneToOneField(
        Notice, models.PROTECT, null=True, blank=True, related_name="claim_code"
    )
    salt = models.BinaryField(max_length=16)
    # Hexadecimal SHA-256 of salt and code.
    code_hash = models.CharField(max_length=64)
    # The e-mail address as a stranger may see it; empty for a letter on paper.
    sent_to = models.CharField(_("sent to"), max_length=254, blank=True)
    made_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    attempts = models.PositiveSmallIntegerField(_("wrong attempts"), default=0)

    class Meta:
        verbose_name = _("claim code")
        verbose_name_plural = _("claim codes")
        constraints = [
            models.CheckConstraint(
                condition=Q(used_at__isnull=True, used_by__isnull=True)
                | Q(used_at__isnull=False, used_by__isnull=False),
                name="claim_code_used_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.sent_to}"

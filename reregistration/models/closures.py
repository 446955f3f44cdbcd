"""Filings that say "we have closed" or "we are not an NGO": verified, or contradicted."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.ledger import AppendOnly
from reregistration.models.filings import Filing


class Verification(AppendOnly):
    """Staff found the statement to be so. Append-only: a contradiction after it undoes it, and
    the statement can then be verified anew."""

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="verifications")
    note = models.TextField(_("what it rests on"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("verified closure")
        verbose_name_plural = _("verified closures")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(note=""), name="verification_rests_on_something"),
        ]

    def __str__(self) -> str:
        return f"{self.filing_id} {self.at:%Y-%m-%d}"


class Contradiction(AppendOnly):
    """Somebody says of a filing: "this is not so". Append-only; a person then decides."""

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="contradictions")
    text = models.TextField(_("what is not so"))
    # Recorded by staff for someone who wrote or phoned, not by a representative.
    is_by_staff = models.BooleanField(_("recorded by staff"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("contradiction of a filing")
        verbose_name_plural = _("contradictions of filings")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="contradiction_says_something"),
            # The second click on the same words is refused here.
            models.UniqueConstraint(
                fields=["filing", "by", "text"], name="contradiction_said_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filing_id} {self.at:%Y-%m-%d}"

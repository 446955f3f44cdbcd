"""Decisions on filings that were taken back: by two people, or after a complaint."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from registry.ledger import AppendOnly
from reregistration.models.appeals import Complaint
from reregistration.models.filings import Review


class ReopeningProposal(AppendOnly):
    """Somebody proposes to reopen a decision. Append-only: other words are another proposal, and
    the newest stands."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="reopening_proposals")
    words = models.TextField(_("why it is reopened"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("proposal to reopen a decision")
        verbose_name_plural = _("proposals to reopen a decision")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="reopening_proposal_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.at:%Y-%m-%d}"


class Reopening(AppendOnly):
    """A decision that is taken back. The review stays as it was written; this stands beside it."""

    # Once a decision: of two clicks one is refused here.
    review = models.OneToOneField(Review, models.PROTECT, related_name="reopening")
    words = models.TextField(_("why it is reopened"))
    # Empty where a complaint was upheld: `by` decided on that, and took no part before.
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("proposed by"),
    )
    complaint = models.OneToOneField(
        Complaint,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reopening",
        verbose_name=_("complaint"),
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("reopening of a decision")
        verbose_name_plural = _("reopenings of decisions")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="reopening_says_why"),
            models.CheckConstraint(
                condition=Q(complaint__isnull=False, proposed_by__isnull=True)
                | Q(~Q(proposed_by=F("by")), complaint__isnull=True, proposed_by__isnull=False),
                name="reopening_takes_two_people_or_a_complaint",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.at:%Y-%m-%d}"

"""Who holds which filing, so that two reviewers never work on the same one."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reregistration.models.filings import Filing


class Lease(models.Model):
    """A filing that a reviewer holds until a moment: one a filing, overwritten by the next holder.

    Past its end it holds nothing, so nothing has to end it; given back, it ends at once. A decision
    removes it: what is kept for good is the review.
    """

    filing = models.OneToOneField(Filing, models.PROTECT, related_name="lease")
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        # The index below begins with it.
        db_index=False,
        related_name="leases",
        verbose_name=_("held by"),
    )
    # Who assigned it, if the holder did not take it.
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assigned by"),
    )
    taken_at = models.DateTimeField(_("held since"))
    until_at = models.DateTimeField(_("held until"))

    class Meta:
        verbose_name = _("filing taken by a reviewer")
        verbose_name_plural = _("filings taken by reviewers")
        permissions = [("assign_filing", "Assign filings to reviewers")]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_at__gt=F("taken_at")), name="lease_ends_after_it_began"
            ),
        ]
        indexes = [
            # "Waiting for me?": those of one person that still hold.
            models.Index(fields=["taken_by", "until_at"], name="lease_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.filing_id}: {self.taken_by_id}"

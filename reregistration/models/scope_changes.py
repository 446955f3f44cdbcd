"""A decided change of who is asked, on its way into the obligations."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reregistration.models.campaigns import Campaign, CampaignDecision


class ScopeChange(models.Model):
    """Where the work of a decision on newcomers or leavers stands: whoever goes on after a crash
    begins behind the last slice that was written whole."""

    decision = models.OneToOneField(CampaignDecision, models.PROTECT, related_name="scope_change")
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="scope_changes")
    # The last organisation or obligation that was looked at: they go by their keys, ascending.
    done_to = models.PositiveBigIntegerField(default=0)
    # How many there were when it was decided.
    expected = models.PositiveIntegerField(_("organisations"))
    looked_at = models.PositiveIntegerField(_("looked at"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("change of scope")
        verbose_name_plural = _("changes of scope")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign"],
                condition=Q(finished_at__isnull=True),
                name="scope_change_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(changed__lte=F("looked_at")), name="scope_change_counts_add_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision.kind} {self.changed}"

"""More time that an organisation was given."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.ledger import AppendOnly
from reregistration.models.obligations import Obligation


class Extension(AppendOnly):
    """Days added to one obligation's due date, by its own request or by staff. Append-only.

    Each begins a new cycle, so that one cycle has one at most: the double click is refused here.
    """

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="extensions")
    # The cycle in which it was asked for, which it ended.
    cycle = models.PositiveSmallIntegerField(_("cycle"))
    days = models.PositiveSmallIntegerField(_("days"))
    # The effective due date that it led to.
    due_on = models.DateField(_("new due date"))
    is_self_service = models.BooleanField(_("asked for by the organisation"))
    # The organisation's reason, or the ground of the staff's decision.
    reason = models.TextField(_("reason or ground"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        ordering = ["id"]
        permissions = [("grant_extension", "Give an organisation more time")]
        constraints = [
            models.UniqueConstraint(fields=["obligation", "cycle"], name="extension_once_a_cycle"),
            models.CheckConstraint(condition=Q(days__gt=0), name="extension_gives_days"),
            models.CheckConstraint(condition=~Q(reason=""), name="extension_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.obligation_id} +{self.days}"

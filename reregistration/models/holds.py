"""Clocks that stand still: of one organisation, of a region, or of a whole campaign."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from registry.models import Region
from reregistration.models.campaigns import Campaign
from reregistration.models.obligations import Obligation

_OPEN = Q(ended_on__isnull=True)


class Hold(models.Model):
    """No day is counted against whom it covers, from the day it began until the day it ended.

    Begun and ended by staff; covers one obligation, or a region, or the whole campaign.
    """

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="holds", verbose_name=_("campaign")
    )
    obligation = models.ForeignKey(
        Obligation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="holds",
        verbose_name=_("only this organisation"),
    )
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, verbose_name=_("only this region")
    )
    # The organisation reads it too.
    reason = models.TextField(_("reason"))
    began_on = models.DateField(_("held from"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))
    # The first day that is counted again.
    ended_on = models.DateField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ended by"),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(obligation__isnull=True) | Q(region__isnull=True),
                name="hold_covers_one_or_a_region",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="hold_has_a_reason"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, ended_by__isnull=True, ended_at__isnull=True)
                | Q(
                    ended_on__isnull=False,
                    ended_by__isnull=False,
                    ended_at__isnull=False,
                    ended_on__gte=F("began_on"),
                ),
                name="hold_ended_by_somebody_after_it_began",
            ),
            models.UniqueConstraint(
                fields=["obligation"], condition=_OPEN, name="hold_one_open_of_an_obligation"
            ),
            models.UniqueConstraint(
                fields=["campaign", "region"], condition=_OPEN, name="hold_one_open_of_a_region"
            ),
            models.UniqueConstraint(
                fields=["campaign"],
                condition=_OPEN & Q(obligation__isnull=True, region__isnull=True),
                name="hold_one_open_of_a_campaign",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign.code} {self.began_on:%Y-%m-%d}"

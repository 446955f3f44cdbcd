"""Awards made before this portal, or beside it, as files bring them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grants.querysets import PastAwardQuerySet
from registry.models import ActivityArea, Organisation, Region


class AwardFile(models.Model):
    """A file of past awards that was read, and what came of its rows."""

    name = models.CharField(_("file"), max_length=200)
    # The same file twice changes nothing.
    sha256 = models.CharField(_("fingerprint"), max_length=64, unique=True)
    mapping = models.CharField(_("mapping"), max_length=40)
    read_at = models.DateTimeField(_("read"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    rows = models.PositiveIntegerField(_("rows read"), default=0)
    added = models.PositiveIntegerField(_("added"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)

    class Meta:
        verbose_name = _("file of past awards")
        verbose_name_plural = _("files of past awards")
        ordering = ["-id"]
        permissions = [("bring_past_awards", "Read files of past awards")]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    rows=models.F("added")
                    + models.F("changed")
                    + models.F("unchanged")
                    + models.F("refused")
                ),
                name="award_file_rows_add_up",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PastAward(models.Model):
    """An award as a file states it. Its organisation is matched by BIN or number, never guessed."""

    # The source's own identifier: the same row again is the same award.
    identifier = models.CharField(_("identifier"), max_length=200, unique=True)
    file = models.ForeignKey(
        AwardFile, models.PROTECT, related_name="awards", verbose_name=_("file")
    )
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="past_awards",
        verbose_name=_("organisation"),
    )
    recipient_name = models.TextField(_("recipient"))
    # As the source writes it: "KZ-BIN-…", "GB-CHC-1136419".
    recipient_identifier = models.CharField(_("recipient's identifier"), max_length=100, blank=True)
    title = models.TextField(_("title"))
    description = models.TextField(_("description"), blank=True)
    programme = models.TextField(_("programme"), blank=True)
    funder_name = models.TextField(_("paid by"), blank=True)
    funder_identifier = models.CharField(_("payer's identifier"), max_length=100, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="KZT")
    # Empty: the source does not say it. Never counted as nothing.
    amount = models.DecimalField(
        _("amount"), max_digits=15, decimal_places=2, null=True, blank=True
    )
    awarded_on = models.DateField(_("awarded"))
    starts_on = models.DateField(_("begins"), null=True, blank=True)
    ends_on = models.DateField(_("ends"), null=True, blank=True)
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("region")
    )
    area = models.ForeignKey(
        ActivityArea,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("area of activity"),
    )

    objects = PastAwardQuerySet.as_manager()

    class Meta:
        verbose_name = _("past award")
        verbose_name_plural = _("past awards")
        ordering = ["-awarded_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0), name="past_award_not_below"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="past_award_currency_is_a_code"
            ),
        ]
        indexes = [
            # Public totals by year.
            models.Index(fields=["awarded_on"], name="past_award_by_day"),
        ]

    def __str__(self) -> str:
        return self.identifier


class RefusedAward(models.Model):
    """A row of a file of past awards that was not taken, with its reason."""

    file = models.ForeignKey(AwardFile, models.PROTECT, related_name="refused_rows")
    line = models.PositiveIntegerField(_("line"))
    reason = models.CharField(_("reason"), max_length=40)
    # The row as it was read.
    cells = models.JSONField(_("row"))

    class Meta:
        verbose_name = _("refused row of past awards")
        verbose_name_plural = _("refused rows of past awards")
        ordering = ["file", "line"]

    def __str__(self) -> str:
        return f"{self.file_id}:{self.line}"

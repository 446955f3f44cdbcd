"""The register's own lines: what changed, why, on whose decision."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.ledger import AppendOnly
from registry.models.organisations import Organisation
from registry.states import EntryKind


class RegisterEntry(AppendOnly):
    """An append-only line of the register.

    `changes` is {field: [before, after]}; of a personal field it holds {field: {"commitment":
    hex}}, and the value itself stands in PersonalValue, where it can be erased.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="entries", verbose_name=_("organisation")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=EntryKind.choices)
    changes = models.JSONField(_("changes"))
    # What it rests on, as text: "extract:2026-06-30", "filing:F-0000012".
    source = models.CharField(_("source"), max_length=60)
    # The decision behind it, as text: "review:12"; empty for an extract.
    decision = models.CharField(_("decision"), max_length=60, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("register entry")
        verbose_name_plural = _("register entries")
        ordering = ["id"]
        indexes = [
            # An organisation's history, newest first.
            models.Index(fields=["organisation", "-id"], name="entry_by_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"


class PersonalValue(models.Model):
    """A personal value that a line committed to. Erasing the row leaves every seal valid."""

    entry = models.ForeignKey(RegisterEntry, models.PROTECT, related_name="personal_values")
    field = models.CharField(max_length=20)
    value = models.TextField()
    salt = models.BinaryField(max_length=16)

    class Meta:
        verbose_name = _("personal value")
        verbose_name_plural = _("personal values")
        constraints = [
            models.UniqueConstraint(fields=["entry", "field"], name="personal_value_once"),
        ]

    def __str__(self) -> str:
        return self.field


class AnnualFigures(models.Model):
    """An organisation's money of one year, in tenge, as its accepted filing states it."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="annual_figures")
    year = models.PositiveSmallIntegerField(_("year"))
    income = models.DecimalField(_("income, tenge"), max_digits=17, decimal_places=2)
    spending = models.DecimalField(_("spending, tenge"), max_digits=17, decimal_places=2)
    source = models.CharField(_("source"), max_length=60)
    as_of_at = models.DateTimeField(_("as of"))

    class Meta:
        verbose_name = _("figures of a year")
        verbose_name_plural = _("figures of a year")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year"], name="figures_once_a_year"),
            models.CheckConstraint(
                condition=models.Q(income__gte=0) & models.Q(spending__gte=0),
                name="figures_are_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}"

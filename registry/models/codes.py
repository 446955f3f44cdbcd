"""The code lists: places, legal forms, activity areas, and days that staff move.

All are loaded from files in registry/data by a migration; their sources stand there.
"""

from __future__ import annotations

from typing import cast

from django.contrib.admin import display
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from registry.querysets import DayOverrideQuerySet


class Named(models.Model):
    """A code with its names in three languages."""

    name_kk = models.TextField(_("name in Kazakh"))
    name_ru = models.TextField(_("name in Russian"))
    name_en = models.TextField(_("name in English"), blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    @display(description=_("name"))
    def name(self) -> str:
        """The name in the reader's language; Russian where that one is missing."""
        return cast(str, getattr(self, f"name_{get_language() or 'kk'}", "")) or self.name_ru


class Region(Named):
    """One of the 17 oblasts and 3 cities of republican significance."""

    kato = models.CharField(_("code in KATO"), max_length=9, primary_key=True)
    iso = models.CharField("ISO 3166-2", max_length=6, unique=True)
    slug = models.SlugField(unique=True)

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ["kato"]


class Place(Named):
    """A place of the KATO classifier (edition NK RK 11-2025): nine digits, region to village."""

    kato = models.CharField(_("code in KATO"), max_length=9, primary_key=True)
    level = models.CharField(_("level"), max_length=12)
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="places", verbose_name=_("region")
    )
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    edition = models.CharField(max_length=20)
    # Codes end and are succeeded when borders change (2018, 2022).
    valid_from_on = models.DateField(null=True)
    valid_to_on = models.DateField(null=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, related_name="predecessors")

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering = ["kato"]


class LegalForm(Named):
    """A legal form of non-commercial organisations (Law on Non-commercial Organisations)."""

    code = models.CharField(_("code"), max_length=8, primary_key=True)
    law_article = models.CharField(_("article of the law"), max_length=20)
    abbreviation_kk = models.CharField(max_length=10, blank=True)
    abbreviation_ru = models.CharField(max_length=10, blank=True)
    # Art. 41(5): whether bodies of this form report to the NGO database.
    reports = models.BooleanField(_("files a report"))

    class Meta:
        verbose_name = _("legal form")
        verbose_name_plural = _("legal forms")
        ordering = ["code"]


class LegalFormAlias(models.Model):
    """Another spelling of a legal form, as extracts write it; `folded` is registry.folding.fold."""

    folded = models.TextField(_("folded name"), unique=True)
    legal_form = models.ForeignKey(
        LegalForm, models.PROTECT, related_name="aliases", verbose_name=_("legal form")
    )

    class Meta:
        verbose_name = _("legal form alias")
        verbose_name_plural = _("legal form aliases")

    def __str__(self) -> str:
        return self.folded


class ActivityArea(Named):
    """An area of activity (Law of 12 April 2005 on state social order, article 5)."""

    code = models.CharField(_("code"), max_length=5, primary_key=True)
    position = models.PositiveSmallIntegerField(unique=True)
    # SSO+GRANT+PRIZE, or SSO only: what the area may be financed by.
    scope = models.CharField(_("scope"), max_length=20)

    class Meta:
        verbose_name = _("area of activity")
        verbose_name_plural = _("areas of activity")
        ordering = ["position"]


class DayOverride(models.Model):
    """A day that the Government moved: worked though a holiday, or off though a weekday."""

    on = models.DateField(_("day"), unique=True)
    is_working = models.BooleanField(_("a working day"))
    ground = models.CharField(_("ground"), max_length=200)

    objects = DayOverrideQuerySet.as_manager()

    class Meta:
        verbose_name = _("moved working day")
        verbose_name_plural = _("moved working days")
        ordering = ["on"]

    def __str__(self) -> str:
        return f"{self.on}"

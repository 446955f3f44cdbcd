"""Extracts of the state register, their refused rows, and where they differ from what we hold."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.models.organisations import Organisation
from registry.querysets import ExtractQuerySet
from registry.sentences import in_reader_language


class Extract(models.Model):
    """One committed import of a file. The counts obey read = new + changed + unchanged +
    repeated + refused, which the database checks too."""

    as_of_on = models.DateField(_("as of"))
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    imported_at = models.DateTimeField(_("imported"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    read = models.PositiveIntegerField(_("read"))
    new = models.PositiveIntegerField(_("new"))
    changed = models.PositiveIntegerField(_("changed"))
    unchanged = models.PositiveIntegerField(_("unchanged"))
    repeated = models.PositiveIntegerField(_("repeated"))
    refused = models.PositiveIntegerField(_("refused"))
    absent = models.PositiveIntegerField(_("absent since the last extract"))
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("undone by"),
    )

    objects = ExtractQuerySet.as_manager()

    class Meta:
        verbose_name = _("extract")
        verbose_name_plural = _("extracts")
        ordering = ["-as_of_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    read=models.F("new")
                    + models.F("changed")
                    + models.F("unchanged")
                    + models.F("repeated")
                    + models.F("refused")
                ),
                name="extract_counts_add_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.as_of_on} ({self.file_name})"


class BeforeImport(models.Model):
    """What the register held of an organisation before an extract touched it: what an undo puts
    back.

    Kept as long as an undo may be asked for (`registry.imports.undoing`), for it names people.
    """

    class Touch(models.TextChoices):
        """What the extract did to it."""

        ENTERED = "entered", _("entered in the register")
        CHANGED = "changed", _("changed by an extract")
        SEEN = "seen", _("named, and nothing changed")

    extract = models.ForeignKey(Extract, models.CASCADE, related_name="before")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    touch = models.CharField(max_length=10, choices=Touch.choices)
    # Column -> value; empty where it was not in the register.
    held = models.JSONField(default=dict)
    # Its contacts, where the extract changed them; else null.
    contacts = models.JSONField(null=True)

    class Meta:
        verbose_name = _("what was before an import")
        verbose_name_plural = _("what was before an import")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["extract", "organisation"], name="before_import_once"),
            models.CheckConstraint(
                condition=models.Q(touch__in=["entered", "changed", "seen"]),
                name="before_import_touch_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.extract_id}: {self.organisation_id}"


class RefusedRow(models.Model):
    """A row of an extract that was not taken, with its line and the reason."""

    extract = models.ForeignKey(
        Extract, models.CASCADE, related_name="refused_rows", verbose_name=_("extract")
    )
    line = models.PositiveIntegerField(_("line"))
    reason = models.CharField(_("reason"), max_length=30)
    sentence = models.TextField(_("what to do"))
    # The same by language: whoever reads it has one of their own.
    sentences = models.JSONField(_("what to do"), default=dict)
    cells = models.JSONField(_("cells"))
    # The organisation that the row names all the same: it counts as seen.
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        related_name="refused_rows",
        verbose_name=_("organisation"),
    )

    class Meta:
        verbose_name = _("refused row")
        verbose_name_plural = _("refused rows")
        ordering = ["extract", "line"]

    def __str__(self) -> str:
        return f"{self.line}: {self.reason}"

    @property
    def what_to_do(self) -> str:
        """The sentence in the reader's language."""
        return in_reader_language(self.sentences) or self.sentence


class Difference(models.Model):
    """A fact on which two sources differ: the data-quality queue.

    Opened when an extract is older than the accepted filing that wrote the field, and when a
    filing declares a fact that the state registration owns (names, seat, head) otherwise.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="differences", verbose_name=_("organisation")
    )
    field = models.CharField(_("field"), max_length=20)
    held = models.TextField(_("the register holds"), blank=True)
    stated = models.TextField(_("the source states"), blank=True)
    source = models.CharField(_("source"), max_length=60)
    opened_at = models.DateTimeField(_("opened"))
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("resolved by"),
    )

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "field", "source"], name="difference_once_a_source"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.held} / {self.stated}"

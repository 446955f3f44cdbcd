"""Templates, and the notices made from them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from notices.states import DocumentKind, Kind
from registry.ledger import AppendOnly
from registry.models import Organisation

_LANGUAGES = [("kk", "Қазақша"), ("ru", "Русский"), ("en", "English")]


class NoticeTemplate(models.Model):
    """One version of the wording of one kind in one language.

    Those that come with the portal are loaded from files by `manage.py load_templates`; others
    are drafted by one member of staff and approved by another. Once approved a version is never
    changed (a trigger refuses it), and a notice keeps the version it was made from.
    """

    kind = models.CharField(_("kind"), max_length=30, choices=Kind.choices)
    language = models.CharField(_("language"), max_length=2, choices=_LANGUAGES)
    version = models.PositiveSmallIntegerField(_("version"))
    subject = models.TextField(_("subject"))
    body = models.TextField(_("text"))
    # The same in few words, for a phone; empty where the kind never goes by SMS.
    sms = models.TextField(_("SMS"), blank=True, db_default="")
    effective_from_at = models.DateTimeField(_("in force from"))
    # Empty for a wording that came with the portal.
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    drafted_at = models.DateTimeField(_("drafted"), null=True, blank=True)
    # Only an approved version is ever in force.
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("notice template")
        verbose_name_plural = _("notice templates")
        ordering = ["kind", "language", "-version"]
        permissions = [
            ("write_template", "Draft the wording of notices"),
            ("approve_template", "Approve the wording of notices"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True)
                | Q(drafted_by__isnull=True)
                | (Q(approved_by__isnull=False) & ~Q(approved_by=F("drafted_by"))),
                name="template_approved_by_another",
            ),
            models.UniqueConstraint(
                fields=["kind", "language", "version"], name="template_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_language_display()}, {self.version}"


class Notice(AppendOnly):
    """One legal or courtesy text for one organisation. Append-only.

    `source` and `cycle` are text and number, never a key upwards: "obligation:123", 2. `occasion`
    says which one of its kind, with the date it announces: "T-30/2026-12-01".
    """

    number = models.CharField(_("number"), max_length=12, unique=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="notices", verbose_name=_("organisation")
    )
    source = models.CharField(_("source"), max_length=60)
    cycle = models.PositiveSmallIntegerField(_("cycle"))
    kind = models.CharField(_("kind"), max_length=30, choices=Kind.choices)
    occasion = models.CharField(_("occasion"), max_length=40)
    language = models.CharField(_("language"), max_length=2, choices=_LANGUAGES)
    template = models.ForeignKey(NoticeTemplate, models.PROTECT, related_name="+")
    # SHA-256 over salt, subject and body: names the text without giving it away.
    text_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "source", "cycle", "kind", "occasion"],
                name="notice_once_an_occasion",
            ),
        ]
        indexes = [
            # The schedule asks which occasions of a kind a source already has.
            models.Index(fields=["source", "cycle", "kind"], name="notice_by_source"),
        ]

    def __str__(self) -> str:
        return self.number


class NoticeText(models.Model):
    """The rendered text of a notice: beside it, because it holds personal values."""

    notice = models.OneToOneField(Notice, models.PROTECT, primary_key=True, related_name="text")
    subject = models.TextField(_("subject"))
    body = models.TextField(_("text"))
    sms = models.TextField(_("SMS"), blank=True, db_default="")

    class Meta:
        verbose_name = _("text of a notice")
        verbose_name_plural = _("texts of notices")

    def __str__(self) -> str:
        return self.subject


class IssuedDocument(AppendOnly):
    """A number that the portal gave out: for each notice, receipt and certificate. Append-only.

    The line by which a document is proved: it binds the number to the content's hash.
    """

    number = models.CharField(_("number"), max_length=12, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=DocumentKind.choices)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="documents", verbose_name=_("organisation")
    )
    issued_on = models.DateField(_("issued"))
    sha256 = models.CharField(max_length=64)
    # What it was issued on, as text: "filing:F-0000001". Empty where the number itself says so.
    source = models.CharField(_("source"), max_length=60, blank=True, db_default="")
    # What it says, kept as it was that day, where nothing else keeps it; `sha256` is over it.
    facts = models.JSONField(
        _("facts"), blank=True, db_default=models.Value({}, models.JSONField())
    )

    class Meta:
        verbose_name = _("issued document")
        verbose_name_plural = _("issued documents")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source"],
                condition=~Q(source=""),
                name="issued_document_once_a_source",
            ),
        ]

    def __str__(self) -> str:
        return self.number

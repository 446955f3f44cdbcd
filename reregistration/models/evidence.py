"""What an officer gathers of a marked organisation; its words apart, so that they can be erased."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notices.models import Dispatch
from registry.ledger import AppendOnly, new_salt
from registry.models import Organisation, StoredFile
from reregistration.states import LOGGED, MAY_FIND, NEEDS_A_FILE, EvidenceKind

_SHA256 = r"^[0-9a-f]{64}$"


class EvidenceItem(AppendOnly):
    """An entry of an organisation's evidence log. Append-only: one made in error is replaced.

    What it says stands beside it, because it may name people; the line holds its commitment.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="evidence", verbose_name=_("organisation")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=EvidenceKind.choices)
    # The day of the fact, which may lie long before the day of the entry.
    on = models.DateField(_("day of the fact"))
    # What speaks for the organisation: from then on nothing older shows that it is absent.
    somebody_found = models.BooleanField(
        _("somebody of the organisation was found"), default=False, db_default=False
    )
    # `ledger.commitment` over the words and the salt of EvidenceText.
    words_hash = models.CharField(max_length=64)
    file = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("document"),
    )
    # Of the file as it was logged: the sealed line binds it.
    file_sha256 = models.CharField(_("fingerprint of the document"), max_length=64, blank=True)
    # Of a letter that came back by another way than the carrier's file, where it is one of ours.
    dispatch = models.ForeignKey(
        Dispatch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="evidence",
        verbose_name=_("dispatch"),
    )
    replaces = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaced_by",
        verbose_name=_("replaces"),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("logged"))

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence log")
        ordering = ["on", "id"]
        permissions = [("log_evidence", "Log evidence and replace entries of the log")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=LOGGED), name="evidence_is_of_a_kind_that_is_logged"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=NEEDS_A_FILE) | Q(file__isnull=False),
                name="evidence_of_a_kind_has_its_paper",
            ),
            models.CheckConstraint(
                condition=Q(file__isnull=True, file_sha256="")
                | Q(file__isnull=False, file_sha256__regex=_SHA256),
                name="evidence_binds_its_file",
            ),
            models.CheckConstraint(
                condition=Q(dispatch__isnull=True) | Q(kind=EvidenceKind.LETTER_RETURNED),
                name="evidence_of_a_dispatch_is_a_letter",
            ),
            models.CheckConstraint(
                condition=Q(somebody_found=False) | Q(kind__in=MAY_FIND),
                name="evidence_of_who_was_found_is_of_a_search",
            ),
            models.CheckConstraint(
                condition=~Q(kind=EvidenceKind.NOTHING) | Q(replaces__isnull=False),
                name="evidence_of_nothing_replaces",
            ),
            models.CheckConstraint(
                condition=Q(words_hash__regex=_SHA256), name="evidence_commits_to_its_words"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.on:%d.%m.%Y}"


class EvidenceText(models.Model):
    """What an entry of the log says: beside it, because it may hold personal values."""

    item = models.OneToOneField(EvidenceItem, models.PROTECT, primary_key=True, related_name="text")
    words = models.TextField(_("what was found"))
    # Where the letter went, the visit was made, the people were looked for.
    address = models.TextField(_("address"), blank=True)
    salt = models.BinaryField(max_length=16, default=new_salt, editable=False)

    class Meta:
        verbose_name = _("words of an entry")
        verbose_name_plural = _("words of entries")
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="evidence_says_something"),
        ]

    def __str__(self) -> str:
        return self.words

"""A file of the state register that a clerk brought, on its way into the register."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.models.extracts import Extract
from registry.models.files import StoredFile
from registry.sentences import in_reader_language
from registry.states import ImportState

# Whatever the timetable has still to do.
WAITING = (ImportState.UPLOADED, ImportState.COMMITTING, ImportState.UNDOING)


class ImportJob(models.Model):
    """One upload: tried first, committed when a clerk says so, both by the timetable.

    The row is the queue: a worker that was killed wrote nothing, and the next run takes the same
    row again.
    """

    file = models.OneToOneField(
        StoredFile, models.PROTECT, related_name="+", verbose_name=_("file")
    )
    # The file's own, here for the constraint.
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState.choices, default=ImportState.UPLOADED
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    uploaded_at = models.DateTimeField(_("uploaded"))
    committed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("committed by"),
    )
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("undone by"),
    )
    undo_ground = models.TextField(_("ground of the undo"), blank=True)
    # Rows read by the run under way, of those that the trial read.
    done = models.PositiveIntegerField(_("rows read"), default=0)
    total = models.PositiveIntegerField(_("rows"), default=0)
    # When a worker last told of it.
    heard_at = models.DateTimeField(_("last heard of"), null=True)
    # What the trial found: counts by kind of change, a few rows of each, all refused rows.
    as_of_on = models.DateField(_("as of"), null=True)
    counts = models.JSONField(_("counts"), default=dict)
    samples = models.JSONField(_("samples"), default=dict)
    refusals = models.JSONField(_("refused rows"), default=list)
    error = models.TextField(_("why it failed"), blank=True)
    # Why it failed, or why an undo did, by language: whoever reads it has one of their own.
    reasons = models.JSONField(_("why it failed"), default=dict)
    extract = models.OneToOneField(
        Extract, models.PROTECT, null=True, related_name="job", verbose_name=_("extract")
    )

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-id"]
        # To bring a file and to commit it is one power: add. Rows change by verbs alone.
        default_permissions = ("add", "view")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ImportState.values), name="import_state_is_known"
            ),
            # However often a file is uploaded, it is committed once.
            models.UniqueConstraint(
                fields=["sha256"],
                condition=Q(state__in=["committing", "done", "undoing"]),
                name="import_once_a_file",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "undoing", "undone"], extract__isnull=False)
                | (~Q(state__in=["done", "undoing", "undone"]) & Q(extract__isnull=True)),
                name="import_done_has_its_extract",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["committing", "done", "undoing", "undone"])
                | Q(committed_by__isnull=False),
                name="import_is_committed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["undoing", "undone"])
                | (Q(undone_by__isnull=False) & ~Q(undo_ground="")),
                name="import_is_undone_by_somebody_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state="failed") | Q(error=""), name="import_error_is_of_a_failed_one"
            ),
        ]

    def __str__(self) -> str:
        return self.file.name

    @property
    def percent(self) -> int:
        """How far the run under way is."""
        return min(100, self.done * 100 // self.total) if self.total else 0

    @property
    def waits(self) -> bool:
        """Whether a worker has still to do something."""
        return self.state in WAITING

    @property
    def reason(self) -> str:
        """Why it failed, or why it was not undone, in the reader's language."""
        return in_reader_language(self.reasons) or self.error

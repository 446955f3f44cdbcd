"""What an organisation reports on its grant, and when it is due."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from grants.models.applications import BudgetLine
from grants.models.awards import Award
from grants.querysets import ReportQuerySet
from grants.states import ReportKind, ReportState
from registry.models import StoredFile


class Report(models.Model):
    """A report on an award (grant rules, order No. 413): asked for by the agreement, due on a day,
    reviewed by the operator. What was decided on it stands in the award's log."""

    award = models.ForeignKey(Award, models.PROTECT, related_name="reports")
    position = models.PositiveSmallIntegerField(_("report"))
    kind = models.CharField(_("kind"), max_length=7, choices=ReportKind.choices)
    period_from_on = models.DateField(_("period from"))
    period_until_on = models.DateField(_("period until and including"))
    # Moved by a return: the reminders follow the date that stands here.
    due_on = models.DateField(_("due date"))
    state = models.CharField(
        _("state"), max_length=9, choices=ReportState.choices, default=ReportState.DUE
    )
    text = models.TextField(_("what was done"), blank=True)
    results = models.TextField(_("what has changed"), blank=True)
    # Tenge spent in the period: the sum of its lines.
    spent = models.DecimalField(
        _("spent, tenge"), max_digits=15, decimal_places=2, default=Decimal(0)
    )
    revision = models.PositiveIntegerField(default=1)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("submitted by"),
    )
    sha256 = models.CharField(_("fingerprint"), max_length=64, blank=True)
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    review_words = models.TextField(_("in the operator's words"), blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report on a grant")
        verbose_name_plural = _("reports on grants")
        ordering = ["award", "position"]
        constraints = [
            models.UniqueConstraint(fields=["award", "position"], name="report_position_once"),
            models.CheckConstraint(
                condition=Q(state__in=ReportState.values), name="report_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(period_from_on__lte=F("period_until_on")), name="report_period_runs"
            ),
            models.CheckConstraint(condition=Q(spent__gte=0), name="report_spent_not_below"),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "returned", "accepted"])
                | (Q(submitted_at__isnull=False, submitted_by__isnull=False) & ~Q(sha256="")),
                name="report_submitted_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["returned", "accepted"])
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="report_reviewed_by_a_person",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(review_words=""), name="report_return_says_why"
            ),
        ]
        indexes = [
            # The timetable's reminders, and the officer's list of what is late.
            models.Index(fields=["state", "due_on"], name="report_by_due"),
        ]

    def __str__(self) -> str:
        """As an officer reads it on their pages, which load its award."""
        return f"{self.award}/{self.position}"

    @property
    def source(self) -> str:
        """How notices name it: text, never a key upwards."""
        return f"report:{self.pk}"


class ReportLine(models.Model):
    """What a report says was spent on one line of the budget."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="lines")
    budget_line = models.ForeignKey(BudgetLine, models.PROTECT, related_name="+")
    spent = models.DecimalField(_("spent, tenge"), max_digits=15, decimal_places=2)

    class Meta:
        verbose_name = _("line of a report")
        verbose_name_plural = _("lines of reports")
        ordering = ["report", "budget_line"]
        constraints = [
            models.UniqueConstraint(fields=["report", "budget_line"], name="report_line_once"),
            models.CheckConstraint(condition=Q(spent__gte=0), name="report_line_not_below"),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.budget_line_id}"


class ReportPaper(models.Model):
    """A paper of a report: a receipt, a photo, a list."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="papers")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("file"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("paper of a report")
        verbose_name_plural = _("papers of reports")
        ordering = ["report", "id"]

    def __str__(self) -> str:
        return str(self.file)

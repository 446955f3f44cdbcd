"""Filings that came on paper: received, typed in, confirmed by a second clerk, contested."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from registry.ledger import AppendOnly
from registry.models import StoredFile
from reregistration.models.obligations import Obligation
from reregistration.states import AnswerOutcome, PaperState, PaperStepKind


def _person(verbose_name: Any, **fields: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=verbose_name,
        **fields,
    )


class PaperFiling(models.Model):
    """A filing on paper with its scan and the day from which it counts. Its answers are typed into
    a draft of its own (`Filing.paper`), which nobody of the organisation sees before it is
    confirmed."""

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="papers")
    state = models.CharField(
        _("state"), max_length=10, choices=PaperState.choices, default=PaperState.TO_TYPE
    )
    # The number in the ministry's book of incoming papers, if it keeps one.
    incoming = models.CharField(_("incoming number"), max_length=40, blank=True)
    received_on = models.DateField(_("received"))
    # The day of the postmark; empty where it was handed in.
    posted_on = models.DateField(_("postmark"), null=True, blank=True)
    # The moment that decides whether it is on time: the end of the postmark's day in Almaty, of
    # what was handed in the end of the day of receipt, or the moment of logging if that is earlier.
    counts_at = models.DateTimeField(_("counts from"))
    scan = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="papers", verbose_name=_("scan")
    )
    received_by = _person(_("received by"))
    received_at = models.DateTimeField(_("logged"))
    typed_by = _person(_("typed in by"), null=True, blank=True)
    typed_at = models.DateTimeField(_("typed in"), null=True, blank=True)
    confirmed_by = _person(_("confirmed by"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    contested_by = _person(_("contested by"), null=True, blank=True)
    contested_at = models.DateTimeField(_("contested"), null=True, blank=True)
    contest_text = models.TextField(_("why it is contested"), blank=True)
    decided_by = _person(_("contest decided by"), null=True, blank=True)
    decided_at = models.DateTimeField(_("contest decided"), null=True, blank=True)
    outcome = models.CharField(
        _("outcome of the contest"), max_length=10, choices=AnswerOutcome.choices, blank=True
    )
    # The organisation reads it in the letter.
    decision = models.TextField(_("reasons of the decision"), blank=True)

    class Meta:
        verbose_name = _("paper filing")
        verbose_name_plural = _("paper filings")
        ordering = ["received_on", "id"]
        permissions = [("type_paper", "Receive, type in and confirm paper filings")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=PaperState.values), name="paper_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(posted_on__isnull=True) | Q(posted_on__lte=F("received_on")),
                name="paper_posted_before_it_was_received",
            ),
            models.CheckConstraint(
                condition=Q(counts_at__lte=F("received_at")), name="paper_counts_from_the_past"
            ),
            models.CheckConstraint(
                condition=Q(typed_by__isnull=True, typed_at__isnull=True)
                | Q(typed_by__isnull=False, typed_at__isnull=False),
                name="paper_typed_by_somebody_at_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[PaperState.TO_CONFIRM, PaperState.CONFIRMED])
                | Q(typed_by__isnull=False),
                name="paper_typed_before_it_is_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=PaperState.CONFIRMED,
                    confirmed_by__isnull=False,
                    confirmed_at__isnull=False,
                )
                | (
                    ~Q(state=PaperState.CONFIRMED)
                    & Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                ),
                name="paper_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True)
                | (~Q(confirmed_by=F("typed_by")) & ~Q(confirmed_by=F("received_by"))),
                name="paper_confirmed_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(contested_by__isnull=True, contested_at__isnull=True, contest_text="")
                | (
                    Q(
                        contested_by__isnull=False,
                        contested_at__isnull=False,
                        state=PaperState.CONFIRMED,
                    )
                    & ~Q(contest_text="")
                ),
                name="paper_contested_once_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(
                    decided_by__isnull=True, decided_at__isnull=True, outcome="", decision=""
                )
                | (
                    Q(
                        contested_at__isnull=False,
                        decided_by__isnull=False,
                        decided_at__isnull=False,
                        outcome__in=AnswerOutcome.values,
                    )
                    & ~Q(decision="")
                ),
                name="paper_contest_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | (
                    ~Q(decided_by=F("received_by"))
                    & ~Q(decided_by=F("typed_by"))
                    & ~Q(decided_by=F("confirmed_by"))
                ),
                name="paper_contest_decided_by_another",
            ),
        ]
        indexes = [
            # The desk's lists, and whether one waits of an obligation.
            models.Index(
                fields=["obligation"],
                condition=Q(state__in=[PaperState.TO_TYPE, PaperState.TO_CONFIRM]),
                name="paper_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.incoming or f"№ {self.pk}"

    @property
    def is_contested(self) -> bool:
        """Whether the organisation's contest waits for its decision."""
        return self.contested_at is not None and self.decided_at is None


class PaperStep(AppendOnly):
    """What was done with a paper filing, by whom, when, and in which words. Append-only."""

    paper = models.ForeignKey(PaperFiling, models.PROTECT, related_name="steps")
    kind = models.CharField(_("step"), max_length=10, choices=PaperStepKind.choices)
    note = models.TextField(_("in their words"), blank=True)
    by = _person(_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("step of a paper filing")
        verbose_name_plural = _("steps of paper filings")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.paper_id} {self.kind}"

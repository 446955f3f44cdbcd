"""What an organisation answers to a decision: objections, complaints, wishes to be heard.

Each stops every further step against the organisation until someone decided on it.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from registry.models import StoredFile
from reregistration.models.obligations import Obligation
from reregistration.states import AnswerOutcome


class Appeal(models.Model):
    """One answer, written once; its decision is added by somebody else, once."""

    number = models.CharField(_("number"), max_length=9, unique=True)
    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="%(class)ss")
    cycle = models.PositiveSmallIntegerField(_("cycle"))
    text = models.TextField(_("text"))
    document = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("document"),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("received"))
    # The day by whose end it is to be decided.
    decision_by_on = models.DateField(_("to be decided by"))
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=AnswerOutcome.choices, blank=True
    )
    decision = models.TextField(_("decision and its reasons"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    # What a letter calls it.
    words: Promise

    class Meta:
        abstract = True
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["obligation"],
                condition=Q(decided_at__isnull=True),
                name="%(class)s_one_open",
            ),
            models.CheckConstraint(
                condition=Q(
                    decided_at__isnull=True, decided_by__isnull=True, outcome="", decision=""
                )
                | (
                    Q(
                        decided_at__isnull=False,
                        decided_by__isnull=False,
                        outcome__in=AnswerOutcome.values,
                    )
                    & ~Q(decision="")
                ),
                name="%(class)s_decided_is_complete",
            ),
            # Nobody decides on what they sent in themselves.
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("by")),
                name="%(class)s_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Objection(Appeal):
    """The answer to a preliminary decision, before the mark."""

    words = _("objection")

    class Meta(Appeal.Meta):
        verbose_name = _("objection")
        verbose_name_plural = _("objections")


class Complaint(Appeal):
    """The appeal against a mark, a referral or a refused filing."""

    words = _("complaint")
    # Of a mark: the last day of the term, empty as long as nothing proves that its notice was
    # served, because no clock runs then. What comes later is taken too, and called late.
    term_ends_on = models.DateField(_("end of the term"), null=True, blank=True)
    is_late = models.BooleanField(_("came after the term"), default=False, db_default=False)

    class Meta(Appeal.Meta):
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        constraints: ClassVar = [
            *Appeal.Meta.constraints,
            models.CheckConstraint(
                condition=Q(is_late=False) | Q(term_ends_on__isnull=False),
                name="complaint_late_by_a_term",
            ),
        ]


class Hearing(Appeal):
    """The wish to be heard before the mark; the day and the place are told by staff."""

    words = _("wish to be heard")

    class Meta(Appeal.Meta):
        verbose_name = _("wish to be heard")
        verbose_name_plural = _("wishes to be heard")

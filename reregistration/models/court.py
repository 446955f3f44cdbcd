"""What the court decided on a referral: the decision, its confirmation and its effect."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from registry.ledger import AppendOnly
from registry.models import StoredFile
from reregistration.models.referrals import Referral
from reregistration.states import CourtDecisionKind

_SHA256 = r"^[0-9a-f]{64}$"


class CourtDecision(AppendOnly):
    """What a court decided on a referral, as its paper says. Append-only.

    Nothing follows from it before another person has confirmed it (CourtDecisionConfirmation).
    """

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="court_decisions")
    kind = models.CharField(_("decision"), max_length=10, choices=CourtDecisionKind.choices)
    court = models.CharField(_("court"), max_length=200)
    case_number = models.CharField(_("number of the case"), max_length=60)
    decided_on = models.DateField(_("decided"))
    in_force_on = models.DateField(_("in force from"))
    file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", verbose_name=_("document")
    )
    file_sha256 = models.CharField(_("fingerprint of the document"), max_length=64)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("court's decision")
        verbose_name_plural = _("courts' decisions")
        ordering = ["id"]
        permissions = [("record_court_decision", "Record and confirm courts' decisions")]
        constraints = [
            models.UniqueConstraint(
                fields=["referral", "case_number", "decided_on", "kind"],
                name="court_decision_recorded_once",
            ),
            models.CheckConstraint(
                condition=Q(in_force_on__gte=F("decided_on")),
                name="court_decision_in_force_after_it_was_made",
            ),
            models.CheckConstraint(
                condition=~Q(court="") & ~Q(case_number="") & Q(file_sha256__regex=_SHA256),
                name="court_decision_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_number} {self.decided_on:%Y-%m-%d}"


class CourtDecisionConfirmation(AppendOnly):
    """Another person has compared a court's decision with its paper. Append-only."""

    decision = models.OneToOneField(CourtDecision, models.PROTECT, related_name="confirmation")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("confirmed by")
    )
    at = models.DateTimeField(_("confirmed"))

    class Meta:
        verbose_name = _("confirmation of a court's decision")
        verbose_name_plural = _("confirmations of courts' decisions")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.at:%Y-%m-%d}"


class CourtDecisionEffect(AppendOnly):
    """A court's decision took effect: confirmed, in force, and acted on. Append-only.

    A confirmed decision without one waits for its day; or for a person, where the organisation
    had left the way to the court before that day.
    """

    decision = models.OneToOneField(CourtDecision, models.PROTECT, related_name="effect")
    at = models.DateTimeField(_("took effect"))

    class Meta:
        verbose_name = _("effect of a court's decision")
        verbose_name_plural = _("effects of courts' decisions")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.at:%Y-%m-%d}"

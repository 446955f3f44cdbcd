"""The formal check, the reviewers' scores, the protocols and the commission's decisions."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from grants.models.applications import Application
from grants.models.calls import Call, Criterion
from grants.states import (
    MOST_POINTS,
    CommissionOutcome,
    FormalGround,
    FormalOutcome,
    ProtocolKind,
)
from registry.ledger import AppendOnly
from registry.models import StoredFile


class FormalCheck(AppendOnly):
    """What the operator found in its formal check (within 10 working days; grant rules, order
    No. 413). Append-only: another check is another row, and the newest one counts."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="checks")
    outcome = models.CharField(_("outcome"), max_length=6, choices=FormalOutcome.choices)
    # Codes of FormalGround.
    grounds = ArrayField(
        models.CharField(max_length=20), default=list, blank=True, verbose_name=_("grounds")
    )
    words = models.TextField(_("in the operator's words"), blank=True)
    # What eligibility said then: codes of its reasons.
    reasons = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        verbose_name=_("reasons against the organisation"),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("formal check")
        verbose_name_plural = _("formal checks")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=FormalOutcome.values), name="formal_check_outcome_is_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome=FormalOutcome.ADMIT, grounds__len=0)
                | ~Q(outcome=FormalOutcome.ADMIT) & Q(grounds__len__gt=0),
                name="formal_check_against_has_a_ground",
            ),
            models.CheckConstraint(
                condition=Q(grounds__contained_by=FormalGround.values),
                name="formal_check_grounds_are_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.outcome}"

    @property
    def grounds_shown(self) -> list[str]:
        """Its grounds in words."""
        return [str(FormalGround(code).label) for code in self.grounds]


class Evaluation(models.Model):
    """One reviewer's evaluation of one application: assigned, scored alone, locked, then shown.

    Once `locked_at` is set no score of it changes: a trigger refuses it. Who declares a conflict
    of interest gives no scores.
    """

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="evaluations", verbose_name=_("application")
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="grant_evaluations",
        verbose_name=_("reviewer"),
    )
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(_("assigned"))
    # What the reviewer says of the whole, beside the scores.
    words = models.TextField(_("conclusion"), blank=True)
    locked_at = models.DateTimeField(_("locked"), null=True, blank=True)
    # Taken from a reviewer who does not score it: it counts for nothing, and stays to be read.
    taken_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    taken_reason = models.TextField(_("why it was taken back"), blank=True)

    class Meta:
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")
        ordering = ["application", "id"]
        permissions = [
            ("assign_evaluation", "Assign applications to reviewers"),
            ("evaluate", "Score applications as a member of the commission"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "reviewer"], name="evaluation_once_a_reviewer"
            ),
            models.CheckConstraint(
                condition=~Q(reviewer=F("assigned_by")), name="evaluation_not_self_assigned"
            ),
            models.CheckConstraint(
                condition=Q(taken_at__isnull=True, taken_by__isnull=True, taken_reason="")
                | (
                    Q(taken_at__isnull=False, taken_by__isnull=False, locked_at__isnull=True)
                    & ~Q(taken_reason="")
                ),
                name="evaluation_taken_says_why",
            ),
        ]

    def __str__(self) -> str:
        """As its reviewer reads it on their pages, which load it."""
        return str(self.application)


class ConflictDeclaration(AppendOnly):
    """A reviewer's declaration, before the first score, whether anything binds them to the
    applicant. Append-only, once an evaluation."""

    evaluation = models.OneToOneField(Evaluation, models.PROTECT, related_name="conflict")
    has_conflict = models.BooleanField(_("has a conflict of interest"))
    words = models.TextField(_("which"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("declaration of interests")
        verbose_name_plural = _("declarations of interests")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(has_conflict=False) | ~Q(words=""), name="conflict_says_which"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.evaluation_id} {self.has_conflict}"


class Score(models.Model):
    """The points of one reviewer for one criterion."""

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="scores")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    points = models.PositiveSmallIntegerField(_("points"))
    words = models.TextField(_("why"), blank=True)

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        ordering = ["evaluation", "criterion"]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "criterion"], name="score_once_a_criterion"
            ),
            models.CheckConstraint(
                condition=Q(points__lte=MOST_POINTS), name="score_points_within_the_scale"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion_id}: {self.points}"


class Protocol(models.Model):
    """The protocol of an evaluation or of a sitting of the commission, as PDF. Drafted by one
    person, signed by another; the file and its hash are what was signed."""

    # "B-" and seven digits from a sequence, never reused.
    number = models.CharField(_("number"), max_length=9, unique=True, editable=False)
    call = models.ForeignKey(Call, models.PROTECT, related_name="protocols", verbose_name=_("call"))
    kind = models.CharField(_("kind"), max_length=10, choices=ProtocolKind.choices)
    held_on = models.DateField(_("held"))
    # Names of those who were there, a line each.
    present = models.TextField(_("present"))
    file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("file")
    )
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(_("drafted"))
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True)
    # Whoever should have signed found it wrong: it counts for nothing, another is drafted.
    struck_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    struck_at = models.DateTimeField(_("struck out"), null=True, blank=True)
    struck_reason = models.TextField(_("why it was struck out"), blank=True)

    class Meta:
        verbose_name = _("protocol")
        verbose_name_plural = _("protocols")
        ordering = ["-id"]
        permissions = [
            ("draft_protocol", "Draft protocols and record the commission's decisions"),
            ("sign_protocol", "Sign protocols"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(number__regex=r"^B-[0-9]{7}$"), name="protocol_number_shape"
            ),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True, signed_at__isnull=True)
                | Q(signed_by__isnull=False, signed_at__isnull=False, file__isnull=False),
                name="protocol_signed_with_its_file",
            ),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | ~Q(signed_by=F("drafted_by")),
                name="protocol_two_people",
            ),
            # One protocol of each kind waits for its signature in a call: the double click.
            models.UniqueConstraint(
                fields=["call", "kind"],
                condition=Q(signed_at__isnull=True, struck_at__isnull=True),
                name="protocol_one_unsigned",
            ),
            models.CheckConstraint(
                condition=Q(struck_at__isnull=True, struck_by__isnull=True, struck_reason="")
                | (
                    Q(struck_at__isnull=False, struck_by__isnull=False, signed_at__isnull=True)
                    & ~Q(struck_reason="")
                ),
                name="protocol_struck_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def stands_as(self) -> str:
        """Whether it counts, in words."""
        if self.struck_at:
            return gettext("struck out")
        return gettext("signed") if self.signed_at else gettext("waits for its signature")


class CommissionDecision(AppendOnly):
    """What the commission decided on one application in one sitting (within 15 working days).
    Append-only; takes effect when its protocol is signed."""

    protocol = models.ForeignKey(Protocol, models.PROTECT, related_name="decisions")
    application = models.ForeignKey(
        Application, models.PROTECT, related_name="commission_decisions"
    )
    outcome = models.CharField(_("outcome"), max_length=7, choices=CommissionOutcome.choices)
    # Of an award: how much; may be less than was asked for.
    amount = models.DecimalField(
        _("amount, tenge"), max_digits=15, decimal_places=2, null=True, blank=True
    )
    reserve_rank = models.PositiveSmallIntegerField(
        _("place in the reserve"), null=True, blank=True
    )
    words = models.TextField(_("why"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("decision of the commission")
        verbose_name_plural = _("decisions of the commission")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["protocol", "application"], name="commission_decides_once"
            ),
            models.CheckConstraint(
                condition=Q(outcome="award", amount__gt=0, reserve_rank__isnull=True)
                | Q(outcome="reserve", amount__gt=0, reserve_rank__gte=1)
                | (
                    Q(outcome="decline", amount__isnull=True, reserve_rank__isnull=True)
                    & ~Q(words="")
                ),
                name="commission_outcome_has_its_terms",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.outcome}"

"""Rounds in which silent organisations are marked for liquidation, and the marks."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from notices.models import Service
from registry.ledger import AppendOnly
from registry.models import LegalForm, Region
from reregistration.models.campaigns import Campaign
from reregistration.models.obligations import Obligation
from reregistration.states import (
    ENDED,
    ONCE_SAMPLED,
    CandidateState,
    ReversalReason,
    RoundState,
)


def both_or_neither(one: str, other: str) -> Q:
    """Of who and when, neither stands without the other."""
    return Q(**{f"{one}__isnull": True, f"{other}__isnull": True}) | Q(
        **{f"{one}__isnull": False, f"{other}__isnull": False}
    )


class MarkingRound(models.Model):
    """A round of marking, defined only by campaign, region, legal form and date.

    Drafted by one person, its sample checked by others, authorised by two more: the database
    holds that they are different people, and that a step's fields go with the round's state.
    """

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="rounds", verbose_name=_("campaign")
    )
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, verbose_name=_("only this region")
    )
    legal_form = models.ForeignKey(
        LegalForm, models.PROTECT, null=True, blank=True, verbose_name=_("only this legal form")
    )
    # The day on which the candidates were asked for.
    on = models.DateField(_("as of"))
    state = models.CharField(
        _("state"), max_length=10, choices=RoundState.choices, default=RoundState.DRAFTED
    )
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="rounds_drafted",
        verbose_name=_("drafted by"),
    )
    drafted_at = models.DateTimeField(_("drafted"))
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    frozen_at = models.DateTimeField(_("candidates frozen"), null=True, blank=True)
    # How many cases must have been found right; known once the sample is drawn.
    sample_size = models.PositiveSmallIntegerField(_("cases to check"), null=True, blank=True)
    # When the last of them was.
    sampled_at = models.DateTimeField(_("sample checked"), null=True, blank=True)
    first_signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    first_signed_at = models.DateTimeField(_("signed first"), null=True, blank=True)
    second_signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    second_signed_at = models.DateTimeField(_("signed second"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # Empty where an error stopped it.
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("stopped by"),
    )
    stop_reason = models.TextField(_("why it was stopped"), blank=True)

    class Meta:
        verbose_name = _("marking round")
        verbose_name_plural = _("marking rounds")
        ordering = ["-id"]
        permissions = [
            ("manage_marking", "Draft and dry-run marking rounds, draw their samples"),
            ("check_marking", "Check the samples of marking rounds"),
            ("sign_marking", "Sign marking rounds"),
            ("stop_marking", "Stop marking rounds"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=(Q(first_signed_by__isnull=True) | ~Q(first_signed_by=F("drafted_by")))
                & (Q(second_signed_by__isnull=True) | ~Q(second_signed_by=F("drafted_by"))),
                name="round_drafter_does_not_sign",
            ),
            models.CheckConstraint(
                condition=Q(second_signed_by__isnull=True)
                | (Q(first_signed_by__isnull=False) & ~Q(second_signed_by=F("first_signed_by"))),
                name="round_two_different_signatures",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[RoundState.AUTHORISED, RoundState.RUNNING, RoundState.DONE])
                | Q(second_signed_by__isnull=False),
                name="round_runs_only_when_signed",
            ),
            models.CheckConstraint(
                condition=Q(state__in=RoundState.values), name="round_state_is_known"
            ),
            models.CheckConstraint(
                condition=both_or_neither("frozen_by", "frozen_at")
                & both_or_neither("first_signed_by", "first_signed_at")
                & both_or_neither("second_signed_by", "second_signed_at"),
                name="round_steps_have_a_person_and_a_moment",
            ),
            # A moment that is not there yet leaves its pair unasked. The two who sign may do it in
            # one moment: whose request came first is not asked.
            models.CheckConstraint(
                condition=Q(drafted_at__lte=F("frozen_at"))
                & Q(frozen_at__lte=F("sampled_at"))
                & Q(sampled_at__lte=F("first_signed_at"))
                & Q(sampled_at__lte=F("second_signed_at")),
                name="round_steps_in_their_order",
            ),
            models.CheckConstraint(
                condition=Q(state=RoundState.STOPPED)
                | (Q(state=RoundState.DRAFTED) ^ Q(frozen_at__isnull=False)),
                name="round_frozen_by_its_dry_run",
            ),
            models.CheckConstraint(
                condition=Q(sample_size__isnull=True)
                | Q(sample_size__gt=0, frozen_at__isnull=False),
                name="round_sample_of_the_frozen",
            ),
            models.CheckConstraint(
                condition=Q(state=RoundState.STOPPED)
                | (
                    Q(state__in=ONCE_SAMPLED)
                    & Q(sampled_at__isnull=False, sample_size__isnull=False)
                )
                | (~Q(state__in=ONCE_SAMPLED) & Q(sampled_at__isnull=True)),
                name="round_sampled_before_it_goes_on",
            ),
            models.CheckConstraint(
                condition=Q(first_signed_by__isnull=True) | Q(sampled_at__isnull=False),
                name="round_signed_after_its_sample",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ENDED) ^ Q(ended_at__isnull=True),
                name="round_ended_at_a_moment",
            ),
            models.CheckConstraint(
                condition=(Q(state=RoundState.STOPPED) & ~Q(stop_reason=""))
                | (~Q(state=RoundState.STOPPED) & Q(stop_reason="", stopped_by__isnull=True)),
                name="round_stopped_has_a_reason",
            ),
            # One round at a time runs in a campaign, so that the caps are counted once.
            models.UniqueConstraint(
                fields=["campaign"],
                condition=Q(state=RoundState.RUNNING),
                name="round_one_running",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign.code} {self.on} №{self.pk}"


class RoundCandidate(models.Model):
    """An obligation frozen into a round by its dry run; taken out with a reason, never put in."""

    round = models.ForeignKey(MarkingRound, models.PROTECT, related_name="candidates")
    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="candidacies")
    # Oldest due date first.
    position = models.PositiveIntegerField(_("position"))
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=CandidateState.choices,
        default=CandidateState.WAITING,
    )
    reason = models.TextField(_("reason"), blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    # Who took it out; empty where the rule decided.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )

    class Meta:
        verbose_name = _("candidate of a round")
        verbose_name_plural = _("candidates of rounds")
        ordering = ["round", "position"]
        constraints = [
            models.UniqueConstraint(fields=["round", "obligation"], name="candidate_once_a_round"),
            models.CheckConstraint(
                condition=~Q(state__in=[CandidateState.TAKEN_OUT, CandidateState.NO_LONGER])
                | ~Q(reason=""),
                name="candidate_left_out_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state=CandidateState.WAITING) ^ Q(decided_at__isnull=False),
                name="candidate_decided_at_a_moment",
            ),
            # Whoever is taken out of one round does not wait in another.
            models.UniqueConstraint(
                fields=["obligation"],
                condition=Q(state=CandidateState.WAITING),
                name="candidate_waits_in_one_round",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id}/{self.position}"


class Mark(AppendOnly):
    """Marked for liquidation, with its evidence. Append-only; a reversal is a row of its own.

    There is no mark without the services of both notices: the keys below cannot be empty, and a
    trigger refuses services of other notices than those of this obligation and cycle. The round
    and the obligation together are those of a candidate.
    """

    obligation = models.ForeignKey(
        Obligation, models.PROTECT, related_name="marks", verbose_name=_("obligation")
    )
    cycle = models.PositiveSmallIntegerField(_("cycle"))
    round = models.ForeignKey(
        MarkingRound, models.PROTECT, related_name="marks", verbose_name=_("round")
    )
    warning_service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    decision_service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    # The rule's facts as of that moment: dates, statuses, counts.
    facts = models.JSONField(_("facts"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("mark")
        verbose_name_plural = _("marks")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["obligation", "cycle"], name="mark_once_a_cycle"),
            models.CheckConstraint(
                condition=~Q(warning_service=F("decision_service")),
                name="mark_rests_on_two_services",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.obligation_id} {self.at:%Y-%m-%d}"


class Reversal(AppendOnly):
    """A mark undone. Append-only: both rows and their dates stay side by side."""

    mark = models.OneToOneField(Mark, models.PROTECT, related_name="reversal")
    # What the organisation and the public read, in their language.
    reason = models.CharField(_("reason"), max_length=20, choices=ReversalReason.choices)
    # The ministry's own words, for an auditor and a court.
    ground = models.TextField(_("ground"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("reversal of a mark")
        verbose_name_plural = _("reversals of marks")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(ground=""), name="reversal_has_a_ground"),
        ]

    def __str__(self) -> str:
        return f"{self.mark_id} {self.at:%Y-%m-%d}"

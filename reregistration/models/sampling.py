"""The sample of a marking round that people check before anybody may sign it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from registry.ledger import AppendOnly
from reregistration.models.marking import MarkingRound, RoundCandidate, both_or_neither
from reregistration.states import Verdict


class SampleDraw(AppendOnly):
    """What a round's sample was drawn by. Append-only and once a round: nobody draws again until
    the cases please, and anybody can repeat the draw from the seed (`marking.plan.order`)."""

    round = models.OneToOneField(MarkingRound, models.PROTECT, related_name="draw")
    seed = models.CharField(_("seed"), max_length=32)
    # The frozen candidates that had not been taken out, and how many of them were drawn.
    population = models.PositiveSmallIntegerField(_("candidates"))
    size = models.PositiveSmallIntegerField(_("cases drawn"))
    # What the size rests on: rounds done and cases found right since the last error.
    clean_rounds = models.PositiveSmallIntegerField(_("rounds without error before"))
    pooled = models.PositiveIntegerField(_("cases without error before"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("draw of a sample")
        verbose_name_plural = _("draws of samples")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(size__gt=0, size__lte=F("population")), name="draw_of_the_candidates"
            ),
            models.CheckConstraint(condition=~Q(seed=""), name="draw_has_a_seed"),
        ]

    def __str__(self) -> str:
        return f"{self.round_id}: {self.size}/{self.population}"


class SampleCase(models.Model):
    """A candidate that was drawn, its place in the draw, and who looks at it now."""

    round = models.ForeignKey(MarkingRound, models.PROTECT, related_name="cases")
    candidate = models.OneToOneField(RoundCandidate, models.PROTECT, related_name="case")
    place = models.PositiveSmallIntegerField(_("place"))
    # So that two people at once get different cases; it falls free again by itself.
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True)

    class Meta:
        verbose_name = _("case of a sample")
        verbose_name_plural = _("cases of samples")
        ordering = ["round", "place"]
        constraints = [
            models.UniqueConstraint(fields=["round", "place"], name="case_once_a_place"),
            models.CheckConstraint(
                condition=both_or_neither("taken_by", "taken_at"), name="case_taken_at_a_moment"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id}/{self.place}"


class SampleVerdict(AppendOnly):
    """What a person found of one case. Append-only: who found a case right may find it wrong
    later, as a row of its own."""

    case = models.ForeignKey(SampleCase, models.PROTECT, related_name="verdicts")
    # The obligation's cycle that was looked at.
    cycle = models.PositiveSmallIntegerField(_("cycle"))
    verdict = models.CharField(_("verdict"), max_length=5, choices=Verdict.choices)
    words = models.TextField(_("words"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("verdict on a case")
        verbose_name_plural = _("verdicts on cases")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "verdict"], name="verdict_once_a_case"),
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="verdict_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.WRONG) | ~Q(words=""), name="verdict_wrong_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.verdict}"

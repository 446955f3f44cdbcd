"""What the register says of an organisation in a campaign, and signs that it lives."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.models.organisations import Organisation
from registry.querysets import SignOfLifeQuerySet, StandingQuerySet
from registry.states import (
    GOOD_ALWAYS,
    GOOD_RELEASES,
    GOOD_UNTIL_DUE,
    HELD,
    SignKind,
    StandingState,
)


class Standing(models.Model):
    """One organisation's standing in one campaign, written by reregistration in every move.

    The date is applied when it is read: a due obligation whose day has passed is overdue even
    where the job that moves it did not run.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="standings", verbose_name=_("organisation")
    )
    # The campaign's code: text, because the register stands below campaigns.
    campaign = models.CharField(_("campaign"), max_length=30)
    state = models.CharField(_("state"), max_length=10, choices=StandingState.choices)
    # Why released, refused or marked, or that the clock is held: a code.
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    effective_due_on = models.DateField(_("due date"))
    # Whether it was first filed by the due date; unknown until it files.
    on_time = models.BooleanField(_("filed on time"), null=True)
    # Whether a step towards liquidation stands against it.
    in_process = models.BooleanField(_("in the marking process"), default=False)
    since_at = models.DateTimeField(_("since"))

    objects = StandingQuerySet.as_manager()

    class Meta:
        verbose_name = _("standing")
        verbose_name_plural = _("standings")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "campaign"], name="standing_once_a_campaign"
            ),
            models.CheckConstraint(
                condition=Q(state__in=StandingState.values), name="standing_state_is_known"
            ),
        ]
        indexes = [
            # Public counts and lists by standing.
            models.Index(fields=["campaign", "state"], name="standing_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.campaign} {self.state}"

    def state_on(self, on: date) -> StandingState:
        """The state as it reads that day."""
        if self.state in GOOD_UNTIL_DUE and on > self.effective_due_on and self.reason != HELD:
            return StandingState.OVERDUE
        return StandingState(self.state)

    def is_good_on(self, on: date) -> bool:
        """Whether the organisation is in good standing that day (design.md section 4)."""
        state = self.state_on(on)
        if state == StandingState.RELEASED:
            return self.reason in GOOD_RELEASES
        return state in GOOD_ALWAYS or state in GOOD_UNTIL_DUE


class SignOfLife(models.Model):
    """Something that shows an organisation to be alive: it keeps it from automatic marking."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="signs_of_life", verbose_name=_("organisation")
    )
    kind = models.CharField(_("kind"), max_length=30, choices=SignKind.choices)
    # What it rests on, as text: "award:12", "login:2026-10-03", "extract:7", "claim:12",
    # "obligation:5/2" (its cycle).
    reference = models.CharField(_("reference"), max_length=60)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until and including"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    resolution = models.TextField(_("what was found"), blank=True)

    objects = SignOfLifeQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign of life")
        verbose_name_plural = _("signs of life")
        permissions = [("resolve_signoflife", "Resolve signs of life")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "reference"], name="sign_of_life_once"
            ),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolved_by__isnull=True, resolution="")
                | (Q(resolved_at__isnull=False, resolved_by__isnull=False) & ~Q(resolution="")),
                name="sign_of_life_resolved_with_words",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=SignKind.values), name="sign_of_life_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"

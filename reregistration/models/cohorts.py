"""Cohorts of a campaign, each with a later due date, and the writing of a date that was moved."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reregistration.models.campaigns import Campaign, CampaignDecision

DIGITS = list(range(10))


class Cohort(models.Model):
    """Organisations of a campaign that get a later due date than the others.

    An organisation is in the first cohort, by number, whose rule it meets; whoever meets none has
    the campaign's own date. Frozen once the campaign is open, by a trigger: only a decision moves
    its date, to a later day.
    """

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="cohorts", verbose_name=_("campaign")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    # KATO codes; empty means all regions.
    regions = ArrayField(
        models.CharField(max_length=9), default=list, blank=True, verbose_name=_("regions")
    )
    # Last digits of the BIN; empty means all, and organisations without a BIN too.
    bin_digits = ArrayField(
        models.PositiveSmallIntegerField(),
        default=list,
        blank=True,
        verbose_name=_("last digits of the BIN"),
    )
    due_on = models.DateField(_("due date"))

    class Meta:
        verbose_name = _("cohort")
        verbose_name_plural = _("cohorts")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="cohort_number_once"),
            models.UniqueConstraint(
                fields=["campaign", "regions", "bin_digits"], name="cohort_rule_once"
            ),
            models.CheckConstraint(
                condition=~Q(regions=[]) | ~Q(bin_digits=[]), name="cohort_has_a_rule"
            ),
            models.CheckConstraint(
                condition=Q(bin_digits__contained_by=DIGITS), name="cohort_digits_are_digits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign.code} № {self.number}"


class DueDateMove(models.Model):
    """A decided date on its way into the obligations, slice by slice: how far it has come.

    The decision says what and why; this row only where the work stands, so that whoever goes on
    after a crash begins behind the last slice that was written whole.
    """

    decision = models.OneToOneField(CampaignDecision, models.PROTECT, related_name="move")
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="due_date_moves")
    former_due_on = models.DateField(_("due date before"))
    # The last obligation that was looked at: they go by their keys, ascending.
    done_to = models.PositiveBigIntegerField(default=0)
    looked_at = models.PositiveIntegerField(_("looked at"), default=0)
    changed = models.PositiveIntegerField(_("got a new date"), default=0)
    told = models.PositiveIntegerField(_("were told"), default=0)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("move of a due date")
        verbose_name_plural = _("moves of due dates")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign"],
                condition=Q(finished_at__isnull=True),
                name="due_date_move_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(changed__lte=F("looked_at"), told__lte=F("changed")),
                name="due_date_move_counts_add_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.former_due_on} → {self.decision.due_on}"

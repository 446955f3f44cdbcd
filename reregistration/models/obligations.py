"""One organisation's duty in one campaign, its cycles, and its events."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.ledger import AppendOnly
from registry.models import Organisation
from reregistration.models.campaigns import Campaign
from reregistration.models.cohorts import Cohort
from reregistration.querysets import ObligationQuerySet
from reregistration.states import MOST_RETURNS, ReleaseReason, State


class Obligation(models.Model):
    """The duty of one organisation in one campaign. Moved only by `obligations.move`."""

    # Made for whoever is in the register, and told by its Standing: what is built on an import is
    # whatever refers to it (registry.imports.built_on).
    follows_the_register = True

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="obligations", verbose_name=_("campaign")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="obligations", verbose_name=_("organisation")
    )
    # As it was chosen when the obligation was made; whoever moves to another region stays in it.
    cohort = models.ForeignKey(
        Cohort,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="obligations",
        verbose_name=_("cohort"),
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DUE)
    release_reason = models.CharField(
        _("reason of release"), max_length=20, choices=ReleaseReason.choices, blank=True
    )
    # The effective due date: the campaign's or cohort's, with extensions, held days and returns.
    due_on = models.DateField(_("due date"))
    extended_days = models.PositiveSmallIntegerField(_("days of extension"), default=0)
    # Of these, the days that were granted since the last return: they lengthen the correction term.
    extended_since_return = models.PositiveSmallIntegerField(
        _("days of extension since the return"), default=0
    )
    held_days = models.PositiveSmallIntegerField(_("days held"), default=0)
    held_since_return = models.PositiveSmallIntegerField(
        _("days held since the return"), default=0, db_default=0
    )
    # The day on which its clock stopped; empty while no hold covers it. Of two holds that overlap
    # the first one stops it and the last one lets it run, so that no day is counted twice.
    held_since_on = models.DateField(_("held since"), null=True, blank=True)
    returned_on = models.DateField(_("returned"), null=True, blank=True)
    # How often a filing of it was returned: written by the move itself, never more than twice.
    returns = models.PositiveSmallIntegerField(_("times returned"), default=0, db_default=0)
    # The number of the running cycle; services of an earlier one do not count.
    cycle = models.PositiveSmallIntegerField(_("cycle"), default=1)
    cycle_began_on = models.DateField(_("cycle began"))
    # The first submission in this campaign. Once set, no task ever marks the organisation.
    first_filed_at = models.DateTimeField(_("first filed"), null=True, blank=True)
    on_time = models.BooleanField(_("filed on time"), null=True, blank=True)
    made_at = models.DateTimeField(_("made"))

    objects = ObligationQuerySet.as_manager()

    class Meta:
        verbose_name = _("obligation")
        verbose_name_plural = _("obligations")
        permissions = [
            ("review", "Accept or return filings, propose to refuse one"),
            ("review_again", "Return a filing a second time"),
            ("confirm_refusal", "Confirm that a filing is refused"),
            ("confirm_reopening", "Confirm that a decision on a filing is reopened"),
            ("decide_appeal", "Decide on objections, complaints and wishes to be heard"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "organisation"], name="obligation_once_a_campaign"
            ),
            models.CheckConstraint(
                condition=Q(state__in=State.values), name="obligation_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=State.RELEASED) ^ Q(release_reason=""),
                name="obligation_released_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(first_filed_at__isnull=True) ^ Q(on_time__isnull=False),
                name="obligation_filed_knows_if_on_time",
            ),
            models.CheckConstraint(
                condition=Q(returns__lte=MOST_RETURNS), name="obligation_returned_twice_at_most"
            ),
            # A task never marks who has filed: the database says so too.
            models.CheckConstraint(
                condition=~Q(state__in=[State.MARKED, State.REFERRED])
                | Q(first_filed_at__isnull=True),
                name="obligation_marked_never_filed",
            ),
        ]
        indexes = [
            # The timetable asks for one state by its due date; the admin lists the same.
            models.Index(fields=["campaign", "state", "due_on"], name="obligation_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}/{self.campaign_id} {self.state}"

    @property
    def source(self) -> str:
        """How notices and entries name it: text, never a key upwards."""
        return f"obligation:{self.pk}"

    def clock_on(self, on: date) -> date:
        """The day that its clock shows on that day: it stands still while it is held."""
        return min(on, self.held_since_on) if self.held_since_on else on


class Cycle(models.Model):
    """One run of the clock against an obligation; the number is unique in it."""

    follows_the_register = True

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="cycles")
    number = models.PositiveSmallIntegerField(_("number"))
    began_at = models.DateTimeField(_("began"))
    reason = models.CharField(_("reason"), max_length=40)
    due_on = models.DateField(_("due date"))

    class Meta:
        verbose_name = _("cycle")
        verbose_name_plural = _("cycles")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["obligation", "number"], name="cycle_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class ObligationEvent(AppendOnly):
    """A move of an obligation, or a change of its date. Append-only: the log states derive from."""

    follows_the_register = True

    obligation = models.ForeignKey(
        Obligation, models.PROTECT, related_name="events", verbose_name=_("obligation")
    )
    # Empty when the obligation was made.
    from_state = models.CharField(_("from"), max_length=10, blank=True)
    to_state = models.CharField(_("to"), max_length=10)
    cycle = models.PositiveSmallIntegerField(_("cycle"))
    due_on = models.DateField(_("due date"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("event of an obligation")
        verbose_name_plural = _("events of obligations")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"

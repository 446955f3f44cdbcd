"""Awards, their agreement, and what became of each."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from grants.models.applications import Application
from grants.models.calls import Lot
from grants.querysets import AwardQuerySet
from grants.states import AwardEventKind, AwardState
from registry.ledger import AppendOnly
from registry.models import Organisation, StoredFile


class Award(models.Model):
    """Money granted to one application (SSO Law, article 6-2). Moved only by `grants.award.move`.

    Money never runs over: committed <= amount, paid <= committed, returned <= paid, and the lot's
    `committed` is the sum of its awards' (deferred triggers). `committed` is the whole amount
    until it is not accepted (0) or terminated (what was paid): returned money goes back to the
    budget and is not granted again. Whoever writes an award writes the register's sign of life
    (`registry.signs.note`, kind AWARD, reference `source`) in the same transaction.
    """

    # "W-" and seven digits from a sequence, never reused.
    number = models.CharField(_("number"), max_length=9, unique=True, editable=False)
    application = models.OneToOneField(
        Application, models.PROTECT, related_name="award", verbose_name=_("application")
    )
    # Both are the application's, kept beside it; a trigger holds that they are.
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="awards", verbose_name=_("lot"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="awards", verbose_name=_("organisation")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=AwardState.choices, default=AwardState.OFFERED
    )
    amount = models.DecimalField(_("amount, tenge"), max_digits=15, decimal_places=2)
    committed = models.DecimalField(
        _("committed, tenge"), max_digits=15, decimal_places=2, editable=False
    )
    paid = models.DecimalField(
        _("paid, tenge"), max_digits=15, decimal_places=2, default=Decimal(0), editable=False
    )
    returned = models.DecimalField(
        _("returned, tenge"), max_digits=15, decimal_places=2, default=Decimal(0), editable=False
    )
    # From which place of the reserve list it came; empty where the commission awarded it.
    from_reserve_rank = models.PositiveSmallIntegerField(
        _("from the reserve, place"), null=True, blank=True
    )
    starts_on = models.DateField(_("begins"))
    ends_on = models.DateField(_("ends"))
    awarded_at = models.DateTimeField(_("awarded"))
    awarded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("awarded by")
    )
    # What eligibility rested on at that moment: it binds at award.
    facts = models.JSONField(_("facts at the award"), default=dict)
    # The last day to accept it; and the agreement (IssuedDocument's number) with its file.
    accept_by_on = models.DateField(_("to be accepted by"))
    agreement_number = models.CharField(_("number of the agreement"), max_length=12, blank=True)
    agreement_file = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("agreement"),
    )
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("accepted by"),
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = AwardQuerySet.as_manager()

    class Meta:
        verbose_name = _("award")
        verbose_name_plural = _("awards")
        ordering = ["-id"]
        permissions = [
            ("manage_award", "Award grants, suspend and terminate them"),
            ("record_payment", "Record payments and returns of grants"),
            ("review_report", "Accept or return reports on grants"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(number__regex=r"^W-[0-9]{7}$"), name="award_number_shape"
            ),
            models.CheckConstraint(
                condition=Q(state__in=AwardState.values), name="award_state_is_known"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="award_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(
                    committed__lte=F("amount"),
                    paid__gte=0,
                    paid__lte=F("committed"),
                    returned__gte=0,
                    returned__lte=F("paid"),
                ),
                name="award_is_never_overspent",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["offered", "active", "suspended", "completed"],
                    committed=F("amount"),
                )
                | Q(state="refused", committed=0)
                | Q(state="terminated", committed=F("paid")),
                name="award_commits_by_state",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["offered", "refused"],
                    accepted_at__isnull=True,
                    accepted_by__isnull=True,
                    paid=0,
                )
                | Q(
                    state__in=["active", "suspended", "completed", "terminated"],
                    accepted_at__isnull=False,
                    accepted_by__isnull=False,
                ),
                name="award_accepted_before_it_is_paid",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["completed", "refused", "terminated"])
                ^ Q(ended_at__isnull=True),
                name="award_ended_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(starts_on__lt=F("ends_on")), name="award_begins_before_it_ends"
            ),
        ]
        indexes = [
            # The public list of awards and their totals, newest first.
            models.Index(fields=["state", "-awarded_at"], name="award_by_state"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def source(self) -> str:
        """How notices, documents and signs of life name it: text, never a key upwards."""
        return f"award:{self.pk}"

    @property
    def left(self) -> Decimal:
        """What may still be paid."""
        return self.committed - self.paid


class AwardEvent(AppendOnly):
    """Everything that became of an award, of its money and its reports. Append-only."""

    award = models.ForeignKey(Award, models.PROTECT, related_name="events")
    kind = models.CharField(_("what happened"), max_length=16, choices=AwardEventKind.choices)
    # The same where the state did not change; empty before it was offered.
    from_state = models.CharField(_("from"), max_length=10, blank=True)
    to_state = models.CharField(_("to"), max_length=10)
    amount = models.DecimalField(
        _("amount, tenge"), max_digits=15, decimal_places=2, null=True, blank=True
    )
    # What it is about, as text: "payment:3", "report:7".
    reference = models.CharField(_("reference"), max_length=60, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    # Empty where the timetable did it.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("event of an award")
        verbose_name_plural = _("events of awards")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=AwardEventKind.values), name="award_event_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"

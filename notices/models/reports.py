"""What others say of a sending, what staff decide on one, and who declines reminders."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notices.models.dispatches import Dispatch
from notices.states import DispatchState, ReportEvent, ReportOrigin
from registry.ledger import AppendOnly


class DeliveryReport(models.Model):
    """One thing that a provider or a bounce message says of one sending. Read once.

    A report proves service only where the address was verified by its owner (notices.reports).
    """

    # Empty where the report names no sending of ours; it is kept all the same.
    dispatch = models.ForeignKey(
        Dispatch, models.PROTECT, null=True, blank=True, related_name="reports"
    )
    origin = models.CharField(_("said by"), max_length=12, choices=ReportOrigin.choices)
    event = models.CharField(_("what it says"), max_length=12, choices=ReportEvent.choices)
    # The reporter's own name of the report, or a hash of it: one that is told again is known by it.
    key = models.CharField(max_length=200, unique=True)
    happened_at = models.DateTimeField(_("happened"))
    received_at = models.DateTimeField(_("received"))
    diagnostic = models.TextField(_("in the reporter's words"), blank=True)

    class Meta:
        verbose_name = _("report on a sending")
        verbose_name_plural = _("reports on sendings")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.dispatch_id} {self.event}"


class DispatchDecision(AppendOnly):
    """What a member of staff decided on one sending, and why. Append-only."""

    class Action(models.TextChoices):
        RESENT = "resent", _("sent again")
        HELD_BACK = "held_back", _("held back")

    dispatch = models.ForeignKey(Dispatch, models.PROTECT, related_name="decisions")
    action = models.CharField(_("decision"), max_length=10, choices=Action.choices)
    from_state = models.CharField(_("state before"), max_length=10, choices=DispatchState.choices)
    # What had become of it until then: the dispatch itself forgets it when it begins anew.
    sent_at = models.DateTimeField(_("sent before"), null=True, blank=True)
    failure = models.TextField(_("why it failed before"), blank=True, db_default="")
    reason = models.TextField(_("reason"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("decision on a sending")
        verbose_name_plural = _("decisions on sendings")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="dispatch_decision_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.dispatch_id} {self.action}"


class DeclinedAddress(models.Model):
    """An e-mail address whose owner wants no courtesy reminders. Legal notices go there still."""

    # In lower case.
    address = models.CharField(_("address"), max_length=254, unique=True)
    declined_at = models.DateTimeField(_("declined"))

    class Meta:
        verbose_name = _("address that declines reminders")
        verbose_name_plural = _("addresses that decline reminders")

    def __str__(self) -> str:
        return self.address

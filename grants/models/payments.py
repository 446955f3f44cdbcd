"""How an award is paid out, and how money comes back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from grants.models.awards import Award
from grants.querysets import RepaymentDemandQuerySet
from grants.states import InstalmentState
from registry.ledger import AppendOnly
from registry.money import tenge


class Instalment(models.Model):
    """A part of an award that is paid at once. Those not cancelled sum to the award's amount at
    most, by a deferred trigger."""

    award = models.ForeignKey(Award, models.PROTECT, related_name="instalments")
    position = models.PositiveSmallIntegerField(_("instalment"))
    amount = models.DecimalField(_("amount, tenge"), max_digits=15, decimal_places=2)
    due_on = models.DateField(_("to be paid by"))
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=InstalmentState.choices,
        default=InstalmentState.PLANNED,
    )

    class Meta:
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        ordering = ["award", "position"]
        constraints = [
            models.UniqueConstraint(fields=["award", "position"], name="instalment_position_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="instalment_is_positive"),
            models.CheckConstraint(
                condition=Q(state__in=InstalmentState.values), name="instalment_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {tenge(self.amount)}, {date_format(self.due_on)}"


class Payment(AppendOnly):
    """An instalment that was paid, as the payment order says. Append-only, once an instalment.

    A trigger refuses it while the award is not in force, the organisation is suspended, in
    liquidation or liquidated, or an exclusion of the law was found and stands (SSO Law, 6-1(4)).
    """

    instalment = models.OneToOneField(Instalment, models.PROTECT, related_name="payment")
    amount = models.DecimalField(_("amount, tenge"), max_digits=15, decimal_places=2)
    paid_on = models.DateField(_("paid"))
    order_number = models.CharField(_("number of the payment order"), max_length=60)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_is_positive"),
            models.CheckConstraint(condition=~Q(order_number=""), name="payment_has_an_order"),
            models.UniqueConstraint(
                fields=["order_number", "paid_on"], name="payment_order_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_number} {self.paid_on}"


class RepaymentDemand(AppendOnly):
    """The operator demands money back, on a ground, by a day. Append-only."""

    award = models.ForeignKey(Award, models.PROTECT, related_name="demands")
    amount = models.DecimalField(_("amount, tenge"), max_digits=15, decimal_places=2)
    due_on = models.DateField(_("to be returned by"))
    ground = models.TextField(_("ground"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    objects = RepaymentDemandQuerySet.as_manager()

    class Meta:
        verbose_name = _("demand to return money")
        verbose_name_plural = _("demands to return money")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="demand_is_positive"),
            models.CheckConstraint(condition=~Q(ground=""), name="demand_has_a_ground"),
        ]

    def __str__(self) -> str:
        return f"{tenge(self.amount)}, {date_format(self.due_on)}"


class Repayment(AppendOnly):
    """Money that came back, as the bank's document says. Append-only, once a document."""

    award = models.ForeignKey(Award, models.PROTECT, related_name="repayments")
    demand = models.ForeignKey(
        RepaymentDemand, models.PROTECT, null=True, blank=True, related_name="repayments"
    )
    amount = models.DecimalField(_("amount, tenge"), max_digits=15, decimal_places=2)
    received_on = models.DateField(_("received"))
    reference = models.CharField(_("number of the bank's document"), max_length=60)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("return of money")
        verbose_name_plural = _("returns of money")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="repayment_is_positive"),
            models.UniqueConstraint(fields=["award", "reference"], name="repayment_once"),
        ]

    def __str__(self) -> str:
        return f"{self.award_id} {self.amount}"

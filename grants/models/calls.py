"""Programmes, calls for applications and their lots; the amounts and limits that law sets."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import cast

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from grants.querysets import CallQuerySet, GrantRuleQuerySet
from grants.states import CALL_TAKES, CallState, GrantType
from registry.ledger import AppendOnly
from registry.models import ActivityArea, Region, StoredFile
from registry.models.codes import Named


class Mci(models.Model):
    """The monthly calculation index of a year, in tenge: set by the budget law, with its source."""

    year = models.PositiveSmallIntegerField(_("year"), primary_key=True)
    amount = models.DecimalField(_("amount, tenge"), max_digits=15, decimal_places=2)
    source = models.CharField(_("source"), max_length=200)

    class Meta:
        verbose_name = _("monthly calculation index")
        verbose_name_plural = _("monthly calculation indexes")
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="mci_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.year}"


class GrantRule(models.Model):
    """The limits of one type of grant between two days (SSO Law, article 6-1): amounts in MCI,
    months, and the share for equipment and institutional development. Loaded by a migration; an
    amendment of the law is another row. A call keeps the row that it was made under."""

    type = models.CharField(_("type"), max_length=6, choices=GrantType.choices)
    from_on = models.DateField(_("in force from"))
    until_on = models.DateField(_("in force until, not including"), null=True, blank=True)
    least_mci = models.PositiveIntegerField(_("at least, MCI"))
    # Empty: no upper limit.
    most_mci = models.PositiveIntegerField(_("at most, MCI"), null=True, blank=True)
    least_months = models.PositiveSmallIntegerField(_("months at least"))
    most_months = models.PositiveSmallIntegerField(_("months at most"))
    institutional_percent = models.PositiveSmallIntegerField(
        _("equipment and own development at most, percent")
    )

    objects = GrantRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("limits of a type of grant")
        verbose_name_plural = _("limits of the types of grants")
        ordering = ["least_mci", "from_on"]
        constraints = [
            models.UniqueConstraint(fields=["type", "from_on"], name="grant_rule_begins_once"),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")),
                name="grant_rule_ends_after_it_began",
            ),
            models.CheckConstraint(
                condition=(Q(most_mci__isnull=True) | Q(most_mci__gte=F("least_mci")))
                & Q(most_months__gte=F("least_months")),
                name="grant_rule_most_above_least",
            ),
            models.CheckConstraint(
                condition=Q(institutional_percent__lte=100), name="grant_rule_share_is_a_percent"
            ),
        ]

    def __str__(self) -> str:
        return self.get_type_display()


class Programme(Named):
    """What the state pays grants for: the frame of its calls (plan approved by the ministry)."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    # The ministry or akimat whose budget pays, as the public and 360Giving name it.
    funder_kk = models.CharField(_("paid by, Kazakh"), max_length=200)
    funder_ru = models.CharField(_("paid by, Russian"), max_length=200)
    funder_en = models.CharField(_("paid by, English"), max_length=200, blank=True)
    funder_bin = models.CharField(_("BIN of who pays"), max_length=12, blank=True)
    purpose_kk = models.TextField(_("purpose, Kazakh"), blank=True)
    purpose_ru = models.TextField(_("purpose, Russian"), blank=True)
    purpose_en = models.TextField(_("purpose, English"), blank=True)

    class Meta:
        verbose_name = _("grant programme")
        verbose_name_plural = _("grant programmes")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(funder_bin="")
                | Q(Func("funder_bin", function="is_bin", output_field=models.BooleanField())),
                name="programme_funder_bin_is_one",
            ),
        ]


class Call(Named):
    """A call for applications (SSO Law, article 6-2). Moved only by `grants.calls`.

    What its lots have committed stands on each Lot; the budgets of the lots together are never
    more than the call's, so that a call cannot be overspent. A trigger holds that, and that the
    weights of its criteria sum to 100 once it is announced.
    """

    # "K-" and seven digits from a sequence, never reused.
    number = models.CharField(_("number"), max_length=9, unique=True, editable=False)
    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="calls", verbose_name=_("programme")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=CallState.choices, default=CallState.DRAFT
    )
    rule = models.ForeignKey(
        GrantRule, models.PROTECT, related_name="calls", verbose_name=_("type and its limits")
    )
    # The year whose index makes the limits tenge.
    mci = models.ForeignKey(
        Mci, models.PROTECT, related_name="calls", verbose_name=_("year of the index")
    )
    budget = models.DecimalField(_("budget, tenge"), max_digits=15, decimal_places=2)
    terms_kk = models.TextField(_("terms, Kazakh"), blank=True)
    terms_ru = models.TextField(_("terms, Russian"), blank=True)
    terms_en = models.TextField(_("terms, English"), blank=True)
    # Empty: the whole country, every area.
    regions = models.ManyToManyField(Region, blank=True, verbose_name=_("regions"))
    areas = models.ManyToManyField(ActivityArea, blank=True, verbose_name=_("areas of activity"))
    opens_at = models.DateTimeField(_("applications from"))
    # The first moment that is too late. Moved only by a recorded decision once announced.
    closes_at = models.DateTimeField(_("applications before"))
    # How long the operator checks and the commission decides (grant rules, order No. 413).
    check_working_days = models.PositiveSmallIntegerField(
        _("working days for the formal check"), default=10, db_default=10
    )
    decide_working_days = models.PositiveSmallIntegerField(
        _("working days for the decision"), default=15, db_default=15
    )
    # The last days of both, written when it closes.
    check_due_on = models.DateField(_("formal check due"), null=True, blank=True)
    decide_due_on = models.DateField(_("decision due"), null=True, blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name = _("call for applications")
        verbose_name_plural = _("calls for applications")
        ordering = ["-id"]
        permissions = [("manage_call", "Announce, extend, close and cancel calls")]
        constraints = [
            models.CheckConstraint(
                condition=Q(number__regex=r"^K-[0-9]{7}$"), name="call_number_shape"
            ),
            models.CheckConstraint(
                condition=Q(state__in=CallState.values), name="call_state_is_known"
            ),
            models.CheckConstraint(condition=Q(budget__gt=0), name="call_budget_is_positive"),
            models.CheckConstraint(
                condition=Q(opens_at__lt=F("closes_at")), name="call_opens_before_it_closes"
            ),
        ]
        indexes = [
            # The public list of calls, soonest end first.
            models.Index(fields=["state", "closes_at"], name="call_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def source(self) -> str:
        """How notices and entries name it: text, never a key upwards."""
        return f"call:{self.pk}"

    @property
    def terms(self) -> str:
        """In the reader's language; Russian where that one is missing."""
        return cast(str, getattr(self, f"terms_{get_language() or 'kk'}", "")) or self.terms_ru

    @property
    def least_amount(self) -> Decimal:
        """The smallest grant in tenge: the limit in MCI, times the index of the call's year."""
        return self.rule.least_mci * self.mci.amount

    @property
    def most_amount(self) -> Decimal | None:
        """The largest grant in tenge; none for long-term grants."""
        return None if self.rule.most_mci is None else self.rule.most_mci * self.mci.amount

    def takes_at(self, at: datetime) -> bool:
        """Whether an application that arrived at that moment is in time."""
        return self.state in CALL_TAKES and self.opens_at <= at < self.closes_at


class Lot(Named):
    """A theme of a call with its own budget; an application is for one lot.

    `committed` is what awards of this lot bind: written only under the row's lock (`grants.award`)
    in the transaction that writes the award. CHECK committed <= budget, and a deferred trigger
    holds that it is the sum over its awards: two awards at once cannot overspend it.
    """

    call = models.ForeignKey(Call, models.PROTECT, related_name="lots", verbose_name=_("call"))
    position = models.PositiveSmallIntegerField(_("number of the lot"))
    budget = models.DecimalField(_("budget, tenge"), max_digits=15, decimal_places=2)
    committed = models.DecimalField(
        _("committed, tenge"), max_digits=15, decimal_places=2, default=Decimal(0), editable=False
    )

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ["call", "position"]
        constraints = [
            models.UniqueConstraint(fields=["call", "position"], name="lot_position_once"),
            models.CheckConstraint(condition=Q(budget__gt=0), name="lot_budget_is_positive"),
            models.CheckConstraint(
                condition=Q(committed__gte=0, committed__lte=F("budget")),
                name="lot_is_never_overspent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.name}"

    @property
    def left(self) -> Decimal:
        """What may still be awarded."""
        return self.budget - self.committed


class Criterion(Named):
    """What reviewers give points for, and its weight in a hundred."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="criteria", verbose_name=_("call"))
    position = models.PositiveSmallIntegerField(_("number of the criterion"))
    weight = models.PositiveSmallIntegerField(_("weight, of 100"))

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering = ["call", "position"]
        constraints = [
            models.UniqueConstraint(fields=["call", "position"], name="criterion_position_once"),
            models.CheckConstraint(
                condition=Q(weight__gte=1, weight__lte=100), name="criterion_weight_in_a_hundred"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.name}"


class CallDocument(models.Model):
    """A paper of a call that everybody may read: its terms, a form to fill in."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="documents", verbose_name=_("call"))
    title = models.CharField(_("title"), max_length=200)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("file"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("document of a call")
        verbose_name_plural = _("documents of calls")
        ordering = ["call", "id"]

    def __str__(self) -> str:
        return self.title


class CallEvent(AppendOnly):
    """A recorded decision on a call: announced, its end moved, closed, decided. Append-only."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="events", verbose_name=_("call"))
    from_state = models.CharField(_("from"), max_length=10)
    # The same state as before: its end was moved.
    to_state = models.CharField(_("to"), max_length=10)
    closes_at = models.DateTimeField(_("applications before"))
    ground = models.TextField(_("ground"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("decision on a call")
        verbose_name_plural = _("decisions on calls")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(ground=""), name="call_event_has_a_ground"),
        ]

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"

    @property
    def shown(self) -> str:
        """What was decided, in words."""
        if self.from_state == self.to_state:
            return gettext("extended")
        return str(CallState(self.to_state).label)

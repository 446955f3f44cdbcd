"""An organisation's application for a lot: its answers, its budget, its papers."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _

from grants.models.calls import Lot
from grants.models.participation import Participant
from grants.querysets import ApplicationQuerySet
from grants.states import ApplicationState, BudgetCategory, PaperKind
from registry.ledger import AppendOnly
from registry.models import ActivityArea, Organisation, Region, StoredFile


class Application(models.Model):
    """One application for one lot (SSO Law, article 6-2). Moved only by `grants.applications.move`.

    A draft is changed freely; a submitted one is frozen by its fingerprint. An organisation may
    hand in several, one after the other: it has one draft a lot at a time.
    """

    # "G-" and seven digits, given at the first submission, never reused.
    number = models.CharField(_("number"), max_length=9, null=True, blank=True, unique=True)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="applications", verbose_name=_("lot"))
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="grant_applications",
        verbose_name=_("organisation"),
    )
    # The registration under which it was handed in.
    participant = models.ForeignKey(
        Participant,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="applications",
        verbose_name=_("participant"),
    )
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=ApplicationState.choices,
        default=ApplicationState.DRAFT,
    )

    # Kazakh or Russian: the language that its answers are written in.
    language = models.CharField(
        _("language"),
        max_length=2,
        choices=[("kk", _("Kazakh")), ("ru", _("Russian"))],
        default="kk",
    )
    title = models.CharField(_("title of the project"), max_length=300, blank=True)
    summary = models.TextField(_("the project in short, for the public"), blank=True)
    problem = models.TextField(_("which problem it meets"), blank=True)
    goal = models.TextField(_("its aim"), blank=True)
    activities = models.TextField(_("what will be done"), blank=True)
    results = models.TextField(_("what will have changed, and how it is measured"), blank=True)
    area = models.ForeignKey(
        ActivityArea,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("area of activity"),
    )
    regions = models.ManyToManyField(Region, blank=True, verbose_name=_("regions of the project"))
    starts_on = models.DateField(_("begins"), null=True, blank=True)
    ends_on = models.DateField(_("ends"), null=True, blank=True)
    # What is asked for: the sum of the budget's lines, kept by the verbs that write them and held
    # by a deferred trigger.
    amount = models.DecimalField(
        _("amount asked for, tenge"), max_digits=15, decimal_places=2, default=Decimal(0)
    )

    started_at = models.DateTimeField(_("started"))
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(_("saved"))
    # Counts the saves: a form that was opened before another save is told so, not swallowed.
    revision = models.PositiveIntegerField(default=1)
    # When the request arrived, of the last submission.
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("submitted by"),
    )
    # SHA-256 over the submitted answers, budget and papers in canonical JSON; on the receipt.
    sha256 = models.CharField(_("fingerprint"), max_length=64, blank=True)
    # A returned one is handed in again by this day.
    correct_by_on = models.DateField(_("to be corrected by"), null=True, blank=True)
    # The weighted score of its locked evaluations, of 100; empty until the protocol is made.
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True, blank=True)
    # Its place on the lot's reserve list.
    reserve_rank = models.PositiveSmallIntegerField(
        _("place in the reserve"), null=True, blank=True
    )

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("grant application")
        verbose_name_plural = _("grant applications")
        ordering = ["-id"]
        permissions = [("check_application", "Make the formal check of applications")]
        constraints = [
            models.CheckConstraint(
                condition=Q(number__isnull=True) | Q(number__regex=r"^G-[0-9]{7}$"),
                name="application_number_shape",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ApplicationState.values), name="application_state_is_known"
            ),
            models.UniqueConstraint(
                fields=["organisation", "lot"],
                condition=Q(state=ApplicationState.DRAFT),
                name="application_one_draft_a_lot",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=ApplicationState.DRAFT, number__isnull=True, submitted_at__isnull=True
                )
                | (
                    ~Q(state=ApplicationState.DRAFT)
                    & Q(
                        number__isnull=False,
                        submitted_at__isnull=False,
                        submitted_by__isnull=False,
                        participant__isnull=False,
                        area__isnull=False,
                        starts_on__isnull=False,
                        ends_on__isnull=False,
                        amount__gt=0,
                    )
                    & ~Q(title="")
                    & Q(sha256__regex=r"^[0-9a-f]{64}$")
                ),
                name="application_submitted_is_complete",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="application_amount_not_below"),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True)
                | Q(ends_on__isnull=True)
                | Q(starts_on__lt=F("ends_on")),
                name="application_begins_before_it_ends",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=100),
                name="application_score_in_a_hundred",
            ),
            models.CheckConstraint(
                condition=~Q(state=ApplicationState.RESERVE) | Q(reserve_rank__gte=1),
                name="application_reserve_has_a_place",
            ),
            models.UniqueConstraint(
                fields=["lot", "reserve_rank"],
                condition=Q(state=ApplicationState.RESERVE),
                name="application_reserve_place_once",
            ),
        ]
        indexes = [
            # The operator's queue of a call, oldest first.
            models.Index(fields=["lot", "state", "submitted_at"], name="application_by_state"),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.organisation_id}/{self.lot_id}"

    @property
    def source(self) -> str:
        """How notices and documents name it: text, never a key upwards."""
        return f"application:{self.pk}"


class BudgetLine(models.Model):
    """A line of an application's budget, in tenge. Changed while a draft or returned alone, which
    a trigger holds too."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField(_("line"))
    category = models.CharField(_("pays for"), max_length=12, choices=BudgetCategory.choices)
    # Equipment and own development: their share is limited by the grant's type.
    is_institutional = models.BooleanField(_("equipment or own development"))
    name = models.CharField(_("what exactly"), max_length=200)
    quantity = models.DecimalField(_("quantity"), max_digits=10, decimal_places=2)
    unit_price = models.DecimalField(_("price of one, tenge"), max_digits=15, decimal_places=2)
    amount = models.DecimalField(_("sum, tenge"), max_digits=15, decimal_places=2)

    class Meta:
        verbose_name = _("line of a budget")
        verbose_name_plural = _("lines of budgets")
        ordering = ["application", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "position"],
                name="budget_line_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(category__in=BudgetCategory.values), name="budget_category_is_known"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, unit_price__gt=0), name="budget_line_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(amount=Round(F("quantity") * F("unit_price"), 2)),
                name="budget_line_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(category__in=["equipment", "development"], is_institutional=True)
                | ~Q(category__in=["equipment", "development"]) & Q(is_institutional=False),
                name="budget_line_institutional_by_category",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.name}"


class ApplicationPaper(models.Model):
    """A paper of an application, in the register's store of files. Changed while a draft or
    returned alone, which a trigger holds too."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="papers")
    kind = models.CharField(_("paper"), max_length=12, choices=PaperKind.choices)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("file"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("paper of an application")
        verbose_name_plural = _("papers of applications")
        ordering = ["application", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=PaperKind.values), name="application_paper_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.file}"


class ApplicationEvent(AppendOnly):
    """A move of an application. Append-only."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="events")
    # Empty when it was begun.
    from_state = models.CharField(_("from"), max_length=10, blank=True)
    to_state = models.CharField(_("to"), max_length=10)
    reason = models.TextField(_("reason"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("event of an application")
        verbose_name_plural = _("events of applications")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"

    @property
    def shown(self) -> str:
        """What it became, in words."""
        return str(ApplicationState(self.to_state).label)

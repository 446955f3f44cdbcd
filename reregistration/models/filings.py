"""Filings, and what reviewers decided on them."""

from __future__ import annotations

import hashlib
from typing import cast

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from registry.ledger import AppendOnly
from registry.models import Claim
from registry.models.codes import Named
from reregistration.models.grounds import RefusalGround
from reregistration.models.obligations import Obligation
from reregistration.models.paper import PaperFiling
from reregistration.querysets import FilingQuerySet
from reregistration.states import REPORTS, Decision, FilingKind, FilingState


class Declaration(AppendOnly):
    """The text that whoever submits declares; a filing names the version that it was shown.

    Append-only: another wording is another version. `version` is the key, so that a filing's
    fingerprint can name it without a look-up.
    """

    version = models.PositiveSmallIntegerField(_("version"), primary_key=True)
    text_kk = models.TextField(_("text in Kazakh"))
    text_ru = models.TextField(_("text in Russian"))
    text_en = models.TextField(_("text in English"))
    effective_from_at = models.DateTimeField(_("in force from"))

    class Meta:
        verbose_name = _("declaration")
        verbose_name_plural = _("declarations")
        ordering = ["version"]

    def __str__(self) -> str:
        return str(self.version)

    @property
    def text(self) -> str:
        """The text in the reader's language."""
        return cast(str, getattr(self, f"text_{get_language() or 'kk'}"))

    @property
    def sha256(self) -> str:
        """SHA-256, hexadecimal, over the three texts in the order kk, ru, en, an empty line
        between them."""
        texts = "\n\n".join((self.text_kk, self.text_ru, self.text_en))
        return hashlib.sha256(texts.encode()).hexdigest()


class Filing(models.Model):
    """One version of the form. A draft is changed freely; a submitted one is frozen by its hash."""

    # "F-" and seven digits, given at submission.
    number = models.CharField(_("number"), max_length=9, null=True, blank=True, unique=True)
    obligation = models.ForeignKey(
        Obligation, models.PROTECT, related_name="filings", verbose_name=_("obligation")
    )
    version = models.PositiveSmallIntegerField(_("version"))
    state = models.CharField(
        _("state"), max_length=10, choices=FilingState.choices, default=FilingState.DRAFT
    )

    kind = models.CharField(
        _("what it answers"),
        max_length=10,
        choices=FilingKind.choices,
        default=FilingKind.DETAILS,
    )
    # One employee or none and little money: the short form (Campaign.short_form_*). What the
    # person said; figures that say otherwise are told to the reviewer, never refused.
    is_short = models.BooleanField(_("short form"), default=True)
    # Names of the parts that were still missing when it was submitted: filed, incomplete,
    # protects all the same.
    incomplete = ArrayField(
        models.CharField(max_length=30), default=list, blank=True, verbose_name=_("missing parts")
    )

    # The claim under which it was begun, by a person who did not act for the organisation yet.
    claim = models.ForeignKey(
        Claim,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="filings",
        verbose_name=_("claim"),
    )
    # The paper of which it is typed in: apart from every other draft until it is confirmed.
    paper = models.OneToOneField(
        PaperFiling,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="filing",
        verbose_name=_("paper filing"),
    )

    name_kk = models.TextField(_("name in Kazakh"))
    name_ru = models.TextField(_("name in Russian"))
    name_en = models.TextField(_("name in English"), blank=True)
    address = models.TextField(_("address"))
    head_name = models.CharField(_("head"), max_length=200)
    email = models.EmailField(_("e-mail of the organisation"), blank=True)
    phone = models.CharField(_("phone of the organisation"), max_length=20, blank=True)
    employees = models.PositiveIntegerField(_("employees"), null=True)
    volunteers = models.PositiveIntegerField(_("volunteers"), null=True)
    # Codes of ActivityArea, as they were filed.
    activity_areas = ArrayField(
        models.CharField(max_length=5), default=list, verbose_name=_("areas of activity")
    )
    # Tenge, of the campaign's reporting year. Nil is an answer.
    income = models.DecimalField(_("income, tenge"), max_digits=17, decimal_places=2, null=True)
    spending = models.DecimalField(_("spending, tenge"), max_digits=17, decimal_places=2, null=True)

    # The answers that the register does not hold, by section (reregistration/sections): money as
    # text with two decimals, days as YYYY-MM-DD, places and countries by code.
    details = models.JSONField(_("further answers"), default=dict, blank=True)
    # Who saved each section last: {"contacts": {"revision": 3, "by": 7, "at": ISO, "tab": "..."}}.
    section_revisions = models.JSONField(default=dict, blank=True, editable=False)

    started_at = models.DateTimeField(_("started"))
    saved_at = models.DateTimeField(_("saved"))
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("last saved by"),
    )
    # Counts the saves: a form that was opened before another save is told so, not swallowed.
    revision = models.PositiveIntegerField(default=1)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="filings",
        verbose_name=_("submitted by"),
    )
    declaration = models.ForeignKey(
        Declaration,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("declaration"),
    )
    # The last day of the ministry's own term for its review (reregistration/review_term.py): a day
    # counts only while the ministry has the filing.
    review_due_on = models.DateField(_("review due"), null=True, blank=True, editable=False)
    # Whether it was clean when it was submitted (reregistration/clean.py): for the list alone. Who
    # accepts many asks again, for the register may have changed since. Empty: nobody looked.
    was_clean = models.BooleanField(_("clean when it was submitted"), null=True, editable=False)
    # SHA-256 over the submitted answers in canonical JSON; printed on the receipt.
    sha256 = models.CharField(_("fingerprint"), max_length=64, blank=True)

    objects = FilingQuerySet.as_manager()

    class Meta:
        verbose_name = _("filing")
        verbose_name_plural = _("filings")
        ordering = ["obligation", "version"]
        constraints = [
            models.UniqueConstraint(fields=["obligation", "version"], name="filing_version_once"),
            # One of the organisation's own, and one a claim: a claimant never meets another's.
            models.UniqueConstraint(
                fields=["obligation", "claim"],
                condition=Q(state=FilingState.DRAFT, paper__isnull=True),
                nulls_distinct=False,
                name="filing_one_draft_a_claim",
            ),
            # One version at a time is under review: the double click is refused here.
            models.UniqueConstraint(
                fields=["obligation"],
                condition=Q(state=FilingState.SUBMITTED),
                name="filing_one_submitted",
            ),
            models.CheckConstraint(
                condition=Q(state=FilingState.DRAFT, number__isnull=True, submitted_at__isnull=True)
                | (
                    ~Q(state=FilingState.DRAFT)
                    & Q(number__isnull=False, submitted_at__isnull=False)
                    & ~Q(sha256="")
                ),
                name="filing_submitted_is_complete",
            ),
            models.CheckConstraint(
                condition=Q(state=FilingState.DRAFT)
                | ~Q(kind__in=REPORTS)
                | Q(incomplete__len__gt=0)
                | Q(
                    employees__isnull=False,
                    volunteers__isnull=False,
                    income__gte=0,
                    spending__gte=0,
                ),
                name="filing_submitted_has_figures",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=FilingKind.values), name="filing_kind_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=FilingState.SET_ASIDE) | Q(paper__isnull=False),
                name="filing_set_aside_came_on_paper",
            ),
        ]
        indexes = [
            # The reviewer's queue: oldest first.
            models.Index(
                fields=["submitted_at"],
                condition=Q(state=FilingState.SUBMITTED),
                name="filing_to_review",
            ),
            # "Past our own deadline?", and what a senior reviewer is given first.
            models.Index(
                fields=["review_due_on"],
                condition=Q(state=FilingState.SUBMITTED),
                name="filing_by_review_due",
            ),
            # "Clean?": those that may be accepted together, oldest first.
            models.Index(
                fields=["submitted_at"],
                condition=Q(state=FilingState.SUBMITTED, was_clean=True),
                name="filing_clean_to_review",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.obligation_id}/{self.version}"

    @property
    def review(self) -> Review | None:
        """The decision that stands, or stood last; none while it waits for one."""
        if self.state == FilingState.SUBMITTED:
            return None
        # Sorted here: a list reads the reviews of all its rows at once.
        return max(self.reviews.all(), key=lambda each: each.turn, default=None)


class ReturnReason(Named):
    """Why a filing is returned: data, with its letter text in three languages."""

    code = models.SlugField(_("code"), max_length=40, primary_key=True)
    # The section of the full form that it is about (reregistration/sections); empty: the whole.
    section = models.SlugField(_("section of the form"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("reason of return")
        verbose_name_plural = _("reasons of return")
        ordering = ["code"]


class RefusalProposal(AppendOnly):
    """A reviewer proposes to refuse a filing. Append-only: another ground or other words are
    another proposal, and the newest stands until the filing is decided."""

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="refusal_proposals")
    ground = models.ForeignKey(
        RefusalGround,
        models.PROTECT,
        related_name="proposals",
        verbose_name=_("ground of the refusal"),
    )
    words = models.TextField(_("why the ground is met"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("proposal to refuse a filing")
        verbose_name_plural = _("proposals to refuse a filing")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="refusal_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.filing_id} {self.at:%Y-%m-%d}"


class Review(AppendOnly):
    """A reviewer's decision on one filing. Append-only; each filing is decided once, and once more
    after its refusal was reopened."""

    filing = models.ForeignKey(
        Filing, models.PROTECT, related_name="reviews", verbose_name=_("filing")
    )
    # The first decision on the filing, or which one after a reopening.
    turn = models.PositiveSmallIntegerField(_("which decision on it"), default=1, db_default=1)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices)
    # Codes of ReturnReason.
    reasons = ArrayField(models.CharField(max_length=40), default=list, verbose_name=_("reasons"))
    note = models.TextField(_("in the reviewer's words"), blank=True)
    # Of a refusal: its ground, and who proposed it. `by` confirmed it, and is somebody else.
    ground = models.ForeignKey(
        RefusalGround,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ground of the refusal"),
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("proposed by"),
    )
    # Codes of what the automatic checks said then (reregistration/checks).
    findings = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, verbose_name=_("findings")
    )
    # SHA-256 over the answers as they stood when it was decided, so that nobody has to trust that
    # what was seen is what is kept; empty for what was decided before this was written down.
    seen_sha256 = models.CharField(
        _("fingerprint of what was seen"), max_length=64, blank=True, db_default=""
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviews", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["filing", "turn"], name="review_once_a_turn"),
            models.CheckConstraint(
                condition=~Q(decision=Decision.RETURN) | Q(reasons__len__gt=0),
                name="review_return_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(
                    ~Q(decision=Decision.REFUSE), ground__isnull=True, proposed_by__isnull=True
                )
                | Q(
                    ~Q(proposed_by=F("by")),
                    decision=Decision.REFUSE,
                    ground__isnull=False,
                    proposed_by__isnull=False,
                ),
                name="review_refusal_has_a_ground_and_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filing_id} {self.decision}"

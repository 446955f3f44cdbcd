"""Who asks to act for an organisation, on what ground, and who objects."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.models.files import StoredFile
from registry.models.organisations import Organisation, Representative
from registry.querysets import ClaimQuerySet


class Claim(models.Model):
    """A person's request to become an authorised representative of an organisation.

    Opened and decided only by `notices.claims`. A waiting one protects the organisation from
    marking, and lets its claimant file, but not read what the organisation wrote.
    """

    class Position(models.TextChoices):
        HEAD = "head", _("head")
        FOUNDER = "founder", _("founder")
        ACTING_HEAD = "acting_head", _("acting head")
        LIQUIDATOR = "liquidator", _("liquidator")
        ATTORNEY = "attorney", _("employee with a power of attorney")
        OTHER = "other", _("other")

    class Means(models.TextChoices):
        """What the claim rests on."""

        CODE = "code", _("the code of a notice")
        REGISTER_EMAIL = "register_email", _("a code sent to the register's e-mail address")
        DOCUMENTS = "documents", _("documents")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    # Of these nobody at the ministry need decide unless somebody objects.
    BY_CODE = (Means.CODE, Means.REGISTER_EMAIL)

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="claims", verbose_name=_("organisation")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="claims", verbose_name=_("user")
    )
    position = models.CharField(_("position"), max_length=12, choices=Position.choices)
    means = models.CharField(_("rests on"), max_length=15, choices=Means.choices)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    opened_at = models.DateTimeField(_("opened"))
    # The last days on which others may object, and on which the ministry decides.
    object_until_on = models.DateField(_("objections until"))
    decide_until_on = models.DateField(_("to be decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    # Empty where a code decided, or the timetable after the days to object.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    note = models.TextField(_("grounds of the decision"), blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("claim to act for an NGO")
        verbose_name_plural = _("claims to act for an NGO")
        permissions = [("decide_claim", "Decide on claims to act for an NGO")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user"],
                condition=Q(state="waiting"),
                name="claim_one_waiting",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting") ^ Q(decided_at__isnull=False),
                name="claim_decided_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "accepted", "refused", "withdrawn"]),
                name="claim_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(decide_until_on__gte=models.F("object_until_on")),
                name="claim_decided_after_objections",
            ),
        ]
        indexes = [
            # The desk's queue and the timetable; the marking rule asks by organisation.
            models.Index(
                fields=["decide_until_on"], condition=Q(state="waiting"), name="claim_to_decide"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} — {self.organisation.number}"

    @property
    def source(self) -> str:
        """How notices and signs of life name it."""
        return f"claim:{self.pk}"


class ClaimDocument(models.Model):
    """A document that shows a claimant's powers."""

    class Kind(models.TextChoices):
        APPOINTMENT = "appointment", _("decision or order of appointment")
        CHARTER = "charter", _("charter")
        POWER_OF_ATTORNEY = "power_of_attorney", _("power of attorney")
        OTHER = "other", _("other document")

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="documents")
    kind = models.CharField(_("kind of document"), max_length=20, choices=Kind.choices)
    file = models.OneToOneField(
        StoredFile, models.PROTECT, related_name="+", verbose_name=_("file")
    )

    class Meta:
        verbose_name = _("document of a claim")
        verbose_name_plural = _("documents of claims")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.file.name}"


class ClaimObjection(models.Model):
    """What somebody who acts for the organisation has against a claim; one a person."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="objections")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    text = models.TextField(_("text"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("objection to a claim")
        verbose_name_plural = _("objections to claims")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "by"], name="claim_objection_once_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.by}: {self.text[:60]}"


class Invitation(models.Model):
    """A manager's invitation to act for the organisation, to one e-mail address."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="invitations")
    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=10, choices=Representative.Role.choices)
    # SHA-256 of the token in the link; the token itself is in the letter alone.
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(_("invited"))
    expires_at = models.DateTimeField(_("expires"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email"],
                condition=Q(accepted_at__isnull=True, cancelled_at__isnull=True),
                name="invitation_one_open",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(cancelled_at__isnull=True),
                name="invitation_accepted_or_cancelled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} — {self.organisation.number}"

"""Who takes part in state grant programmes, and what keeps an organisation from the money."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from grants.querysets import ParticipantQuerySet
from grants.states import Exclusion, ParticipantState
from registry.ledger import AppendOnly
from registry.models import Organisation


class Participant(models.Model):
    """An organisation registered to take part (SSO Law, article 6-1(4)); public.

    One row a registration: whoever left or expired and comes back gets another row and number.
    Moved only by `grants.participation`. That it expired is read from its last day.
    """

    # "P-" and seven digits from a sequence, never reused.
    number = models.CharField(_("number"), max_length=9, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="participations", verbose_name=_("organisation")
    )
    state = models.CharField(
        _("state"),
        max_length=8,
        choices=ParticipantState.choices,
        default=ParticipantState.ACTIVE,
    )
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until and including"))
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("registered by"),
    )
    registered_at = models.DateTimeField(_("registered"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    end_reason = models.TextField(_("why it ended"), blank=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        ordering = ["-id"]
        permissions = [("manage_participant", "Check and remove participants of grants")]
        constraints = [
            models.CheckConstraint(
                condition=Q(number__regex=r"^P-[0-9]{7}$"), name="participant_number_shape"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["active", "left", "removed"]),
                name="participant_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(from_on__lte=F("until_on")), name="participant_from_before_until"
            ),
            models.CheckConstraint(
                condition=Q(
                    state="active", ended_at__isnull=True, ended_by__isnull=True, end_reason=""
                )
                | Q(
                    ~Q(state="active") & ~Q(end_reason=""),
                    ended_at__isnull=False,
                    ended_by__isnull=False,
                ),
                name="participant_ended_with_words",
            ),
            # The double click: one active row an organisation, whoever asks. Before another
            # registration an expired row is ended by the verb that makes the new one.
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(state="active"),
                name="participant_once_at_a_time",
            ),
        ]
        indexes = [
            # The public register of participants, and its number of rows.
            models.Index(fields=["state", "until_on"], name="participant_by_state"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def source(self) -> str:
        """How notices name it: text, never a key upwards."""
        return f"participant:{self.pk}"

    def state_on(self, on: date) -> ParticipantState:
        """The state as it reads that day."""
        if self.state == ParticipantState.ACTIVE and on > self.until_on:
            return ParticipantState.EXPIRED
        return ParticipantState(self.state)


class ParticipantEvent(AppendOnly):
    """What became of a participant. Append-only."""

    participant = models.ForeignKey(Participant, models.PROTECT, related_name="events")
    # Empty when it registered.
    from_state = models.CharField(_("from"), max_length=8, blank=True)
    to_state = models.CharField(_("to"), max_length=8)
    reason = models.TextField(_("reason"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("event of a participant")
        verbose_name_plural = _("events of participants")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"


class ExclusionDeclaration(AppendOnly):
    """The organisation declares that none of the law's eight exclusions is met: who, when.

    Append-only; made at the registration and with each application, and the newest one counts.
    A declaration is whole or not made: the database holds that all eight are in it.
    """

    participant = models.ForeignKey(Participant, models.PROTECT, related_name="declarations")
    # Codes of Exclusion that the organisation declares not to be met.
    clear_of = ArrayField(models.CharField(max_length=20), verbose_name=_("declared not to be met"))
    # Text, as the application's number, where it was made with one.
    occasion = models.CharField(_("made with"), max_length=20, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("signed by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("declaration of a participant")
        verbose_name_plural = _("declarations of participants")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(clear_of__contains=Exclusion.values),
                name="declaration_names_all_exclusions",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant_id} {self.at:%Y-%m-%d}"


class ExclusionFinding(AppendOnly):
    """What the operator found when it checked one exclusion: met, or met no longer. Append-only.

    The newest one of an organisation and exclusion counts. One that is met is a reason against an
    application and an award, and blocks payment; a trigger on payments asks for it too.
    """

    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="exclusion_findings",
        verbose_name=_("organisation"),
    )
    exclusion = models.CharField(_("exclusion"), max_length=20, choices=Exclusion.choices)
    is_met = models.BooleanField(_("is met"))
    # Where it stands: the register that was asked, the number of the proceedings.
    evidence = models.TextField(_("where it stands"))
    on = models.DateField(_("as of"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("checked by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("check of an exclusion")
        verbose_name_plural = _("checks of exclusions")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(exclusion__in=Exclusion.values), name="finding_exclusion_is_known"
            ),
            models.CheckConstraint(condition=~Q(evidence=""), name="finding_says_where_it_stands"),
        ]
        indexes = [
            # The newest of an organisation and exclusion: eligibility and each payment.
            models.Index(fields=["organisation", "exclusion", "-id"], name="finding_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.exclusion} {self.on}"

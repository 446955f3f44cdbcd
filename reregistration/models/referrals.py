"""From a mark to the body that may sue: files, their schedules, and what is taken back.

Only the court decides on liquidation.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from notices.models import IssuedDocument
from registry.ledger import AppendOnly
from registry.models import StoredFile
from reregistration.models.campaigns import Campaign
from reregistration.models.grounds import LegalGround, ReceivingBody
from reregistration.models.marking import Mark
from reregistration.models.obligations import Obligation
from reregistration.states import (
    LIVE_REFERRALS,
    SCHEDULE_LINES,
    ReferralState,
    ScheduleState,
    WithdrawalReason,
)

_SHA256 = r"^[0-9a-f]{64}$"


class ReferralCase(Obligation):
    """An obligation as officers see it who gather evidence: a list and a page of its own."""

    class Meta:
        proxy = True
        verbose_name = _("case after a mark")
        verbose_name_plural = _("cases after a mark")

    def __str__(self) -> str:
        return str(self.organisation)


class Referral(models.Model):
    """One obligation's file for the body that may sue, on one legal ground.

    The file is frozen when it is prepared; only what becomes of it changes afterwards.
    """

    # That of its document: "D-" and seven digits.
    number = models.CharField(_("number"), max_length=9, unique=True)
    obligation = models.ForeignKey(
        Obligation, models.PROTECT, related_name="referrals", verbose_name=_("obligation")
    )
    cycle = models.PositiveSmallIntegerField(_("cycle"))
    mark = models.ForeignKey(Mark, models.PROTECT, related_name="referrals", verbose_name=_("mark"))
    ground = models.ForeignKey(
        LegalGround, models.PROTECT, related_name="referrals", verbose_name=_("legal ground")
    )
    receiving_body = models.ForeignKey(
        ReceivingBody, models.PROTECT, related_name="referrals", verbose_name=_("receiving body")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=ReferralState.choices, default=ReferralState.PREPARED
    )
    # The line that /verify/ reads; its hash is that of the content.
    document = models.OneToOneField(
        IssuedDocument, models.PROTECT, related_name="+", verbose_name=_("issued document")
    )
    # The PDF, which holds the content and every paper; its hash is what a schedule's signers sign.
    file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", verbose_name=_("referral file")
    )
    sha256 = models.CharField(_("fingerprint of the file"), max_length=64)
    # The same as JSON.
    content = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", verbose_name=_("content as JSON")
    )
    content_sha256 = models.CharField(_("fingerprint of the content"), max_length=64)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="referrals_prepared",
        verbose_name=_("prepared by"),
    )
    prepared_at = models.DateTimeField(_("prepared"))
    # When and why it ended: dropped, withdrawn or decided.
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end_reason = models.TextField(_("why it ended"), blank=True)
    # Empty where the organisation's own step ended it, or a court.
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ended by"),
    )

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        ordering = ["-id"]
        permissions = [("prepare_referral", "Prepare referral files")]
        constraints = [
            models.UniqueConstraint(
                fields=["obligation"],
                condition=Q(state__in=LIVE_REFERRALS),
                name="referral_one_live",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ReferralState.values), name="referral_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=_SHA256, content_sha256__regex=_SHA256),
                name="referral_file_has_its_fingerprints",
            ),
            models.CheckConstraint(
                condition=Q(state__in=LIVE_REFERRALS, ended_at__isnull=True)
                | (~Q(state__in=LIVE_REFERRALS) & Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="referral_ended_says_when_and_why",
            ),
        ]
        indexes = [
            # Those that wait for a schedule, for the court.
            models.Index(fields=["state", "prepared_at"], name="referral_by_state"),
        ]

    def __str__(self) -> str:
        return self.number


class ReferralSchedule(models.Model):
    """Up to a hundred referral files that go to one body together, signed by two people.

    Drafted by one, signed by two others: three different people, which the database holds too.
    Both signatures are over one hash of its files, in their order.
    """

    # "S-" and seven digits.
    number = models.CharField(_("number"), max_length=9, unique=True)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="schedules")
    receiving_body = models.ForeignKey(
        ReceivingBody, models.PROTECT, related_name="schedules", verbose_name=_("receiving body")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=ScheduleState.choices, default=ScheduleState.DRAFTED
    )
    # Hexadecimal SHA-256 over the hashes of the files that stand in it, in their order.
    content_hash = models.CharField(_("fingerprint of its files"), max_length=64)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="schedules_drafted",
        verbose_name=_("drafted by"),
    )
    drafted_at = models.DateTimeField(_("drafted"))
    first_signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("signed first by"),
    )
    first_signed_at = models.DateTimeField(_("signed first"), null=True, blank=True)
    first_signed_hash = models.CharField(max_length=64, blank=True)
    second_signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("signed second by"),
    )
    second_signed_at = models.DateTimeField(_("signed second"), null=True, blank=True)
    second_signed_hash = models.CharField(max_length=64, blank=True)
    # Once signed it is sent file by file; when the last one had gone, or when it was discarded.
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    discard_reason = models.TextField(_("why it was discarded"), blank=True)

    class Meta:
        verbose_name = _("schedule of referral files")
        verbose_name_plural = _("schedules of referral files")
        ordering = ["-id"]
        permissions = [
            ("manage_schedule", "Draft, strike out of and discard schedules"),
            ("sign_schedule", "Sign schedules of referral files"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ScheduleState.values), name="schedule_state_is_known"
            ),
            models.CheckConstraint(
                condition=(Q(first_signed_by__isnull=True) | ~Q(first_signed_by=F("drafted_by")))
                & (Q(second_signed_by__isnull=True) | ~Q(second_signed_by=F("drafted_by"))),
                name="schedule_drafter_does_not_sign",
            ),
            models.CheckConstraint(
                condition=Q(second_signed_by__isnull=True)
                | (Q(first_signed_by__isnull=False) & ~Q(second_signed_by=F("first_signed_by"))),
                name="schedule_two_different_signatures",
            ),
            # What is sent is what both signed.
            models.CheckConstraint(
                condition=~Q(state__in=[ScheduleState.SIGNED, ScheduleState.SENT])
                | Q(
                    second_signed_by__isnull=False,
                    first_signed_hash=F("content_hash"),
                    second_signed_hash=F("content_hash"),
                ),
                name="schedule_signed_as_it_stands",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[ScheduleState.SENT, ScheduleState.DISCARDED])
                ^ Q(ended_at__isnull=True),
                name="schedule_ended_knows_when",
            ),
            models.CheckConstraint(
                condition=~Q(state=ScheduleState.DISCARDED) | ~Q(discard_reason=""),
                name="schedule_discarded_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ScheduleLine(models.Model):
    """A referral file in a schedule. Struck out with a reason; then it may stand in another."""

    schedule = models.ForeignKey(ReferralSchedule, models.PROTECT, related_name="lines")
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField(_("position"))
    struck_at = models.DateTimeField(_("struck out"), null=True, blank=True)
    # Empty where the organisation's own step struck it out.
    struck_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("struck out by"),
    )
    strike_reason = models.TextField(_("why it was struck out"), blank=True)
    # When this file was referred, its obligation moved and its organisation told.
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("file in a schedule")
        verbose_name_plural = _("files in schedules")
        ordering = ["schedule", "position"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "position"], name="line_once_a_position"),
            models.UniqueConstraint(fields=["schedule", "referral"], name="line_once_a_schedule"),
            models.UniqueConstraint(
                fields=["referral"],
                condition=Q(struck_at__isnull=True),
                name="line_stands_in_one_schedule",
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=SCHEDULE_LINES),
                name="line_within_the_schedule",
            ),
            models.CheckConstraint(
                condition=Q(struck_at__isnull=True, struck_by__isnull=True, strike_reason="")
                | (Q(struck_at__isnull=False) & ~Q(strike_reason="")),
                name="line_struck_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(struck_at__isnull=True) | Q(sent_at__isnull=True),
                name="line_struck_was_not_sent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id}/{self.position}"


class ReferralWithdrawal(models.Model):
    """A referral taken back: the receiving body is to know it within a working day."""

    referral = models.OneToOneField(Referral, models.PROTECT, related_name="withdrawal")
    reason = models.CharField(_("reason"), max_length=10, choices=WithdrawalReason.choices)
    # Empty where the organisation's own step withdrew it.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    made_at = models.DateTimeField(_("made"))
    # The end of the next working day.
    due_at = models.DateTimeField(_("to be told by"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    # The receiving body's own number of its answer.
    reference = models.CharField(_("their reference"), max_length=100, blank=True)
    file = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("document"),
    )

    class Meta:
        verbose_name = _("withdrawal of a referral")
        verbose_name_plural = _("withdrawals of referrals")
        ordering = ["-id"]
        permissions = [("acknowledge_withdrawal", "Record that a withdrawal was acknowledged")]
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=WithdrawalReason.values), name="withdrawal_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True)
                | (
                    Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False)
                    & (~Q(reference="") | Q(file__isnull=False))
                ),
                name="withdrawal_acknowledged_by_a_paper",
            ),
        ]
        indexes = [
            # What the timetable chases daily, and staff read as late.
            models.Index(
                fields=["due_at"],
                condition=Q(acknowledged_at__isnull=True),
                name="withdrawal_not_acknowledged",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.referral_id} {self.made_at:%Y-%m-%d}"


class WithdrawalChase(AppendOnly):
    """The receiving body was reminded of a withdrawal. Append-only."""

    withdrawal = models.ForeignKey(ReferralWithdrawal, models.PROTECT, related_name="chases")
    # The number of the notice; of a person's reminder, how it was made.
    how = models.CharField(_("how"), max_length=200)
    # Empty: the timetable.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("reminder of a withdrawal")
        verbose_name_plural = _("reminders of withdrawals")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(how=""), name="chase_says_how"),
        ]

    def __str__(self) -> str:
        return f"{self.withdrawal_id} {self.at:%Y-%m-%d}"

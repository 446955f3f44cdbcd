"""Sendings of notices, batches of letters, and what the carrier says of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from notices.models.notices import Notice
from notices.models.pacing import Wave
from notices.querysets import DispatchQuerySet
from notices.states import Channel, DispatchState


class LetterBatch(models.Model):
    """Letters given to the printer and the carrier: one PDF, and the list of what is in it."""

    number = models.CharField(_("number"), max_length=12, unique=True)
    made_at = models.DateTimeField(_("made"))
    file = models.FileField(_("file"), upload_to="letters/")
    sha256 = models.CharField(max_length=64)
    # Empty for the first batches: theirs was one CSV file with the texts in it.
    manifest = models.FileField(_("list"), upload_to="letters/", blank=True, db_default="")
    manifest_sha256 = models.CharField(max_length=64, blank=True, db_default="")
    count = models.PositiveIntegerField(_("letters"))
    pages = models.PositiveIntegerField(_("pages"), default=0, db_default=0)
    sheets = models.PositiveIntegerField(_("sheets"), default=0, db_default=0)

    class Meta:
        verbose_name = _("batch of letters")
        verbose_name_plural = _("batches of letters")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.number


class ReceiptFile(models.Model):
    """A file of the carrier's receipts. The same file is read once, whoever brings it again.

    Typed-in receipts would need a second person; the carrier's own file counts as read.
    """

    name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64, unique=True)
    read_at = models.DateTimeField(_("read"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    read = models.PositiveIntegerField(_("rows read"), default=0)
    delivered = models.PositiveIntegerField(_("delivered"), default=0)
    returned = models.PositiveIntegerField(_("came back"), default=0)
    # Rows that say what is already known.
    repeated = models.PositiveIntegerField(_("repeated"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    # [{"line": 7, "notice": "N-0000012", "sentence": "..."}]: what was refused, and why.
    refused_rows = models.JSONField(_("refused rows"), default=list, blank=True)

    class Meta:
        verbose_name = _("carrier's receipt file")
        verbose_name_plural = _("carrier's receipt files")
        permissions = [("bring_receipts", "Read the carrier's receipt files")]
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(read=F("delivered") + F("returned") + F("repeated") + F("refused")),
                name="receipt_file_counts_add_up",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Dispatch(models.Model):
    """One sending of a notice to one address by one channel.

    The address is a snapshot. The next address is the next dispatch. Several workers may claim
    slices at once: a claim is a lease until `next_attempt_at`, so that a dead worker's rows fall
    due again by themselves.
    """

    notice = models.ForeignKey(
        Notice, models.PROTECT, related_name="dispatches", verbose_name=_("notice")
    )
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    # The register number for a publication.
    address = models.TextField(_("address"))
    # Who stands in a letter's window where it is not the organisation.
    addressee = models.CharField(_("addressee"), max_length=300, blank=True, db_default="")
    # The representative whose address it is; empty for the register's own.
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="dispatches"
    )
    # Whether the address was verified by its owner when the row was made.
    is_verified = models.BooleanField(_("address verified"), default=False)
    # A courtesy e-mail is not sent by itself: it waits until its address's digest is put together.
    waits_for_digest = models.BooleanField(
        _("waits for the digest"), default=False, db_default=False
    )
    # The day on whose digest it goes: of those that lead one, an address has one a day.
    digest_on = models.DateField(_("digest of"), null=True, blank=True)
    # A digest: this reminder travels inside another dispatch to the same address.
    carried_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="carries"
    )
    # The wave in which it goes out; empty for what goes out one by one.
    wave = models.ForeignKey(Wave, models.PROTECT, null=True, blank=True, related_name="dispatches")
    # Sent after this moment it would say nothing useful, so it is held back; empty: no such moment.
    useful_until_at = models.DateTimeField(_("of use until"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=DispatchState.choices, default=DispatchState.QUEUED
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"))
    # Derived from the notice's number, so that a doubled sending can be recognised.
    message_id = models.CharField(max_length=120, blank=True)
    # What the mail provider or SMS gateway calls it; its reports name it so.
    provider_id = models.CharField(
        _("provider's number"), max_length=200, blank=True, db_default=""
    )
    # How often staff have sent it again, each time under a Message-ID of its own.
    resends = models.PositiveSmallIntegerField(_("sent again"), default=0, db_default=0)
    batch = models.ForeignKey(
        LetterBatch, models.PROTECT, null=True, blank=True, related_name="dispatches"
    )
    made_at = models.DateTimeField(_("made"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    ended_at = models.DateTimeField(_("outcome known"), null=True, blank=True)
    failure = models.TextField(_("why it failed"), blank=True)
    # A publication that is shown no longer: the organisation has answered.
    taken_down_at = models.DateTimeField(_("taken down"), null=True, blank=True)

    objects = DispatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispatch")
        verbose_name_plural = _("dispatches")
        ordering = ["id"]
        permissions = [
            ("manage_sending", "Send again, hold back, pause channels, stop waves"),
            ("resend_code", "Send a letter with a code again to an address of the register"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "channel", "address"], name="dispatch_once_an_address"
            ),
            # One digest an address a day, whatever two workers put together at once.
            models.UniqueConstraint(
                fields=["address", "digest_on"],
                condition=Q(digest_on__isnull=False, carried_by__isnull=True)
                & ~Q(state=DispatchState.SUPPRESSED),
                name="dispatch_one_digest_a_day",
            ),
            models.CheckConstraint(
                condition=Q(carried_by__isnull=True)
                | Q(digest_on__isnull=False, waits_for_digest=False),
                name="dispatch_carried_in_a_digest",
            ),
            models.CheckConstraint(
                condition=Q(state__in=DispatchState.values), name="dispatch_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=False)
                | ~Q(
                    state__in=[DispatchState.SENT, DispatchState.DELIVERED, DispatchState.BOUNCED]
                ),
                name="dispatch_sent_has_a_moment",
            ),
        ]
        indexes = [
            # What a worker claims next.
            models.Index(
                fields=["channel", "next_attempt_at"],
                condition=Q(state__in=[DispatchState.QUEUED, DispatchState.SENDING]),
                name="dispatch_to_send",
            ),
            # Whose report is this? A provider's report names its own number of the sending.
            models.Index(
                fields=["provider_id"], condition=~Q(provider_id=""), name="dispatch_by_provider"
            ),
            # The public list of those who are asked to get in touch.
            models.Index(
                fields=["channel", "sent_at"],
                condition=Q(channel=Channel.PUBLICATION, taken_down_at__isnull=True),
                name="dispatch_published",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.channel} {self.state}"

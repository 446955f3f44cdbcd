"""From a mark to the court: legal grounds, evidence, referral files, schedules, decisions.

Only the court decides on liquidation. What stands here is what the ministry lays before the body
that may sue, and what the court then decided.
"""

from __future__ import annotations

from datetime import date
from typing import cast

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from notices.models import Dispatch, IssuedDocument
from registry.ledger import AppendOnly, new_salt
from registry.models import Organisation, Region, StoredFile
from registry.models.codes import Named
from reregistration.models.campaigns import Campaign
from reregistration.models.marking import Mark
from reregistration.models.obligations import Obligation
from reregistration.querysets import LegalGroundQuerySet, ReceivingBodyQuerySet
from reregistration.states import (
    LIVE_REFERRALS,
    LOGGED,
    MAY_FIND,
    NEEDS_A_FILE,
    SCHEDULE_LINES,
    CourtDecisionKind,
    EvidenceKind,
    ReferralState,
    ScheduleState,
    Track,
    WithdrawalReason,
)

_SHA256 = r"^[0-9a-f]{64}$"


class LegalGround(Named):
    """A ground in law on which steps after a mark may rest, while it is in force.

    Another law, or another wording of it, is another row with the same code, never other code.
    """

    code = models.SlugField(_("code"), max_length=40)
    track = models.CharField(_("track"), max_length=14, choices=Track.choices)
    article_kk = models.TextField(_("article of law, Kazakh"))
    article_ru = models.TextField(_("article of law, Russian"))
    article_en = models.TextField(_("article of law, English"))
    # What staff should know of it: where the text comes from, what it does not say.
    remark_kk = models.TextField(_("remark, Kazakh"), blank=True)
    remark_ru = models.TextField(_("remark, Russian"), blank=True)
    remark_en = models.TextField(_("remark, English"), blank=True)
    # Empty where no law of that kind is in force.
    from_on = models.DateField(_("in force from"), null=True, blank=True)
    # The first day on which it is in force no more.
    until_on = models.DateField(_("in force until, not including"), null=True, blank=True)
    # The state of things that it speaks of must have lasted so long.
    lasting_days = models.PositiveSmallIntegerField(_("days that it must have lasted"), default=0)

    objects = LegalGroundQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal ground")
        verbose_name_plural = _("legal grounds")
        ordering = ["code", "from_on"]
        constraints = [
            models.UniqueConstraint(fields=["code", "from_on"], name="ground_begins_once_a_day"),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(from_on__isnull=False, until_on__isnull=True),
                name="ground_one_without_an_end",
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")),
                name="ground_ends_after_it_began",
            ),
        ]

    @property
    def article(self) -> str:
        return self._in_language("article")

    @property
    def remark(self) -> str:
        return self._in_language("remark")

    def is_in_force(self, on: date) -> bool:
        """Whether it may be relied on that day."""
        began = self.from_on is not None and self.from_on <= on
        return began and (self.until_on is None or on < self.until_on)

    def _in_language(self, field: str) -> str:
        return cast(str, getattr(self, f"{field}_{get_language() or 'kk'}"))


class GroundEvidence(models.Model):
    """One thing that a legal ground asks for before a file may rest on it."""

    ground = models.ForeignKey(LegalGround, models.CASCADE, related_name="demands")
    kind = models.CharField(_("kind"), max_length=20, choices=EvidenceKind.choices)
    minimum = models.PositiveSmallIntegerField(_("at least"), default=1)
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    words_kk = models.TextField(_("what is asked for, Kazakh"))
    words_ru = models.TextField(_("what is asked for, Russian"))
    words_en = models.TextField(_("what is asked for, English"))

    class Meta:
        verbose_name = _("evidence that a ground asks for")
        verbose_name_plural = _("evidence that a ground asks for")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["ground", "kind"], name="ground_asks_once_a_kind"),
            models.CheckConstraint(
                condition=Q(minimum__gte=1) & ~Q(kind=EvidenceKind.NOTHING),
                name="ground_asks_for_something",
            ),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """What is asked for, in the reader's language."""
        return cast(str, getattr(self, f"words_{get_language() or 'kk'}"))


class EvidenceItem(AppendOnly):
    """An entry of an organisation's evidence log. Append-only: one made in error is replaced.

    What it says stands beside it, because it may name people; the line holds its commitment.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="evidence")
    kind = models.CharField(_("kind"), max_length=20, choices=EvidenceKind.choices)
    # The day of the fact, which may lie long before the day of the entry.
    on = models.DateField(_("day of the fact"))
    # What speaks for the organisation: from then on nothing older shows that it is absent.
    somebody_found = models.BooleanField(
        _("somebody of the organisation was found"), default=False, db_default=False
    )
    # `ledger.commitment` over the words and the salt of EvidenceText.
    words_hash = models.CharField(max_length=64)
    file = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("document"),
    )
    # Of the file as it was logged: the sealed line binds it.
    file_sha256 = models.CharField(_("fingerprint of the document"), max_length=64, blank=True)
    # Of a letter that came back by another way than the carrier's file, where it is one of ours.
    dispatch = models.ForeignKey(
        Dispatch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="evidence",
        verbose_name=_("dispatch"),
    )
    replaces = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaced_by",
        verbose_name=_("replaces"),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("logged"))

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence log")
        ordering = ["on", "id"]
        permissions = [("log_evidence", "Log evidence and replace entries of the log")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=LOGGED), name="evidence_is_of_a_kind_that_is_logged"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=NEEDS_A_FILE) | Q(file__isnull=False),
                name="evidence_of_a_kind_has_its_paper",
            ),
            models.CheckConstraint(
                condition=Q(file__isnull=True, file_sha256="")
                | Q(file__isnull=False, file_sha256__regex=_SHA256),
                name="evidence_binds_its_file",
            ),
            models.CheckConstraint(
                condition=Q(dispatch__isnull=True) | Q(kind=EvidenceKind.LETTER_RETURNED),
                name="evidence_of_a_dispatch_is_a_letter",
            ),
            models.CheckConstraint(
                condition=Q(somebody_found=False) | Q(kind__in=MAY_FIND),
                name="evidence_of_who_was_found_is_of_a_search",
            ),
            models.CheckConstraint(
                condition=~Q(kind=EvidenceKind.NOTHING) | Q(replaces__isnull=False),
                name="evidence_of_nothing_replaces",
            ),
            models.CheckConstraint(
                condition=Q(words_hash__regex=_SHA256), name="evidence_commits_to_its_words"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.on:%d.%m.%Y}"


class EvidenceText(models.Model):
    """What an entry of the log says: beside it, because it may hold personal values."""

    item = models.OneToOneField(EvidenceItem, models.PROTECT, primary_key=True, related_name="text")
    words = models.TextField(_("what was found"))
    # Where the letter went, the visit was made, the people were looked for.
    address = models.TextField(_("address"), blank=True)
    salt = models.BinaryField(max_length=16, default=new_salt, editable=False)

    class Meta:
        verbose_name = _("words of an entry")
        verbose_name_plural = _("words of entries")
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="evidence_says_something"),
        ]

    def __str__(self) -> str:
        return self.words


class ReceivingBody(Named):
    """A body that may sue for liquidation, to which files are referred, while it is in charge."""

    address = models.TextField(_("address"))
    email = models.EmailField(_("e-mail"), blank=True)
    # Empty: for the whole country.
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, verbose_name=_("only this region")
    )
    from_on = models.DateField(_("in charge from"))
    until_on = models.DateField(_("in charge until, not including"), null=True, blank=True)

    objects = ReceivingBodyQuerySet.as_manager()

    class Meta:
        verbose_name = _("receiving body")
        verbose_name_plural = _("receiving bodies")
        ordering = ["-from_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")),
                name="receiving_body_ends_after_it_began",
            ),
        ]

    def is_in_charge(self, region: str, on: date) -> bool:
        """Whether it takes files from that region on that day."""
        began = self.from_on <= on and (self.until_on is None or on < self.until_on)
        return began and self.region_id in (None, region)


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
    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="referrals")
    cycle = models.PositiveSmallIntegerField(_("cycle"))
    mark = models.ForeignKey(Mark, models.PROTECT, related_name="referrals")
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


class CourtDecision(AppendOnly):
    """What a court decided on a referral, as its paper says. Append-only.

    Nothing follows from it before another person has confirmed it (CourtDecisionConfirmation).
    """

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="court_decisions")
    kind = models.CharField(_("decision"), max_length=10, choices=CourtDecisionKind.choices)
    court = models.CharField(_("court"), max_length=200)
    case_number = models.CharField(_("number of the case"), max_length=60)
    decided_on = models.DateField(_("decided"))
    in_force_on = models.DateField(_("in force from"))
    file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", verbose_name=_("document")
    )
    file_sha256 = models.CharField(_("fingerprint of the document"), max_length=64)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("court's decision")
        verbose_name_plural = _("courts' decisions")
        ordering = ["id"]
        permissions = [("record_court_decision", "Record and confirm courts' decisions")]
        constraints = [
            models.UniqueConstraint(
                fields=["referral", "case_number", "decided_on", "kind"],
                name="court_decision_recorded_once",
            ),
            models.CheckConstraint(
                condition=Q(in_force_on__gte=F("decided_on")),
                name="court_decision_in_force_after_it_was_made",
            ),
            models.CheckConstraint(
                condition=~Q(court="") & ~Q(case_number="") & Q(file_sha256__regex=_SHA256),
                name="court_decision_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_number} {self.decided_on:%Y-%m-%d}"


class CourtDecisionConfirmation(AppendOnly):
    """Another person has compared a court's decision with its paper. Append-only."""

    decision = models.OneToOneField(CourtDecision, models.PROTECT, related_name="confirmation")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("confirmed by")
    )
    at = models.DateTimeField(_("confirmed"))

    class Meta:
        verbose_name = _("confirmation of a court's decision")
        verbose_name_plural = _("confirmations of courts' decisions")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.at:%Y-%m-%d}"


class CourtDecisionEffect(AppendOnly):
    """A court's decision took effect: confirmed, in force, and acted on. Append-only.

    A confirmed decision without one waits for its day; or for a person, where the organisation
    had left the way to the court before that day.
    """

    decision = models.OneToOneField(CourtDecision, models.PROTECT, related_name="effect")
    at = models.DateTimeField(_("took effect"))

    class Meta:
        verbose_name = _("effect of a court's decision")
        verbose_name_plural = _("effects of courts' decisions")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.at:%Y-%m-%d}"

"""The kinds of notices, their channels, and the states of a dispatch."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.calendar import day_of, end_of


class Kind(models.TextChoices):
    """What a notice says (design.md section 8)."""

    ANNOUNCEMENT = "announcement", _("announcement of the campaign")
    REMINDER = "reminder", _("reminder")
    OVERDUE = "overdue", _("overdue")
    FINAL_WARNING = "final_warning", _("final warning")
    PRELIMINARY_DECISION = "preliminary_decision", _("preliminary decision with hearing offer")
    MARKED = "marked", _("marked for liquidation (only the court decides)")
    MARK_REVERSED = "mark_reversed", _("mark for liquidation reversed")
    REFERRED = "referred", _("materials referred for going to court")
    # These two go to the body that received the materials, not to the organisation.
    REFERRAL_WITHDRAWN = "referral_withdrawn", _("to the receiving body: materials taken back")
    REFERRAL_CONTESTED = "referral_contested", _("to the receiving body: complaint sent in")
    COURT_DECIDED = "court_decided", _("decision of a court")
    RESTORED = "restored", _("restored by a court")
    RECEIPT = "receipt", _("receipt of a filing")
    RETURNED = "returned", _("returned for correction")
    REFUSED = "refused", _("filing refused")
    ACCEPTED = "accepted", _("re-registered")
    REOPENED = "reopened", _("re-registration taken back")
    REFUSAL_LIFTED = "refusal_lifted", _("refusal set aside")
    RELEASED = "released", _("released")
    EXTENDED = "extended", _("extension of the due date")
    DUE_DATE_MOVED = "due_date_moved", _("due date moved for many")
    ANSWER_RECEIVED = "answer_received", _("objection, complaint or wish for a hearing received")
    ANSWER_DECIDED = "answer_decided", _("decision on an objection, complaint or hearing")
    HEARING_SET = "hearing_set", _("invitation to a hearing")
    HEARING_RECORDED = "hearing_recorded", _("minutes of a hearing")
    CONTACTS_CHANGED = "contacts_changed", _("new contacts or head stated")
    CLOSURE_STATED = "closure_stated", _("stated: closed, or not an NGO")
    PAPER_FILED = "paper_filed", _("a paper filing was entered")
    QUESTION_ANSWERED = "question_answered", _("answer to a question")
    CLAIM_CODE = "claim_code", _("code to claim an NGO")
    CLAIM_OPENED = "claim_opened", _("somebody claims to act for the NGO")
    CLAIM_DECIDED = "claim_decided", _("decision on a claim")
    INVITATION = "invitation", _("invitation to act for the NGO")
    PEOPLE_CHANGED = "people_changed", _("the people who act for the NGO changed")
    # Of grants; they concern no campaign, and its clocks count none of them.
    GRANT_OFFERED = "grant_offered", _("a grant was awarded")
    GRANT_REPORT_DUE = "grant_report_due", _("reminder of a report on a grant")
    GRANT_REPORT_OVERDUE = "grant_report_overdue", _("report on a grant overdue")
    GRANT_REPORT_RETURNED = "grant_report_returned", _("report on a grant returned for correction")


# Adverse kinds never go out on protected days.
ADVERSE = (Kind.FINAL_WARNING, Kind.PRELIMINARY_DECISION, Kind.MARKED, Kind.REFERRED)
# Decisions on an organisation, which it may complain of or take to court: each names its ground,
# who decided, the remedy, its term and where to file. Not here: a preliminary decision, which
# decides nothing yet and is answered by an objection; what gives the organisation all that it asked
# for (accepted, extended, a refusal set aside); a claim, which is decided on one person and on no
# campaign; and a report on a grant that is returned, which is a step of the agreement.
DECISIONS = (
    Kind.MARKED,
    Kind.MARK_REVERSED,
    Kind.REFERRED,
    Kind.RETURNED,
    Kind.REFUSED,
    Kind.REOPENED,
    Kind.RELEASED,
    Kind.ANSWER_DECIDED,
)
# Courtesy: an address may decline these, and an address gets at most one e-mail of them a day,
# which carries all that are due there. Legal notices can be neither declined nor bundled; nor are
# reminders of a report on a grant, which one has bound oneself to hand in.
COURTESY = (Kind.REMINDER,)
# Legal notices always go singly, cannot be declined, and go by registered letter to the legal
# seat as well as by e-mail, because proof of service rests on the letter. Whoever reads on paper
# that a mark was made reads there too that it was reversed; and nobody is absent from a hearing
# to which nothing proves that they were invited.
BY_LETTER_TOO = (
    *ADVERSE,
    Kind.REFUSED,
    Kind.REOPENED,
    Kind.REFUSAL_LIFTED,
    Kind.MARK_REVERSED,
    Kind.HEARING_SET,
    Kind.COURT_DECIDED,
    Kind.RESTORED,
)
# What an address that was replaced still receives, for OLD_ADDRESS_DAYS: whoever takes an
# organisation over by its contacts must not do so unseen. Reminders do not go there.
TO_OLD_ADDRESSES_TOO = (
    *BY_LETTER_TOO,
    Kind.RETURNED,
    Kind.ACCEPTED,
    Kind.RELEASED,
    Kind.EXTENDED,
    Kind.DUE_DATE_MOVED,
    Kind.ANSWER_RECEIVED,
    Kind.ANSWER_DECIDED,
    Kind.HEARING_RECORDED,
    Kind.CONTACTS_CHANGED,
    Kind.CLOSURE_STATED,
    Kind.PAPER_FILED,
    Kind.GRANT_OFFERED,
    Kind.GRANT_REPORT_RETURNED,
)
OLD_ADDRESS_DAYS = 60
# Letters that carry a one-time code, which `notice.register` makes and keeps as a hash.
WITH_CODE = (Kind.ANNOUNCEMENT, Kind.CLAIM_CODE)
# What a filing makes pointless, if it still waits to be sent; and what a later due date does: it
# would tell the old one. An announcement keeps its use, for its code and for what it explains.
POINTLESS_WITH_A_LATER_DATE = (
    *ADVERSE,
    Kind.OVERDUE,
    Kind.REMINDER,
    Kind.DUE_DATE_MOVED,
)
POINTLESS_ONCE_FILED = (Kind.ANNOUNCEMENT, *POINTLESS_WITH_A_LATER_DATE)
# What a report on a grant makes pointless once it is handed in, or asked for no more.
POINTLESS_ONCE_REPORTED = (
    Kind.GRANT_REPORT_DUE,
    Kind.GRANT_REPORT_OVERDUE,
    Kind.GRANT_REPORT_RETURNED,
)
# To one person: where it does not arrive, it is nobody else's to read.
TO_ONE_PERSON = (Kind.INVITATION, Kind.CLAIM_DECIDED)
# To the body that may go to court: where it does not arrive, staff see to it.
TO_THE_RECEIVING_BODY = (Kind.REFERRAL_WITHDRAWN, Kind.REFERRAL_CONTESTED)
# Of these no other address is tried.
TO_NOBODY_ELSE = (*TO_ONE_PERSON, *TO_THE_RECEIVING_BODY)
# What an organisation gets because it has answered.
ANSWERED = (
    Kind.RECEIPT,
    Kind.ANSWER_RECEIVED,
    Kind.CLOSURE_STATED,
    Kind.PAPER_FILED,
    Kind.EXTENDED,
)

# Nothing older than this is ever sent: so many days after it was made it is held back, in sight
# of staff, who may send it again. A legal notice that is held back starts no clock.
DAYS_OF_USE = 30
SHORTER_OF_USE = {
    Kind.REMINDER: 6,
    Kind.OVERDUE: 14,
    Kind.GRANT_REPORT_OVERDUE: 14,
    # Shorter than the life of the code or link that they carry.
    Kind.CLAIM_CODE: 1,
    Kind.INVITATION: 7,
}
# These name a day: when it has passed, the next address in line does not need them either.
OF_A_DAY = (
    Kind.ANNOUNCEMENT,
    Kind.REMINDER,
    Kind.OVERDUE,
    Kind.GRANT_OFFERED,
    Kind.GRANT_REPORT_DUE,
)


def useful_until(kind: str, made_at: datetime) -> datetime:
    """The end of the last day on which a notice of that kind still says something useful."""
    days = SHORTER_OF_USE.get(Kind(kind), DAYS_OF_USE)
    return end_of(day_of(made_at) + timedelta(days=days))


# A letter takes a week and its postage: of the reminders only this one of a kind also goes by
# letter where no e-mail address is known.
REMINDER_BY_LETTER = {Kind.REMINDER: "T-30", Kind.GRANT_REPORT_DUE: "T-14"}


# An SMS goes beside the e-mail or letter of these: it says that a letter is waiting, and proves
# nothing. Of the reminders only the last ones, and only where no e-mail address works.
BY_SMS_TOO = (
    *ADVERSE,
    Kind.MARK_REVERSED,
    Kind.RESTORED,
    Kind.RETURNED,
    Kind.REFUSED,
    Kind.REOPENED,
    Kind.REFUSAL_LIFTED,
    Kind.HEARING_SET,
    Kind.GRANT_OFFERED,
    Kind.GRANT_REPORT_RETURNED,
)
REMINDERS_BY_SMS = {Kind.REMINDER: ("T-7", "T-1"), Kind.GRANT_REPORT_DUE: ("T-3",)}


def sms_is_of_use(kind: str, occasion: str, *, has_email: bool) -> bool:
    """Whether a notice of that kind and occasion is worth an SMS beside it."""
    if (last := REMINDERS_BY_SMS.get(Kind(kind))) is not None:
        return not has_email and occasion.partition("/")[0] in last
    return kind in BY_SMS_TOO


def letter_is_of_use(kind: str, occasion: str) -> bool:
    """Whether a notice of that kind and occasion is worth a letter where there is no e-mail."""
    only = REMINDER_BY_LETTER.get(Kind(kind))
    return only is None or occasion.startswith(f"{only}/")


class Channel(models.TextChoices):
    EMAIL = "email", _("e-mail")
    LETTER = "letter", _("registered letter")
    SMS = "sms", _("SMS")
    # On the portal, after every known address failed: the organisation is asked to get in touch.
    PUBLICATION = "publication", _("publication on the portal")


class DispatchState(models.TextChoices):
    QUEUED = "queued", _("queued")
    SENDING = "sending", _("sending")
    SENT = "sent", _("sent")
    DELIVERED = "delivered", _("delivered")
    BOUNCED = "bounced", _("came back")
    FAILED = "failed", _("failed")
    SUPPRESSED = "suppressed", _("held back")


_S = DispatchState
# Which state of a dispatch may follow which.
ALLOWED: dict[str, frozenset[str]] = {
    _S.QUEUED: frozenset({_S.SENDING, _S.SUPPRESSED, _S.FAILED}),
    # Back to queued: a lease that ran out, or a passing fault.
    _S.SENDING: frozenset({_S.QUEUED, _S.SENT, _S.FAILED, _S.SUPPRESSED}),
    # Back to queued from here on: staff send it again, with a reason.
    _S.SENT: frozenset({_S.DELIVERED, _S.BOUNCED, _S.QUEUED}),
    _S.DELIVERED: frozenset({_S.BOUNCED}),
    _S.BOUNCED: frozenset({_S.QUEUED}),
    _S.FAILED: frozenset({_S.QUEUED}),
    _S.SUPPRESSED: frozenset({_S.QUEUED}),
}


# Of a sending in one of these nobody can say that its address failed.
NOT_FAILED = frozenset(DispatchState) - {DispatchState.FAILED, DispatchState.BOUNCED}


class ServiceGround(models.TextChoices):
    """What proves that a notice reached its addressee. Absence of a bounce never does."""

    OPENED = "opened", _("opened by a signed-in representative")
    CODE_USED = "code_used", _("its claim code was used")
    DELIVERED_TO_VERIFIED = (
        "delivered_to_verified",
        _("delivered to an address that its representative verified"),
    )
    CARRIER_RECEIPT = "carrier_receipt", _("the carrier's receipt")
    PUBLICATION = "publication", _("published after every known address failed")


class DocumentKind(models.TextChoices):
    NOTICE = "notice", _("notice")
    RECEIPT = "receipt", _("receipt")
    CERTIFICATE = "certificate", _("certificate")
    REFERRAL = "referral", _("referral file")
    # Of a grant, between the operator and the organisation.
    AGREEMENT = "agreement", _("grant agreement")


class ReportOrigin(models.TextChoices):
    """Who says what became of a sending."""

    PROVIDER = "provider", _("the mail provider")
    MAILBOX = "mailbox", _("a message in the bounce mailbox")
    SMS_GATEWAY = "sms_gateway", _("the SMS gateway")


class ReportEvent(models.TextChoices):
    """What a report says."""

    DELIVERED = "delivered", _("delivered")
    BOUNCED = "bounced", _("came back")
    COMPLAINED = "complained", _("marked as spam by its reader")
    DELAYED = "delayed", _("still being tried")

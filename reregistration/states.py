"""Which state may follow which? Every screen and every verb asks these tables."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.states import StandingState


class CampaignState(models.TextChoices):
    DRAFT = "draft", _("draft")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


# The register mirrors an obligation's state in Standing, so the words are the same ones.
State = StandingState

_S = State
ALLOWED: dict[str, frozenset[str]] = {
    _S.DUE: frozenset({_S.FILED, _S.OVERDUE, _S.RELEASED}),
    _S.FILED: frozenset({_S.FULFILLED, _S.RETURNED, _S.REFUSED, _S.RELEASED}),
    _S.RETURNED: frozenset({_S.FILED, _S.OVERDUE, _S.RELEASED}),
    _S.REFUSED: frozenset({_S.FILED, _S.FULFILLED, _S.RELEASED}),
    _S.OVERDUE: frozenset({_S.FILED, _S.DUE, _S.MARKED, _S.RELEASED}),
    _S.MARKED: frozenset({_S.FILED, _S.OVERDUE, _S.REFERRED, _S.RELEASED}),
    # Overdue again: the court refused, or the mark was reversed (docs/decisions/0034-court.md).
    _S.REFERRED: frozenset({_S.FILED, _S.OVERDUE, _S.TERMINATED, _S.RELEASED}),
    _S.TERMINATED: frozenset({_S.DUE}),
    _S.FULFILLED: frozenset({_S.DUE}),
    _S.RELEASED: frozenset({_S.DUE}),
}
# A move into one of these starts a new cycle: services of an earlier one no longer count.
STARTS_CYCLE = frozenset({_S.OVERDUE, _S.RETURNED, _S.DUE})
# Steps towards liquidation stand against the organisation.
IN_PROCESS = frozenset({_S.MARKED, _S.REFERRED, _S.TERMINATED})
# While it is in one of these a file may be on its way to the court.
BEFORE_THE_COURT = frozenset({_S.MARKED, _S.REFERRED})
# How the reason of a move begins that follows from a court's decision.
BY_A_COURT = "court decision"
# How the reason of a move begins that follows from a reopened decision.
REOPENED = "reopened"
# States that are shown only once the notice of the mark was served.
SHOWN_ONCE_SERVED = frozenset({_S.MARKED, _S.REFERRED})
# A filing is possible wherever `filed` may follow, and while filed (it supersedes).
MAY_FILE = frozenset(state for state, after in ALLOWED.items() if _S.FILED in after) | {_S.FILED}

# More time can be given while a date is to be met, or was just missed.
MAY_BE_EXTENDED = frozenset({_S.DUE, _S.RETURNED, _S.OVERDUE})
# What an organisation may answer with, beside a filing, in which states (design.md section 9).
# An objection and a wish to be heard answer the preliminary decision, so that must stand too.
MAY_OBJECT = frozenset({_S.OVERDUE})
MAY_COMPLAIN = frozenset({_S.MARKED, _S.REFERRED, _S.REFUSED})


class AnswerOutcome(models.TextChoices):
    """How an objection, a complaint or a wish to be heard ended."""

    UPHELD = "upheld", _("upheld")
    DISMISSED = "dismissed", _("dismissed")


class ReleaseReason(models.TextChoices):
    EXEMPT = "exempt", _("exempt by law")
    AFTER_CUT_OFF = "after_cut_off", _("registered after the cut-off day")
    MERGED = "merged", _("merged into another")
    CLOSED = "closed", _("closed")
    DUPLICATE = "duplicate", _("entered twice")
    NOT_AN_NGO = "not_an_ngo", _("not an NGO")
    TAKEN_OUT = "taken_out", _("taken out of the register")


class ReversalReason(models.TextChoices):
    """Why a mark was reversed, as the organisation and the public read it."""

    MISTAKE = "mistake", _("the mark was made by mistake")
    NOT_REACHED = "not_reached", _("the notices had not reached the organisation")
    AT_WORK = "at_work", _("the organisation is at work")
    COMPLAINT_UPHELD = "complaint_upheld", _("the organisation's complaint was upheld")


class FilingKind(models.TextChoices):
    """What a filing answers. The last two protect like any filing and change nothing until staff
    have verified them and 30 days have passed without contradiction (design.md section 11)."""

    DETAILS = "details", _("the organisation's details")
    UNCHANGED = "unchanged", _("nothing has changed but the figures of the year")
    CLOSED = "closed", _("the organisation has closed")
    NOT_AN_NGO = "not_an_ngo", _("it is not an NGO")


# Answers that report on the organisation; the others say that there is nothing to report on.
REPORTS = (FilingKind.DETAILS, FilingKind.UNCHANGED)


class FilingState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("returned for correction")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")
    # It was accepted, and that was taken back: another version is to be filed.
    REOPENED = "reopened", _("acceptance taken back")
    SUPERSEDED = "superseded", _("replaced by a newer version")
    # A paper filing that the organisation did not file, as was decided on its contest.
    SET_ASIDE = "set_aside", _("set aside: the organisation did not file it")


class PaperState(models.TextChoices):
    """How far a filing on paper is. Until it is confirmed or dropped no step is taken."""

    TO_TYPE = "to_type", _("to type in")
    TO_CONFIRM = "to_confirm", _("to confirm")
    CONFIRMED = "confirmed", _("confirmed and filed")
    DROPPED = "dropped", _("logged in error")


PAPER_WAITS = (PaperState.TO_TYPE, PaperState.TO_CONFIRM)


class PaperStepKind(models.TextChoices):
    RECEIVED = "received", _("received")
    TYPED = "typed", _("typed in")
    SENT_BACK = "sent_back", _("sent back to be typed anew")
    CONFIRMED = "confirmed", _("confirmed")
    DROPPED = "dropped", _("logged in error")
    CONTESTED = "contested", _("contested by the organisation")
    DECIDED = "decided", _("contest decided")


class AttachmentKind(models.TextChoices):
    CHARTER = "charter", _("charter")
    REGISTRATION = "registration", _("certificate of state registration")
    HEAD_POWERS = "head_powers", _("proof of the head's powers")
    STATEMENT = "statement", _("financial statement")
    # The answers printed and signed by hand: a means of signing (reregistration/signing).
    SIGNED_DECLARATION = "signed_declaration", _("declaration signed by hand")
    OTHER = "other", _("other paper")


class SigningMeans(models.TextChoices):
    DECLARATION = "declaration", _("declaration")
    SCAN = "scan", _("signed by hand")
    CMS = "cms", _("electronic signature")


class Decision(models.TextChoices):
    ACCEPT = "accept", _("accepted")
    RETURN = "return", _("returned for correction")
    REFUSE = "refuse", _("refused on a legal ground")


# All reasons are given at the first return; the second one is a senior reviewer's, and the last.
MOST_RETURNS = 2


class RoundState(models.TextChoices):
    DRAFTED = "drafted", _("drafted")
    DRY_RUN = "dry_run", _("candidates frozen by a dry run")
    SAMPLED = "sampled", _("sample checked")
    AUTHORISED = "authorised", _("authorised by two people")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    STOPPED = "stopped", _("stopped")


_R = RoundState
ROUND_ALLOWED: dict[str, frozenset[str]] = {
    _R.DRAFTED: frozenset({_R.DRY_RUN, _R.STOPPED}),
    _R.DRY_RUN: frozenset({_R.SAMPLED, _R.STOPPED}),
    _R.SAMPLED: frozenset({_R.AUTHORISED, _R.STOPPED}),
    _R.AUTHORISED: frozenset({_R.RUNNING, _R.STOPPED}),
    _R.RUNNING: frozenset({_R.DONE, _R.STOPPED}),
    _R.DONE: frozenset(),
    _R.STOPPED: frozenset(),
}
# What follows a sample without error.
ONCE_SAMPLED = (_R.SAMPLED, _R.AUTHORISED, _R.RUNNING, _R.DONE)
ENDED = (_R.DONE, _R.STOPPED)


class CandidateState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    MARKED = "marked", _("marked")
    NO_LONGER = "no_longer", _("no longer liquidable")
    TAKEN_OUT = "taken_out", _("taken out with a reason")
    # Its round was stopped before it was decided: another round may freeze it again.
    LEFT = "left", _("left undecided: the round was stopped")


class Verdict(models.TextChoices):
    """What a person finds who checks one case of a sample."""

    RIGHT = "right", _("right to mark")
    WRONG = "wrong", _("wrong to mark")


class Track(models.TextChoices):
    """Which way leads on from a mark: before the court, or a case of administrative offence."""

    COURT = "court", _("to the court")
    ADMINISTRATIVE = "administrative", _("administrative offence, never the court")


class EvidenceKind(models.TextChoices):
    """What a legal ground asks for, and what an officer logs."""

    LETTER_RETURNED = "letter_returned", _("letter that came back")
    SITE_VISIT = "site_visit", _("act of a site visit")
    FOUNDERS_SEARCH = "founders_search", _("search for the founders")
    OFFICERS_SEARCH = "officers_search", _("search for the officers")
    PROOF_OF_SERVICE = "proof_of_service", _("proof that a notice was served")
    OTHER = "other", _("other evidence")
    # An entry that should not have been made: it stands in that one's place, and proves nothing.
    NOTHING = "nothing", _("entered in error")


# Services are proved by the rows of notices alone; nobody types one in.
LOGGED = tuple(kind for kind in EvidenceKind if kind != EvidenceKind.PROOF_OF_SERVICE)
# What proves nothing without its paper.
NEEDS_A_FILE = (EvidenceKind.LETTER_RETURNED, EvidenceKind.SITE_VISIT)
# What may show the opposite of absence: that somebody of the organisation was there.
MAY_FIND = (
    EvidenceKind.SITE_VISIT,
    EvidenceKind.FOUNDERS_SEARCH,
    EvidenceKind.OFFICERS_SEARCH,
    EvidenceKind.OTHER,
)


class ReferralState(models.TextChoices):
    PREPARED = "prepared", _("file prepared")
    SCHEDULED = "scheduled", _("in a schedule")
    REFERRED = "referred", _("referred")
    WITHDRAWN = "withdrawn", _("withdrawn")
    DECIDED = "decided", _("decided by the court")
    DROPPED = "dropped", _("dropped before it was sent")


_F = ReferralState
REFERRAL_ALLOWED: dict[str, frozenset[str]] = {
    _F.PREPARED: frozenset({_F.SCHEDULED, _F.DROPPED}),
    # Back to prepared: struck out of a schedule, or its schedule was discarded.
    _F.SCHEDULED: frozenset({_F.PREPARED, _F.REFERRED, _F.DROPPED}),
    _F.REFERRED: frozenset({_F.WITHDRAWN, _F.DECIDED}),
    _F.WITHDRAWN: frozenset(),
    _F.DECIDED: frozenset(),
    _F.DROPPED: frozenset(),
}
# An obligation has one of these at most.
LIVE_REFERRALS = (_F.PREPARED, _F.SCHEDULED, _F.REFERRED)


class ScheduleState(models.TextChoices):
    DRAFTED = "drafted", _("drafted")
    SIGNED = "signed", _("signed by two people")
    SENT = "sent", _("sent")
    DISCARDED = "discarded", _("discarded")


_L = ScheduleState
SCHEDULE_ALLOWED: dict[str, frozenset[str]] = {
    _L.DRAFTED: frozenset({_L.SIGNED, _L.DISCARDED}),
    # Back to drafted: a line was struck out, and what was signed is no more what is sent.
    _L.SIGNED: frozenset({_L.DRAFTED, _L.SENT, _L.DISCARDED}),
    _L.SENT: frozenset(),
    _L.DISCARDED: frozenset(),
}
# A schedule has so many files at most.
SCHEDULE_LINES = 100


class WithdrawalReason(models.TextChoices):
    """Why a referral is taken back, as the receiving body reads it."""

    FILED = "filed", _("the organisation has filed")
    RELEASED = "released", _("the organisation is released from the duty to file")
    REVERSED = "reversed", _("the mark on which the referral rests was reversed")


class CourtDecisionKind(models.TextChoices):
    LIQUIDATE = "liquidate", _("liquidation ordered")
    REFUSE = "refuse", _("claim refused")
    LEAVE = "leave", _("claim left without consideration")
    RESTORE = "restore", _("organisation restored")


class CallTopic(models.TextChoices):
    """What people call the helpline about."""

    HOW_TO_FILE = "how_to_file", _("how to file")
    DUE_DATE = "due_date", _("the due date")
    SIGN_IN = "sign_in", _("signing in, codes")
    NOTICE = "notice", _("a notice or letter")
    RETURNED = "returned", _("a returned filing")
    MARKED = "marked", _("a mark or a referral")
    CLOSED = "closed", _("the organisation has closed")
    OTHER = "other", _("something else")

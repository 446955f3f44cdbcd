"""Which state may follow which? Every screen and every verb of grants asks these tables."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Exclusion(models.TextChoices):
    """The eight facts that keep an organisation from grant money (SSO Law, article 6-1(4) and the
    grant rules). Declared by the organisation, checked by the operator."""

    IN_LIQUIDATION = "in_liquidation", _("it is being liquidated")
    BANKRUPT = "bankrupt", _("it was found bankrupt")
    ENFORCEMENT_DEBT = "enforcement_debt", _("it has debts under enforcement proceedings")
    BAD_FAITH = "bad_faith", _("it is in the register of bad-faith procurement participants")
    ARREST = "arrest", _("its property is under arrest")
    SUSPENDED = "suspended", _("its activity is suspended")
    RELATED = "related", _("its head or a founder is a relative of an official of the operator")
    LISTED = "listed", _("its head or a founder is on a list of terrorism or weapons financing")


class ParticipantState(models.TextChoices):
    ACTIVE = "active", _("takes part")
    LEFT = "left", _("has left")
    REMOVED = "removed", _("removed")
    # Never stored: how an active one reads after its last day.
    EXPIRED = "expired", _("expired")


_P = ParticipantState
PARTICIPANT_ALLOWED: dict[str, frozenset[str]] = {
    _P.ACTIVE: frozenset({_P.LEFT, _P.REMOVED}),
    # Whoever comes back registers anew: another row, another number.
    _P.LEFT: frozenset(),
    _P.REMOVED: frozenset(),
}


class GrantType(models.TextChoices):
    """SSO Law, article 6-1: by term and amount."""

    SHORT = "short", _("short-term")
    MEDIUM = "medium", _("medium-term")
    LONG = "long", _("long-term")


class CallState(models.TextChoices):
    DRAFT = "draft", _("draft")
    OPEN = "open", _("announced")
    CLOSED = "closed", _("closed for applications")
    EVALUATING = "evaluating", _("under evaluation")
    DECIDED = "decided", _("decided")
    CANCELLED = "cancelled", _("cancelled")


_C = CallState
CALL_ALLOWED: dict[str, frozenset[str]] = {
    _C.DRAFT: frozenset({_C.OPEN, _C.CANCELLED}),
    _C.OPEN: frozenset({_C.CLOSED, _C.CANCELLED}),
    _C.CLOSED: frozenset({_C.EVALUATING, _C.CANCELLED}),
    _C.EVALUATING: frozenset({_C.DECIDED, _C.CANCELLED}),
    _C.DECIDED: frozenset(),
    _C.CANCELLED: frozenset(),
}
# Announced to the public; a draft is the ministry's own.
CALL_PUBLIC = tuple(state for state in CallState if state != CallState.DRAFT)
# An application that arrived in time is taken though the officer has closed the call since.
CALL_TAKES = (_C.OPEN, _C.CLOSED)


class ApplicationState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    WITHDRAWN = "withdrawn", _("withdrawn")
    RETURNED = "returned", _("returned for correction")
    ADMITTED = "admitted", _("admitted to the evaluation")
    REJECTED = "rejected", _("not admitted")
    RESERVE = "reserve", _("on the reserve list")
    AWARDED = "awarded", _("awarded")
    DECLINED = "declined", _("not awarded")


_A = ApplicationState
APPLICATION_ALLOWED: dict[str, frozenset[str]] = {
    _A.DRAFT: frozenset({_A.SUBMITTED}),
    _A.SUBMITTED: frozenset({_A.WITHDRAWN, _A.RETURNED, _A.ADMITTED, _A.REJECTED}),
    _A.RETURNED: frozenset({_A.SUBMITTED, _A.WITHDRAWN, _A.REJECTED}),
    _A.ADMITTED: frozenset({_A.WITHDRAWN, _A.RESERVE, _A.AWARDED, _A.DECLINED}),
    # A complaint against the formal check was upheld.
    _A.REJECTED: frozenset({_A.ADMITTED}),
    _A.RESERVE: frozenset({_A.WITHDRAWN, _A.AWARDED, _A.DECLINED}),
    _A.WITHDRAWN: frozenset(),
    _A.AWARDED: frozenset(),
    _A.DECLINED: frozenset(),
}
# Its budget and papers are changed in these alone; a trigger holds it too.
MAY_BE_CHANGED = (_A.DRAFT, _A.RETURNED)


class BudgetCategory(models.TextChoices):
    """What a line of a budget pays for."""

    PAY = "pay", _("pay of the project's staff")
    TAXES = "taxes", _("taxes and social payments")
    SERVICES = "services", _("services of others")
    MATERIALS = "materials", _("materials and supplies")
    TRAVEL = "travel", _("travel")
    RENT = "rent", _("rent and communications")
    EQUIPMENT = "equipment", _("equipment")
    DEVELOPMENT = "development", _("the organisation's own development")
    OTHER = "other", _("other")


# Their share of a grant is limited by its type (article 6-1).
INSTITUTIONAL = (BudgetCategory.EQUIPMENT, BudgetCategory.DEVELOPMENT)


class PaperKind(models.TextChoices):
    """A paper of an application."""

    PLAN = "plan", _("plan of the project")
    BUDGET = "budget", _("reasons for the budget")
    EXPERIENCE = "experience", _("experience of the organisation and its people")
    LETTER = "letter", _("letter of support")
    OTHER = "other", _("other paper")


class FormalOutcome(models.TextChoices):
    ADMIT = "admit", _("admitted to the evaluation")
    RETURN = "return", _("returned for correction")
    REJECT = "reject", _("not admitted")


class FormalGround(models.TextChoices):
    """Why the operator returns or rejects an application (grant rules, order No. 413)."""

    NOT_ELIGIBLE = "not_eligible", _("the organisation may not take part")
    OUT_OF_CALL = "out_of_call", _("the project is outside the call's theme, area or region")
    AMOUNT = "amount", _("the amount is outside the limits of the grant's type")
    SHARE = "share", _("too large a share for equipment and own development")
    BUDGET = "budget", _("the budget does not add up or is not explained")
    PAPERS = "papers", _("a paper is missing or cannot be read")
    OTHER = "other", _("another ground, in words")


class ProtocolKind(models.TextChoices):
    EVALUATION = "evaluation", _("protocol of the evaluation")
    COMMISSION = "commission", _("protocol of the commission")


class CommissionOutcome(models.TextChoices):
    AWARD = "award", _("to be awarded")
    RESERVE = "reserve", _("to the reserve list")
    DECLINE = "decline", _("not to be awarded")


class AwardState(models.TextChoices):
    # Decided; the agreement waits for the organisation.
    OFFERED = "offered", _("offered")
    ACTIVE = "active", _("agreement in force")
    SUSPENDED = "suspended", _("suspended")
    COMPLETED = "completed", _("completed")
    # The organisation did not accept it: its money is free for the reserve list.
    REFUSED = "refused", _("not accepted")
    TERMINATED = "terminated", _("terminated")


_W = AwardState
AWARD_ALLOWED: dict[str, frozenset[str]] = {
    _W.OFFERED: frozenset({_W.ACTIVE, _W.REFUSED}),
    _W.ACTIVE: frozenset({_W.SUSPENDED, _W.COMPLETED, _W.TERMINATED}),
    _W.SUSPENDED: frozenset({_W.ACTIVE, _W.TERMINATED}),
    _W.COMPLETED: frozenset(),
    _W.REFUSED: frozenset(),
    _W.TERMINATED: frozenset(),
}
# Live grant money: a sign of life, and counted as granted.
LIVE_AWARDS = (_W.OFFERED, _W.ACTIVE, _W.SUSPENDED)
# The agreement binds: reports are asked for and due, whether it is paid now or not.
IN_FORCE = (_W.ACTIVE, _W.SUSPENDED)
# Money was granted: what the public totals count.
GRANTED = (_W.ACTIVE, _W.SUSPENDED, _W.COMPLETED, _W.TERMINATED)


class AwardEventKind(models.TextChoices):
    OFFERED = "offered", _("offered")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("not accepted")
    PLANNED = "planned", _("instalments planned")
    PAID = "paid", _("paid")
    SUSPENDED = "suspended", _("suspended")
    RESUMED = "resumed", _("resumed")
    DEMANDED = "demanded", _("return of money demanded")
    RETURNED = "returned", _("money returned")
    ASKED = "asked", _("report asked for")
    REPORTED = "reported", _("report submitted")
    REPORT_RETURNED = "report_returned", _("report returned for correction")
    REPORT_ACCEPTED = "report_accepted", _("report accepted")
    WARNED = "warned", _("the organisation's standing changed")
    COMPLETED = "completed", _("completed")
    TERMINATED = "terminated", _("terminated")


class InstalmentState(models.TextChoices):
    PLANNED = "planned", _("planned")
    PAID = "paid", _("paid")
    CANCELLED = "cancelled", _("cancelled")


_I = InstalmentState
INSTALMENT_ALLOWED: dict[str, frozenset[str]] = {
    _I.PLANNED: frozenset({_I.PAID, _I.CANCELLED}),
    _I.PAID: frozenset(),
    _I.CANCELLED: frozenset(),
}


class ReportKind(models.TextChoices):
    INTERIM = "interim", _("interim report")
    FINAL = "final", _("final report")


class ReportState(models.TextChoices):
    DUE = "due", _("to be handed in")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("returned for correction")
    ACCEPTED = "accepted", _("accepted")
    # The award was terminated or not accepted: nothing is asked for any more.
    DROPPED = "dropped", _("no longer asked for")


_R = ReportState
REPORT_ALLOWED: dict[str, frozenset[str]] = {
    _R.DUE: frozenset({_R.SUBMITTED, _R.DROPPED}),
    _R.SUBMITTED: frozenset({_R.RETURNED, _R.ACCEPTED}),
    _R.RETURNED: frozenset({_R.SUBMITTED, _R.DROPPED}),
    _R.ACCEPTED: frozenset(),
    _R.DROPPED: frozenset(),
}

# Handed in by the organisation from these alone: what reminders are about.
REPORT_WAITS = tuple(state for state, to in REPORT_ALLOWED.items() if _R.SUBMITTED in to)

# A reviewer gives each criterion so many points at most; weights make them a score of 100.
MOST_POINTS = 10

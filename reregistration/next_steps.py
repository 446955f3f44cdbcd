"""Where do things stand for the organisation, who has the ball, and what comes next?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registry.states import GOOD_UNTIL_DUE
from reregistration import served
from reregistration.models import Obligation
from reregistration.states import MAY_FILE, SHOWN_ONCE_SERVED, State

# What stands beside the words as a colour.
TONES: dict[str, str] = {
    State.DUE: "wait",
    State.RETURNED: "wait",
    State.FILED: "good",
    State.FULFILLED: "good",
    State.RELEASED: "",
}


@dataclass(frozen=True)
class NextStep:
    """What the page of an obligation tells first."""

    state: State
    is_yours: bool
    words: str
    time_left: str
    may_file: bool

    @property
    def tone(self) -> str:
        return TONES.get(self.state, "bad")


def state_on(obligation: Obligation, on: date, *, knows_mark: bool | None = None) -> State:
    """The state as it reads that day, whatever job has run.

    A mark reads as overdue until its notice was served. `knows_mark` says whether it was, where
    the caller has asked already.
    """
    if obligation.state in SHOWN_ONCE_SERVED:
        if knows_mark is None:
            knows_mark = bool(served.known_marks([obligation]))
        return State(obligation.state) if knows_mark else State.OVERDUE
    if obligation.state in GOOD_UNTIL_DUE and obligation.clock_on(on) > obligation.due_on:
        return State.OVERDUE
    return State(obligation.state)


def of_all(obligations: Sequence[Obligation], on: date) -> list[NextStep]:
    """The next step of each; one query for the marks of them all."""
    known = served.known_marks(obligations)
    return [of(row, on, knows_mark=row.pk in known) for row in obligations]


def of(obligation: Obligation, on: date, *, knows_mark: bool | None = None) -> NextStep:
    state = state_on(obligation, on, knows_mark=knows_mark)
    is_yours = state in MAY_FILE and state != State.FILED
    return NextStep(
        state,
        is_yours,
        _words(obligation, state),
        _time_left(obligation, state, on) if is_yours else "",
        obligation.state in MAY_FILE,
    )


def _words(obligation: Obligation, state: State) -> str:
    due = date_format(obligation.due_on)
    if obligation.held_since_on and state in GOOD_UNTIL_DUE:
        return _(
            "The time to file is held since %(since)s: no day is counted until it runs again. The "
            "due date then moves by the days held. You may file at any moment."
        ) % {"since": date_format(obligation.held_since_on)}
    texts = {
        State.DUE: _("It is your turn. File by %(due)s, until midnight."),
        State.RETURNED: _(
            "It is your turn. Correct the filing and submit it again by %(due)s, until midnight."
        ),
        State.FILED: _(
            "It is the ministry's turn: a reviewer checks your filing. You need do nothing. Until "
            "it is decided you may send a corrected version."
        ),
        State.FULFILLED: _("Done. The organisation is re-registered; nothing is left to do."),
        State.OVERDUE: _(
            "The due date was %(due)s. File now: a late filing counts too, and it stops every "
            "further step."
        ),
        State.MARKED: _(
            "The organisation is marked for liquidation. Only a court can decide to liquidate it. "
            "File now: that ends the mark at once."
        ),
        State.REFERRED: _(
            "The papers were sent to the body that may go to court. You can still file until the "
            "court has decided, and that body is told at once."
        ),
        State.REFUSED: _(
            "The filing was refused on a legal ground. You can file again, or complain."
        ),
        State.TERMINATED: _("A court has decided. Nothing can be filed here."),
        State.RELEASED: _("You need not file in this campaign: %(reason)s."),
    }
    return texts[state] % {"due": due, "reason": obligation.get_release_reason_display()}


def _time_left(obligation: Obligation, state: State, on: date) -> str:
    if obligation.held_since_on:
        return ""
    days = (obligation.due_on - on).days
    if days >= 0 and state not in GOOD_UNTIL_DUE:
        # Only after a decision: then the date says nothing any more.
        return ""
    if days == 0:
        return _("Today is the last day.")
    if days > 0:
        return ngettext("%(days)d day left", "%(days)d days left", days) % {"days": days}
    return ngettext("Overdue: %(days)d day", "Overdue: %(days)d days", -days) % {"days": -days}

"""What may an organisation send in now, beside a filing? Each has a page of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from reregistration import appeals, closures, extensions, paper, served
from reregistration.models import (
    Complaint,
    Filing,
    Hearing,
    Objection,
    Obligation,
    PaperFiling,
)
from reregistration.states import REPORTS, SHOWN_ONCE_SERVED, FilingState, State


@dataclass(frozen=True)
class Writing:
    """One thing to send in: what the button and the page say, when it is possible, the verb."""

    # The name of its address.
    name: str
    title: str | Promise
    explanation: str | Promise
    label: str | Promise
    send: Callable[..., str]
    is_possible: Callable[[Obligation, date], bool]
    takes_document: bool = True


def possible(obligation: Obligation, on: date) -> list[Writing]:
    """What this organisation may send in that day, in the order of its page."""
    return [writing for writing in ALL.values() if writing.is_possible(obligation, on)]


def contradictable(obligation: Obligation) -> Filing | None:
    """The filing under review, of which somebody may say that it is not so."""
    return obligation.filings.filter(state=FilingState.SUBMITTED).first()


def _ask_for_time(obligation: Obligation, *, text: str, by: User, at: datetime, **seen: Any) -> str:
    made = extensions.request(obligation, cycle=seen["cycle"], reason=text, by=by, at=at)
    return _("You have more time. The new due date is %(due)s.") % {"due": date_format(made.due_on)}


def _sent_in(send: Callable[..., Any]) -> Callable[..., str]:
    def sent(obligation: Obligation, *, text: str, by: User, at: datetime, **given: Any) -> str:
        made = send(obligation, text=text, document=given.get("document"), by=by, at=at)
        return _(
            "We have received it: %(number)s. We answer by %(on)s. Until then no further step is "
            "taken."
        ) % {"number": made.number, "on": date_format(made.decision_by_on)}

    return sent


def _contradict(obligation: Obligation, *, text: str, by: User, at: datetime, **_given: Any) -> str:
    filing = contradictable(obligation)
    if filing is None:
        return _("No filing is under review any more. Nothing needs to be contradicted.")
    closures.contradict(filing, text=text, by=by, at=at)
    return _("We have noted it. A member of staff looks at %(number)s.") % {"number": filing}


def contestable(obligation: Obligation) -> PaperFiling | None:
    """The paper filing under review, of which the organisation may say that it is not its own."""
    if obligation.state != State.FILED:
        return None
    return PaperFiling.objects.filter(
        filing__obligation=obligation,
        filing__state=FilingState.SUBMITTED,
        contested_at__isnull=True,
    ).first()


def _contest(obligation: Obligation, *, text: str, by: User, at: datetime, **_given: Any) -> str:
    found = contestable(obligation)
    if found is None:
        return _("No paper filing is under review any more. Nothing needs to be contested.")
    paper.contest(found, text=text, by=by, at=at)
    return _(
        "We have noted it. Nothing of the paper is accepted before somebody who had no hand in it "
        "has decided. We tell you."
    )


def _may_object(obligation: Obligation, _on: date) -> bool:
    return appeals.may_object(obligation) and not appeals.open_one(Objection, obligation)


def _may_be_heard(obligation: Obligation, _on: date) -> bool:
    return appeals.may_object(obligation) and not appeals.open_one(Hearing, obligation)


def _may_complain(obligation: Obligation, _on: date) -> bool:
    # A mark is not told before its notice was served, by a button neither.
    if obligation.state in SHOWN_ONCE_SERVED and not served.known_marks([obligation]):
        return False
    return appeals.may_complain(obligation) and not appeals.open_one(Complaint, obligation)


ALL = {
    writing.name: writing
    for writing in (
        Writing(
            "more-time",
            gettext_lazy("Ask for more time"),
            gettext_lazy(
                "You get the new due date at once. No warning is sent before it. Say in a few "
                "words why you need the time."
            ),
            gettext_lazy("Why you need more time"),
            _ask_for_time,
            lambda obligation, on: extensions.days_on_request(obligation, on) > 0,
            takes_document=False,
        ),
        Writing(
            "objection",
            gettext_lazy("Object to the preliminary decision"),
            gettext_lazy(
                "Write in your own words why the organisation should not be marked. Nothing more "
                "is done until somebody who took no part has decided. Filing also stops it, at "
                "once."
            ),
            gettext_lazy("Why you object"),
            _sent_in(appeals.object_to),
            _may_object,
        ),
        Writing(
            "hearing",
            gettext_lazy("Ask to be heard"),
            gettext_lazy(
                "We tell you the day and the place. Nothing more is done before that. Say how we "
                "reach you, and in which language you wish to speak."
            ),
            gettext_lazy("What you wish to tell us, and how we reach you"),
            _sent_in(appeals.ask_for_hearing),
            _may_be_heard,
        ),
        Writing(
            "complaint",
            gettext_lazy("Complain"),
            gettext_lazy(
                "Write in your own words what is wrong. Somebody who took no part decides. Nothing "
                "more is done until then. Filing also stops everything, at once."
            ),
            gettext_lazy("What is wrong"),
            _sent_in(appeals.complain),
            _may_complain,
        ),
        Writing(
            "not-so",
            gettext_lazy("Say: this is not so"),
            gettext_lazy(
                "A filing for this organisation is under review. If it was not you, or what it "
                "says is wrong, tell us. A member of staff then looks at it, and nothing in the "
                "register changes before that."
            ),
            gettext_lazy("What is not so"),
            _contradict,
            lambda obligation, _on: contradictable(obligation) is not None,
            takes_document=False,
        ),
        Writing(
            "not-our-paper",
            gettext_lazy("We did not file this paper"),
            gettext_lazy(
                "A filing on paper was typed in for this organisation. You find its scan among the "
                "papers of the filing. If it is not yours, tell us: somebody who had no hand in it "
                "decides, and nothing of it is accepted before that."
            ),
            gettext_lazy("Why it is not your filing"),
            _contest,
            lambda obligation, _on: contestable(obligation) is not None,
            takes_document=False,
        ),
    )
}


def states_closure(obligation: Obligation) -> bool:
    """Whether the filing under review says that there is nothing to report on."""
    filing = contradictable(obligation)
    return filing is not None and filing.kind not in REPORTS

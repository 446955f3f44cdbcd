"""What happened in an organisation's case, as a court reads it: all of it, the oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from notices.models import Notice
from registry.bin import without_iin
from registry.calendar import ALMATY, day_of
from reregistration import holds
from reregistration.models import Appeal, EvidenceItem, Obligation
from reregistration.referral.demands import Case
from reregistration.referral.exhibits import Exhibit
from reregistration.states import State

# When, to the second or the day; what; more of it.
_Line = tuple[datetime | date, str, str]


def moment(at: datetime | None) -> str | None:
    """A moment as the file writes it, to the second, in the country's time."""
    return at.astimezone(ALMATY).replace(microsecond=0).isoformat() if at else None


def chronology(
    case: Case,
    notices: Iterable[Notice],
    answers: Iterable[Appeal],
    exhibits: Sequence[Exhibit],
) -> list[dict[str, Any]]:
    """Every line with its moment, or its day, the oldest first."""
    lines = [
        *_of_events(case.obligation),
        *_of_holds(case.obligation),
        *_of_notices(notices),
        *_of_answers(answers),
        *_of_signs(case.obligation),
        *((row.on, _shown_by(row), "") for row in exhibits if row.kind != "answer"),
        *((row.on, *_found(row)) for row in case.found),
    ]
    # A stable sort: what happened in the same moment stays in this order.
    return [
        {
            "at": moment(at) if isinstance(at, datetime) else at.isoformat(),
            "what": what,
            "detail": detail,
        }
        for at, what, detail in sorted(lines, key=_when)
    ]


def _found(row: EvidenceItem) -> tuple[str, str]:
    """What speaks for the organisation stands here too, though no demand is met by it."""
    words = f"{capfirst(row.get_kind_display())}. {without_iin(row.text.words)}"
    return _("Somebody of the organisation was found"), words


def _shown_by(row: Exhibit) -> str:
    return _("Evidence %(number)d: %(what)s") % {"number": row.number, "what": row.kind_label}


def _of_events(row: Obligation) -> Iterator[_Line]:
    for event in row.events.order_by("pk"):
        words = capfirst(str(State(event.to_state).label))
        if not event.from_state:
            words = _("The campaign opened for it")
        elif event.from_state == event.to_state:
            words = _("New due date")
        due = _("to be filed by %(due)s") % {"due": date_format(event.due_on)}
        yield event.at, words, due


def _of_holds(row: Obligation) -> Iterator[_Line]:
    for hold in holds.of(row):
        yield hold.began_on, _("The dates are held"), without_iin(hold.reason)
        if hold.ended_on:
            yield hold.ended_on, _("The hold ended"), ""


def _of_notices(notices: Iterable[Notice]) -> Iterator[_Line]:
    for row in notices:
        told = {"number": row.number, "kind": row.get_kind_display()}
        yield row.made_at, _("Notice %(number)s: %(kind)s") % told, ""
        for proof in row.services.all():
            words = _("Notice %(number)s was served") % {"number": row.number}
            yield proof.served_at, words, proof.get_ground_display()


def _of_answers(answers: Iterable[Appeal]) -> Iterator[_Line]:
    for row in answers:
        told = {"what": capfirst(str(row.words)), "number": row.number}
        yield row.at, _("%(what)s %(number)s received") % told, ""
        if row.decided_at:
            yield row.decided_at, _("%(what)s %(number)s decided") % told, row.get_outcome_display()


def _of_signs(row: Obligation) -> Iterator[_Line]:
    """What speaks for the organisation, and what a person found when they looked into it."""
    signs = row.organisation.signs_of_life.filter(from_on__gte=day_of(row.made_at))
    for sign in signs.select_related("resolved_by").order_by("from_on", "pk"):
        words = {"what": sign.get_kind_display()}
        yield sign.from_on, _("A sign that it lives: %(what)s") % words, ""
        if sign.resolved_at:
            told = f"{sign.resolved_by}: {without_iin(sign.resolution)}"
            yield sign.resolved_at, _("That sign was looked into: %(what)s") % words, told


def _when(line: _Line) -> datetime:
    """A day stands among the moments of that day at noon."""
    at = line[0]
    return at if isinstance(at, datetime) else datetime.combine(at, time(12), tzinfo=ALMATY)

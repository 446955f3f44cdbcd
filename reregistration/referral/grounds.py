"""Which way leads on from a mark, and on which ground?

A court ground that asks for returned letters speaks of absence: whoever was reached, answered or
was found is not absent. One that asks for proof of service speaks of silence, and needs a law that
makes silence itself a ground. *Reached but silent* without such a law goes to the administrative
track and is never referred (design.md section 9).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from registry.calendar import day_of
from reregistration.models import LegalGround, Obligation
from reregistration.referral.demands import Case, case_of
from reregistration.states import EvidenceKind, Track


@dataclass(frozen=True)
class Way:
    """The track of a case, the ground it would rest on, and why, in a sentence or two."""

    track: Track | None
    ground: LegalGround | None
    why: str


def in_force(on: date) -> list[LegalGround]:
    """The grounds that may be relied on that day, with what each asks for."""
    return list(LegalGround.objects.in_force(on).prefetch_related("demands"))


def suits(ground: LegalGround, case: Case) -> bool:
    """Whether the ground speaks of such a case at all, whatever evidence is there."""
    asked = {demand.kind for demand in ground.demands.all()}
    if EvidenceKind.LETTER_RETURNED in asked and not case.is_absent:
        return False
    return EvidenceKind.PROOF_OF_SERVICE not in asked or not case.is_absent


def way_of(obligation: Obligation, on: date) -> Way:
    """The way of one obligation, which comes with its campaign and organisation."""
    return way_in(case_of(obligation), in_force(on))


def way_in(case: Case, grounds: Sequence[LegalGround]) -> Way:
    """The same, of a case and of grounds that were read already; a court's before any other."""
    open_to = [ground for ground in grounds if suits(ground, case)]
    found = _first(open_to, Track.COURT) or _first(open_to, Track.ADMINISTRATIVE)
    return Way(Track(found.track) if found else None, found, _why(case, found))


def _first(grounds: Iterable[LegalGround], track: Track) -> LegalGround | None:
    return next((ground for ground in grounds if ground.track == track), None)


def _why(case: Case, ground: LegalGround | None) -> str:
    return f"{_what_is_known(case)} {_what_follows(case, ground)}"


def _what_is_known(case: Case) -> str:
    if case.reached_now:
        proof = case.reached_now[0]
        return _("It was reached: notice %(number)s, %(on)s, %(proof)s.") % {
            "number": proof.notice.number,
            "on": date_format(day_of(proof.served_at)),
            "proof": proof.get_ground_display(),
        }
    if case.answered_now:
        answer = case.answered_now[0]
        return _("It has answered: %(what)s %(number)s, %(on)s.") % {
            "what": answer.words,
            "number": answer.number,
            "on": date_format(day_of(answer.at)),
        }
    if case.found_now:
        item = case.found_now[0]
        return _("Somebody of it was found: %(what)s, %(on)s.") % {
            "what": item.get_kind_display(),
            "on": date_format(item.on),
        }
    return _("Nothing shows that anybody of the organisation had a notice in hand.")


def _what_follows(case: Case, ground: LegalGround | None) -> str:
    if ground is None:
        return _("No ground for such a case is in force: nothing is done.")
    if ground.track == Track.ADMINISTRATIVE:
        return _(
            "No law makes silence itself a ground, so it goes to the administrative track and is "
            "never referred."
        )
    if case.is_absent:
        return _("Absence is a ground for the court, once all its evidence is there.")
    return _("A law that makes silence itself a ground is in force.")

"""The rounds year by year: which are over, what they gave, and the writing of all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from grants.demo import stage
from grants.demo.rounds import applications, awards, calls, protocols, registrations
from grants.demo.rounds.bulk import check_sums
from grants.demo.rounds.plans import plan
from grants.demo.words import FRAMES
from grants.models import Award, Call, Participant
from registry.models import Organisation


def over(on: date) -> list[int]:
    """The years whose round is over: two whole ones, and this one from June on."""
    this = [on.year] if on >= date(on.year, 6, 1) else []
    return [on.year - 2, on.year - 1, *this]


def granted_in(year: int) -> Decimal:
    """What the awards of that year come to that were accepted."""
    rows = Award.objects.granted().filter(
        awarded_at__gte=stage.moment(date(year, 1, 1), 0),
        awarded_at__lt=stage.moment(date(year + 1, 1, 1), 0),
    )
    return rows.aggregate(all=Sum("amount"))["all"] or Decimal(0)


def are_written() -> bool:
    return Call.objects.filter(programme__code__in=[frame.code for frame in FRAMES]).exists()


def write(
    ids: Sequence[int], a_year: Decimal, *, on: date, staff: stage.Staff, say: Callable[[str], None]
) -> None:
    """So much is given in each year, to those organisations and to whom it was given already."""
    plans = {year: plan(year, a_year - granted_in(year), ids) for year in over(on)}
    asked = {year: who for year, (_calls, who) in plans.items()}
    participants = registrations.write(ids, asked, on=on, staff=staff)
    organisations = Organisation.objects.select_related("region").in_bulk(ids)
    newest = max(plans)
    for year, (planned, who) in plans.items():
        applicants, awarded = iter([organisations[pk] for pk in who]), 0
        for call in planned:
            apply = [next(applicants) for _ in range(call.applications)]
            of = calls.write(call, year=year, on=on, staff=staff)
            awarded += _write_call(of, apply, participants, is_newest=year == newest)
        say(f"grants: {year}: {len(planned)} calls, {len(who):,} applications, {awarded:,} awards")


def _write_call(
    of: calls.PastCall,
    organisations: list[Organisation],
    participants: dict[tuple[int, int], Participant],
    *,
    is_newest: bool,
) -> int:
    """Everything that came of a call, in the order that the triggers ask for; how many were
    awarded. Of older years the scores and the commission's protocol alone are kept. The call's
    sums hold when this returns."""
    cases = applications.write(of, organisations, participants)
    if is_newest:
        protocols.evaluate(of, cases)
    protocols.decide(of, cases, with_evaluation=is_newest)
    awarded = [case for case in cases if case.becomes == "awarded"]
    awards.write(of, awarded)
    check_sums()
    return len(awarded)

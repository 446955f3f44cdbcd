"""Grants to try the portal on: 4,500 participants, 19 billion tenge a year, and stories to take up.

What a person can do something about today is made by the verbs (`stories`); the thousands of past
grants in bulk (`rounds`), under the same constraints and triggers. Never in production.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from accounts.refusals import Refused
from grants.demo import stage
from grants.demo.rounds import plans, years
from grants.demo.stories import cast, order
from grants.models import Participant
from registry.calendar import day_of
from registry.money import tenge

# The state's own figures: participants, and tenge a year.
PARTICIPANTS = 4_500
A_YEAR = 19_000_000_000
FEWEST = 60


def load(
    *,
    at: datetime,
    say: Callable[[str], None],
    participants: int = PARTICIPANTS,
    a_year: int = A_YEAR,
) -> None:
    """Load the demo of grants; `say` hears each step. Refuses in production, and a register with
    too few organisations in good standing: then there is nobody to tell stories of.

    A smaller register takes part whole, and its money is less in the same proportion. Safe to
    repeat: it is whole or was not done, and a second run changes nothing.
    """
    if settings.IS_PRODUCTION:
        raise Refused("The demo is not for production: it makes accounts with a known password.")
    on = day_of(at)
    staff = stage.staff(on)
    if years.are_written():
        say("grants: loaded already")
    else:
        with transaction.atomic():
            _write(on, staff, participants, Decimal(a_year), say)
    _sum_up(on, say)


def _write(
    on: date, staff: stage.Staff, wanted: int, a_year: Decimal, say: Callable[[str], None]
) -> None:
    ids = stage.in_good_standing(on)
    if min(len(ids), wanted) < FEWEST:
        raise Refused(
            f"{len(ids)} organisations are in good standing and {wanted} were asked for; the demo "
            f"of grants needs {FEWEST}. Load a register first: manage.py load_demo."
        )
    ours, others, apart = cast.choose(ids, on)
    order.tell(cast.Stories(staff, ours, others, on), say=say)
    bulk = plans.spread([pk for pk in ids if pk not in apart], wanted - len(others) - 1)
    count = len(bulk) + len(others) + 1
    say(f"grants: {count:,} participants")
    total = (a_year * count / wanted).quantize(Decimal(1000))
    years.write(bulk, total, on=on, staff=staff, say=say)


def _sum_up(on: date, say: Callable[[str], None]) -> None:
    """What a page would show: counted and computed from the rows."""
    count = Participant.objects.taking_part(on).count()
    for year in years.over(on):
        total = years.granted_in(year)
        each = (total / count).quantize(Decimal(1)) if count else Decimal(0)
        say(f"grants: {year}: {tenge(total)} to {count:,} participants, {tenge(each)} each")

"""Slots, wishes to be heard that have one, and minutes."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from accounts.models import User
from accounts.roles import Role
from registry.calendar import ALMATY
from reregistration import appeals, hearings
from reregistration.models import Hearing, HearingMinutes, HearingSlot, Obligation
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.reregistration import liquidable_obligation, noon

# A Wednesday on which somebody asks to be heard, and ten working days later the first day for
# which they can be invited.
ASKED_AT = noon(date(2027, 1, 20))
FIRST_DAY = date(2027, 2, 3)


def hour(on: date, at: int = 10) -> datetime:
    return datetime(on.year, on.month, on.day, at, tzinfo=ALMATY)


class HearingSlotFactory(DjangoModelFactory[HearingSlot]):
    """Half an hour at ten, in a room of its own at the ministry, for every region."""

    class Meta:
        model = HearingSlot

    begins_at = hour(FIRST_DAY)
    minutes = 30
    place = factory.Sequence(lambda n: f"Astana, 8 Mangilik El, room {n}")
    opened_by = factory.SubFactory(UserFactory)
    opened_at = ASKED_AT - timedelta(days=1)


def wish_to_be_heard(row: Obligation | None = None, *, by: User | None = None) -> Hearing:
    return appeals.ask_for_hearing(
        row or liquidable_obligation(),
        text="We are at work.",
        by=by or UserFactory.create(),
        at=ASKED_AT,
    )


def hearing_set(*, own_choice: bool = False, slot: HearingSlot | None = None) -> Hearing:
    """A wish with a day: set by staff, or chosen by the organisation."""
    wish = wish_to_be_heard()
    by = wish.by if own_choice else staff_member(Role.REVIEWER)
    slot = slot or HearingSlotFactory.create()
    hearings.set_date(wish, slot, by=by, at=ASKED_AT, is_own_choice=own_choice)
    return wish


def minutes_written(wish: Hearing) -> HearingMinutes:
    """What was said, written an hour after the hearing began."""
    standing = hearings.date_of(wish)
    assert standing
    return hearings.write_minutes(
        wish,
        present="Asel Omarova, head; Marat Serik, reviewer",
        text="They showed the lease.",
        by=staff_member(Role.REVIEWER),
        at=standing.slot.begins_at + timedelta(hours=1),
    )

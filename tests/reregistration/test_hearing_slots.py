"""Slots in which organisations are heard: opened, offered, withdrawn."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from registry.models import DayOverride, Region
from reregistration import hearing_slots
from reregistration.models import Campaign, HearingSlot
from tests.factories.accounts import staff_member
from tests.factories.hearings import (
    ASKED_AT,
    FIRST_DAY,
    HearingSlotFactory,
    hearing_set,
    hour,
    wish_to_be_heard,
)
from tests.factories.reregistration import liquidable_obligation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
ASKED_ON = ASKED_AT.date()


@pytest.fixture
def clerk(db: None) -> User:
    return staff_member(Role.REVIEWER)


def open_slots(by: User, **given: Any) -> list[HearingSlot]:
    asked: dict[str, Any] = {
        "begins_at": hour(FIRST_DAY),
        "count": 3,
        "minutes": 30,
        "place": " Room 4 ",
        "by": by,
        "at": ASKED_AT,
        **given,
    }
    return hearing_slots.open_slots(**asked)


class TestOpening:
    def test_they_follow_one_another(self, clerk: User) -> None:
        made = open_slots(clerk)
        begin = [hour(FIRST_DAY) + timedelta(minutes=30 * number) for number in range(3)]
        assert [row.begins_at for row in made] == begin
        assert {(row.place, row.opened_by) for row in made} == {("Room 4", clerk)}

    def test_twice_is_once(self, clerk: User) -> None:
        assert open_slots(clerk) == open_slots(clerk)
        assert HearingSlot.objects.count() == 3

    @pytest.mark.parametrize(
        ("given", "why"),
        [
            ({"begins_at": ASKED_AT}, "has passed"),
            ({"begins_at": hour(date(2027, 2, 6))}, "day off"),
            ({"begins_at": hour(date(2027, 3, 24))}, "protected day"),
            ({"begins_at": hour(FIRST_DAY, 23)}, "another day"),
            ({"place": " "}, "Say where"),
            ({"count": 0}, "at least"),
            ({"count": 41, "minutes": 5}, "between 1 and 40"),
        ],
    )
    def test_what_cannot_be_is_refused(self, clerk: User, given: dict[str, Any], why: str) -> None:
        with pytest.raises(Refused, match=why):
            open_slots(clerk, **given)
        assert not HearingSlot.objects.exists()

    def test_the_last_may_end_at_midnight(self, clerk: User) -> None:
        assert open_slots(clerk, begins_at=hour(FIRST_DAY, 23), count=2)

    def test_a_day_that_was_made_a_day_off_is_refused(self, clerk: User) -> None:
        DayOverride.objects.create(on=FIRST_DAY, is_working=False)
        with pytest.raises(Refused, match="day off"):
            open_slots(clerk)


class TestOffered:
    def offered(self, campaign_days: int | None = None) -> list[HearingSlot]:
        row = liquidable_obligation()
        if campaign_days is not None:
            Campaign.objects.update(hearing_notice_days=campaign_days)
            row.campaign.refresh_from_db()
        return list(hearing_slots.offered(row, on=ASKED_ON))

    def test_the_first_is_as_many_working_days_ahead_as_the_campaign_says(self) -> None:
        HearingSlotFactory.create(begins_at=hour(FIRST_DAY - timedelta(days=1), 23))
        fits = HearingSlotFactory.create(begins_at=hour(FIRST_DAY, 0))
        assert self.offered() == [fits]

    def test_fewer_days_offer_more(self) -> None:
        tomorrow = HearingSlotFactory.create(begins_at=hour(ASKED_ON + timedelta(days=1)))
        HearingSlotFactory.create(begins_at=hour(ASKED_ON, 18))
        assert self.offered(1) == [tomorrow]

    def test_neither_taken_nor_withdrawn_nor_of_another_region(self) -> None:
        hearing_set()
        row = liquidable_obligation()
        other = Region.objects.exclude(pk=row.organisation.region_id)[0]
        HearingSlotFactory.create(region=other)
        gone = HearingSlotFactory.create()
        hearing_slots.withdraw(gone, by=gone.opened_by, at=ASKED_AT)
        own = HearingSlotFactory.create(region=row.organisation.region)
        assert list(hearing_slots.offered(row, on=ASKED_ON)) == [own]

    def test_not_on_a_day_that_became_a_day_off(self) -> None:
        HearingSlotFactory.create()
        DayOverride.objects.create(on=FIRST_DAY, is_working=False)
        assert self.offered() == []


class TestWithdrawing:
    def test_a_free_one_goes_and_can_be_opened_again(self, clerk: User) -> None:
        (made,) = open_slots(clerk, count=1)
        for _ in range(2):
            assert hearing_slots.withdraw(made, by=clerk, at=ASKED_AT).withdrawn_by == clerk
        (again,) = open_slots(clerk, count=1)
        assert again != made

    def test_one_in_which_somebody_is_heard_stays(self, clerk: User) -> None:
        slot = HearingSlotFactory.create()
        hearing_set(slot=slot)
        with pytest.raises(Refused, match="Move the hearing first"):
            hearing_slots.withdraw(slot, by=clerk, at=ASKED_AT)


class TestTheDatabase:
    def insert(self, slot: HearingSlot, *, seat: int, capacity: int) -> None:
        wish = wish_to_be_heard()
        wish.dates.create(
            slot=slot, seat=seat, capacity=capacity, is_own_choice=False, by=wish.by, at=ASKED_AT
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_holds_one_hearing_a_slot(self) -> None:
        slot = HearingSlotFactory.create()
        self.insert(slot, seat=1, capacity=1)
        with pytest.raises(IntegrityError, match="hearing_date_one_a_seat"):
            self.insert(slot, seat=1, capacity=1)

    def test_has_no_seat_beyond_the_capacity(self) -> None:
        slot = HearingSlotFactory.create()
        with pytest.raises(IntegrityError, match="hearing_date_within_capacity"):
            self.insert(slot, seat=2, capacity=1)

    def test_believes_no_capacity_but_the_slots_own(self) -> None:
        slot = HearingSlotFactory.create()
        with pytest.raises(IntegrityError, match="hearing_date_of_the_capacity"):
            self.insert(slot, seat=2, capacity=2)

    def test_lets_as_many_in_as_the_capacity_says(self) -> None:
        slot = HearingSlotFactory.create(capacity=2)
        for seat in (1, 2):
            self.insert(slot, seat=seat, capacity=2)
        assert slot.dates.count() == 2

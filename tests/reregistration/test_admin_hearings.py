"""The desk of hearings: slots, the day of a wish, minutes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, cast

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import staff
from accounts.models import User
from accounts.roles import Role
from registry.calendar import ALMATY
from registry.models import Region
from reregistration import hearing_slots, hearings
from reregistration.models import Hearing, HearingDate, HearingMinutes, HearingSlot
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.files import upload
from tests.factories.hearings import HearingSlotFactory, wish_to_be_heard
from tests.reregistration.desk import list_of, page_of, queries, rows_of, signed_in, told, verb_of

pytestmark = pytest.mark.django_db
OPEN = "admin:reregistration_hearingslot_add"


@pytest.fixture
def reviewer(db: None) -> User:
    return staff_member(Role.REVIEWER)


@pytest.fixture
def desk(reviewer: User) -> Client:
    return signed_in(reviewer)


def reviewer_of(region: Region) -> User:
    user = UserFactory.create()
    staff.grant_role(user, role=Role.REVIEWER, by=None, on=date(2020, 1, 1), regions=[region.pk])
    return user


def working_day(days: int = 40) -> datetime:
    at = timezone.localtime().replace(hour=10, minute=0, second=0, microsecond=0)
    at += timedelta(days=days)
    while not hearing_slots.may_be_held(at.date()):
        at += timedelta(days=1)
    return at


def slot(days: int = 40, **fields: Any) -> HearingSlot:
    return HearingSlotFactory.create(begins_at=working_day(days), **fields)


def given(wish: Hearing, row: HearingSlot) -> HearingDate:
    return hearings.set_date(wish, row, by=UserFactory.create(), at=timezone.now())


def held(wish: Hearing) -> HearingDate:
    """A hearing that began an hour ago."""
    begins_at = timezone.now() - timedelta(hours=1)
    return HearingDate.objects.create(
        hearing=wish,
        slot=HearingSlotFactory.create(begins_at=begins_at),
        capacity=1,
        seat=1,
        is_own_choice=True,
        by=wish.by,
        at=begins_at - timedelta(days=20),
    )


def form(**changes: Any) -> dict[str, Any]:
    return {
        "on": working_day().date().isoformat(),
        "hour": "10:00",
        "minutes": "30",
        "count": "2",
        "capacity": "1",
        "place": "Room 4",
        "video_link": "",
        "region": "",
        **changes,
    }


class TestSlots:
    def test_they_are_opened_by_day_and_hour(self, desk: Client, reviewer: User) -> None:
        assert desk.get(reverse(OPEN)).status_code == 200
        desk.post(reverse(OPEN), form())
        first, second = HearingSlot.objects.all()
        assert timezone.localtime(first.begins_at, ALMATY) == working_day()
        assert (second.begins_at, second.opened_by) == (first.ends_at, reviewer)

    def test_a_refusal_stands_on_the_page(self, desk: Client) -> None:
        response = desk.post(reverse(OPEN), form(place=""))
        assert "Say where" in response.content.decode()
        assert not HearingSlot.objects.exists()

    def test_who_has_one_region_opens_there_alone(self) -> None:
        own, other = Region.objects.all()[:2]
        client = signed_in(reviewer_of(own))
        for region in ("", other.pk):
            client.post(reverse(OPEN), form(region=region))
        assert not HearingSlot.objects.exists()
        client.post(reverse(OPEN), form(region=own.pk))
        assert {row.region for row in HearingSlot.objects.all()} == {own}

    def test_who_has_one_region_sees_its_own_and_everybodys_and_withdraws_its_own(self) -> None:
        own, other = Region.objects.all()[:2]
        mine, all_, theirs = (slot(region=region) for region in (own, None, other))
        client = signed_in(reviewer_of(own))
        assert set(rows_of(client.get(list_of(HearingSlot)))) == {mine, all_}
        for row in (mine, all_, theirs):
            client.post(verb_of(row, "withdraw"))
        assert [row for row in HearingSlot.objects.all() if row.withdrawn_at] == [mine]

    def test_the_list_tells_free_from_taken(self, desk: Client) -> None:
        free, half, full = slot(40), slot(41, capacity=2), slot(45)
        past = HearingSlotFactory.create(begins_at=timezone.now() - timedelta(days=1))
        for row in (half, full):
            given(wish_to_be_heard(), row)
        asked = {
            answer: set(rows_of(desk.get(list_of(HearingSlot), {"free": answer})))
            for answer in ("ahead", "free", "taken", "any")
        }
        assert asked == {
            "ahead": {free, half, full},
            "free": {free, half},
            "taken": {half, full},
            "any": {free, half, full, past},
        }

    def test_its_page_names_who_is_heard(self, desk: Client) -> None:
        row, wish = slot(), wish_to_be_heard()
        given(wish, row)
        shown = desk.get(page_of(row)).content.decode()
        assert wish.number in shown
        assert verb_of(row, "withdraw") not in shown

    def test_queries_do_not_grow_with_rows(self, desk: Client) -> None:
        slot()
        few = queries(desk, list_of(HearingSlot))
        for days in (41, 45, 50):
            given(wish_to_be_heard(), slot(days))
        assert queries(desk, list_of(HearingSlot)) == few


class TestAWish:
    def test_it_is_given_a_free_slot_then_moved(self, desk: Client) -> None:
        wish, first, second = wish_to_be_heard(), slot(), slot(45)
        assert first.place in desk.get(verb_of(wish, "set")).content.decode()
        response = desk.post(verb_of(wish, "set"), {"slot": first.pk}, follow=True)
        assert "The hearing is set" in told(response)[0]
        desk.post(verb_of(wish, "move"), {"slot": second.pk, "reason": "They asked."})
        before, now = HearingDate.objects.order_by("pk")
        assert (before.slot, before.freed_because, now.slot) == (first, "They asked.", second)
        shown = desk.get(page_of(wish)).content.decode()
        assert "They asked." in shown
        assert second.place in shown

    def test_minutes_are_written_with_their_file(self, desk: Client, reviewer: User) -> None:
        wish = wish_to_be_heard()
        held(wish)
        assert "multipart/form-data" in desk.get(verb_of(wish, "minutes")).content.decode()
        desk.post(
            verb_of(wish, "minutes"),
            {"present": "Asel", "text": "They showed the lease.", "document": upload()},
        )
        made = HearingMinutes.objects.get()
        assert (made.came, made.by) == (True, reviewer)
        hearings.remark(wish, text="And the books.", by=wish.by, at=timezone.now())
        shown = desk.get(page_of(wish)).content.decode()
        assert "They showed the lease." in shown
        assert "And the books." in shown
        link = reverse("admin:reregistration_hearing_minutes_document", args=[wish.pk])
        assert b"".join(cast(Any, desk.get(link)).streaming_content).startswith(b"%PDF")
        clerk = signed_in(staff_member(Role.REGISTER_CLERK))
        assert clerk.get(link).status_code == 403

    def test_without_a_file_there_is_none_to_have(self, desk: Client) -> None:
        wish = wish_to_be_heard()
        held(wish)
        desk.post(verb_of(wish, "minutes"), {"present": "Asel", "text": "Yes."})
        assert HearingMinutes.objects.get().document is None
        link = reverse("admin:reregistration_hearing_minutes_document", args=[wish.pk])
        assert desk.get(link).status_code == 404

    def test_nobody_came(self, desk: Client) -> None:
        wish = wish_to_be_heard()
        held(wish)
        desk.post(verb_of(wish, "absence"), {"text": "Waited half an hour."})
        assert HearingMinutes.objects.get().came is False
        assert "Nobody came" in desk.get(page_of(wish)).content.decode()

    def test_the_list_asks_where_it_stands(self, desk: Client) -> None:
        unset, dated, heard = (wish_to_be_heard() for _ in range(3))
        given(dated, slot())
        held(heard)
        desk.post(verb_of(heard, "minutes"), {"present": "Asel", "text": "Yes."})
        for step, expected in (("unset", unset), ("set", dated), ("heard", heard)):
            assert rows_of(desk.get(list_of(Hearing), {"step": step})) == [expected], step

    def test_queries_do_not_grow_with_rows(self, desk: Client) -> None:
        given(wish_to_be_heard(), slot())
        few = queries(desk, list_of(Hearing))
        for days in (41, 45, 50):
            given(wish_to_be_heard(), slot(days))
        assert queries(desk, list_of(Hearing)) == few

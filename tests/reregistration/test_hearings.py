"""Being heard: the day, the invitation, moving it, minutes, remarks, and the decision after it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices import service
from notices.models import Dispatch, Notice
from notices.states import Channel, DispatchState, Kind, ServiceGround
from registry.calendar import end_of
from registry.models import Region
from reregistration import appeals, hearings, obligations, standstill
from reregistration.models import (
    Campaign,
    Hearing,
    HearingDate,
    HearingMinutes,
    HearingRemark,
    HearingSlot,
)
from reregistration.states import AnswerOutcome, State
from tests.concurrency import one_behind_the_other
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.files import StoredFileFactory
from tests.factories.hearings import (
    ASKED_AT,
    FIRST_DAY,
    HearingSlotFactory,
    hearing_set,
    hour,
    minutes_written,
    wish_to_be_heard,
)
from tests.factories.registry import RepresentativeFactory
from tests.factories.reregistration import dry_run_round, liquidable_obligation, noon

pytestmark = pytest.mark.usefixtures("in_english")
HEARD_AT = hour(FIRST_DAY)
LATER = hour(FIRST_DAY, 11)


@pytest.fixture
def clerk(db: None) -> User:
    return staff_member(Role.REVIEWER)


@pytest.fixture
def senior(db: None) -> User:
    return staff_member(Role.SENIOR_REVIEWER)


def invitations() -> list[Notice]:
    return list(Notice.objects.filter(kind=Kind.HEARING_SET).order_by("pk"))


def dismiss(wish: Hearing, by: User, at: datetime) -> Hearing:
    return appeals.decide(
        wish, outcome=AnswerOutcome.DISMISSED, decision="Nothing was shown.", by=by, at=at
    )


@pytest.mark.django_db
class TestTheDay:
    def test_it_is_set_and_the_organisation_invited_once(self, clerk: User) -> None:
        wish, slot = wish_to_be_heard(), HearingSlotFactory.create(place="Room 4")
        first, again = (hearings.set_date(wish, slot, by=clerk, at=ASKED_AT) for _ in range(2))
        assert first == again
        assert (first.seat, first.is_own_choice) == (1, False)
        (told,) = invitations()
        for words in (wish.number, "Room 4", "10:00", "3 ақпан"):
            assert words in told.text.body

    def test_the_invitation_goes_by_letter_too_and_is_of_no_use_afterwards(
        self, clerk: User
    ) -> None:
        hearings.set_date(wish_to_be_heard(), HearingSlotFactory.create(), by=clerk, at=ASKED_AT)
        (told,) = invitations()
        sent = Dispatch.objects.filter(notice=told)
        assert Channel.LETTER in {row.channel for row in sent}
        assert {row.useful_until_at for row in sent} == {HEARD_AT}

    def test_a_slot_too_near_is_refused_with_the_first_day_possible(self, clerk: User) -> None:
        near = HearingSlotFactory.create(begins_at=hour(FIRST_DAY - timedelta(days=1)))
        with pytest.raises(Refused, match="The first day possible is 3 February 2027"):
            hearings.set_date(wish_to_be_heard(), near, by=clerk, at=ASKED_AT)
        assert not invitations()

    def test_a_protected_day_is_refused_whoever_opened_it(self, clerk: User) -> None:
        protected = HearingSlotFactory.create(begins_at=hour(date(2027, 3, 24)))
        with pytest.raises(Refused, match="protected day"):
            hearings.set_date(wish_to_be_heard(), protected, by=clerk, at=ASKED_AT)

    def test_a_slot_of_another_region_is_refused(self, clerk: User) -> None:
        wish = wish_to_be_heard()
        other = Region.objects.exclude(pk=wish.obligation.organisation.region_id)[0]
        with pytest.raises(Refused, match="another region"):
            hearings.set_date(wish, HearingSlotFactory.create(region=other), by=clerk, at=ASKED_AT)

    def test_a_taken_one_is_refused_and_two_fit_where_two_may(self, clerk: User) -> None:
        one, two = HearingSlotFactory.create(), HearingSlotFactory.create(capacity=2)
        for slot, room in ((one, 1), (two, 2)):
            for _ in range(room):
                hearings.set_date(wish_to_be_heard(), slot, by=clerk, at=ASKED_AT)
            with pytest.raises(Refused, match="not free any more"):
                hearings.set_date(wish_to_be_heard(), slot, by=clerk, at=ASKED_AT)
        assert sorted(two.dates.values_list("seat", flat=True)) == [1, 2]

    def test_a_second_day_is_refused(self, clerk: User) -> None:
        wish = hearing_set()
        with pytest.raises(Refused, match="Move it"):
            hearings.set_date(wish, HearingSlotFactory.create(), by=clerk, at=ASKED_AT)

    def test_a_wish_without_one_still_stops_every_step(self) -> None:
        wish = wish_to_be_heard()
        assert standstill.stands(wish.obligation)
        with pytest.raises(Refused, match="Decide on it first"):
            obligations.move(wish.obligation, State.MARKED, by=None, at=ASKED_AT)


@pytest.mark.django_db
class TestMoving:
    def test_the_old_hour_is_free_again_and_a_new_invitation_goes_out(self, clerk: User) -> None:
        old, new = HearingSlotFactory.create(), HearingSlotFactory.create(begins_at=LATER)
        wish = hearing_set(slot=old)
        for _ in range(2):
            hearings.move(wish, new, reason="They are ill.", by=clerk, at=ASKED_AT)
        first, second = HearingDate.objects.order_by("pk")
        assert (first.freed_by, first.freed_because) == (clerk, "They are ill.")
        assert second.slot == new
        hearings.set_date(wish_to_be_heard(), old, by=clerk, at=ASKED_AT)
        before, after, _others = invitations()
        assert "11:00" in after.text.body
        states = {row.state for row in Dispatch.objects.filter(notice=before)}
        assert states == {DispatchState.SUPPRESSED}

    def test_back_to_the_first_hour_is_told_too(self, clerk: User) -> None:
        old, new = HearingSlotFactory.create(), HearingSlotFactory.create(begins_at=LATER)
        wish = hearing_set(slot=old)
        for slot in (new, old):
            hearings.move(wish, slot, reason="As they asked.", by=clerk, at=ASKED_AT)
        assert len(invitations()) == 3

    def test_the_organisation_moves_it_as_often_as_the_campaign_says(self) -> None:
        slots = [HearingSlotFactory.create(begins_at=hour(FIRST_DAY, h)) for h in (10, 11, 12)]
        wish = hearing_set(own_choice=True, slot=slots[0])
        assert hearings.may_move_itself(wish, ASKED_AT)
        hearings.move(wish, slots[1], by=wish.by, at=ASKED_AT, is_own_choice=True)
        assert not hearings.may_move_itself(wish, ASKED_AT)
        with pytest.raises(Refused, match="Ask a question"):
            hearings.move(wish, slots[2], by=wish.by, at=ASKED_AT, is_own_choice=True)
        Campaign.objects.update(hearing_moves_by_self=2)
        wish = Hearing.objects.get()
        assert hearings.move(wish, slots[2], by=wish.by, at=ASKED_AT, is_own_choice=True)

    def test_once_it_has_begun_only_staff_move_it(self, clerk: User) -> None:
        wish, new = hearing_set(), HearingSlotFactory.create(begins_at=hour(date(2027, 2, 25)))
        assert not hearings.may_move_itself(wish, HEARD_AT)
        with pytest.raises(Refused, match="Ask a question"):
            hearings.move(wish, new, by=wish.by, at=HEARD_AT, is_own_choice=True)
        assert hearings.move(wish, new, reason="Ill.", by=clerk, at=HEARD_AT)

    def test_without_a_reason_or_a_day_or_after_the_minutes_it_is_refused(
        self, clerk: User
    ) -> None:
        new = HearingSlotFactory.create(begins_at=hour(date(2027, 2, 25)))
        with pytest.raises(Refused, match="No day is set"):
            hearings.move(wish_to_be_heard(), new, reason="Ill.", by=clerk, at=ASKED_AT)
        wish = hearing_set()
        with pytest.raises(Refused, match="Say why"):
            hearings.move(wish, new, by=clerk, at=ASKED_AT)
        minutes_written(wish)
        with pytest.raises(Refused, match="not moved any more"):
            hearings.move(wish, new, reason="Ill.", by=clerk, at=LATER)


@pytest.mark.django_db
class TestMinutes:
    def test_they_are_written_once_and_told(self, clerk: User) -> None:
        wish = hearing_set()
        given = {"present": "Asel", "text": " They work. ", "by": clerk, "at": LATER}
        file = StoredFileFactory.create()
        first, again = (hearings.write_minutes(wish, document=file, **given) for _ in range(2))  # type: ignore[arg-type]
        assert first == again
        assert (first.came, first.text, first.document) == (True, "They work.", file)
        assert first.remark_until_on == date(2027, 2, 8)
        (told,) = Notice.objects.filter(kind=Kind.HEARING_RECORDED)
        assert "They work." in told.text.body
        with pytest.raises(Refused, match="never change"):
            hearings.write_minutes(wish, present="Asel", text="Otherwise.", by=clerk, at=LATER)

    def test_not_before_it_begins(self, clerk: User) -> None:
        wish = hearing_set()
        with pytest.raises(Refused, match="Record it after that"):
            hearings.write_minutes(
                wish, present="Asel", text="Yes.", by=clerk, at=HEARD_AT - timedelta(seconds=1)
            )
        assert hearings.write_minutes(wish, present="Asel", text="Yes.", by=clerk, at=HEARD_AT)

    def test_not_without_a_day_names_or_words(self, clerk: User) -> None:
        with pytest.raises(Refused, match="No day is set"):
            hearings.write_minutes(
                wish_to_be_heard(), present="Asel", text="Yes.", by=clerk, at=LATER
            )
        for present, text in ((" ", "Yes."), ("Asel", " ")):
            with pytest.raises(Refused, match="who was present"):
                hearings.write_minutes(
                    hearing_set(), present=present, text=text, by=clerk, at=LATER
                )

    def test_not_by_whoever_took_part_or_acts_for_it(self, clerk: User) -> None:
        row = liquidable_obligation()
        drafter = dry_run_round(row.campaign).drafted_by
        wish = wish_to_be_heard(row)
        hearings.set_date(wish, HearingSlotFactory.create(), by=clerk, at=ASKED_AT)
        RepresentativeFactory.create(organisation=row.organisation, user=clerk)
        for person, why in ((drafter, "took part"), (clerk, "You act for"), (wish.by, "You act")):
            with pytest.raises(Refused, match=why):
                hearings.write_minutes(wish, present="Asel", text="Yes.", by=person, at=LATER)
            with pytest.raises(Refused, match=why):
                hearings.record_absence(wish, text="Waited.", by=person, at=LATER)
        assert not HearingMinutes.objects.exists()

    def test_the_database_wants_names_where_somebody_came(self, clerk: User) -> None:
        wish = hearing_set()
        with pytest.raises(IntegrityError, match="hearing_minutes_name_who_was_there"):
            HearingMinutes.objects.create(
                hearing=wish,
                date=HearingDate.objects.get(),
                came=True,
                text="Yes.",
                remark_until_on=FIRST_DAY,
                by=clerk,
                at=LATER,
            )


@pytest.mark.django_db
class TestNobodyCame:
    def serve(self, at: datetime) -> None:
        (told,) = invitations()
        service.record(told, ground=ServiceGround.PUBLICATION, served_at=at, at=at)

    def absence(self, wish: Hearing, by: User, at: datetime = LATER) -> HearingMinutes:
        return hearings.record_absence(wish, text="Waited half an hour.", by=by, at=at)

    def test_it_is_recorded_where_the_invitation_was_served(self, clerk: User) -> None:
        wish = hearing_set()
        self.serve(HEARD_AT - timedelta(seconds=1))
        assert self.absence(wish, clerk).came is False
        assert self.absence(wish, clerk) == HearingMinutes.objects.get()
        (told,) = Notice.objects.filter(kind=Kind.HEARING_RECORDED)
        assert "Waited half an hour." in told.text.body

    def test_it_is_refused_where_nothing_proves_that_they_knew(self, clerk: User) -> None:
        wish = hearing_set()
        with pytest.raises(Refused, match="Nothing proves"):
            self.absence(wish, clerk)
        self.serve(HEARD_AT)
        with pytest.raises(Refused, match="Nothing proves"):
            self.absence(wish, clerk)

    def test_a_proof_that_the_campaign_does_not_count_proves_nothing(self, clerk: User) -> None:
        wish = hearing_set()
        self.serve(ASKED_AT + timedelta(days=1))
        Campaign.objects.update(service_grounds=[ServiceGround.CARRIER_RECEIPT])
        with pytest.raises(Refused, match="Nothing proves"):
            self.absence(wish, clerk)

    def test_an_invitation_to_another_day_proves_nothing(self, clerk: User) -> None:
        wish = hearing_set()
        self.serve(ASKED_AT + timedelta(days=1))
        hearings.move(
            wish,
            HearingSlotFactory.create(begins_at=LATER),
            reason="Ill.",
            by=clerk,
            at=ASKED_AT + timedelta(minutes=1),
        )
        with pytest.raises(Refused, match="Nothing proves"):
            self.absence(wish, clerk, LATER + timedelta(hours=1))

    def test_who_chose_the_day_knew_it(self, clerk: User) -> None:
        assert self.absence(hearing_set(own_choice=True), clerk)

    def test_not_before_it_would_have_ended(self, clerk: User) -> None:
        wish = hearing_set(own_choice=True)
        ends_at = HEARD_AT + timedelta(minutes=30)
        with pytest.raises(Refused, match="Record it after that"):
            self.absence(wish, clerk, ends_at - timedelta(seconds=1))
        assert self.absence(wish, clerk, ends_at)


@pytest.mark.django_db
class TestRemarks:
    def test_one_stands_beside_the_minutes(self) -> None:
        wish = hearing_set()
        minutes = minutes_written(wish)
        last_moment = end_of(minutes.remark_until_on) - timedelta(seconds=1)
        for _ in range(2):
            hearings.remark(wish, text=" We said more. ", by=wish.by, at=last_moment)
        (said,) = HearingRemark.objects.all()
        assert (said.text, said.minutes) == ("We said more.", minutes)

    def test_without_minutes_or_words_or_after_its_days_it_is_refused(self) -> None:
        wish = hearing_set()
        with pytest.raises(Refused, match="no minutes"):
            hearings.remark(wish, text="More.", by=wish.by, at=ASKED_AT)
        minutes = minutes_written(wish)
        with pytest.raises(Refused, match="your own words"):
            hearings.remark(wish, text=" ", by=wish.by, at=minutes.at)
        with pytest.raises(Refused, match="until 8 February 2027"):
            hearings.remark(wish, text="More.", by=wish.by, at=end_of(minutes.remark_until_on))


@pytest.mark.django_db
class TestTheDecision:
    def test_nobody_is_turned_down_unheard(self, senior: User) -> None:
        for wish in (wish_to_be_heard(), hearing_set()):
            with pytest.raises(Refused, match="asked to be heard, and was not"):
                dismiss(wish, senior, LATER)

    def test_nor_while_it_may_still_remark(self, senior: User) -> None:
        wish = hearing_set()
        minutes = minutes_written(wish)
        with pytest.raises(Refused, match="until 8 February 2027"):
            dismiss(wish, senior, end_of(minutes.remark_until_on) - timedelta(seconds=1))
        assert dismiss(wish, senior, end_of(minutes.remark_until_on)).decided_at
        assert not standstill.stands(wish.obligation)
        assert Notice.objects.filter(kind=Kind.ANSWER_DECIDED).count() == 1

    def test_it_may_be_found_right_at_once_and_its_hour_is_free(self, senior: User) -> None:
        wish = hearing_set()
        appeals.decide(
            wish, outcome=AnswerOutcome.UPHELD, decision="We saw it.", by=senior, at=ASKED_AT
        )
        freed = HearingDate.objects.get()
        assert freed.freed_by == senior
        assert HearingSlot.objects.free(ASKED_AT).get() == freed.slot
        with pytest.raises(Refused, match="decided already"):
            hearings.set_date(wish, freed.slot, by=senior, at=ASKED_AT)

    def test_a_wish_of_one_who_has_filed_is_closed_without_a_hearing(self, senior: User) -> None:
        wish = wish_to_be_heard()
        obligations.move(wish.obligation, State.FILED, by=wish.by, at=ASKED_AT)
        assert dismiss(Hearing.objects.get(), senior, noon(FIRST_DAY)).decided_at

    def test_a_second_wish_has_its_own_day(self, senior: User) -> None:
        wish = hearing_set()
        minutes = minutes_written(wish)
        dismiss(wish, senior, end_of(minutes.remark_until_on))
        again = appeals.ask_for_hearing(
            wish.obligation, text="Once more.", by=UserFactory.create(), at=noon(date(2027, 2, 9))
        )
        assert hearings.date_of(again) is None
        assert hearings.may_choose(again)


@pytest.mark.usefixtures("real_commits")
def test_of_two_who_choose_one_hour_one_gets_it() -> None:
    slot = HearingSlotFactory.create()
    wishes = [wish_to_be_heard() for _ in range(2)]

    def choose(wish: Hearing) -> HearingDate:
        return hearings.set_date(wish, slot, by=wish.by, at=ASKED_AT, is_own_choice=True)

    first, second = one_behind_the_other(lambda: choose(wishes[0]), lambda: choose(wishes[1]))
    assert isinstance(first, HearingDate)
    assert isinstance(second, Refused)
    assert HearingDate.objects.count() == 1

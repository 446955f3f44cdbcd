from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

import pytest
from django.db import IntegrityError

from accounts.models import User
from accounts.refusals import Refused
from registry import merging
from registry.models import Contact, Organisation, PersonalValue, RegisterEntry, Standing
from registry.states import StandingState
from tests.factories.registry import (
    ContactFactory,
    OrganisationFactory,
    RepresentativeFactory,
    StandingFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
GROUND = "Письмо № 5"


def pair() -> tuple[Organisation, Organisation]:
    """One organisation entered twice: the first without BIN."""
    return OrganisationFactory.create(without_bin=True), OrganisationFactory.create()


def merged(by: User, at: datetime) -> tuple[Organisation, Organisation]:
    twice, kept = pair()
    merging.merge(twice, kept, ground=GROUND, by=by, at=at)
    twice.refresh_from_db()
    return twice, kept


def told_of(organisation: Organisation) -> list[tuple[str, dict[str, object]]]:
    """The lines, without the ground's commitment."""
    return [
        (line.kind, {k: v for k, v in line.changes.items() if k != "ground"})
        for line in organisation.entries.all()
    ]


class TestMerging:
    def test_the_merged_one_is_no_longer_listed(self, alice: User, at: datetime) -> None:
        twice, kept = merged(alice, at)
        assert twice.merged_into == kept
        assert list(Organisation.objects.listed()) == [kept]

    def test_a_line_stands_on_both(self, alice: User, at: datetime) -> None:
        twice, kept = merged(alice, at)
        assert told_of(twice) == [("merged", {"merged_into": [None, kept.number]})]
        assert told_of(kept) == [("merged", {"merged_from": [None, twice.number]})]

    def test_the_ground_can_be_erased_and_the_line_cannot(self, alice: User, at: datetime) -> None:
        merged(alice, at)
        assert {value.value for value in PersonalValue.objects.all()} == {GROUND}
        assert GROUND not in str(list(RegisterEntry.objects.values_list("changes", flat=True)))

    def test_nothing_is_pointed_elsewhere(self, alice: User, at: datetime) -> None:
        twice, kept = pair()
        contact = ContactFactory.create(organisation=twice)
        acting = RepresentativeFactory.create(organisation=twice)
        standing = StandingFactory.create(organisation=twice)
        merging.merge(twice, kept, ground=GROUND, by=alice, at=at)
        for row in (contact, acting, standing):
            row.refresh_from_db()
            assert row.organisation_id == twice.pk
        assert not Contact.objects.filter(organisation=kept).exists()

    def test_a_second_click_writes_nothing(self, alice: User, at: datetime) -> None:
        twice, kept = merged(alice, at)
        with pytest.raises(Refused, match="merged into another already"):
            merging.merge(twice, kept, ground=GROUND, by=alice, at=at)
        assert RegisterEntry.objects.count() == 2


def itself() -> tuple[Organisation, Organisation]:
    row = OrganisationFactory.create()
    return row, row


def into_a_merged_one() -> tuple[Organisation, Organisation]:
    twice, kept = pair()
    return twice, OrganisationFactory.create(without_bin=True, merged_into=kept)


def others_in_it() -> tuple[Organisation, Organisation]:
    twice, kept = pair()
    OrganisationFactory.create(merged_into=twice)
    return twice, kept


def two_bins() -> tuple[Organisation, Organisation]:
    return OrganisationFactory.create(), OrganisationFactory.create()


def standing_as(state: StandingState) -> tuple[Organisation, Organisation]:
    twice, kept = pair()
    StandingFactory.create(organisation=twice, state=state)
    return twice, kept


REFUSED: dict[str, tuple[Callable[[], tuple[Organisation, Organisation]], str]] = {
    "itself": (itself, "not merged into itself"),
    "into a merged one": (into_a_merged_one, "itself merged"),
    "others in it": (others_in_it, "Others were merged"),
    "two legal entities": (two_bins, "two legal entities"),
    **{
        f"standing {state}": (partial(standing_as, state), "Decide on that first")
        for state in (StandingState.FILED, StandingState.MARKED, StandingState.REFERRED)
    },
}


@pytest.mark.parametrize(("make", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_merged_is_refused_with_a_sentence(
    make: Callable[[], tuple[Organisation, Organisation]],
    sentence: str,
    alice: User,
    at: datetime,
) -> None:
    one, other = make()
    with pytest.raises(Refused, match=sentence):
        merging.merge(one, other, ground=GROUND, by=alice, at=at)
    assert not RegisterEntry.objects.exists()


@pytest.mark.parametrize("state", sorted(set(StandingState) - set(merging.DECIDE_FIRST)))
def test_any_other_standing_hinders_nothing(state: str, alice: User, at: datetime) -> None:
    one, other = standing_as(StandingState(state))
    merging.merge(one, other, ground=GROUND, by=alice, at=at)
    assert Standing.objects.get().state == state


class TestUndoing:
    def test_it_is_listed_again_with_lines_that_say_so(self, alice: User, at: datetime) -> None:
        twice, kept = merged(alice, at)
        merging.undo(twice, kept, ground="Ошибка", by=alice, at=at)
        twice.refresh_from_db()
        assert twice.merged_into is None
        assert told_of(twice)[-1] == ("unmerged", {"merged_into": [kept.number, None]})
        assert told_of(kept)[-1] == ("unmerged", {"merged_from": [twice.number, None]})

    def test_a_second_click_writes_nothing(self, alice: User, at: datetime) -> None:
        twice, kept = merged(alice, at)
        merging.undo(twice, kept, ground="Ошибка", by=alice, at=at)
        with pytest.raises(Refused, match="not merged into"):
            merging.undo(twice, kept, ground="Ошибка", by=alice, at=at)
        assert RegisterEntry.objects.count() == 4

    def test_it_can_be_merged_anew(self, alice: User, at: datetime) -> None:
        twice, kept = merged(alice, at)
        merging.undo(twice, kept, ground="Ошибка", by=alice, at=at)
        merging.merge(twice, kept, ground=GROUND, by=alice, at=at)
        assert [kind for kind, _ in told_of(twice)] == ["merged", "unmerged", "merged"]


class TestSuccessor:
    def test_it_is_recorded_with_lines_on_both(self, alice: User, at: datetime) -> None:
        one, other = two_bins()
        merging.record_successor(one, other, ground=GROUND, by=alice, at=at)
        one.refresh_from_db()
        assert one.successor == other
        assert told_of(one) == [("succession", {"successor": [None, other.number]})]
        assert told_of(other) == [("succession", {"predecessor": [None, one.number]})]

    def test_a_second_click_writes_nothing(self, alice: User, at: datetime) -> None:
        one, other = two_bins()
        merging.record_successor(one, other, ground=GROUND, by=alice, at=at)
        with pytest.raises(Refused, match="recorded already"):
            merging.record_successor(one, other, ground=GROUND, by=alice, at=at)
        assert RegisterEntry.objects.count() == 2

    def test_nobody_succeeds_themselves_be_it_through_others(
        self, alice: User, at: datetime
    ) -> None:
        first, second = two_bins()
        third = OrganisationFactory.create()
        merging.record_successor(first, second, ground=GROUND, by=alice, at=at)
        merging.record_successor(second, third, ground=GROUND, by=alice, at=at)
        for successor in (first, third):
            with pytest.raises(Refused, match="does not succeed itself"):
                merging.record_successor(third, successor, ground=GROUND, by=alice, at=at)

    def test_a_merged_one_is_refused_on_either_side(self, alice: User, at: datetime) -> None:
        twice, _kept = merged(alice, at)
        other = OrganisationFactory.create()
        for one, successor in ((twice, other), (other, twice)):
            with pytest.raises(Refused, match="was merged into another"):
                merging.record_successor(one, successor, ground=GROUND, by=alice, at=at)

    def test_it_is_withdrawn_once_by_lines_on_both(self, alice: User, at: datetime) -> None:
        one, other = two_bins()
        merging.record_successor(one, other, ground=GROUND, by=alice, at=at)
        merging.withdraw_successor(one, other, ground="Ошибка", by=alice, at=at)
        with pytest.raises(Refused, match="not recorded"):
            merging.withdraw_successor(one, other, ground="Ошибка", by=alice, at=at)
        one.refresh_from_db()
        assert one.successor is None
        assert told_of(one)[-1] == ("succession", {"successor": [other.number, None]})

    def test_the_database_knows_that_none_is_its_own(self) -> None:
        one = OrganisationFactory.create()
        one.successor = one
        with pytest.raises(IntegrityError, match="organisation_not_its_own_successor"):
            one.save()

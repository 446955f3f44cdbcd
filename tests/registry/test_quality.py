from __future__ import annotations

import pytest

from registry import quality
from registry.models import Contact, Organisation
from registry.states import Quality
from tests.factories.registry import ASTANA, ContactFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
ALL = Organisation.objects.all
NAME = "Общественный фонд «Заря»"


class TestNoContact:
    def test_who_can_be_written_to_or_called_is_left_out(self) -> None:
        none = OrganisationFactory.create()
        for kind in Contact.Kind.values:
            ContactFactory.create(kind=kind)
        assert list(quality.without_contact(ALL())) == [none]

    @pytest.mark.parametrize("fault", ["is_usable", "bounced_at", "retired_at"])
    def test_a_contact_that_cannot_be_used_is_none(self, fault: str, at: object) -> None:
        contact = ContactFactory.create(**{fault: False if fault == "is_usable" else at})
        assert list(quality.without_contact(ALL())) == [contact.organisation]


def test_a_place_of_six_digits_is_in_doubt() -> None:
    OrganisationFactory.create()
    doubtful = OrganisationFactory.create(quality=[Quality.SHORT_PLACE, Quality.NO_BIN])
    assert list(quality.place_in_doubt(ALL())) == [doubtful]


class TestPairs:
    def test_the_one_without_bin_is_to_be_merged_whatever_its_letters(self) -> None:
        kept = OrganisationFactory.create(name_ru=NAME)
        twice = OrganisationFactory.create(name_ru=NAME.upper(), without_bin=True)
        OrganisationFactory.create(without_bin=True)
        assert quality.duplicate_pairs(ALL()) == [(twice, kept)]

    def test_two_without_bin_stand_there_once_and_the_older_stays(self) -> None:
        older, newer = OrganisationFactory.create_batch(2, name_ru=NAME, without_bin=True)
        assert quality.duplicate_pairs(ALL()) == [(newer, older)]

    def test_two_legal_entities_of_one_name_are_no_pair(self) -> None:
        OrganisationFactory.create_batch(2, name_ru=NAME)
        assert quality.duplicate_pairs(ALL()) == []

    def test_a_merged_one_is_no_pair_any_more(self) -> None:
        kept = OrganisationFactory.create(name_ru=NAME)
        OrganisationFactory.create(name_ru=NAME, without_bin=True, merged_into=kept)
        assert quality.duplicate_pairs(ALL()) == []

    def test_no_more_than_a_page_of_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(quality, "MOST_PAIRS", 2)
        OrganisationFactory.create_batch(2, name_ru=NAME)
        OrganisationFactory.create_batch(2, name_ru=NAME, without_bin=True)
        assert len(quality.duplicate_pairs(ALL())) == 2


class TestReachability:
    def test_each_way_is_counted_of_its_own(self) -> None:
        both = ContactFactory.create().organisation
        ContactFactory.create(organisation=both, kind="phone")
        ContactFactory.create(kind="phone", organisation__address="")
        OrganisationFactory.create(address="")
        [reach] = quality.reachability(ALL())
        assert reach.region.pk == ASTANA
        assert reach.total == 3
        assert [count for count, _share in reach.shares] == [1, 2, 1, 1]
        assert [round(share) for _count, share in reach.shares] == [33, 67, 33, 33]

    def test_whom_no_campaign_asks_is_not_counted(self) -> None:
        kept = OrganisationFactory.create(inactive=True)
        OrganisationFactory.create(suspended=True)
        OrganisationFactory.create(in_liquidation=True)
        OrganisationFactory.create(without_bin=True, merged_into=kept)
        [reach] = quality.reachability(ALL())
        assert reach.total == 1

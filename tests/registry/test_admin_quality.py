"""The data-quality desk over HTTP, as a register clerk uses it."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from accounts import staff
from accounts.roles import Role
from registry.models import Organisation
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.registry import ASTANA, ContactFactory, OrganisationFactory
from tests.reregistration.desk import list_of, page_of, queries, rows_of, signed_in, told, verb_of

pytestmark = pytest.mark.django_db
QUALITY = "admin:registry_organisation_quality"
NAME = "Общественный фонд «Заря»"
ALMATY_CITY = "750000000"


@pytest.fixture
def clerk() -> Client:
    return signed_in(staff_member(Role.REGISTER_CLERK))


@pytest.fixture
def clerk_of_astana() -> Client:
    user = UserFactory.create(is_staff=True)
    staff.grant_role(user, role=Role.REGISTER_CLERK, by=None, on=date(2020, 1, 1), regions=[ASTANA])
    return signed_in(user)


def pair() -> tuple[Organisation, Organisation]:
    kept = OrganisationFactory.create(name_ru=NAME)
    return OrganisationFactory.create(name_ru=NAME, without_bin=True), kept


class TestQuality:
    def test_each_doubt_leads_to_as_many_rows_as_it_counts(self, clerk: Client) -> None:
        twice, _kept = pair()
        ContactFactory.create(organisation=twice)
        doubts = clerk.get(reverse(QUALITY)).context["doubts"]
        counted = {doubt["label"]: doubt["count"] for doubt in doubts}
        assert counted["No BIN"] == counted["No contact that can be used"] == 1
        assert counted["Pairs of one name"] == 1
        for doubt in doubts:
            if doubt["url"].startswith("/"):
                assert len(rows_of(clerk.get(doubt["url"]))) == doubt["count"]

    def test_a_pair_leads_to_its_preview(self, clerk: Client) -> None:
        twice, kept = pair()
        page = clerk.get(reverse(QUALITY)).content.decode()
        assert f"{verb_of(twice, 'merge')}?other={kept.number}" in page

    def test_it_takes_as_many_queries_for_twenty_as_for_two(self, clerk: Client) -> None:
        pair()
        few = queries(clerk, reverse(QUALITY))
        for _time in range(9):
            pair()
        assert queries(clerk, reverse(QUALITY)) == few

    def test_a_clerk_of_one_region_sees_its_rows_alone(self, clerk_of_astana: Client) -> None:
        OrganisationFactory.create(region_id=ALMATY_CITY, place_id=ALMATY_CITY)
        OrganisationFactory.create()
        reaches = clerk_of_astana.get(reverse(QUALITY)).context["reaches"]
        assert [(reach.region.pk, reach.total) for reach in reaches] == [(ASTANA, 1)]

    def test_who_may_not_merge_is_offered_no_merging(self) -> None:
        twice, _kept = pair()
        auditor = signed_in(staff_member(Role.AUDITOR))
        assert verb_of(twice, "merge") not in auditor.get(reverse(QUALITY)).content.decode()
        assert auditor.get(verb_of(twice, "merge")).status_code == 403


class TestMerging:
    def test_the_other_is_asked_for_then_shown_beside(self, clerk: Client) -> None:
        twice, kept = pair()
        assert "Show the preview" in clerk.get(verb_of(twice, "merge")).content.decode()
        page = clerk.get(verb_of(twice, "merge"), {"other": kept.number}).content.decode()
        assert str(kept.bin) in page
        assert "The entry that stays" in page
        twice.refresh_from_db()
        assert twice.merged_into is None

    def test_a_preview_says_what_hinders_it(self, clerk: Client) -> None:
        one, other = OrganisationFactory.create_batch(2)
        page = clerk.get(verb_of(one, "merge"), {"other": other.number}).content.decode()
        assert "two legal entities" in page
        assert 'method="post" novalidate' not in page

    def test_it_is_merged_and_undone(self, clerk: Client) -> None:
        twice, kept = pair()
        done = clerk.post(
            verb_of(twice, "merge"), {"other": kept.number, "ground": "Письмо"}, follow=True
        )
        assert told(done) == [f"{twice.number} is merged into {kept.number}."]
        assert verb_of(twice, "undo-merge") in clerk.get(page_of(twice)).content.decode()
        assert "Письмо" in clerk.get(verb_of(twice, "undo-merge")).content.decode()
        clerk.post(verb_of(twice, "undo-merge"), {"ground": "Ошибка"})
        twice.refresh_from_db()
        assert twice.merged_into is None
        assert [line.kind for line in twice.entries.all()] == ["merged", "unmerged"]

    def test_it_is_not_merged_without_the_ground(self, clerk: Client) -> None:
        twice, kept = pair()
        clerk.post(verb_of(twice, "merge"), {"other": kept.number})
        twice.refresh_from_db()
        assert twice.merged_into is None

    def test_one_that_there_is_not_is_told(self, clerk: Client) -> None:
        twice, _kept = pair()
        page = clerk.post(verb_of(twice, "merge"), {"other": "R-0000000"}).content.decode()
        assert "No organisation has this BIN or register number." in page

    def test_a_row_of_another_region_is_refused(self, clerk_of_astana: Client) -> None:
        twice, kept = pair()
        Organisation.objects.filter(pk=kept.pk).update(region=ALMATY_CITY)
        asked = {"other": kept.number, "ground": "Письмо"}
        for page in (
            clerk_of_astana.post(verb_of(twice, "merge"), asked, follow=True),
            clerk_of_astana.get(verb_of(twice, "merge"), {"other": kept.number}, follow=True),
        ):
            assert "in a region that is not yours" in page.content.decode()
            # Nor is it shown: what stands there is not all public.
            assert str(kept.bin) not in page.content.decode()
        twice.refresh_from_db()
        assert twice.merged_into is None

    def test_the_merged_are_found_in_the_list(self, clerk: Client) -> None:
        kept = OrganisationFactory.create()
        merged = OrganisationFactory.create(merged_into=kept)
        assert rows_of(clerk.get(list_of(Organisation), {"doubt": "merged"})) == [merged]


class TestSuccessor:
    def test_none_of_another_region_is_recorded_or_withdrawn(
        self, clerk: Client, clerk_of_astana: Client
    ) -> None:
        """A line would stand on an organisation that is not theirs, for the public too."""
        one, other = OrganisationFactory.create_batch(2)
        Organisation.objects.filter(pk=other.pk).update(region=ALMATY_CITY)
        asked = {"other": other.number, "ground": "Слияние"}
        clerk_of_astana.post(verb_of(one, "successor"), asked)
        assert not other.entries.exists()
        clerk.post(verb_of(one, "successor"), asked)
        clerk_of_astana.post(verb_of(one, "withdraw-successor"), {"ground": "Ошибка"})
        one.refresh_from_db()
        assert one.successor == other

    def test_it_is_recorded_shown_to_the_public_and_withdrawn(self, clerk: Client) -> None:
        one, other = OrganisationFactory.create_batch(2)
        clerk.post(verb_of(one, "successor"), {"other": str(other.bin), "ground": "Слияние"})
        public = Client().get(reverse("organisation", args=[one.number])).content.decode()
        assert reverse("organisation", args=[other.number]) in public
        assert "Слияние" in clerk.get(verb_of(one, "withdraw-successor")).content.decode()
        clerk.post(verb_of(one, "withdraw-successor"), {"ground": "Ошибка"})
        one.refresh_from_db()
        assert one.successor is None

"""Search, filters and pages of the public list."""

from __future__ import annotations

from datetime import date

import pytest
from django.http import QueryDict
from django.utils import translation

from public import listing
from registry.models import Organisation
from tests.factories.registry import OrganisationFactory
from tests.factories.reregistration import CampaignFactory, ObligationFactory

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 1)


def found(query: str) -> list[str]:
    rows = listing.filtered(QueryDict(query), ON)[1]
    return sorted(rows.values_list("number", flat=True))


def turned(query: str, rows: int) -> list[list[Organisation]]:
    """All pages of a query, by following the way on, at most `rows` of them."""
    pages = []
    after = ""
    for _ in range(rows):
        chosen = QueryDict(f"{query}&after={after}" if after else query)
        page = listing.page_of(listing.filtered(chosen, ON)[1], chosen)
        pages.append(page.organisations)
        after = page.after
        if not after:
            break
    return pages


class TestFilters:
    def test_words_are_found_in_any_order_and_spelling(self) -> None:
        row = OrganisationFactory.create(name_ru="ОФ «Қайырымды Жүрек»")
        OrganisationFactory.create()
        assert found("q=журек+кайыр") == [row.number]

    def test_filters_narrow_together(self) -> None:
        row = OrganisationFactory.create(inactive=True, legal_form_id="PA")
        OrganisationFactory.create(inactive=True)
        OrganisationFactory.create(legal_form_id="PA")
        assert found("status=inactive&legal_form=PA") == [row.number]

    def test_a_standing_is_that_of_the_current_campaign(self) -> None:
        campaign = CampaignFactory.create()
        row = ObligationFactory.create(campaign=campaign, filed=True)
        ObligationFactory.create(campaign=campaign)
        assert found("standing=filed") == [row.organisation.number]

    def test_out_of_scope_is_who_has_no_obligation(self) -> None:
        ObligationFactory.create()
        row = OrganisationFactory.create()
        assert found("standing=out_of_scope") == [row.number]

    def test_without_a_campaign_no_standing_is_found(self) -> None:
        OrganisationFactory.create()
        assert found("standing=due") == []

    def test_a_merged_organisation_is_not_listed(self) -> None:
        successor = OrganisationFactory.create()
        OrganisationFactory.create(merged_into=successor)
        assert found("") == [successor.number]


class TestPages:
    def test_all_pages_hold_each_organisation_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(listing, "PAGE_SIZE", 3)
        # Equal names: the order must still be total.
        rows = {OrganisationFactory.create(name_kk="Бірдей", name_ru="Один").pk for _ in range(7)}
        pages = turned("", 10)
        assert [len(page) for page in pages] == [3, 3, 1]
        assert {row.pk for page in pages for row in page} == rows

    def test_the_way_back_leads_to_the_page_before(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(listing, "PAGE_SIZE", 2)
        OrganisationFactory.create_batch(5)
        first, second, _third = turned("", 10)
        query = QueryDict(f"before={second[0].number}")
        back = listing.page_of(listing.filtered(query, ON)[1], query)
        assert back.organisations == first
        assert back.before == ""

    def test_kazakh_order_is_that_of_the_kazakh_alphabet(self) -> None:
        for name in ("Қамқор", "Камелия", "Ғалым", "Гүлдер", "Өмір", "Отан"):
            OrganisationFactory.create(name_kk=name)
        with translation.override("kk"):
            (page,) = turned("", 2)
        assert [row.name_kk for row in page] == [
            "Гүлдер",
            "Ғалым",
            "Камелия",
            "Қамқор",
            "Отан",
            "Өмір",
        ]

    def test_counting_stops_at_the_cap(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(listing, "COUNT_CAP", 2)
        OrganisationFactory.create_batch(4)
        page = listing.page_of(listing.filtered(QueryDict(), ON)[1], QueryDict())
        assert page.is_capped
        assert page.count == 3

    def test_an_unknown_place_in_the_list_is_its_beginning(self) -> None:
        row = OrganisationFactory.create()
        query = QueryDict("after=R-0000000")
        assert listing.page_of(listing.filtered(query, ON)[1], query).organisations == [row]

"""The public pages: what they show, what they never show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from registry.calendar import ALMATY
from registry.models import AnnualFigures, Organisation, RegisterEntry
from tests.factories.registry import ContactFactory, OrganisationFactory
from tests.factories.reregistration import CampaignFactory, ObligationFactory
from tests.public.marks import marked

pytestmark = pytest.mark.django_db
LATER = datetime(2027, 2, 16, 12, tzinfo=ALMATY)


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


def text_of(client: Client, address: str, **query: str) -> str:
    response = client.get(address, query)
    assert response.status_code == 200
    return response.content.decode()


def page_of(client: Client, organisation: Organisation) -> str:
    return text_of(client, reverse("organisation", args=[organisation.number]))


class TestHome:
    def test_stands_before_the_first_campaign(self, client: Client) -> None:
        assert "Sign in to file" in text_of(client, reverse("home"))

    def test_tells_how_many_have_filed(self, client: Client) -> None:
        campaign = CampaignFactory.create()
        ObligationFactory.create(campaign=campaign, filed=True)
        ObligationFactory.create(campaign=campaign)
        page = " ".join(text_of(client, reverse("home")).split())
        assert "<strong>1</strong> of <strong>2</strong> organisations" in page

    @pytest.mark.parametrize("language", ["kk", "ru", "en"])
    def test_speaks_three_languages(self, client: Client, language: str) -> None:
        with translation.override(language):
            assert f'<html lang="{language}"' in text_of(client, reverse("home"))


class TestList:
    def test_holds_no_head_and_no_contact(self, client: Client) -> None:
        row = OrganisationFactory.create(head_name="Тайный Глава", address="ул. Тайная, 7")
        ContactFactory.create(organisation=row, value="secret@mail.example")
        page = text_of(client, reverse("organisations"))
        assert row.number in page
        assert not {"Тайный Глава", "secret@mail.example", "ул. Тайная"} & {
            word for word in ("Тайный Глава", "secret@mail.example", "ул. Тайная") if word in page
        }

    def test_an_empty_result_says_what_to_do(self, client: Client) -> None:
        assert "Write fewer words" in text_of(client, reverse("organisations"), q="нетникого")

    def test_a_part_is_sent_to_htmx(self, client: Client) -> None:
        OrganisationFactory.create()
        response = client.get(reverse("organisations"), headers={"HX-Request": "true"})
        page = response.content.decode()
        assert "<html" not in page
        assert "R-9" in page
        assert "HX-Request" in response["Vary"]

    def test_a_filtered_list_is_not_indexed(self, client: Client) -> None:
        assert "noindex" in text_of(client, reverse("organisations"), standing="overdue")
        assert "noindex" not in text_of(client, reverse("organisations"))

    def test_its_queries_do_not_grow_with_its_rows(
        self, client: Client, django_assert_max_num_queries: Any
    ) -> None:
        campaign = CampaignFactory.create()
        for _ in range(12):
            ObligationFactory.create(campaign=campaign)
        with django_assert_max_num_queries(9):
            text_of(client, reverse("organisations"))

    def test_a_senseless_filter_is_no_fault(self, client: Client) -> None:
        OrganisationFactory.create()
        assert "R-9" in text_of(client, reverse("organisations"), region="x", standing="y")


class TestOrganisation:
    def test_shows_the_head_but_no_contact_and_no_address(self, client: Client) -> None:
        row = OrganisationFactory.create(head_name="Өтегенов Ержан", address="ул. Тайная, 7")
        ContactFactory.create(organisation=row, value="secret@mail.example")
        page = page_of(client, row)
        assert "Өтегенов Ержан" in page
        assert "secret@mail.example" not in page
        assert "ул. Тайная" not in page

    def test_history_tells_days_and_kinds_and_no_values(self, client: Client) -> None:
        row = OrganisationFactory.create()
        RegisterEntry.objects.create(
            organisation=row,
            kind="changed",
            changes={"name_ru": ["Прежнее", "Новое"]},
            source="extract:2026-06-30",
            at=LATER,
        )
        page = page_of(client, row)
        assert "16 February 2027" in page
        assert "Прежнее" not in page

    def test_a_declaration_under_follow_up_is_not_shown(self, client: Client) -> None:
        row = OrganisationFactory.create()
        RegisterEntry.objects.create(
            organisation=row, kind="declared", changes={}, source="filing:F-1", at=LATER
        )
        assert "16 February 2027" not in page_of(client, row)

    def test_years_and_sums_read_as_people_write_them(self, client: Client) -> None:
        row = OrganisationFactory.create()
        AnnualFigures.objects.create(
            organisation=row, year=2025, income=1_200_000, spending=5, source="x", as_of_at=LATER
        )
        page = page_of(client, row)
        assert ">2025<" in page
        assert "1,200,000\N{NO-BREAK SPACE}₸" in page

    def test_an_overdue_one_is_not_indexed(self, client: Client) -> None:
        assert "noindex" in page_of(client, ObligationFactory.create(overdue=True).organisation)

    def test_one_in_good_standing_is_indexed(self, client: Client) -> None:
        row = ObligationFactory.create(fulfilled=True)
        assert "noindex" not in page_of(client, row.organisation)

    def test_an_unserved_mark_is_nowhere_on_its_page(self, client: Client) -> None:
        row = marked(CampaignFactory.create(), at=LATER, is_served=False)
        assert "arked" not in page_of(client, row.organisation)

    def test_a_served_mark_says_that_only_a_court_decides(self, client: Client) -> None:
        row = marked(CampaignFactory.create(), at=LATER, is_served=True)
        page = page_of(client, row.organisation)
        assert "Marked for liquidation (only the court decides)" in page

    def test_a_merged_one_leads_to_its_successor(self, client: Client) -> None:
        successor = OrganisationFactory.create()
        row = OrganisationFactory.create(merged_into=successor)
        assert reverse("organisation", args=[successor.number]) in page_of(client, row)

    def test_its_address_without_a_language_leads_to_it(self, client: Client) -> None:
        row = OrganisationFactory.create()
        response = client.get(f"/organisations/{row.number}/", follow=True)
        assert response.status_code == 200
        assert response.redirect_chain[-1][0].endswith(f"/organisations/{row.number}/")


class TestCampaign:
    def test_its_numbers_are_seen_to_sum(self, client: Client) -> None:
        campaign = ObligationFactory.create().campaign
        assert "The parts sum to the whole" in text_of(
            client, reverse("campaign", args=[campaign.code])
        )

    def test_a_draft_is_not_public(self, client: Client) -> None:
        campaign = CampaignFactory.create(drafted=True)
        assert client.get(reverse("campaign", args=[campaign.code])).status_code == 404

"""The open API: search, filters, cursor, and what it withholds."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.factories.registry import ContactFactory, OrganisationFactory
from tests.factories.reregistration import ObligationFactory

pytestmark = pytest.mark.django_db
LIST = "/api/v1/organisations/"


def answer(client: Client, address: str, **query: str) -> Any:
    response = client.get(address, query)
    assert response.status_code == 200
    return response.json()


def test_a_list_names_no_person_and_no_contact(client: Client) -> None:
    ContactFactory.create()
    (row,) = answer(client, LIST)["results"]
    assert set(row) == {
        "number",
        "bin",
        "name_kk",
        "name_ru",
        "name_en",
        "legal_form",
        "status",
        "region",
        "place",
        "registered_on",
    }


def test_an_organisation_has_its_head_and_standing_and_no_contact(client: Client) -> None:
    row = ObligationFactory.create(filed=True)
    ContactFactory.create(organisation=row.organisation, value="secret@mail.example")
    told = answer(client, f"{LIST}{row.organisation.number}/")
    assert told["head_name"] == row.organisation.head_name
    assert told["standings"][0]["state"] == "filed"
    assert "secret@mail.example" not in str(told)
    assert row.organisation.address not in str(told)


def test_search_and_filters_are_those_of_the_list(client: Client) -> None:
    row = OrganisationFactory.create(name_ru="Жүрек", inactive=True)
    OrganisationFactory.create(name_ru="Жүрек")
    told = answer(client, LIST, q="журек", status="inactive")
    assert [one["number"] for one in told["results"]] == [row.number]


def test_a_faulty_filter_is_told(client: Client) -> None:
    response = client.get(LIST, {"status": "asleep"})
    assert response.status_code == 400
    assert "status" in response.json()


def test_the_cursor_leads_through_everything_once(client: Client) -> None:
    OrganisationFactory.create_batch(105)
    first = answer(client, LIST)
    second = answer(client, first["next"])
    numbers = [row["number"] for row in first["results"] + second["results"]]
    assert len(numbers) == len(set(numbers)) == 105
    assert second["next"] is None


def test_it_is_read_only(client: Client) -> None:
    assert client.post(LIST, {}).status_code == 405


def test_its_queries_do_not_grow_with_its_rows(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    OrganisationFactory.create_batch(20)
    with django_assert_max_num_queries(2):
        answer(client, LIST)

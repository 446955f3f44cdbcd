from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from tests.clients import Browser
from tests.factories.grants import ParticipantFactory
from tests.factories.registry import OrganisationFactory

pytestmark = pytest.mark.django_db


def participant(**fields: Any) -> Any:
    today = timezone.localdate()
    dates = {"from_on": today - timedelta(days=5), "until_on": today + timedelta(days=5)}
    return ParticipantFactory.create(**{**dates, **fields})


def page(client: Browser, query: str = "", language: str = "ru") -> str:
    with translation.override(language):
        answer = client.get(reverse("participants") + query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_who_takes_part_today_is_listed_and_no_other(client: Browser) -> None:
    one = participant()
    expired = participant(until_on=timezone.localdate() - timedelta(days=1))
    left = participant(left=True)
    shown = page(client)
    assert one.number in shown
    assert expired.number not in shown
    assert left.number not in shown


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_it_is_searched_in_each_language(client: Browser, language: str) -> None:
    one = participant(organisation=OrganisationFactory.create(name_kk="«Қайыр» қоры"))
    other = participant()
    shown = page(client, "?q=кайыр", language)
    assert one.number in shown
    assert other.number not in shown


def test_a_region_narrows_it(client: Browser) -> None:
    one = participant()
    assert one.number in page(client, "?region=710000000")
    assert one.number not in page(client, "?region=750000000")
    assert one.number in page(client, "?region=nonsense")


def test_no_letter_breaks_it(client: Browser) -> None:
    assert participant().number not in page(client, "?q=%00zzz")


def test_the_organisations_page_says_so(client: Browser) -> None:
    one = participant()
    address = reverse("organisation", args=[one.organisation.number])
    assert one.number in client.get(address).content.decode()


def test_more_rows_take_no_more_queries(
    client: Browser, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        participant()
    page(client)
    with django_assert_max_num_queries(6):
        assert "?page=2" in page(client)

"""Please contact us: who is on the page and in the feeds, and what they never say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from notices.models import Dispatch
from notices.states import ADVERSE, Channel, DispatchState, Kind
from public import listing
from tests.factories.notices import DispatchFactory, NoticeFactory
from tests.factories.registry import OrganisationFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ATOM = "{http://www.w3.org/2005/Atom}"
REMOVED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
FEED, API = "/api/v1/contact-us.atom", "/api/v1/contact-us/"


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


def sought(at: datetime, name: str = "Жоғалған қор", **changes: Any) -> Dispatch:
    organisation = changes.pop("organisation", None) or OrganisationFactory.create(
        name_kk=name, name_ru=name
    )
    kind = changes.pop("kind", Kind.FINAL_WARNING)
    notice = NoticeFactory.create(organisation=organisation, kind=kind)
    fields = {"state": DispatchState.SENT, "sent_at": at, **changes}
    return DispatchFactory.create(
        notice=notice, channel=Channel.PUBLICATION, address=organisation.number, **fields
    )


def page(client: Client, **query: str) -> str:
    answer = client.get(reverse("contact_us"), query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def feed(client: Client) -> ElementTree.Element:
    answer = client.get(FEED)
    assert answer.status_code == 200
    return ElementTree.fromstring(answer.content)  # noqa: S314 - it is our own


class TestPage:
    def test_names_whom_no_letter_reached_since_when_and_the_notice(
        self, client: Client, at: datetime
    ) -> None:
        row = sought(at)
        text = page(client)
        for told in ("Жоғалған қор", row.address, row.notice.number, "15 September 2026"):
            assert told in text
        assert row.notice.organisation.region.name in text

    @pytest.mark.parametrize(
        "state",
        [
            {"state": DispatchState.QUEUED, "sent_at": None},
            {"state": DispatchState.SUPPRESSED, "sent_at": None},
            {"taken_down_at": datetime.fromisoformat("2026-09-16T00:00Z")},
            {"state": DispatchState.DELIVERED, "taken_down_at": datetime(2026, 9, 16).astimezone()},
        ],
        ids=["waiting", "held back", "answered", "answered after it served"],
    )
    def test_nobody_else(self, client: Client, at: datetime, state: dict[str, Any]) -> None:
        row = sought(at, **state)
        DispatchFactory.create(letter=True, sent=True)
        assert row.address not in page(client)
        assert "Nobody is looked for now." in page(client)

    def test_an_organisation_stands_once_whatever_waits_for_it(
        self, client: Client, at: datetime
    ) -> None:
        first = sought(at)
        second = sought(
            at + 40 * DAY,
            organisation=first.notice.organisation,
            kind=Kind.PRELIMINARY_DECISION,
        )
        text = page(client)
        assert text.count('class="title"') == 1
        assert "15 September 2026" in text
        assert second.notice.number in text

    @pytest.mark.parametrize("kind", ADVERSE)
    def test_never_says_what_the_notice_is(self, client: Client, at: datetime, kind: Kind) -> None:
        sought(at, kind=kind)
        listed = page(client).partition("<main")[2].partition("</main>")[0]
        told = listed + client.get(FEED).content.decode() + client.get(API).content.decode()
        for word in (
            "liquidat",
            "warning<",
            "decision",
            "marked",
            "court",
            str(kind),
            str(kind.label),
        ):
            assert word not in told.lower()

    def test_is_left_out_of_search_engines(self, client: Client, at: datetime) -> None:
        row = sought(at)
        answers = [client.get(address) for address in (reverse("contact_us"), FEED, API)]
        assert [answer["X-Robots-Tag"] for answer in answers] == ["noindex"] * 3
        assert '<meta name="robots" content="noindex">' in page(client)
        own = client.get(reverse("organisation", args=[row.address])).content.decode()
        assert '<meta name="robots" content="noindex">' in own

    @pytest.mark.parametrize("by", ["name", "bin", "number", "notice"])
    def test_is_searched_by_name_bin_and_both_numbers(
        self, client: Client, at: datetime, by: str
    ) -> None:
        row = sought(at, organisation=OrganisationFactory.create(name_ru="Затерянный фонд"))
        other = sought(at, "Бөгде қор")
        organisation = row.notice.organisation
        typed = {
            "name": "затерян",
            "bin": str(organisation.bin),
            "number": organisation.number,
            "notice": row.notice.number.lower(),
        }[by]
        text = page(client, q=typed)
        assert row.address in text
        assert other.address not in text

    def test_what_is_not_found_is_said(self, client: Client, at: datetime) -> None:
        sought(at)
        assert "No organisation of that name or number" in page(client, q="qqqq")

    def test_pages_hold_everybody_once(self, client: Client, at: datetime) -> None:
        rows = [sought(at, f"Қор {serial:02d}") for serial in range(listing.PAGE_SIZE + 1)]
        first = page(client)
        last = next(row for row in rows if row.address not in first)
        after = first.partition("?after=")[2][:9]
        assert last.address in page(client, after=after)

    def test_outside_production_it_says_test(
        self, client: Client, at: datetime, settings: Settings
    ) -> None:
        sought(at)
        told = [page(client), *(client.get(it).content.decode() for it in (FEED, API))]
        assert ["TEST" in text or '"test":true' in text for text in told] == [True] * 3
        settings.IS_PRODUCTION = True
        told = [page(client), *(client.get(it).content.decode() for it in (FEED, API))]
        assert ["TEST" in text or '"test":true' in text for text in told] == [False] * 3

    def test_the_queries_do_not_grow_with_the_page(self, client: Client, at: datetime) -> None:
        counts = []
        for size in (2, 8):
            for _ in range(size):
                sought(at)
            for address in (reverse("contact_us"), FEED, API):
                with CaptureQueriesContext(connection) as queries:
                    client.get(address)
                counts.append(len(queries))
        assert counts[:3] == counts[3:]


class TestOwnPage:
    def test_says_that_the_organisation_is_looked_for(self, client: Client, at: datetime) -> None:
        row = sought(at)
        own = client.get(reverse("organisation", args=[row.address])).content.decode()
        assert "The ministry is looking for this organisation" in own
        assert reverse("contact_us") in own

    def test_says_nothing_once_it_has_answered(self, client: Client, at: datetime) -> None:
        row = sought(at, taken_down_at=at + DAY)
        own = client.get(reverse("organisation", args=[row.address])).content.decode()
        assert "is looking for" not in own
        assert 'content="noindex"' not in own


class TestFeeds:
    def test_the_feed_names_who_is_looked_for_and_who_no_longer(
        self, client: Client, at: datetime
    ) -> None:
        listed = sought(at, "Бар қор")
        removed = sought(at, "Жоқ қор", taken_down_at=at + DAY)
        root = feed(client)
        (entry,) = root.findall(f"{ATOM}entry")
        assert "Бар қор" in (entry.findtext(f"{ATOM}title") or "")
        assert listed.notice.number in (entry.findtext(f"{ATOM}id") or "")
        (tombstone,) = root.findall(REMOVED)
        assert removed.notice.number in tombstone.attrib["ref"]
        assert tombstone.attrib["when"] == "2026-09-16T07:00:00+00:00"
        assert "Жоқ қор" not in ElementTree.tostring(root, encoding="unicode")

    def test_the_list_for_machines_has_both_the_newest_change_first(
        self, client: Client, at: datetime
    ) -> None:
        listed = sought(at)
        removed = sought(at - DAY, taken_down_at=at + DAY)
        first, second = client.get(API).json()["results"]
        assert first == {
            "notice": removed.notice.number,
            "organisation": removed.address,
            "test": True,
            "status": "removed",
            "removed_at": first["removed_at"],
        }
        assert (second["status"], second["name_ru"]) == ("listed", "Жоғалған қор")
        assert second["notice"] == listed.notice.number

    def test_what_was_never_on_the_page_is_in_neither(self, client: Client, at: datetime) -> None:
        sought(at, state=DispatchState.QUEUED, sent_at=None)
        assert client.get(API).json()["results"] == []
        assert feed(client).findall(f"{ATOM}entry") == []

"""A list of the admin as a file: the rows and columns that the list shows, and no others."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts import staff
from accounts.models import User
from accounts.roles import Role
from registry.models import Organisation
from reregistration.states import FilingState
from tests.clients import Browser
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.registry import ASTANA, OrganisationFactory
from tests.factories.reregistration import FilingFactory

pytestmark = pytest.mark.django_db
ALMATY_CITY = "750000000"


@pytest.fixture
def auditor() -> User:
    return staff_member(Role.AUDITOR)


@pytest.fixture
def desk(auditor: User) -> Client:
    client = Browser()
    client.force_login(auditor)
    client.speak("en")
    return client


def address(kind: str, model: str = "registry_organisation") -> str:
    return reverse(f"admin:{model}_export_{kind}")


def content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def lines(answer: Any) -> list[list[str]]:
    """The lines of a CSV, its headings first."""
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(content(answer).decode("utf-8-sig"))))


def sheet(answer: Any) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content(answer))).worksheets[0]


class TestTheFile:
    def test_holds_the_headings_and_a_line_a_row(self, desk: Client) -> None:
        organisation = OrganisationFactory.create()
        headings, only = lines(desk.get(address("csv")))
        assert headings[:3] == ["register number", "BIN", "name"]
        assert only[:2] == [organisation.number, organisation.bin]
        assert only[5] == "active"

    def test_holds_what_the_filters_left(self, desk: Client) -> None:
        OrganisationFactory.create()
        suspended = OrganisationFactory.create(suspended=True)
        found = lines(desk.get(address("csv"), {"status__exact": "suspended"}))
        assert [line[0] for line in found[1:]] == [suspended.number]

    def test_holds_what_was_searched_for(self, desk: Client) -> None:
        OrganisationFactory.create()
        sought = OrganisationFactory.create()
        found = lines(desk.get(address("csv"), {"q": sought.number}))
        assert [line[0] for line in found[1:]] == [sought.number]

    def test_is_in_the_order_of_the_list_and_not_of_one_page(self, desk: Client) -> None:
        numbers = sorted(OrganisationFactory.create().number for _ in range(120))
        assert [line[0] for line in lines(desk.get(address("csv")))[1:]] == numbers

    def test_says_the_same_as_a_sheet(self, desk: Client) -> None:
        OrganisationFactory.create()
        as_csv = lines(desk.get(address("csv")))
        as_xlsx = sheet(desk.get(address("xlsx"))).iter_rows(values_only=True)
        assert [[str(cell or "") for cell in line] for line in as_xlsx] == as_csv

    def test_has_the_headings_in_the_readers_language(self, auditor: User) -> None:
        client = Browser()
        client.force_login(auditor)
        client.speak("ru")
        headings = lines(client.get(address("csv")))[0]
        assert "БИН" in headings

    def test_shows_the_words_of_a_coloured_label(self, auditor: User) -> None:
        FilingFactory.create(submitted=True)
        client = Browser()
        client.force_login(auditor)
        client.speak("ru")
        headings, only = lines(client.get(address("csv", "reregistration_filing")))
        with translation.override("ru"):
            assert only[headings.index("состояние")] == str(FilingState.SUBMITTED.label)


class TestAFormula:
    def test_of_an_organisation_is_words_in_a_csv(self, desk: Client) -> None:
        OrganisationFactory.create(
            name_ru='=HYPERLINK("http://bad.example")', name_kk="", name_en=""
        )
        assert lines(desk.get(address("csv")))[1][2].startswith("'=HYPERLINK")

    def test_of_an_organisation_is_words_in_a_sheet(self, desk: Client) -> None:
        OrganisationFactory.create(name_ru="=1+1", name_kk="", name_en="")
        cell = sheet(desk.get(address("xlsx")))["C2"]
        assert (cell.value, cell.data_type) == ("=1+1", "s")


class TestWho:
    def test_gets_the_rows_of_their_regions_alone(self) -> None:
        OrganisationFactory.create(region_id=ALMATY_CITY, place_id=ALMATY_CITY)
        own = OrganisationFactory.create()
        reviewer = UserFactory.create()
        staff.grant_role(
            reviewer, role=Role.REVIEWER, by=None, on=date(2020, 1, 1), regions=[ASTANA]
        )
        client = Browser()
        client.force_login(reviewer)
        found = lines(client.get(address("csv")))
        assert [line[0] for line in found[1:]] == [own.number]

    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_may_not_see_the_list_gets_no_file(self, kind: str) -> None:
        operator = staff_member(Role.OPERATOR)
        client = Browser()
        client.force_login(operator)
        assert client.get(address(kind)).status_code == 403

    def test_took_it_stands_in_the_log(self, desk: Client, auditor: User) -> None:
        OrganisationFactory.create()
        content(desk.get(address("csv"), {"status__exact": "active"}))
        entry = LogEntry.objects.get()
        assert entry.user == auditor
        assert entry.change_message == "export csv: 1 rows, filter status__exact=active"

    def test_posts_is_refused(self, desk: Client) -> None:
        assert desk.post(address("csv")).status_code == 403


def test_an_unknown_filter_is_told_on_the_list(desk: Client) -> None:
    answer = desk.get(address("csv"), {"nothing__here": "1"}, follow=True)
    assert answer.redirect_chain
    assert "names a filter that is not there" in answer.content.decode()


def test_more_rows_than_a_slice_take_no_more_queries(desk: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert len(lines(desk.get(address("csv")))) == Organisation.objects.count() + 1
        return len(seen)

    OrganisationFactory.create()
    asked()
    few = asked()
    for _ in range(1_200):
        OrganisationFactory.create()
    assert asked() == few


def test_the_list_links_to_its_files_with_its_filters(desk: Client) -> None:
    OrganisationFactory.create()
    page = desk.get(
        reverse("admin:registry_organisation_changelist"), {"status__exact": "active"}
    ).content.decode()
    assert "export/csv/?status__exact=active" in page
    assert "This list (1 row) as a file:" in page

"""The files of all awards: valid by the standard, exact, in slices, with nobody's number."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from grants.models import Award, AwardEvent
from grants.states import GRANTED, AwardEventKind, AwardState
from public.models import PublicAward
from public.open_data import files
from public.open_data.exact import exact
from tests.factories.grants import ApplicationFactory, AwardFactory
from tests.factories.past import PastAwardFactory
from tests.factories.registry import ASTANA, OrganisationFactory
from tests.public.granted import iin, placed, terminated
from tests.public.open_data.standard import faults

pytestmark = pytest.mark.django_db
JSON, CSV = "/api/v1/grants.json", "/api/v1/grants.csv"


def text_of(client: Client, address: str) -> str:
    answer: Any = client.get(address)
    assert answer.status_code == 200
    assert answer.streaming
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def package(client: Client) -> Any:
    return json.loads(text_of(client, JSON), parse_float=Decimal)


def table(client: Client) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of(client, CSV))))


def of(client: Client, award: Award) -> Any:
    held = {row["id"]: row for row in package(client)["grants"]}
    return held[f"360G-kzngo-{award.number}"]


def awards_of_every_kind() -> None:
    for state in (AwardState.ACTIVE, AwardState.SUSPENDED, AwardState.COMPLETED):
        AwardFactory.create(state=state)
    terminated(received=Decimal("1234567.89"))
    terminated(received=Decimal(0))
    AwardFactory.create(
        application=ApplicationFactory.create(
            state="awarded",
            organisation=OrganisationFactory.create(without_bin=True),
            title="Ж" * 300,
        )
    )
    placed(Award.objects.latest("pk"), ASTANA, "750000000")
    PastAwardFactory.create(
        identifier="360G-LBFEW-114001",
        recipient_identifier="GB-CHC-1136419",
        funder_identifier="GB-CHC-327114",
        funder_name="Lloyds Bank Foundation",
        programme="Enable South",
        currency="GBP",
        amount=Decimal(15000),
        starts_on=date(2015, 7, 1),
        ends_on=date(2016, 6, 30),
    )
    PastAwardFactory.create(identifier="№ 7/б", ends_on=date(2024, 12, 1), region_id=ASTANA)
    PastAwardFactory.create(identifier="№ 7/в", area_id="1", amount=Decimal(0))
    PastAwardFactory.create(organisation=OrganisationFactory.create(), amount=Decimal("0.01"))


class TestStandard:
    def test_the_whole_file_is_valid(self, client: Client) -> None:
        awards_of_every_kind()
        told = package(client)
        assert len(told["grants"]) == 10
        assert faults(told) == []

    def test_a_fault_would_be_found(self, client: Client) -> None:
        AwardFactory.create()
        told = package(client)
        told["grants"][0]["awardDate"] = "21.10.2026"
        told["grants"].append(dict(told["grants"][0], plannedDates=[{"startDate": "soon"}]))
        del told["grants"][0]["recipientOrganization"]
        assert len(faults(told)) >= 2

    def test_it_says_whose_it_is_and_what_may_be_done_with_it(self, client: Client) -> None:
        told = package(client)
        assert told["version"] == "1.4"
        assert told["license"] == "https://creativecommons.org/licenses/by/4.0/"
        assert told["publisher"]["name"]
        assert told["title"].startswith("TEST · ")
        assert 'rel="license"' in client.get(CSV).headers["Link"]
        assert told["grants"] == []

    def test_each_identifier_stands_once(self, client: Client) -> None:
        awards_of_every_kind()
        ids = [row["id"] for row in package(client)["grants"]]
        assert len(ids) == len(set(ids))
        assert "360G-LBFEW-114001" in ids
        assert not [one for one in ids if " " in one or "/" in one]


class TestGrant:
    def test_a_recipient_is_known_by_its_bin(self, client: Client) -> None:
        award = AwardFactory.create()
        (recipient,) = of(client, award)["recipientOrganization"]
        assert recipient["id"] == f"KZ-BIN-{award.organisation.bin}"
        assert recipient["url"].endswith(f"/organisations/{award.organisation.number}/")

    def test_without_bin_it_has_its_register_number_with_our_prefix(self, client: Client) -> None:
        row = OrganisationFactory.create(without_bin=True)
        award = AwardFactory.create(organisation=row)
        (recipient,) = of(client, award)["recipientOrganization"]
        assert recipient["id"] == f"360G-kzngo-{row.number}"

    def test_a_recipient_that_nobody_numbers_keeps_one_identifier(self, client: Client) -> None:
        PastAwardFactory.create(recipient_name="Фонд «Ёлка»")
        PastAwardFactory.create(recipient_name="фонд Елка")
        rows = package(client)["grants"]
        assert len({row["recipientOrganization"][0]["id"] for row in rows}) == 1
        assert {row["fundingOrganization"][0]["name"] for row in rows} == {"Не указан"}

    def test_it_has_its_money_dates_programme_and_places(self, client: Client) -> None:
        award = AwardFactory.create(amount=Decimal("5000000.50"))
        placed(award, ASTANA, "750000000")
        told = of(client, award)
        assert told["amountAwarded"] == Decimal("5000000.50")
        assert told["amountDisbursed"] == 0
        assert told["currency"] == "KZT"
        assert told["awardDate"] == "2026-10-21"
        assert told["plannedDates"] == [{"startDate": "2026-11-02", "endDate": "2027-06-01"}]
        assert told["grantProgramme"][0]["code"] == award.lot.call.programme.code
        places = {row["geoCode"]: row["countryCode"] for row in told["beneficiaryLocation"]}
        assert places == {ASTANA: "KZ", "750000000": "KZ"}
        assert told["classifications"][0]["code"] == "1"

    def test_of_a_terminated_one_what_was_paid_is_told(self, client: Client) -> None:
        award = terminated(received=Decimal(2_000_000))
        told = of(client, award)
        assert told["amountAwarded"] == told["amountDisbursed"] == 2_000_000

    @pytest.mark.parametrize("state", sorted(set(AwardState) - set(GRANTED)))
    def test_what_was_not_accepted_is_not_public(self, client: Client, state: str) -> None:
        AwardFactory.create(state=state)
        assert package(client)["grants"] == []
        assert table(client) == []

    def test_the_view_holds_the_states_that_are_granted(self) -> None:
        for state in AwardState:
            AwardFactory.create(state=state)
        assert {row.state for row in PublicAward.objects.all()} == set(GRANTED)

    def test_a_foreign_sum_stays_in_its_currency(self, client: Client) -> None:
        PastAwardFactory.create(currency="GBP", amount=Decimal(15000))
        (row,) = package(client)["grants"]
        assert (row["currency"], row["amountAwarded"]) == ("GBP", 15000)

    def test_an_amount_that_nobody_states_is_in_the_table_alone(self, client: Client) -> None:
        PastAwardFactory.create(amount=None)
        assert package(client)["grants"] == []
        (line,) = table(client)
        assert line["Amount Awarded"] == ""

    def test_no_personal_number_goes_out(self, client: Client) -> None:
        number = iin()
        AwardFactory.create(
            application=ApplicationFactory.create(
                state="awarded", title=f"Помощь {number}", summary=f"Для {number}."
            )
        )
        PastAwardFactory.create(
            title=f"ИИН {number}", recipient_name=f"Ахметов {number}", programme=number
        )
        assert number not in text_of(client, JSON)
        assert number not in text_of(client, CSV)


class TestTable:
    def test_it_holds_what_the_json_holds(self, client: Client) -> None:
        awards_of_every_kind()
        lines, grants = table(client), package(client)["grants"]
        assert [line["Identifier"] for line in lines] == [row["id"] for row in grants]
        assert [Decimal(line["Amount Awarded"]) for line in lines] == [
            row["amountAwarded"] for row in grants
        ]
        assert [line["Recipient Org:Identifier"] for line in lines] == [
            row["recipientOrganization"][0]["id"] for row in grants
        ]

    def test_no_cell_is_a_formula(self, client: Client) -> None:
        AwardFactory.create(application=ApplicationFactory.create(state="awarded", title="=1+1"))
        (line,) = table(client)
        assert line["Title"] == "'=1+1"


class TestStream:
    @pytest.mark.parametrize("address", [JSON, CSV])
    def test_more_rows_are_more_slices_and_no_more_queries(
        self, client: Client, address: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "SLICE", 10)
        counts = []
        for more in (5, 60):
            PastAwardFactory.create_batch(more, organisation=OrganisationFactory.create())
            AwardFactory.create()
            with CaptureQueriesContext(connection) as asked:
                text_of(client, address)
            counts.append(len(asked))
        assert counts[0] == counts[1]

    def test_it_goes_out_slice_by_slice(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "SLICE", 10)
        PastAwardFactory.create_batch(35)
        answer: Any = client.get(JSON)
        pieces = list(answer.streaming_content)
        # The head, four slices, the end.
        assert len(pieces) == 6
        assert max(piece.count(b'"awardDate"') for piece in pieces) == 10

    def test_who_has_the_newest_is_told_so(self, client: Client) -> None:
        award = AwardFactory.create()
        tag = client.get(JSON).headers["ETag"]
        assert client.get(JSON, headers={"if-none-match": tag}).status_code == 304
        AwardEvent.objects.create(
            award=award,
            kind=AwardEventKind.PAID,
            from_state="active",
            to_state="active",
            at=datetime(2026, 11, 5, tzinfo=UTC),
        )
        assert client.get(JSON, headers={"if-none-match": tag}).status_code == 200
        assert "max-age=300" in client.get(JSON).headers["Cache-Control"]

    def test_a_programmes_new_name_is_news(self, client: Client) -> None:
        award = AwardFactory.create()
        tag = client.get(JSON).headers["ETag"]
        programme = award.lot.call.programme
        programme.name_ru = "Новое имя"
        programme.save()
        assert client.get(JSON, headers={"if-none-match": tag}).status_code == 200


def test_a_sum_is_written_digit_by_digit() -> None:
    assert exact({"a": [Decimal("9999999999999.99"), Decimal("1E+3"), None]}) == (
        '{"a":[9999999999999.99,1000,null]}'
    )

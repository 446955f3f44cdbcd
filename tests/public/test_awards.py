"""Grants in public: whose are shown, how they are found, what they add up to."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from grants.states import AwardState
from public import awards as granted
from public.models import PublicAward
from tests.clients import Browser
from tests.factories.grants import ApplicationFactory, AwardFactory, ParticipantFactory
from tests.factories.past import PastAwardFactory
from tests.factories.registry import ASTANA, OrganisationFactory
from tests.public.granted import iin, placed, terminated

pytestmark = pytest.mark.django_db
ALMATY_CITY = "750000000"


def page(client: Browser, query: str = "", name: str = "awards", language: str = "ru") -> str:
    with translation.override(language):
        answer = client.get(reverse(name) + query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def titled(title: str, **fields: Any) -> Any:
    application = ApplicationFactory.create(state="awarded", title=title, **fields)
    return AwardFactory.create(application=application)


class TestList:
    @pytest.mark.parametrize("key", ["%00", "award:%00", "award:x", "past:99999999999"])
    def test_an_address_that_names_no_award_finds_all(self, client: Browser, key: str) -> None:
        award = AwardFactory.create()
        assert award.number in page(client, f"?after={key}")

    @pytest.mark.parametrize("state", [AwardState.OFFERED, AwardState.REFUSED])
    def test_what_was_not_accepted_is_not_shown(self, client: Browser, state: str) -> None:
        award = AwardFactory.create(state=state)
        assert award.number not in page(client)

    def test_awards_of_the_portal_and_of_files_stand_together(self, client: Browser) -> None:
        award, past = AwardFactory.create(), PastAwardFactory.create()
        shown = page(client)
        assert award.number in shown
        assert past.identifier in shown

    @pytest.mark.parametrize("language", ["kk", "ru", "en"])
    def test_an_ngo_is_found_in_each_language(self, client: Browser, language: str) -> None:
        one = AwardFactory.create(organisation=OrganisationFactory.create(name_kk="«Қайыр» қоры"))
        other = AwardFactory.create()
        shown = page(client, "?q=кайыр", language=language)
        assert one.number in shown
        assert other.number not in shown

    def test_words_find_bin_title_and_a_recipient_of_a_file(self, client: Browser) -> None:
        one = titled("Дом для сов")
        past = PastAwardFactory.create(recipient_name="Women's Aid")
        assert one.number in page(client, "?q=для сов")
        assert one.number in page(client, f"?q={one.organisation.bin}")
        assert one.number in page(client, f"?q={one.number.lower()}")
        shown = page(client, "?q=women")
        assert past.identifier in shown
        assert one.number not in shown

    def test_filters_narrow_it(self, client: Browser) -> None:
        one = AwardFactory.create()
        placed(one, ASTANA, ALMATY_CITY)
        past = PastAwardFactory.create(programme="Enable South", area_id="2")
        programme = one.lot.call.programme.code
        for query in ("year=2026", f"region={ASTANA}", "area=1", f"programme=ours:{programme}"):
            shown = page(client, f"?{query}")
            assert one.number in shown
            assert past.identifier not in shown
        for query in ("year=2024", "area=2", "programme=past:Enable South"):
            shown = page(client, f"?{query}")
            assert one.number not in shown
            assert past.identifier in shown
        assert one.number not in page(client, "?region=710000001&year=2024")

    def test_a_faulty_filter_finds_all(self, client: Browser) -> None:
        one = AwardFactory.create()
        for query in ("year=soon", "region=x", "programme=x", "area=x", "after=x", "q=%22"):
            assert one.number in page(client, f"?{query}")

    def test_a_year_ends_at_midnight_in_almaty(self) -> None:
        AwardFactory.create(awarded_at=datetime(2025, 12, 31, 20, tzinfo=UTC))
        assert PublicAward.objects.get().awarded_on == date(2026, 1, 1)
        assert PublicAward.objects.get().year == 2026

    def test_no_personal_number_is_shown(self, client: Browser) -> None:
        titled(f"Помощь {iin()}")
        PastAwardFactory.create(recipient_name=f"Ахметов {iin()}", title=iin(), programme=iin())
        assert iin() not in page(client)
        assert iin() not in page(client, "?year=2024", "grant_totals")

    def test_all_pages_hold_each_award_once(
        self, client: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(granted, "PAGE_SIZE", 3)
        for _ in range(4):
            AwardFactory.create()
        PastAwardFactory.create_batch(4)
        seen: list[str] = []
        query = client.get("/").wsgi_request.GET.copy()
        while True:
            cut = granted.page_of(PublicAward.objects.all(), query)
            seen += [row.pk for row in cut.awards]
            if not cut.after:
                break
            query["after"] = cut.after
        assert len(seen) == len(set(seen)) == 8
        query = query.copy()
        query.clear()
        query["before"] = seen[3]
        assert [row.pk for row in granted.page_of(PublicAward.objects.all(), query).awards] == seen[
            :3
        ]

    def test_counting_stops_at_the_cap(
        self, client: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(granted, "COUNT_CAP", 2)
        PastAwardFactory.create_batch(4)
        with translation.override("en"):
            assert "More than 2 awards" in page(client, language="en")

    def test_more_rows_take_no_more_queries(
        self, client: Browser, django_assert_num_queries: Any
    ) -> None:
        for _ in range(12):
            placed(AwardFactory.create(), ASTANA, ALMATY_CITY)
            PastAwardFactory.create(organisation=OrganisationFactory.create(), region_id=ASTANA)
        page(client)
        with django_assert_num_queries(8):
            page(client, "?q=фонд")


class TestTotals:
    def test_a_year_is_divided_by_its_participants(self, client: Browser) -> None:
        """Two of them, one with two registrations; those of other years are not counted."""
        one = ParticipantFactory.create()
        ParticipantFactory.create(
            organisation=one.organisation,
            from_on=date(2025, 6, 1),
            until_on=date(2026, 1, 11),
            state="left",
            ended_at=datetime(2026, 1, 12, tzinfo=UTC),
            ended_by=one.registered_by,
            end_reason="Renewed.",
        )
        ParticipantFactory.create(from_on=date(2024, 3, 1), until_on=date(2025, 2, 28))
        gone = ParticipantFactory.create(from_on=date(2025, 3, 1), until_on=date(2026, 2, 28))
        gone.state, gone.ended_at = "left", datetime(2025, 9, 1, tzinfo=UTC)
        gone.ended_by, gone.end_reason = gone.registered_by, "We stop."
        gone.save()
        AwardFactory.create(organisation=one.organisation, amount=Decimal(5_000_000))
        AwardFactory.create(amount=Decimal(3_400_000))
        (row,) = granted.by_year()
        # The factory of applications lets the second applicant take part too.
        assert (row["year"], row["participants"]) == (2026, 2)
        assert (row["granted"], row["each"]) == (Decimal(8_400_000), Decimal(4_200_000))
        shown = page(client, name="grant_totals", language="en")
        assert "4.2 million tenge a participant" in shown
        assert "8.4 million tenge" in shown

    def test_a_year_without_participants_says_no_share(self, client: Browser) -> None:
        PastAwardFactory.create()
        (row,) = granted.by_year()
        assert row["each"] is None
        assert "a participant</strong>" not in page(client, name="grant_totals", language="en")

    def test_of_a_terminated_award_what_was_paid_counts(self) -> None:
        terminated(received=Decimal(2_000_000))
        assert granted.by_year()[0]["granted"] == Decimal(2_000_000)

    def test_foreign_money_and_amounts_not_stated_are_counted_apart(self, client: Browser) -> None:
        PastAwardFactory.create(currency="GBP", amount=Decimal(7))
        PastAwardFactory.create(amount=None)
        PastAwardFactory.create(amount=Decimal(5))
        (row,) = granted.by_year()
        assert (row["awards"], row["granted"], row["uncounted"]) == (3, Decimal(5), 2)
        told = "because they are in another currency or state no amount: 2"
        assert told in page(client, name="grant_totals", language="en")
        assert told in page(client, language="en")

    def test_parts_of_a_year_sum_to_the_year(self) -> None:
        for regions in ([ASTANA], [ASTANA, ALMATY_CITY], []):
            placed(AwardFactory.create(), *regions)
        PastAwardFactory.create(region_id=ASTANA, awarded_on=date(2026, 2, 1), area_id="2")
        PastAwardFactory.create(awarded_on=date(2026, 2, 1))
        PastAwardFactory.create(awarded_on=date(2025, 2, 1))
        whole = granted.by_year()[0]
        for part in (granted.by_region(2026), granted.by_area(2026), granted.by_recipient(2026)):
            assert sum(row["granted"] for row in part) == whole["granted"]
            assert sum(row["awards"] for row in part) == whole["awards"] == 5
        held = {(row["code"], row["is_several"]): row["awards"] for row in granted.by_region(2026)}
        assert held == {(ASTANA, False): 2, ("", True): 1, ("", False): 2}

    def test_recipients_are_named_largest_first(self, client: Browser) -> None:
        small = AwardFactory.create(amount=Decimal(1_000_000))
        large = AwardFactory.create(amount=Decimal(9_000_000))
        rows = granted.by_recipient(2026)
        assert [row["organisation"] for row in rows] == [large.organisation, small.organisation]
        assert large.organisation.number in page(client, name="grant_totals")

    def test_a_year_is_chosen(self, client: Browser) -> None:
        AwardFactory.create()
        PastAwardFactory.create(recipient_name="Старый фонд")
        assert "Старый фонд" in page(client, "?year=2024", "grant_totals")
        assert "Старый фонд" not in page(client, "?year=nonsense", "grant_totals")

    @pytest.mark.parametrize("language", ["kk", "ru", "en"])
    def test_it_stands_before_the_first_award(self, client: Browser, language: str) -> None:
        page(client, name="grant_totals", language=language)
        page(client, language=language)

    def test_more_rows_take_no_more_queries(
        self, client: Browser, django_assert_num_queries: Any
    ) -> None:
        for _ in range(8):
            placed(AwardFactory.create(), ASTANA)
            PastAwardFactory.create(awarded_on=date(2026, 2, 1), area_id="2")
        page(client, name="grant_totals")
        with django_assert_num_queries(8):
            page(client, name="grant_totals")


class TestOrganisation:
    def test_its_page_shows_its_money(self, client: Browser) -> None:
        row = OrganisationFactory.create()
        terminated(received=Decimal(2_000_000), organisation=row)
        PastAwardFactory.create(organisation=row, amount=Decimal(777))
        AwardFactory.create(amount=Decimal(1_234_567))
        sums = {held["year"]: held for held in granted.of_organisation(row)}
        assert sums[2026]["granted"] == sums[2026]["received"] == Decimal(2_000_000)
        assert (sums[2024]["granted"], sums[2024]["received"]) == (Decimal(777), None)
        with translation.override("en"):
            shown = client.get(reverse("organisation", args=[row.number])).content.decode()
        assert "2,000,000\N{NO-BREAK SPACE}₸" in shown
        assert f"?q={row.number}" in shown
        assert "1,234,567" not in shown

    def test_what_was_merged_counts_with_the_one_that_was_kept(self, client: Browser) -> None:
        kept = OrganisationFactory.create()
        merged = OrganisationFactory.create(merged_into=kept)
        award = AwardFactory.create(organisation=merged)
        assert [row["granted"] for row in granted.of_organisation(kept)] == [award.amount]
        assert granted.of_organisation(merged) == []
        assert [row["organisation"] for row in granted.by_recipient(2026)] == [kept]
        assert award.number in page(client, f"?q={kept.number}")
        assert award.number in page(client, f"?q={merged.number}")

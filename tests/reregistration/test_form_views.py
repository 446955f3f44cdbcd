"""Filling a filing in over HTTP: the beginning, the sections, the check; saved as they type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from registry.calendar import ALMATY
from registry.models import Representative
from reregistration import filing, review
from reregistration.models import Declaration, Filing, Obligation
from reregistration.sections.table import FULL
from reregistration.states import FilingKind, FilingState, State
from tests.factories.accounts import UserFactory
from tests.factories.registry import ContactFactory, RepresentativeFactory
from tests.factories.reregistration import FilingFactory, ObligationFactory, obligation_in

pytestmark = pytest.mark.django_db

YEAR = {
    "employees": "1",
    "volunteers": "0",
    "activity_areas": ["1"],
    "income": "1 200 000",
    "spending": "0",
}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def owed(alice: User) -> Obligation:
    """The obligation of Alice's organisation, still due."""
    row: Obligation = ObligationFactory.create(
        due_on=datetime.now(tz=UTC).date().replace(year=2099)
    )
    RepresentativeFactory.create(organisation=row.organisation, user=alice)
    return row


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def address(name: str, owed: Obligation, *more: str) -> str:
    return reverse(name, args=[owed.organisation.number, owed.campaign.code, *more])


def text(response: HttpResponse | Any) -> str:
    return str(response.content.decode())


def fields_on(page: Any) -> int:
    """How many answers a page asks for: a group of buttons is one."""
    names = re.findall(r'<(?:input|select|textarea)(?![^>]*type="hidden")[^>]*name="(\w+)"', page)
    return len(set(names))


class TestBeginning:
    def test_looking_makes_no_draft(self, browser: Client, owed: Obligation) -> None:
        browser.get(address("filing_start", owed))
        browser.get(address("filing", owed))
        assert not Filing.objects.exists()

    def test_both_questions_are_asked(self, browser: Client, owed: Obligation) -> None:
        page = text(browser.post(address("filing_start", owed), {"asked": "True"}))
        assert 'href="#id_kind"' in page
        assert not Filing.objects.exists()

    @pytest.mark.parametrize(("size", "sections"), [("no", 2), ("yes", len(FULL))])
    def test_the_size_decides_on_the_form(
        self, browser: Client, owed: Obligation, size: str, sections: int
    ) -> None:
        answers = {"asked": "True", "kind": "details", "size": size}
        browser.post(address("filing_start", owed), answers)
        assert len(browser.get(address("filing", owed)).context["tasks"]) == sections

    def test_unchanged_is_offered_only_where_enough_is_known(
        self, browser: Client, owed: Obligation
    ) -> None:
        offered = 'value="unchanged"'
        assert offered not in text(browser.get(address("filing_start", owed)))
        ContactFactory.create(organisation=owed.organisation)
        assert offered in text(browser.get(address("filing_start", owed)))

    def test_unchanged_is_for_the_small_and_says_so(
        self, browser: Client, owed: Obligation
    ) -> None:
        ContactFactory.create(organisation=owed.organisation)
        answers = {"asked": "True", "kind": "unchanged", "size": "yes"}
        page = text(browser.post(address("filing_start", owed), answers))
        assert "is for small organisations" in page

    def test_the_answer_can_be_changed_and_keeps_what_was_typed(
        self, browser: Client, owed: Obligation
    ) -> None:
        draft = FilingFactory.create(obligation=owed)
        answers = {"asked": "True", "kind": "details", "size": "yes"}
        browser.post(address("filing_start", owed), answers)
        changed = Filing.objects.get()
        assert (changed.pk, changed.is_short, changed.email) == (draft.pk, False, draft.email)

    def test_where_nothing_can_be_filed_a_sentence_says_so(
        self, browser: Client, alice: User
    ) -> None:
        row = obligation_in(State.FULFILLED)
        RepresentativeFactory.create(organisation=row.organisation, user=alice)
        response = browser.post(address("filing_start", row), follow=True)
        assert "Nothing can be filed now" in text(response)

    def test_a_reader_files_nothing(self, browser: Client, alice: User, owed: Obligation) -> None:
        Representative.objects.filter(user=alice).update(role=Representative.Role.READER)
        assert browser.post(address("filing_start", owed)).status_code == 403
        assert not Filing.objects.exists()


class TestPaths:
    """How long is the way? Screens and answers, counted as a person meets them."""

    def _walk(self, browser: Client, owed: Obligation, typed: list[dict[str, Any]]) -> list[int]:
        """The answers asked for on each screen from the first question to the receipt."""
        counts = [fields_on(text(browser.get(address("filing_start", owed))))]
        response = browser.post(address("filing_start", owed), typed[0])
        for answers in typed[1:]:
            page = browser.get(response["Location"])
            counts.append(fields_on(text(page)))
            here = response["Location"].partition("?")[0]
            form = page.context.get("form")
            hidden = {name: form[name].value() for name in ("version", "revision")} if form else {}
            opened = {"revision": page.context.get("revision", 0)}
            response = browser.post(here, {**opened, **hidden, **answers})
        assert response["Location"].startswith(reverse("receipt", args=["F-0"])[:-4])
        return counts

    def test_nothing_has_changed_is_three_screens_and_five_answers(
        self, browser: Client, owed: Obligation
    ) -> None:
        ContactFactory.create(organisation=owed.organisation)
        figures = {name: YEAR[name] for name in ("employees", "volunteers", "income", "spending")}
        counts = self._walk(
            browser,
            owed,
            [
                {"asked": "True", "kind": "unchanged", "size": "no"},
                {"confirmed": "on"},
                figures,
                {"declared": "on"},
            ],
        )
        assert counts == [2, 0, 4, 1]
        filed = Filing.objects.get()
        assert (filed.kind, filed.incomplete) == (FilingKind.UNCHANGED, [])

    def test_the_short_form_is_three_screens_and_thirteen_answers(
        self, browser: Client, owed: Obligation
    ) -> None:
        basics = {
            "name_kk": "А",
            "name_ru": "Б",
            "address": "ул. Абая, д. 1",
            "head_name": "Өтегенов Ержан",
            "phone": "+7 701 123 45 67",
        }
        counts = self._walk(
            browser,
            owed,
            [
                {"asked": "True", "kind": "details", "size": "no"},
                basics,
                YEAR,
                {"declared": "on"},
            ],
        )
        assert counts == [2, 7, 5, 1]
        assert Filing.objects.get().incomplete == []

    @pytest.mark.parametrize(
        ("kind", "answers"),
        [
            ("closed", {"closed_on": "31.12.2025", "why": "Некому", "phone": "+77011234567"}),
            ("not_an_ngo", {"what": "party", "why": "Партия", "phone": "+77011234567"}),
        ],
    )
    def test_an_ending_is_two_screens_and_protects(
        self, browser: Client, owed: Obligation, kind: str, answers: dict[str, str]
    ) -> None:
        counts = self._walk(
            browser, owed, [{"asked": "True", "kind": kind}, answers, {"declared": "on"}]
        )
        assert len(counts) == 3
        filed = Filing.objects.get()
        assert (filed.kind, filed.incomplete) == (kind, [])
        owed.refresh_from_db()
        assert owed.state == State.FILED


class TestSection:
    @pytest.fixture(autouse=True)
    def draft(self, owed: Obligation) -> Filing:
        row: Filing = FilingFactory.create(obligation=owed, is_short=False)
        return row

    def _autosave(self, browser: Client, owed: Obligation, code: str, **typed: Any) -> str:
        headers = {"HX-Request": "true", "HX-Trigger": "section-form"}
        return text(browser.post(address("filing_section", owed, code), typed, headers=headers))

    @pytest.mark.parametrize("section", FULL, ids=lambda section: section.code)
    def test_each_page_stands(self, browser: Client, owed: Obligation, section: Any) -> None:
        page = text(browser.get(address("filing_section", owed, section.code) + "?complete"))
        assert page.count("<h1") == 1

    def test_one_that_the_form_does_not_have_is_not_there(
        self, browser: Client, owed: Obligation
    ) -> None:
        assert browser.get(address("filing_section", owed, "basics")).status_code == 404

    def test_what_reads_well_is_saved_beside_what_does_not(
        self, browser: Client, owed: Obligation, draft: Filing
    ) -> None:
        typed = {"business": "1 200 000", "state": "много", "grants-TOTAL_FORMS": "0"}
        page = text(browser.post(address("filing_section", owed, "income"), self._forms(typed)))
        draft.refresh_from_db()
        assert draft.income == Decimal(1_200_000)
        assert 'href="#id_state"' in page
        assert 'value="много"' in page

    @staticmethod
    def _forms(typed: dict[str, Any]) -> dict[str, Any]:
        return {"revision": "0", "grants-INITIAL_FORMS": "0", "grants-TOTAL_FORMS": "0", **typed}

    def test_typing_is_answered_with_the_sum_and_the_next_revision(
        self, browser: Client, owed: Obligation
    ) -> None:
        page = self._autosave(browser, owed, "income", **self._forms({"business": "1000"}))
        assert 'name="revision" id="section-revision" value="1"' in page
        assert "1,000\xa0₸" in page
        assert "Saved at" in page

    def test_the_button_that_was_pressed_before_is_no_press(
        self, browser: Client, owed: Obligation
    ) -> None:
        page = self._autosave(browser, owed, "income", **self._forms({"add_row": "grants"}))
        assert "<h1" not in page

    def test_adding_a_row_keeps_what_was_typed_unread_too(
        self, browser: Client, owed: Obligation
    ) -> None:
        typed = self._forms({"state": "много", "add_row": "grants"})
        page = text(browser.post(address("filing_section", owed, "income"), typed))
        assert 'value="много"' in page
        assert 'name="grants-0-donor"' in page

    def test_a_removed_row_is_not_saved_and_can_be_put_back(
        self, browser: Client, owed: Obligation, draft: Filing
    ) -> None:
        here = address("filing_section", owed, "income")
        typed = self._forms(
            {"grants-TOTAL_FORMS": "1", "grants-0-donor": "UN", "grants-0-amount": "5"}
        )
        page = text(browser.post(here, {**typed, "remove_row": "grants-0"}))
        assert 'value="grants-0"' in page
        draft.refresh_from_db()
        assert draft.details["income"]["grants"] == []
        gone = {**typed, "revision": "1", "grants-0-DELETE": "on"}
        browser.post(here, {**gone, "restore_row": "grants-0"})
        draft.refresh_from_db()
        assert draft.details["income"]["grants"][0]["donor"] == "UN"

    def test_no_more_than_fifty_rows(self, browser: Client, owed: Obligation) -> None:
        typed = self._forms({"grants-TOTAL_FORMS": "50", "add_row": "grants"})
        page = text(browser.post(address("filing_section", owed, "income"), typed))
        assert 'name="grants-49-donor"' in page
        assert 'name="grants-50-donor"' not in page

    def test_another_window_is_told_who_saved_and_what(
        self, browser: Client, owed: Obligation, draft: Filing
    ) -> None:
        bob = UserFactory.create(email="bob@ngo.example")
        RepresentativeFactory.create(organisation=owed.organisation, user=bob)
        here = address("filing_section", owed, "contacts")
        theirs = Client()
        theirs.force_login(bob)
        theirs.post(here, {"revision": "0", "tab": "b", "email": "bob@ngo.example"})
        mine = {"revision": "0", "tab": "a", "email": "mine@ngo.example"}
        page = text(browser.post(here, mine))
        assert f"{bob} saved this section in another window" in page
        assert "<dd>bob@ngo.example</dd>" in page
        assert 'value="mine@ngo.example"' in page
        draft.refresh_from_db()
        assert draft.email == "bob@ngo.example"
        browser.post(here, {**mine, "keep": "1", "next": "1"})
        draft.refresh_from_db()
        assert draft.email == "mine@ngo.example"

    def test_two_sections_do_not_hinder_each_other(
        self, browser: Client, owed: Obligation, draft: Filing
    ) -> None:
        browser.post(address("filing_section", owed, "contacts"), {"revision": "0", "phone": "77"})
        browser.post(
            address("filing_section", owed, "management"), {"revision": "0", "head_name": "Б"}
        )
        draft.refresh_from_db()
        assert draft.head_name == "Б"
        assert draft.details["contacts"] == {"website": "", "social_networks": ""}

    def test_a_different_name_is_explained_and_saved(
        self, browser: Client, owed: Obligation, draft: Filing
    ) -> None:
        page = self._autosave(browser, owed, "management", revision="0", head_name="Другой")
        assert "The register follows when the state registration does" in page
        draft.refresh_from_db()
        assert draft.head_name == "Другой"

    def test_its_queries_do_not_grow_with_its_rows(
        self,
        browser: Client,
        owed: Obligation,
        django_assert_max_num_queries: Any,
    ) -> None:
        rows = [{"type": "branch", "name": f"{n}", "place": "750000000"} for n in range(50)]
        Filing.objects.update(details={"branches": {"branches": rows}})
        with django_assert_max_num_queries(13):
            browser.get(address("filing_section", owed, "branches"))


class TestReturned:
    def test_a_returned_filing_opens_with_the_reasons_at_their_section(
        self, browser: Client, owed: Obligation, alice: User, at: datetime
    ) -> None:
        first = filing.submit(FilingFactory.create(obligation=owed), by=alice, at=at)
        reviewer = UserFactory.create()
        review.return_for_correction(
            first, reasons=["address_unclear", "other"], by=reviewer, at=at, note="Дом?"
        )
        browser.post(address("filing_start", owed))
        listed = browser.get(address("filing", owed))
        assert [len(task.reasons) for task in listed.context["tasks"]] == [1, 0]
        assert [reason.code for reason in listed.context["unplaced"]] == ["other"]
        page = text(browser.get(address("filing_section", owed, "basics")))
        assert "The address is not complete." in page
        assert "Дом?" in page


class TestSubmission:
    @pytest.fixture
    def draft(self, owed: Obligation) -> Filing:
        row: Filing = FilingFactory.create(obligation=owed)
        return row

    @staticmethod
    def declared(draft: Filing) -> dict[str, Any]:
        return {"version": draft.version, "revision": draft.revision, "declared": "on"}

    def test_without_the_declaration_nothing_is_filed(
        self, browser: Client, owed: Obligation, draft: Filing
    ) -> None:
        values = {**self.declared(draft), "declared": ""}
        page = text(browser.post(address("filing_submit", owed), values))
        assert "Tick the declaration" in page
        draft.refresh_from_db()
        assert draft.state == FilingState.DRAFT

    def test_it_leads_to_a_receipt_with_number_moment_and_fingerprint(
        self, browser: Client, owed: Obligation, draft: Filing
    ) -> None:
        response = browser.post(address("filing_submit", owed), self.declared(draft), follow=True)
        draft.refresh_from_db()
        page = text(response)
        assert draft.number
        assert draft.number in page
        assert draft.sha256 in page
        assert draft.submitted_at
        assert f"{draft.submitted_at.astimezone(ALMATY):%H:%M:%S}" in page

    def test_a_second_click_gets_the_same_receipt(
        self, browser: Client, owed: Obligation, draft: Filing
    ) -> None:
        first = browser.post(address("filing_submit", owed), self.declared(draft))
        second = browser.post(address("filing_submit", owed), self.declared(draft))
        assert first["Location"] == second["Location"]
        assert Filing.objects.count() == 1

    def test_the_moment_is_the_requests_arrival(
        self,
        browser: Client,
        owed: Obligation,
        draft: Filing,
        at: datetime,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("config.arrival.timezone.now", lambda: at)
        browser.post(address("filing_submit", owed), self.declared(draft))
        draft.refresh_from_db()
        assert draft.submitted_at == at

    def test_a_draft_changed_meanwhile_is_read_again_first(
        self, browser: Client, owed: Obligation, draft: Filing, alice: User, at: datetime
    ) -> None:
        values = self.declared(draft)
        filing.save(draft, {"employees": 99}, revision=draft.revision, by=alice, at=at)
        response = browser.post(address("filing_submit", owed), values, follow=True)
        assert "The draft was changed meanwhile" in text(response)
        draft.refresh_from_db()
        assert draft.state == FilingState.DRAFT

    def test_another_wording_is_read_first(
        self, browser: Client, owed: Obligation, draft: Filing
    ) -> None:
        values = {**self.declared(draft), "declaration": "1"}
        Declaration.objects.create(
            version=2,
            text_kk="к",
            text_ru="р",
            text_en="e",
            effective_from_at=datetime(2026, 2, 1, tzinfo=UTC),
        )
        browser.post(address("filing_submit", owed), values)
        draft.refresh_from_db()
        assert draft.state == FilingState.DRAFT

    def test_what_is_missing_is_named_with_links(
        self, browser: Client, owed: Obligation, draft: Filing
    ) -> None:
        Filing.objects.filter(pk=draft.pk).update(income=None)
        page = text(browser.get(address("filing_submit", owed)))
        assert f'href="{address("filing_section", owed, "year")}?complete"' in page
        assert "Submit as it is" in page

    def test_incomplete_it_is_filed_only_as_it_is(
        self, browser: Client, owed: Obligation, draft: Filing
    ) -> None:
        Filing.objects.filter(pk=draft.pk).update(income=None)
        browser.post(address("filing_submit", owed), self.declared(draft))
        draft.refresh_from_db()
        assert draft.state == FilingState.DRAFT
        values = {**self.declared(draft), "as_it_is": "1"}
        page = text(browser.post(address("filing_submit", owed), values, follow=True))
        draft.refresh_from_db()
        assert (draft.state, draft.incomplete) == (FilingState.SUBMITTED, ["income"])
        assert "Missing when it was submitted" in page

    def test_a_senseless_version_finds_nothing(self, browser: Client, owed: Obligation) -> None:
        values = {"version": "x", "revision": "1", "declared": "on"}
        assert browser.post(address("filing_submit", owed), values).status_code == 404


class TestStranger:
    """Charlie is signed in and represents another organisation."""

    @pytest.fixture
    def stranger(self, client: Client, charlie: User) -> Client:
        RepresentativeFactory.create(user=charlie)
        client.force_login(charlie)
        return client

    @pytest.mark.parametrize(
        ("name", "more"),
        [
            ("filing_start", ()),
            ("filing", ()),
            ("filing_submit", ()),
            ("filing_section", ("year",)),
        ],
    )
    def test_finds_nothing_and_sends_nothing(
        self, stranger: Client, owed: Obligation, name: str, more: tuple[str, ...]
    ) -> None:
        draft = FilingFactory.create(obligation=owed)
        here = address(name, owed, *more)
        assert stranger.get(here).status_code == 404
        values = {"version": 1, "revision": 0, "declared": "on", "employees": "7"}
        assert stranger.post(here, values).status_code == 404
        assert Filing.objects.filter(pk=draft.pk, state=FilingState.DRAFT, employees=2).exists()

    @pytest.mark.parametrize("name", ["filing_start", "filing", "filing_submit"])
    def test_a_visitor_is_asked_to_sign_in(
        self, client: Client, owed: Obligation, name: str
    ) -> None:
        assert reverse("account_login") in client.get(address(name, owed))["Location"]

"""The pages of an organisation's people, as a phone opens them; a stranger finds none of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from accounts.models import User
from grants import applications, checks
from grants.models import Application, Call, CallQuestion
from grants.states import Exclusion, FormalGround, FormalOutcome
from registry.models import Organisation
from tests.clients import Browser
from tests.factories.accounts import UserFactory
from tests.factories.files import PDF
from tests.factories.grants import ApplicationFactory, CallFactory
from tests.factories.registry import (
    ClaimFactory,
    OrganisationFactory,
    RepresentativeFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def call(call: Call) -> Call:
    """It takes applications now."""
    call.opens_at = timezone.now() - timedelta(days=1)
    call.closes_at = timezone.now() + timedelta(days=20)
    call.save(update_fields=["opens_at", "closes_at"])
    return call


@pytest.fixture
def organisation(organisation: Organisation) -> Organisation:
    """Its participation runs today."""
    today = timezone.localdate()
    organisation.participations.update(
        from_on=today - timedelta(days=5), until_on=today + timedelta(days=300)
    )
    return organisation


@pytest.fixture
def draft(draft: Application, call: Call) -> Application:
    """Its project is to come."""
    begins = timezone.localdate() + timedelta(days=60)
    Application.objects.update(starts_on=begins, ends_on=begins + timedelta(days=200))
    draft.refresh_from_db()
    return draft


def here(name: str, *arguments: Any) -> str:
    with translation.override("en"):
        return reverse(name, args=arguments)


def text(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


class TestTakingPart:
    def test_a_person_registers_with_eight_ticks(self, browser: Browser, alice: User) -> None:
        organisation = RepresentativeFactory.create(user=alice).organisation
        page = here("grants_join", organisation.number)
        assert "This is not the case" in text(browser.get(page))
        seven = browser.post(page, {"clear_of": Exclusion.values[:7]})
        assert "Tick all eight" in text(seven)
        browser.post(page, {"clear_of": Exclusion.values})
        assert organisation.participations.get().state == "active"
        shown = text(browser.get(here("grants", organisation.number)))
        assert organisation.participations.get().number in shown

    def test_a_reason_against_stands_in_place_of_the_form(
        self, browser: Browser, alice: User
    ) -> None:
        organisation = RepresentativeFactory.create(
            user=alice, organisation__status="suspended"
        ).organisation
        shown = text(browser.get(here("grants_join", organisation.number)))
        assert "activity of the organisation is suspended" in shown
        assert "Declare and register" not in shown
        explained = text(browser.get(here("grants_reasons", organisation.number)))
        assert "article 6-1" in explained
        assert "Nothing is paid until this is cured" in explained

    def test_a_person_leaves(self, browser: Browser, organisation: Organisation) -> None:
        page = here("grants_leave", organisation.number)
        assert "taken off the register" in text(browser.get(page))
        browser.post(page, {"reason": "We stop."})
        assert organisation.participations.get().end_reason == "We stop."


class TestCalls:
    def test_the_limits_are_told_in_tenge(
        self, browser: Browser, organisation: Organisation, call: Call
    ) -> None:
        shown = text(browser.get(here("grants_call", organisation.number, call.number)))
        assert "2,162,500" in shown
        assert "12,975,000" in shown

    def test_a_question_is_asked_and_read_once_answered(
        self, browser: Browser, organisation: Organisation, call: Call
    ) -> None:
        page = here("grants_call", organisation.number, call.number)
        browser.post(page, {"text": "May we buy a bus?"})
        asked = CallQuestion.objects.get()
        assert "May we buy a bus?" not in text(browser.get(page))
        CallQuestion.objects.update(
            question_kk="К", question_ru="Можно автобус?", answer_kk="Ж", answer_ru="Нет.",
            answered_by=UserFactory.create(), published_at=asked.at,
        )  # fmt: skip
        shown = text(browser.get(page))
        assert "Можно автобус?" in shown
        assert "Нет." in shown

    def test_a_draft_of_the_ministry_is_not_there(
        self, browser: Browser, organisation: Organisation
    ) -> None:
        secret = CallFactory.create(draft=True)
        page = here("grants_call", organisation.number, secret.number)
        assert browser.get(page).status_code == 404

    def test_an_application_begins_with_a_press(
        self, browser: Browser, organisation: Organisation, call: Call
    ) -> None:
        begin = here("grants_begin", organisation.number, call.number, 1)
        assert browser.get(begin).status_code == 405
        for _ in range(2):
            browser.post(begin)
        assert organisation.grant_applications.get().state == "draft"


class TestWriting:
    def test_what_is_typed_is_saved(self, browser: Browser, draft: Application) -> None:
        page = at_page("grants_application", draft)
        assert "section-form" in text(browser.get(page))
        answer = browser.post(
            page,
            {"revision": "1", "language": "kk", "title": "Жаңа", "starts_on": "31.13.2026"},
            headers={"HX-Trigger": "section-form"},
        )
        assert answer["HX-Trigger"] == "filing-saved"
        assert "but for what is named" in text(answer)
        draft.refresh_from_db()
        assert (draft.title, draft.language, draft.revision) == ("Жаңа", "kk", 2)
        # What could not be read stays as it was.
        assert draft.starts_on == timezone.localdate() + timedelta(days=60)

    def test_another_windows_save_is_told(self, browser: Browser, draft: Application) -> None:
        page = at_page("grants_application", draft)
        answer = browser.post(
            page, {"revision": "7", "title": "x"}, headers={"HX-Trigger": "section-form"}
        )
        assert "another window" in text(answer)
        assert "HX-Trigger" not in answer

    def test_the_budget_is_written_row_by_row(self, browser: Browser, draft: Application) -> None:
        page = at_page("grants_budget", draft)
        assert "5,000,000" in text(browser.get(page))
        typed = rows(
            ("pay", "Coordinator", "10", "400 000"), ("equipment", "Laptop", "1", "300000")
        )
        more = text(browser.post(page, {**typed, "add": "1"}))
        assert 'name="line-2-category"' in more
        assert "Laptop" in more
        browser.post(page, {**typed, "revision": "1", "save": "1"})
        draft.refresh_from_db()
        assert draft.amount == 4_300_000
        removed = {**typed, "revision": "2", "save": "1", "line-1-DELETE": "on"}
        browser.post(page, removed)
        draft.refresh_from_db()
        assert draft.amount == 4_000_000

    def test_a_line_that_does_not_read_is_named(self, browser: Browser, draft: Application) -> None:
        page = at_page("grants_budget", draft)
        typed = rows(("pay", "Coordinator", "ten", "400000"))
        assert "Line 1, Quantity" in text(browser.post(page, {**typed, "revision": "1"}))

    def test_a_paper_is_attached_read_and_removed(
        self, browser: Browser, draft: Application, charlie: User
    ) -> None:
        page = at_page("grants_papers", draft)
        browser.post(page, {"kind": "plan", "file": SimpleUploadedFile("plan.pdf", PDF)})
        paper = draft.papers.select_related("file").get()
        assert "plan.pdf" in text(browser.get(page))
        address = here("grants_paper", paper.file.key)
        answer: Any = browser.get(address)
        assert b"".join(answer.streaming_content) == PDF
        stranger = Browser()
        stranger.force_login(charlie, backend="accounts.backends.RoleBackend")
        assert stranger.get(address).status_code == 404
        browser.post(page, {"remove": str(paper.pk)})
        assert not draft.papers.exists()


class TestHandingIn:
    def test_what_is_missing_is_named_and_the_button_is_not_there(
        self, browser: Browser, draft: Application
    ) -> None:
        Application.objects.update(title="")
        shown = text(browser.get(at_page("grants_submit", draft)))
        assert "Not filled in: title of the project" in shown
        assert "Declaration" not in shown

    def test_it_is_handed_in_twice_pressed_with_one_receipt(
        self, browser: Browser, draft: Application
    ) -> None:
        page = at_page("grants_submit", draft)
        assert "Declaration" in text(browser.get(page))
        for _ in range(2):
            answer = browser.post(page, {"revision": "1", "clear_of": Exclusion.values})
            assert answer.status_code == 302
        draft.refresh_from_db()
        assert draft.events.filter(to_state="submitted").count() == 1
        shown = text(browser.get(at_page("grants_application", draft)))
        assert draft.sha256 in shown
        receipt: Any = browser.get(at_page("grants_receipt", draft))
        content = b"".join(receipt.streaming_content) if receipt.streaming else receipt.content
        assert content.startswith(b"%PDF")

    def test_it_is_withdrawn(self, browser: Browser, draft: Application) -> None:
        page = at_page("grants_submit", draft)
        browser.post(page, {"revision": "1", "clear_of": Exclusion.values})
        browser.post(at_page("grants_withdraw", draft), {"reason": "Too early."})
        draft.refresh_from_db()
        assert draft.state == "withdrawn"
        assert "Too early." in text(browser.get(at_page("grants_application", draft)))

    def test_after_the_end_the_draft_stays(self, browser: Browser, draft: Application) -> None:
        Call.objects.update(closes_at=timezone.now())
        page = at_page("grants_submit", draft)
        answer = browser.post(page, {"revision": "1", "clear_of": Exclusion.values})
        assert "stays as a draft" in text(answer)


class TestReturned:
    @pytest.fixture
    def returned(self, draft: Application, alice: User) -> Application:
        applications.submit(draft, clear_of=Exclusion.values, by=alice, at=timezone.now())
        closed = timezone.now() - timedelta(hours=1)
        Call.objects.update(state="closed", closes_at=closed, opens_at=closed - timedelta(days=9))
        checks.check(
            draft,
            FormalOutcome.RETURN,
            grounds=[FormalGround.PAPERS],
            words="The plan is missing.",
            by=UserFactory.create(),
            at=timezone.now(),
        )
        draft.refresh_from_db()
        return draft

    @pytest.mark.parametrize(
        "name", ["grants_application", "grants_budget", "grants_papers", "grants_submit"]
    )
    def test_why_and_until_when_stand_on_each_of_its_pages(
        self, browser: Browser, returned: Application, name: str
    ) -> None:
        shown = text(browser.get(at_page(name, returned)))
        assert "The plan is missing." in shown
        assert "A paper is missing or cannot be read" in shown
        assert returned.correct_by_on is not None
        with translation.override("en"):
            assert f"again by {date_format(returned.correct_by_on)}" in shown
        assert "Applications are taken until" not in shown

    def test_not_admitted_it_says_why_and_what_was_written(
        self, browser: Browser, returned: Application
    ) -> None:
        Application.objects.update(state="rejected")
        shown = text(browser.get(at_page("grants_application", returned)))
        assert "The plan is missing." in shown
        assert returned.activities in shown

    def test_a_cancelled_call_is_told(self, browser: Browser, returned: Application) -> None:
        Application.objects.update(state="submitted")
        Call.objects.update(state="cancelled")
        assert "call was cancelled" in text(browser.get(at_page("grants_application", returned)))


OWN = ["grants_application", "grants_budget", "grants_papers", "grants_submit"]
OF_HANDED_IN = ["grants_withdraw", "grants_receipt"]


class TestStrangers:
    @pytest.mark.parametrize("who", ["stranger", "claimant"])
    def test_nobody_else_finds_anything(self, who: str, draft: Application) -> None:
        person, client = UserFactory.create(), Browser()
        if who == "claimant":
            ClaimFactory.create(organisation=draft.organisation, user=person)
        client.force_login(person, backend="accounts.backends.RoleBackend")
        pages = [at_page(name, draft) for name in (*OWN, *OF_HANDED_IN)] + [
            here(name, draft.organisation.number)
            for name in ("grants", "grants_reasons", "grants_join", "grants_leave")
        ]
        assert {client.get(page).status_code for page in pages} == {404}

    def test_another_organisations_number_does_not_open_it(
        self, browser: Browser, alice: User
    ) -> None:
        RepresentativeFactory.create(user=alice)
        own = alice.representations.get().organisation
        other = ApplicationFactory.create(organisation=OrganisationFactory.create())
        for name in OWN:
            assert browser.get(here(name, own.number, other.pk)).status_code == 404

    def test_a_reader_reads_and_writes_nothing(self, draft: Application) -> None:
        person, client = UserFactory.create(), Browser()
        RepresentativeFactory.create(organisation=draft.organisation, user=person, role="reader")
        client.speak("en")
        client.force_login(person, backend="accounts.backends.RoleBackend")
        shown = text(client.get(at_page("grants_application", draft)))
        assert "section-form" not in shown
        for name in ("grants_budget", "grants_papers", "grants_submit"):
            assert client.get(at_page(name, draft)).status_code == 403

    def test_without_an_account_one_signs_in(self, draft: Application, client: Browser) -> None:
        answer = client.get(here("grants", draft.organisation.number))
        assert answer.status_code == 302
        assert "login" in answer["Location"]


def test_the_overview_takes_as_many_queries_for_many_applications(
    browser: Browser, draft: Application, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        ApplicationFactory.create(
            organisation=draft.organisation, lot=CallFactory.create().lots.get()
        )
    page = here("grants", draft.organisation.number)
    browser.get(page)
    with django_assert_max_num_queries(16):
        browser.get(page)


def at_page(name: str, row: Application) -> str:
    return here(name, row.organisation.number, row.pk)


def rows(*lines: tuple[str, str, str, str]) -> dict[str, str]:
    typed = {"line-TOTAL_FORMS": str(len(lines)), "line-INITIAL_FORMS": "0"}
    for place, line in enumerate(lines):
        for name, value in zip(("category", "name", "quantity", "unit_price"), line, strict=True):
            typed[f"line-{place}-{name}"] = value
    return typed

"""The helpline sees what the organisation sees, writes calls down, and decides nothing."""

from __future__ import annotations

import html
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import staff
from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import PERMISSIONS, Role
from notices import claims
from notices.models import Dispatch, DispatchDecision
from notices.states import DispatchState
from registry.ledger import commitment
from reregistration import calls
from reregistration.models import CallNote, Obligation
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.paper import typed
from tests.factories.registry import (
    ContactFactory,
    OrganisationFactory,
    RepresentativeFactory,
)
from tests.factories.reregistration import FilingFactory, ObligationFactory
from tests.reregistration.desk import list_of, page_of, queries, rows_of, signed_in, told, verb_of

pytestmark = pytest.mark.usefixtures("db", "in_english")
# What decides, or changes what others decided.
DECIDES = ("review", "decide", "confirm", "sign", "manage", "grant", "change", "delete", "merge")


@pytest.fixture
def helper(db: None) -> User:
    return staff_member(Role.HELPLINE)


@pytest.fixture
def desk(helper: User) -> Client:
    return signed_in(helper)


def elsewhere() -> Client:
    user = UserFactory.create()
    staff.grant_role(user, role=Role.HELPLINE, by=None, on=date(2020, 1, 1), regions=["000000000"])
    return signed_in(user)


def test_the_table_gives_the_helpline_nothing_that_decides() -> None:
    codes = {code.partition(".")[2] for code in PERMISSIONS[Role.HELPLINE]}
    assert [code for code in codes if code.startswith(DECIDES)] == []
    beyond = {code for code in codes if not code.startswith("view_")}
    assert beyond == {
        "answer_question",
        "log_call",
        "resend_code",
        "see_as_organisation",
        # A role of one's own, as everybody.
        "add_delegation",
        "end_delegation",
    }


class TestAsTheOrganisationSeesIt:
    def test_what_a_clerk_types_in_from_a_paper_is_not_the_organisations_draft(
        self, desk: Client
    ) -> None:
        row = typed()
        seen = desk.get(verb_of(row.obligation, "as-seen"))
        assert seen.context["draft"] is None

    def test_its_words_are_those_of_the_organisations_own_page(self, desk: Client) -> None:
        filing = FilingFactory.create(submitted=True)
        row = filing.obligation
        user = UserFactory.create()
        RepresentativeFactory.create(user=user, organisation=row.organisation)
        own = signed_in(user).get(
            reverse("obligation", args=[row.organisation.number, row.campaign.code])
        )
        seen = desk.get(verb_of(row, "as-seen"))
        for name in ("step", "ahead", "timeline", "returned", "certified"):
            assert seen.context[name] == own.context[name], name
        page = seen.content.decode()
        assert own.context["step"].words in html.unescape(page)
        assert str(filing.number) in page

    def test_a_mark_that_was_not_served_is_not_told(self, desk: Client) -> None:
        row = ObligationFactory.create(marked=True)
        page = desk.get(verb_of(row, "as-seen"))
        assert page.context["step"].state == "overdue"

    def test_a_draft_says_how_far_it_is(self, desk: Client) -> None:
        row = FilingFactory.create().obligation
        assert desk.get(verb_of(row, "as-seen")).context["tasks"]

    def test_nothing_is_done_by_it(self, desk: Client) -> None:
        row = ObligationFactory.create()
        page = desk.post(verb_of(row, "as-seen"), follow=True)
        assert told(page) == ["This page is to read alone."]

    def test_it_is_seen_in_ones_regions_alone(self) -> None:
        row = ObligationFactory.create()
        for verb in ("as-seen", "log-call", "resend-code"):
            assert elsewhere().get(verb_of(row, verb)).status_code == 404

    def test_it_takes_as_many_queries_for_ten_calls_as_for_one(
        self, desk: Client, helper: User, at: datetime
    ) -> None:
        row = ObligationFactory.create()
        address = verb_of(row, "as-seen")
        log(row, helper, at, said="0")
        few = queries(desk, address)
        for number in range(1, 10):
            log(row, helper, at, said=str(number))
        assert queries(desk, address) == few


def log(row: Obligation, by: User, at: datetime, **changed: object) -> CallNote:
    given = {"caller": "Асель, бухгалтер", "about": ["due_date"], "said": "Какой срок?", **changed}
    return calls.log(row.organisation, by=by, at=at, **given)  # type: ignore[arg-type]


class TestCalls:
    def test_a_second_click_is_no_second_call_and_the_same_words_next_day_are(
        self, helper: User
    ) -> None:
        row, at = ObligationFactory.create(), timezone.now()
        given: dict[str, Any] = {"caller": "Асель", "about": ["due_date"], "said": "Какой срок?"}
        first = calls.log(row.organisation, by=helper, at=at, **given)
        assert (
            calls.log(row.organisation, by=helper, at=at + timedelta(seconds=2), **given) == first
        )
        calls.log(row.organisation, by=helper, at=at + timedelta(days=1), **given)
        assert CallNote.objects.count() == 2

    def test_its_page_names_the_organisation(self, desk: Client) -> None:
        row = ObligationFactory.create()
        said = desk.get(verb_of(row, "log-call")).content.decode()
        assert f"{row.organisation.number} · " in said
        assert str(row) not in said

    def test_a_call_is_logged_on_the_page_of_the_obligation(
        self, desk: Client, helper: User
    ) -> None:
        row = ObligationFactory.create()
        given = {"caller": "Асель", "about": ["sign_in", "due_date"], "said": "Какой срок?"}
        page = desk.post(verb_of(row, "log-call"), given, follow=True)
        assert told(page) == ["The call is logged."]
        call = CallNote.objects.get()
        assert (call.organisation, call.by) == (row.organisation, helper)
        assert call.about == ["due_date", "sign_in"]
        assert (call.words.caller, call.words.said) == ("Асель", "Какой срок?")

    def test_the_line_holds_a_commitment_to_its_words(self, helper: User, at: datetime) -> None:
        call = log(ObligationFactory.create(), helper, at)
        words = call.words
        said = f"{words.caller}\n{words.said}"
        assert call.words_hash == commitment(said, bytes(words.salt))

    def test_two_clicks_are_one_call(self, helper: User, at: datetime) -> None:
        row = ObligationFactory.create()
        assert log(row, helper, at) == log(row, helper, at)

    @pytest.mark.parametrize(
        "missing", [{"caller": " "}, {"said": ""}, {"about": []}, {"about": ["weather"]}]
    )
    def test_a_call_says_who_and_what(
        self, helper: User, at: datetime, missing: dict[str, object]
    ) -> None:
        with pytest.raises(Refused):
            log(ObligationFactory.create(), helper, at, **missing)

    def test_the_list_and_its_rows_are_of_ones_regions(
        self, desk: Client, helper: User, at: datetime
    ) -> None:
        call = log(ObligationFactory.create(), helper, at)
        assert rows_of(desk.get(list_of(CallNote))) == [call]
        assert "Какой срок?" in desk.get(page_of(call)).content.decode()
        assert rows_of(elsewhere().get(list_of(CallNote))) == []
        assert elsewhere().get(page_of(call)).status_code == 404

    def test_the_list_takes_as_many_queries_for_ten_as_for_one(
        self, desk: Client, helper: User, at: datetime
    ) -> None:
        log(ObligationFactory.create(), helper, at)
        few = queries(desk, list_of(CallNote))
        for _ in range(9):
            log(ObligationFactory.create(), helper, at)
        assert queries(desk, list_of(CallNote)) == few


class TestCodes:
    @pytest.fixture
    def letter(self) -> Dispatch:
        organisation = OrganisationFactory.create()
        ContactFactory.create(organisation=organisation, value="office@ngo.example")
        made = claims.ask_code(organisation, by=UserFactory.create(), at=timezone.now())
        ObligationFactory.create(organisation=organisation)
        Dispatch.objects.filter(notice=made).update(state=DispatchState.SENT, sent_at=made.made_at)
        return Dispatch.objects.get(notice=made)

    def test_it_is_sent_again_and_never_shown(self, desk: Client, letter: Dispatch) -> None:
        address = verb_of(Obligation.objects.get(), "resend-code")
        page = desk.get(address).content.decode()
        code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", letter.notice.text.body)
        assert "o***@ngo.example" in page
        assert "office@ngo.example" not in page
        given = {"dispatch": letter.pk, "reason": "Звонила директор"}
        after = desk.post(address, given, follow=True)
        assert told(after) == ["The letter is sent again."]
        assert DispatchDecision.objects.get().dispatch == letter
        assert code
        assert code[0] not in page + after.content.decode()

    def test_where_no_letter_can_be_sent_the_page_says_so_and_sends_nothing(
        self, desk: Client
    ) -> None:
        said = desk.get(verb_of(ObligationFactory.create(), "resend-code")).content.decode()
        assert "No letter with a code that can still be used" in said
        assert 'name="reason"' not in said

    def test_a_letter_of_another_organisation_is_no_choice(
        self, desk: Client, letter: Dispatch
    ) -> None:
        other = ObligationFactory.create()
        given = {"dispatch": letter.pk, "reason": "Звонок"}
        page = desk.post(verb_of(other, "resend-code"), given)
        assert page.context["form"].errors["dispatch"]
        assert not DispatchDecision.objects.exists()

    def test_the_right_to_manage_sending_is_not_needed_and_not_given(self) -> None:
        assert "notices.manage_sending" not in PERMISSIONS[Role.HELPLINE]

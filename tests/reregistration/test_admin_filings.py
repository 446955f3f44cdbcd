"""The reviewer's list and page, and the two decisions, over HTTP."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client

from accounts import staff
from accounts.models import User
from accounts.roles import Role
from registry.models import Contact
from registry.states import SignKind
from reregistration import filing as filing_verbs
from reregistration.models import Filing, Obligation, Review
from reregistration.states import Decision, FilingState, State
from tests.concurrency import one_behind_the_other, together
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.registry import ContactFactory, OrganisationFactory, SignOfLifeFactory
from tests.factories.reregistration import FilingFactory, ObligationFactory, clean_filing
from tests.reregistration.desk import list_of, page_of, queries, rows_of, signed_in, told, verb_of

ALMATY_CITY = "750000000"
ASTANA = "710000000"


@pytest.fixture
def reviewer(db: None) -> User:
    return staff_member(Role.REVIEWER, email="reviewer@ministry.example")


@pytest.fixture
def desk(reviewer: User) -> Client:
    return signed_in(reviewer)


def waiting(**fields: object) -> Filing:
    """A submitted filing that names nobody new: the register holds its e-mail, phone and head."""
    filing = FilingFactory.create(submitted=True, **fields)
    organisation = filing.obligation.organisation
    ContactFactory.create(organisation=organisation, value=filing.email)
    ContactFactory.create(organisation=organisation, kind=Contact.Kind.PHONE, value=filing.phone)
    return filing


def waiting_in(region: str) -> Filing:
    organisation = OrganisationFactory.create(region_id=region, place_id=region)
    obligation = ObligationFactory.create(filed=True, organisation=organisation)
    return waiting(obligation=obligation)


def state_of(filing: Filing) -> str:
    return Filing.objects.get(pk=filing.pk).state


class TestAccept:
    def test_accepting_fulfils_the_obligation(self, desk: Client) -> None:
        filing = waiting()
        desk.post(verb_of(filing, "accept"))
        assert Obligation.objects.get(pk=filing.obligation_id).state == State.FULFILLED

    def test_it_is_the_reviewers_decision(self, desk: Client, reviewer: User) -> None:
        filing = waiting()
        desk.post(verb_of(filing, "accept"))
        assert Review.objects.get(filing=filing).by == reviewer

    def test_it_ends_on_the_list_with_a_message(self, desk: Client) -> None:
        filing = waiting()
        response = desk.post(verb_of(filing, "accept"), follow=True)
        assert response.redirect_chain == [(list_of(Filing), 302)]
        assert told(response) == [f"{filing.number} is accepted."]

    def test_opening_the_address_changes_nothing(self, desk: Client) -> None:
        filing = waiting()
        assert desk.get(verb_of(filing, "accept")).status_code == 200
        assert state_of(filing) == FilingState.SUBMITTED

    def test_a_post_without_token_is_refused(self, reviewer: User) -> None:
        filing = waiting()
        client = Client(enforce_csrf_checks=True)
        client.force_login(reviewer, backend="accounts.backends.RoleBackend")
        assert client.post(verb_of(filing, "accept")).status_code == 403
        assert state_of(filing) == FilingState.SUBMITTED

    def test_the_second_of_two_tabs_is_told_why_not(self, desk: Client) -> None:
        filing = waiting()
        desk.post(verb_of(filing, "accept"))
        response = desk.post(verb_of(filing, "accept"), follow=True)
        assert response.status_code == 200
        (message,) = told(response)[-1:]
        assert message.startswith(f"{filing.number} cannot be decided")
        assert Review.objects.filter(filing=filing).count() == 1

    def test_a_replaced_version_is_not_accepted(self, desk: Client) -> None:
        filing = waiting()
        Filing.objects.filter(pk=filing.pk).update(state=FilingState.SUPERSEDED)
        response = desk.post(verb_of(filing, "accept"), follow=True)
        assert "cannot be decided" in told(response)[-1]
        assert not Review.objects.exists()

    @pytest.mark.usefixtures("real_commits")
    def test_two_at_once_accept_it_once(self) -> None:
        filing = waiting()
        clients = [signed_in(staff_member(Role.REVIEWER)) for _ in range(2)]
        first, second = one_behind_the_other(
            lambda: clients[0].post(verb_of(filing, "accept"), follow=True),
            lambda: clients[1].post(verb_of(filing, "accept"), follow=True),
        )
        assert told(first) == [f"{filing.number} is accepted."]
        assert told(second)[0].startswith(f"{filing.number} cannot be decided")
        assert Review.objects.filter(filing=filing).count() == 1


class TestReturn:
    def test_a_return_keeps_its_reasons_and_note(self, desk: Client) -> None:
        filing = waiting()
        desk.post(
            verb_of(filing, "return"),
            {"reasons": ["address_unclear", "head_unclear"], "note": "Укажите дом."},
        )
        review = Review.objects.get(filing=filing)
        assert review.decision == Decision.RETURN
        assert review.reasons == ["address_unclear", "head_unclear"]
        assert review.note == "Укажите дом."
        assert Obligation.objects.get(pk=filing.obligation_id).state == State.RETURNED

    def test_the_page_shows_each_letter_text_in_three_languages(self, desk: Client) -> None:
        page = desk.get(verb_of(waiting(), "return")).content.decode()
        assert "The address is not complete." in page
        assert "Адрес указан не полностью." in page
        assert "Мекенжай толық көрсетілмеген." in page

    def test_without_a_reason_the_page_says_so_and_keeps_the_note(self, desk: Client) -> None:
        filing = waiting()
        response = desk.post(verb_of(filing, "return"), {"note": "Укажите дом."})
        assert response.status_code == 200
        page = response.content.decode()
        assert "Choose at least one reason." in page
        assert "Укажите дом." in page
        assert state_of(filing) == FilingState.SUBMITTED

    def test_a_reason_that_does_not_exist_is_refused(self, desk: Client) -> None:
        filing = waiting()
        response = desk.post(verb_of(filing, "return"), {"reasons": ["invented"]})
        assert response.status_code == 200
        assert state_of(filing) == FilingState.SUBMITTED

    def test_a_refusal_stands_on_the_page_with_what_was_typed(self, desk: Client) -> None:
        filing = waiting()
        desk.post(verb_of(filing, "accept"))
        response = desk.post(verb_of(filing, "return"), {"reasons": ["other"], "note": "Уточните."})
        page = response.content.decode()
        assert "cannot be decided" in page
        assert "Уточните." in page


@pytest.mark.django_db
class TestRegions:
    @pytest.fixture
    def desk_in_astana(self) -> Client:
        user = UserFactory.create(email="astana@ministry.example")
        staff.grant_role(user, role=Role.REVIEWER, by=None, on=date(2020, 1, 1), regions=[ASTANA])
        return signed_in(user)

    def test_the_list_has_the_reviewers_regions_alone(self, desk_in_astana: Client) -> None:
        own, _stranger = waiting_in(ASTANA), waiting_in(ALMATY_CITY)
        assert rows_of(desk_in_astana.get(list_of(Filing))) == [own]

    @pytest.mark.parametrize("verb", ["accept", "return"])
    def test_a_strangers_region_is_not_there(self, desk_in_astana: Client, verb: str) -> None:
        filing = waiting_in(ALMATY_CITY)
        assert desk_in_astana.get(page_of(filing)).status_code == 404
        response = desk_in_astana.post(verb_of(filing, verb), {"reasons": ["other"]})
        assert response.status_code == 404
        assert state_of(filing) == FilingState.SUBMITTED

    def test_who_sees_everywhere_reviews_only_where_the_role_of_reviewer_is_held(self) -> None:
        user = staff_member(Role.HELPLINE)
        staff.grant_role(user, role=Role.REVIEWER, by=None, on=date(2020, 1, 1), regions=[ASTANA])
        desk = signed_in(user)
        filing = waiting_in(ALMATY_CITY)
        page = desk.get(page_of(filing))
        assert page.status_code == 200
        assert page.context["verbs"] == []
        assert desk.post(verb_of(filing, "accept")).status_code == 404
        response = desk.post(
            f"{list_of(Filing)}",
            {"action": "accept_selected", "_selected_action": [filing.pk]},
            follow=True,
        )
        assert "not in one of your regions" in response.context["report"].refused[0][1]
        assert state_of(filing) == FilingState.SUBMITTED

    def test_the_action_cannot_reach_a_strangers_region(self, desk_in_astana: Client) -> None:
        filing = waiting_in(ALMATY_CITY)
        desk_in_astana.post(
            list_of(Filing), {"action": "accept_selected", "_selected_action": [filing.pk]}
        )
        assert state_of(filing) == FilingState.SUBMITTED


class TestAcceptSelected:
    def post(self, desk: Client, *filings: Filing) -> Any:
        return desk.post(
            f"{list_of(Filing)}?waiting=any",
            {"action": "accept_selected", "_selected_action": [f.pk for f in filings]},
            follow=True,
        )

    def why_not(self, desk: Client, filing: Filing) -> str:
        ((refused, why),) = self.post(desk, filing).context["report"].refused
        assert refused == filing
        assert state_of(filing) == FilingState.SUBMITTED
        return str(why)

    def test_clean_filings_are_accepted(self, desk: Client) -> None:
        filings = [clean_filing(), clean_filing()]
        assert told(self.post(desk, *filings)) == ["2 accepted."]
        assert {state_of(filing) for filing in filings} == {FilingState.ACCEPTED}

    def test_of_many_the_dirty_one_is_named_with_its_reason(self, desk: Client) -> None:
        filings = [clean_filing() for _ in range(9)]
        dirty = clean_filing(address="пр. Республики, д. 5")
        response = self.post(desk, *filings, dirty)
        page = response.content.decode()
        assert response.context["report"].summary == "9 accepted, 1 refused."
        assert str(dirty.number) in page
        assert "The address is not the one of the state registration." in page
        assert state_of(dirty) == FilingState.SUBMITTED
        accepted = Filing.objects.filter(state=FilingState.ACCEPTED)
        assert accepted.count() == Obligation.objects.filter(state=State.FULFILLED).count() == 9

    def test_for_whom_there_is_no_time_waits_as_before(
        self, desk: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        filings = [clean_filing() for _ in range(3)]
        moments = iter([0, 19, 21])
        monkeypatch.setattr("reregistration.admin.filings.monotonic", lambda: next(moments))
        assert told(self.post(desk, *filings)) == [
            "1 accepted. For 2 more there was no time. Choose them again and go on."
        ]
        assert [state_of(filing) for filing in filings] == ["accepted", "submitted", "submitted"]

    def test_more_than_two_hundred_are_not_begun(self, desk: Client) -> None:
        FilingFactory.create_batch(201, submitted=True)
        response = self.post(desk, *Filing.objects.all())
        assert told(response) == ["Choose at most 200 at once."]
        assert not Review.objects.exists()

    def test_a_refused_one_is_named_and_the_others_stand(self, desk: Client) -> None:
        filings = [clean_filing(), clean_filing()]
        desk.post(verb_of(filings[0], "accept"))
        report = self.post(desk, *filings).context["report"]
        assert report.summary == "1 accepted, 1 refused."
        assert "cannot be decided" in report.refused[0][1]
        assert state_of(filings[1]) == FilingState.ACCEPTED

    @pytest.mark.usefixtures("real_commits")
    def test_of_two_people_at_once_each_filing_is_accepted_once(self) -> None:
        filings = [clean_filing() for _ in range(3)]
        desks = [signed_in(staff_member(Role.REVIEWER)) for _ in range(2)]
        for response in together(*[partial(self.post, desk, *filings) for desk in desks]):
            assert response.status_code == 200
        assert Review.objects.count() == 3
        assert {state_of(filing) for filing in filings} == {FilingState.ACCEPTED}

    @pytest.mark.parametrize(
        ("changed", "what"),
        [
            ({"head_name": "Сейтказиев Арман"}, "the head of the organisation"),
            ({"email": "new@mail.example"}, "the e-mail of the organisation"),
            ({"phone": "+77770000001"}, "the phone of the organisation"),
        ],
    )
    def test_a_new_head_or_contact_is_never_accepted_in_bulk(
        self, desk: Client, changed: dict[str, str], what: str
    ) -> None:
        filing = clean_filing()
        Filing.objects.filter(pk=filing.pk).update(**changed)
        why = self.why_not(desk, filing)
        assert what in why
        assert "Open it and decide on it alone" in why

    def test_answers_that_were_tampered_with_are_not_accepted_in_bulk(self, desk: Client) -> None:
        filing = clean_filing()
        Filing.objects.filter(pk=filing.pk).update(income=filing.spending)
        assert "not those that were submitted" in self.why_not(desk, filing)


class TestClean:
    def listed(self, desk: Client, answer: str) -> list[Filing]:
        return rows_of(desk.get(list_of(Filing), {"clean": answer}))

    def test_the_list_is_asked_for_the_clean_ones(self, desk: Client) -> None:
        clean, dirty, unknown = clean_filing(), clean_filing(was_clean=False), waiting()
        assert self.listed(desk, "yes") == [clean]
        assert set(self.listed(desk, "no")) == {dirty, unknown}

    def test_what_somebody_contradicted_since_is_not_among_them(self, desk: Client) -> None:
        clean = clean_filing()
        desk.post(verb_of(clean, "contradict"), {"text": "Это не так."})
        assert self.listed(desk, "yes") == []
        assert self.listed(desk, "no") == [clean]

    def test_a_page_of_them_holds_as_many_as_are_accepted_together(self, desk: Client) -> None:
        for _ in range(51):
            clean_filing()
        assert len(self.listed(desk, "yes")) == 51
        assert len(rows_of(desk.get(list_of(Filing)))) == 50


class TestList:
    def test_it_shows_what_waits_oldest_first(self, desk: Client) -> None:
        newer, older = waiting(), waiting()
        assert older.submitted_at is not None
        Filing.objects.filter(pk=older.pk).update(
            submitted_at=older.submitted_at - timedelta(days=2)
        )
        decided = waiting()
        desk.post(verb_of(decided, "accept"))
        FilingFactory.create()
        assert rows_of(desk.get(list_of(Filing))) == [older, newer]

    def test_a_draft_is_nobodys_but_its_authors(self, desk: Client) -> None:
        draft = FilingFactory.create()
        assert rows_of(desk.get(f"{list_of(Filing)}?waiting=any")) == []
        assert desk.get(page_of(draft)).status_code == 404

    @pytest.mark.parametrize("what", ["bin", "name", "register number", "filing number"])
    def test_it_is_searched_by(self, desk: Client, what: str) -> None:
        organisation = OrganisationFactory.create(name_ru="Общественный фонд «Қамқорлық»")
        found = waiting(obligation=ObligationFactory.create(filed=True, organisation=organisation))
        waiting()
        text = {
            "bin": organisation.bin or "",
            "name": "камкорл",
            "register number": organisation.number,
            "filing number": str(found.number),
        }[what]
        assert rows_of(desk.get(list_of(Filing), {"q": text})) == [found]

    def test_its_queries_do_not_grow_with_its_rows(self, desk: Client) -> None:
        waiting()
        few = queries(desk, list_of(Filing))
        for _ in range(10):
            waiting()
        assert queries(desk, list_of(Filing)) == few


class TestPage:
    def test_it_marks_what_the_filing_changes(self, desk: Client) -> None:
        filing = waiting()
        Filing.objects.filter(pk=filing.pk).update(employees=7)
        lines = {line.label: line for line in desk.get(page_of(filing)).context["lines"]}
        assert lines["Employees"].change == "changed"
        assert (lines["Employees"].held, lines["Employees"].filed) == ("1", "7")
        assert lines["Head"].change == "same"

    def test_it_shows_the_last_accepted_filing(self, desk: Client) -> None:
        accepted = waiting()
        desk.post(verb_of(accepted, "accept"))
        organisation = accepted.obligation.organisation
        newer = waiting(
            obligation=ObligationFactory.create(filed=True, organisation=organisation),
            email="later@mail.example",
            phone="+77770000009",
        )
        context = desk.get(page_of(newer)).context
        assert context["accepted"] == accepted
        assert {line.label: line.accepted for line in context["lines"]}["Volunteers"] == "10"

    def test_it_shows_earlier_reviews_with_their_reasons(
        self, desk: Client, alice: User, at: datetime
    ) -> None:
        first = waiting()
        desk.post(verb_of(first, "return"), {"reasons": ["address_unclear"], "note": "Дом?"})
        draft = filing_verbs.start(Obligation.objects.get(pk=first.obligation_id), by=alice, at=at)
        second = filing_verbs.submit(draft, by=alice, at=at)
        page = desk.get(page_of(second)).content.decode()
        assert "The address is not complete." in page
        assert "Дом?" in page

    def test_it_says_whether_the_fingerprint_matches(
        self, desk: Client, alice: User, at: datetime
    ) -> None:
        filing = filing_verbs.submit(FilingFactory.create(), by=alice, at=at)
        assert desk.get(page_of(filing)).context["is_unchanged"] is True
        Filing.objects.filter(pk=filing.pk).update(income=1)
        assert desk.get(page_of(filing)).context["is_unchanged"] is False

    def test_it_shows_each_finding_with_its_reason_and_source(self, desk: Client) -> None:
        page = desk.get(page_of(clean_filing(income=1, spending=2))).content.decode()
        assert "does not say from what" in page
        assert "one of the two sums is a slip" in page
        assert "income and spending of this filing" in page

    def test_without_findings_it_says_so(self, desk: Client) -> None:
        assert "Nothing was found." in desk.get(page_of(clean_filing())).content.decode()

    def test_its_queries_do_not_grow_with_what_is_found(self, desk: Client) -> None:
        filing = clean_filing()
        few = queries(desk, page_of(filing))
        organisation = filing.obligation.organisation
        OrganisationFactory.create_batch(
            30,
            head_name=organisation.head_name,
            address=organisation.address,
            name_ru=organisation.name_ru,
        )
        SignOfLifeFactory.create_batch(3, organisation=organisation, kind=SignKind.AWARD)
        assert queries(desk, page_of(filing)) == few

    def test_it_takes_no_post(self, desk: Client) -> None:
        filing = waiting()
        response = desk.post(page_of(filing), {"state": FilingState.ACCEPTED})
        assert response.status_code == 403
        assert state_of(filing) == FilingState.SUBMITTED

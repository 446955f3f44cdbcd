"""The pages of a second return and of a refusal, over HTTP, as those who may and those who not."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from reregistration import filing as filing_verbs
from reregistration import refusals, review
from reregistration.models import Filing, Obligation, RefusalGround, Review
from reregistration.states import FilingState, State
from tests.factories.accounts import staff_member
from tests.factories.reregistration import FilingFactory, RefusalGroundFactory
from tests.reregistration.desk import list_of, page_of, rows_of, signed_in, told, verb_of

pytestmark = pytest.mark.django_db


def verbs_of(user: User, filing: Filing) -> set[str]:
    return {verb.name for verb, _url in signed_in(user).get(page_of(filing)).context["verbs"]}


def returned_and_back(alice: User, at: datetime) -> Filing:
    first = FilingFactory.create(submitted=True)
    signed_in(staff_member(Role.REVIEWER)).post(verb_of(first, "return"), {"reasons": ["other"]})
    row = Obligation.objects.get(pk=first.obligation_id)
    return filing_verbs.submit(filing_verbs.start(row, by=alice, at=at), by=alice, at=at)


def test_the_log_of_reviews_gives_reasons_in_words(at: datetime) -> None:
    filing = FilingFactory.create(submitted=True)
    by = staff_member(Role.REVIEWER, first_name="Әсел", last_name="Жұмабаева")
    reasons = ["address_unclear", "figures_contradict"]
    made = review.return_for_correction(filing, reasons=reasons, by=by, at=at)
    desk = signed_in(by)
    for address in (list_of(Review), page_of(made)):
        said = desk.get(address).content.decode()
        assert "The address is not complete. The figures for income and spending" in said
        assert "address_unclear" not in said


class TestReturnAgain:
    def test_a_senior_reviewer_is_offered_it_and_a_reviewer_not(
        self, alice: User, at: datetime
    ) -> None:
        second = returned_and_back(alice, at)
        offered = {role: verbs_of(staff_member(role), second) for role in Role if sees(role)}
        assert {role for role, verbs in offered.items() if "return-again" in verbs} == {
            Role.SENIOR_REVIEWER
        }
        assert not any("return" in verbs for verbs in offered.values())

    def test_a_senior_reviewer_returns_it(self, alice: User, at: datetime) -> None:
        second = returned_and_back(alice, at)
        desk = signed_in(staff_member(Role.SENIOR_REVIEWER))
        assert (
            "last return that there can be"
            in desk.get(verb_of(second, "return-again")).content.decode()
        )
        desk.post(verb_of(second, "return-again"), {"reasons": ["other"]})
        assert Obligation.objects.get().returns == 2

    def test_the_first_returns_address_does_not_do_for_a_reviewer(
        self, alice: User, at: datetime
    ) -> None:
        second = returned_and_back(alice, at)
        desk = signed_in(staff_member(Role.REVIEWER))
        response = desk.post(verb_of(second, "return"), {"reasons": ["other"], "note": "Дом?"})
        assert "Ask a senior reviewer" in response.content.decode()
        assert "Дом?" in response.content.decode()
        assert desk.post(verb_of(second, "return-again")).status_code == 403
        assert Obligation.objects.get().state == State.FILED


def sees(role: Role) -> bool:
    return staff_member(role).has_perm("reregistration.view_filing")


class TestRefusal:
    @pytest.fixture
    def filing(self) -> Filing:
        return FilingFactory.create(submitted=True)

    @pytest.fixture
    def ground(self) -> RefusalGround:
        return RefusalGroundFactory.create()

    def test_one_proposes_and_another_confirms(self, filing: Filing, ground: RefusalGround) -> None:
        desk = signed_in(staff_member(Role.REVIEWER, first_name="Арман"))
        desk.post(
            verb_of(filing, "propose-refusal"), {"ground": ground.pk, "words": "Устав подделан."}
        )
        senior = signed_in(staff_member(Role.SENIOR_REVIEWER))
        page = senior.get(verb_of(filing, "confirm-refusal"))
        assert "Устав подделан." in page.content.decode()
        assert "Арман" in page.content.decode()
        read = page.context["form"]["proposal"].value()
        response = senior.post(
            verb_of(filing, "confirm-refusal"), {"proposal": getattr(read, "pk", read)}, follow=True
        )
        assert told(response) == [f"{filing.number} is refused."]
        assert Filing.objects.get().state == FilingState.REFUSED

    def test_the_page_shows_who_proposes_it_and_why(
        self, filing: Filing, ground: RefusalGround, at: datetime
    ) -> None:
        by = staff_member(Role.REVIEWER)
        refusals.propose(filing, ground=ground, words="Устав подделан.", by=by, at=at)
        page = signed_in(staff_member(Role.AUDITOR)).get(page_of(filing)).content.decode()
        assert "proposes to refuse it" in page
        assert "Устав подделан." in page

    def test_only_grounds_in_force_are_offered(self, filing: Filing, ground: RefusalGround) -> None:
        desk = signed_in(staff_member(Role.REVIEWER))
        form = desk.get(verb_of(filing, "propose-refusal")).context["form"]
        assert list(form.fields["ground"].queryset) == [ground]
        closed = RefusalGroundFactory.create(from_on=None)
        desk.post(verb_of(filing, "propose-refusal"), {"ground": closed.pk, "words": "Так."})
        assert refusals.standing(filing) is None

    def test_a_refused_page_keeps_what_was_typed(
        self, filing: Filing, ground: RefusalGround
    ) -> None:
        desk = signed_in(staff_member(Role.REVIEWER))
        response = desk.post(verb_of(filing, "propose-refusal"), {"ground": ground.pk})
        page = response.content.decode()
        assert f'value="{ground.pk}" checked' in page
        assert ground.article in page

    def test_where_no_ground_is_in_force_the_page_says_so(self, filing: Filing) -> None:
        page = signed_in(staff_member(Role.REVIEWER)).get(verb_of(filing, "propose-refusal"))
        said = page.content.decode()
        assert "No ground is in force today" in said
        # Nothing can be sent from there.
        assert 'name="words"' not in said
        assert "is-grave" not in said

    def test_confirming_is_offered_to_senior_reviewers_once_it_is_proposed(
        self, filing: Filing, ground: RefusalGround, at: datetime
    ) -> None:
        seniors = staff_member(Role.SENIOR_REVIEWER)
        assert "confirm-refusal" not in verbs_of(seniors, filing)
        by = staff_member(Role.REVIEWER)
        refusals.propose(filing, ground=ground, words="Так.", by=by, at=at)
        may = {
            role
            for role in Role
            if sees(role) and "confirm-refusal" in verbs_of(staff_member(role), filing)
        }
        assert may == {Role.SENIOR_REVIEWER}

    def test_what_was_not_read_is_not_confirmed(
        self, filing: Filing, ground: RefusalGround, at: datetime
    ) -> None:
        by = staff_member(Role.REVIEWER)
        read = refusals.propose(filing, ground=ground, words="Так.", by=by, at=at)
        refusals.propose(filing, ground=ground, words="Иначе.", by=by, at=at)
        senior = signed_in(staff_member(Role.SENIOR_REVIEWER))
        response = senior.post(verb_of(filing, "confirm-refusal"), {"proposal": read.pk})
        assert "Another proposal to refuse" in response.content.decode()
        assert not Review.objects.exists()


class TestReopening:
    @pytest.fixture
    def accepted(self, at: datetime) -> Filing:
        filed = FilingFactory.create(submitted=True)
        review.accept(filed, by=staff_member(Role.REVIEWER), at=at)
        return Filing.objects.get()

    def test_one_proposes_and_another_confirms(self, accepted: Filing) -> None:
        desk = signed_in(staff_member(Role.REVIEWER, first_name="Арман"))
        desk.post(verb_of(accepted, "propose-reopening"), {"words": "Выписка не та."})
        assert "Выписка не та." in desk.get(page_of(accepted)).content.decode()
        senior = signed_in(staff_member(Role.SENIOR_REVIEWER))
        page = senior.get(verb_of(accepted, "confirm-reopening"))
        for words in ("Выписка не та.", "Арман", "accepted"):
            assert words in page.content.decode()
        read = page.context["form"]["proposal"].value()
        response = senior.post(
            verb_of(accepted, "confirm-reopening"),
            {"proposal": getattr(read, "pk", read)},
            follow=True,
        )
        assert told(response) == [f"{accepted.number} is reopened."]
        assert Obligation.objects.get().state == State.DUE
        shown = senior.get(page_of(accepted)).content.decode()
        assert "Reopened" in shown
        assert "Выписка не та." in shown

    def test_it_is_offered_on_what_is_decided_to_whom_the_roles_say(self, accepted: Filing) -> None:
        by_role = {role: verbs_of(staff_member(role), accepted) for role in Role if sees(role)}
        proposers = {role for role, verbs in by_role.items() if "propose-reopening" in verbs}
        assert proposers == {Role.REVIEWER, Role.SENIOR_REVIEWER}
        assert not any("confirm-reopening" in verbs for verbs in by_role.values())
        signed_in(staff_member(Role.REVIEWER)).post(
            verb_of(accepted, "propose-reopening"), {"words": "Выписка не та."}
        )
        confirming = {
            role
            for role in Role
            if sees(role) and "confirm-reopening" in verbs_of(staff_member(role), accepted)
        }
        assert confirming == {Role.SENIOR_REVIEWER}

    def test_it_is_not_offered_on_what_waits(self) -> None:
        waits = FilingFactory.create(submitted=True)
        verbs = verbs_of(staff_member(Role.SENIOR_REVIEWER), waits)
        assert not verbs & {"propose-reopening", "confirm-reopening"}


class TestGrounds:
    @staticmethod
    def entered(**otherwise: str) -> dict[str, str]:
        given = {
            field.name: getattr(RefusalGroundFactory.build(), field.name) or ""
            for field in RefusalGround._meta.fields
            if field.name != "id"
        }
        return {**given, "from_on": "2026-01-01", **otherwise}

    def test_the_list_says_that_there_is_none_yet(self) -> None:
        desk = signed_in(staff_member(Role.CAMPAIGN_MANAGER))
        assert "No ground of a refusal is in force yet" in self.listed(desk)
        RefusalGroundFactory.create()
        assert "No ground of a refusal is in force yet" not in self.listed(desk)

    @staticmethod
    def listed(desk: Client) -> str:
        return desk.get(list_of(RefusalGround)).content.decode()

    def test_a_manager_enters_article_and_text_and_then_it_is_in_force(self) -> None:
        desk = signed_in(staff_member(Role.CAMPAIGN_MANAGER))
        address = reverse("admin:reregistration_refusalground_add")
        desk.post(address, self.entered(quoted_ru=""))
        assert not RefusalGround.objects.exists()
        assert desk.post(address, self.entered()).status_code == 302
        assert [row.is_in_force_today for row in rows_of(desk.get(list_of(RefusalGround)))] == [
            True
        ]

    def test_what_a_proposal_rests_on_is_only_ended(self, at: datetime) -> None:
        row = RefusalGroundFactory.create()
        by = staff_member(Role.REVIEWER)
        filing = FilingFactory.create(submitted=True)
        refusals.propose(filing, ground=row, words="Так.", by=by, at=at)
        desk = signed_in(staff_member(Role.CAMPAIGN_MANAGER))
        desk.post(page_of(row), {"name_ru": "Иначе", "until_on": "2099-01-01"})
        row.refresh_from_db()
        assert (row.name_ru, str(row.until_on)) == ("Сведения недостоверны", "2099-01-01")

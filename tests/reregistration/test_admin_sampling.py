"""A sample at the desk: drawn, checked one case at a time, and told on the round's page."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts import staff
from accounts.models import User
from accounts.roles import Role
from registry import signs
from registry.states import SignKind
from reregistration.admin import dossier
from reregistration.admin.reasons import CURES
from reregistration.marking import rule, sampling
from reregistration.models import Campaign, MarkingRound, SampleCase, SampleVerdict
from reregistration.states import RoundState, Verdict
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.registry import ClaimFactory, ContactFactory
from tests.factories.reregistration import (
    MARKING_DAY,
    CampaignFactory,
    FilingFactory,
    check,
    drawn_round,
    dry_run_round,
    liquidable_obligation,
    noon,
    of_last_year,
    sampled_round,
)
from tests.reregistration.desk import list_of, page_of, queries, rows_of, signed_in, told, verb_of

pytestmark = pytest.mark.django_db
NOON = noon(MARKING_DAY)


@pytest.fixture
def campaign() -> Campaign:
    return CampaignFactory.create()


@pytest.fixture
def checker() -> User:
    return staff_member(Role.SENIOR_REVIEWER, email="checker@ministry.example")


@pytest.fixture
def desk(checker: User) -> Client:
    return signed_in(checker)


@pytest.fixture
def round_(campaign: Campaign) -> MarkingRound:
    for _ in range(3):
        liquidable_obligation(campaign=campaign)
    return of_last_year(drawn_round(campaign))


def fresh(round_: MarkingRound) -> MarkingRound:
    return MarkingRound.objects.get(pk=round_.pk)


def page_of_check(desk: Client, round_: MarkingRound) -> Any:
    response = desk.get(verb_of(round_, "check"))
    assert response.status_code == 200
    return response


def taken(desk: Client, round_: MarkingRound) -> SampleCase:
    """The case that the person gets who asks for the next one."""
    desk.post(verb_of(round_, "check"))
    case = page_of_check(desk, round_).context["case"]
    assert isinstance(case, SampleCase)
    return case


def gives(desk: Client, case: SampleCase, verdict: str = "right", words: str = "") -> Any:
    answers = {"case": case.pk, "verdict": verdict, "words": words}
    return desk.post(verb_of(case.round, "check"), answers, follow=True)


class TestDraw:
    def test_a_manager_draws_once(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = dry_run_round(campaign)
        desk = signed_in(round_.drafted_by)
        response = desk.post(verb_of(round_, "draw"), follow=True)
        assert told(response) == ["Drawn: 1 of 1. Other people check them now."]
        assert verb_of(round_, "draw") not in desk.get(page_of(round_)).content.decode()

    def test_whoever_only_checks_does_not_draw(self, campaign: Campaign, desk: Client) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = dry_run_round(campaign)
        assert desk.post(verb_of(round_, "draw")).status_code == 403
        assert fresh(round_).sample_size is None


class TestCheck:
    def test_opening_the_page_takes_no_case(self, desk: Client, round_: MarkingRound) -> None:
        assert page_of_check(desk, round_).context["case"] is None
        assert not SampleCase.objects.filter(taken_by__isnull=False).exists()

    def test_a_verdict_leads_to_the_next_case(self, desk: Client, round_: MarkingRound) -> None:
        first = taken(desk, round_)
        response = gives(desk, first)
        assert response.redirect_chain == [(verb_of(round_, "check"), 302)]
        assert (first.place, response.context["case"].place) == (1, 2)
        assert response.context["progress"]["left"] == 2

    def test_who_leaves_comes_back_to_the_same_case(
        self, desk: Client, round_: MarkingRound
    ) -> None:
        case = taken(desk, round_)
        desk.get(page_of(round_))
        assert page_of_check(desk, round_).context["case"] == case
        assert taken(desk, round_) == case

    def test_two_people_get_different_cases(self, desk: Client, round_: MarkingRound) -> None:
        other = signed_in(staff_member(Role.CAMPAIGN_MANAGER))
        assert taken(desk, round_) != taken(other, round_)

    def test_the_last_one_makes_the_round_sampled(self, desk: Client, round_: MarkingRound) -> None:
        for _ in range(3):
            response = gives(desk, taken(desk, round_))
        assert response.redirect_chain == [(page_of(round_), 302)]
        assert told(response) == ["The round is now: sample checked."]
        assert fresh(round_).state == RoundState.SAMPLED

    def test_a_wrong_one_stops_the_round(
        self, desk: Client, round_: MarkingRound, checker: User
    ) -> None:
        response = gives(desk, taken(desk, round_), "wrong", "Переехала")
        assert told(response) == ["The round is now: stopped."]
        assert "Переехала" in response.content.decode()
        assert (fresh(round_).state, fresh(round_).stopped_by) == (RoundState.STOPPED, checker)

    def test_without_words_nothing_is_wrong(self, desk: Client, round_: MarkingRound) -> None:
        case = taken(desk, round_)
        response = gives(desk, case, "wrong", "  ")
        assert response.context["case"] == case
        assert "Say what is wrong" in response.content.decode()
        assert fresh(round_).state == RoundState.DRY_RUN

    def test_who_comes_second_to_a_case_is_told_and_goes_on(
        self, desk: Client, round_: MarkingRound
    ) -> None:
        case = taken(desk, round_)
        other = staff_member(Role.SENIOR_REVIEWER)
        sampling.judge(case, verdict=Verdict.RIGHT, by=other, at=NOON)
        response = gives(desk, case)
        assert told(response) == [f"{other} has judged this case meanwhile."]
        assert response.context["case"].place == 2

    def test_where_others_have_the_rest_one_is_told(
        self, desk: Client, round_: MarkingRound
    ) -> None:
        for _ in range(3):
            taken(signed_in(staff_member(Role.SENIOR_REVIEWER)), round_)
        response = desk.post(verb_of(round_, "check"), follow=True)
        assert told(response) == ["The cases that are left lie before other people."]

    def test_the_drafter_is_told_that_others_check(self, round_: MarkingRound) -> None:
        response = signed_in(round_.drafted_by).post(verb_of(round_, "check"), follow=True)
        assert told(response) == [
            "You drafted this round or froze its candidates. Other people check it."
        ]

    def test_a_case_of_another_round_is_not_found(
        self, desk: Client, round_: MarkingRound, campaign: Campaign
    ) -> None:
        liquidable_obligation(campaign=campaign)
        foreign = drawn_round(campaign).cases.get()
        answers = {"case": foreign.pk, "verdict": "right"}
        assert desk.post(verb_of(round_, "check"), answers).status_code == 404
        assert not SampleVerdict.objects.exists()

    def test_an_unknown_verdict_is_none(self, desk: Client, round_: MarkingRound) -> None:
        assert gives(desk, taken(desk, round_), "perhaps").status_code == 200
        assert not SampleVerdict.objects.exists()

    def test_a_checker_of_one_region_checks_that_region_alone(self, round_: MarkingRound) -> None:
        user = UserFactory.create()
        staff.grant_role(
            user, role=Role.SENIOR_REVIEWER, by=None, on=date(2020, 1, 1), regions=["710000000"]
        )
        assert signed_in(user).post(verb_of(round_, "check")).status_code == 404

    def test_of_a_sampled_round_there_is_nothing_to_check(
        self, desk: Client, campaign: Campaign
    ) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = sampled_round(campaign)
        response = desk.get(verb_of(round_, "check"), follow=True)
        assert response.redirect_chain == [(page_of(round_), 302)]


class TestDossier:
    def test_every_condition_has_its_question_and_its_cure(self, campaign: Campaign) -> None:
        codes = {condition.code for condition in rule.conditions(campaign, MARKING_DAY)}
        assert set(dossier.QUESTIONS) == codes
        assert codes - set(CURES) <= {
            "no_objection_upheld",
            "no_hearing_upheld",
            "no_court_refusal",
        }

    def test_shows_the_organisation_and_its_proofs(
        self, desk: Client, round_: MarkingRound
    ) -> None:
        case = taken(desk, round_)
        row = case.candidate.obligation
        ContactFactory.create(organisation=row.organisation, value="office@silent.example")
        page = page_of_check(desk, round_)
        text = page.content.decode()
        shown = page.context["services"]
        assert [service.notice.kind for service in shown] == [
            "final_warning",
            "preliminary_decision",
        ]
        for value in (
            row.organisation.number,
            "office@silent.example",
            *(service.notice.number for service in shown),
            page_of(row),
            page_of(row.organisation),
        ):
            assert value in text

    def test_shows_what_it_sent_in_and_its_signs_of_life(
        self, desk: Client, round_: MarkingRound
    ) -> None:
        row = taken(desk, round_).candidate.obligation
        signs.note([(row.organisation, "claim:1")], kind=SignKind.REFUSED_CLAIM, on=MARKING_DAY)
        ClaimFactory.create(organisation=row.organisation)
        FilingFactory.create(obligation=row)
        page = page_of_check(desk, round_)
        whats = {happening.what for happening in page.context["happenings"]}
        assert whats == {"Sign of life", "Claim to act for it", "Filing"}
        assert not page.context["is_liquidable"]
        assert "Something has changed since the dry run" in page.content.decode()

    def test_asks_no_more_for_more_to_see(self, desk: Client, round_: MarkingRound) -> None:
        row = taken(desk, round_).candidate.obligation
        ClaimFactory.create(organisation=row.organisation)
        few = queries(desk, verb_of(round_, "check"))
        for version in range(1, 4):
            claim = ClaimFactory.create(organisation=row.organisation)
            ContactFactory.create(organisation=row.organisation)
            FilingFactory.create(obligation=row, version=version, claim=claim)
        assert queries(desk, verb_of(round_, "check")) == few


class TestTheRoundsPage:
    def test_tells_how_far_the_check_has_come(
        self, desk: Client, round_: MarkingRound, checker: User
    ) -> None:
        gives(desk, taken(desk, round_), words="Смотрел")
        page = desk.get(page_of(round_))
        sample = page.context["sample"]
        assert (sample["judged"], sample["size"], sample["wrong"]) == (1, 3, 0)
        assert [line["by__email"] for line in sample["checkers"]] == [checker.email]
        assert sample["is_repeatable"]
        text = page.content.decode()
        for value in ("1 of 3 cases checked", round_.draw.seed, "Смотрел"):
            assert value in text

    def test_says_where_the_cases_are_not_those_of_the_seed(
        self, desk: Client, round_: MarkingRound
    ) -> None:
        first, last = round_.cases.order_by("place")[0], round_.cases.order_by("place")[2]
        SampleCase.objects.filter(pk=first.pk).update(place=9)
        SampleCase.objects.filter(pk=last.pk).update(place=1)
        page = desk.get(page_of(round_))
        assert not page.context["sample"]["is_repeatable"]
        assert "the cases are others" in page.content.decode()

    def test_tells_how_many_marks_the_week_has_left(self, campaign: Campaign, desk: Client) -> None:
        liquidable_obligation(campaign=campaign)
        text = desk.get(page_of(dry_run_round(campaign))).content.decode()
        assert f"{campaign.week_cap} of {campaign.week_cap} marks are left" in text

    def test_asks_no_more_for_more_cases(self, desk: Client, campaign: Campaign) -> None:
        def checked(count: int) -> MarkingRound:
            for _ in range(count):
                liquidable_obligation(campaign=campaign)
            made = drawn_round(campaign)
            check(made)
            return made

        few, many = checked(2), checked(8)
        assert queries(desk, page_of(few)) == queries(desk, page_of(many))


class TestVerdicts:
    def test_are_listed_for_the_auditor(self, round_: MarkingRound) -> None:
        check(round_)
        desk = signed_in(staff_member(Role.AUDITOR))
        few = queries(desk, list_of(SampleVerdict))
        assert rows_of(desk.get(list_of(SampleVerdict))) == list(
            SampleVerdict.objects.order_by("-pk")
        )
        for _ in range(3):
            liquidable_obligation(campaign=round_.campaign)
        check(drawn_round(round_.campaign))
        assert queries(desk, list_of(SampleVerdict)) == few
        verdict = SampleVerdict.objects.latest("pk")
        assert desk.get(page_of(verdict)).status_code == 200

"""Rounds at the desk: drafted by one, signed by two others, candidates taken out."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from accounts import staff
from accounts.models import User
from accounts.roles import PERMISSIONS, Role
from reregistration.marking import mark, reversal, rounds, sampling
from reregistration.models import (
    Campaign,
    Mark,
    MarkingRound,
    Reversal,
    RoundCandidate,
    SampleVerdict,
)
from reregistration.states import CandidateState, RoundState
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.reregistration import (
    MARKING_DAY,
    CampaignFactory,
    check,
    liquidable_obligation,
    mark_made,
    noon,
    of_last_year,
)
from tests.reregistration.desk import list_of, page_of, queries, rows_of, signed_in, told, verb_of

pytestmark = pytest.mark.django_db

ONLY_THE_COURT = "Only the court decides on liquidation."
NOON = noon(MARKING_DAY)


@pytest.fixture
def manager(db: None) -> User:
    return staff_member(Role.CAMPAIGN_MANAGER, email="manager@ministry.example")


@pytest.fixture
def desk(manager: User) -> Client:
    return signed_in(manager)


def drafted(by: User, campaign: Campaign | None = None) -> MarkingRound:
    campaign = campaign or liquidable_obligation().campaign
    return rounds.draft(campaign, by=by, on=MARKING_DAY, at=NOON)


def frozen(by: User) -> MarkingRound:
    round_ = drafted(by)
    rounds.dry_run(round_, by=by, at=NOON)
    return fresh(round_)


def sampled(by: User) -> MarkingRound:
    round_ = frozen(by)
    sampling.draw(round_, by=by, at=NOON)
    check(round_)
    return fresh(round_)


def fresh(round_: MarkingRound) -> MarkingRound:
    return MarkingRound.objects.get(pk=round_.pk)


class TestDraft:
    def test_a_round_is_drafted(self, desk: Client, manager: User) -> None:
        campaign = CampaignFactory.create()
        desk.post(f"{list_of(MarkingRound)}add/", {"campaign": campaign.pk, "on": "2026-01-02"})
        round_ = MarkingRound.objects.get()
        assert (round_.drafted_by, round_.on, round_.state) == (
            manager,
            date(2026, 1, 2),
            RoundState.DRAFTED,
        )

    def test_a_day_ahead_is_refused_on_the_page(self, desk: Client) -> None:
        campaign = CampaignFactory.create()
        response = desk.post(
            f"{list_of(MarkingRound)}add/", {"campaign": campaign.pk, "on": "2090-01-02"}
        )
        assert "lies ahead" in response.content.decode()
        assert not MarkingRound.objects.exists()

    def test_a_manager_of_one_region_drafts_for_that_region_alone(self) -> None:
        user = UserFactory.create()
        staff.grant_role(
            user, role=Role.CAMPAIGN_MANAGER, by=None, on=date(2020, 1, 1), regions=["710000000"]
        )
        url = f"{list_of(MarkingRound)}add/"
        answers = {"campaign": CampaignFactory.create().pk, "on": "2026-01-02"}
        desk = signed_in(user)
        desk.post(url, answers)
        desk.post(url, {**answers, "region": "750000000"})
        assert not MarkingRound.objects.exists()
        desk.post(url, {**answers, "region": "710000000"})
        assert MarkingRound.objects.count() == 1


class TestSteps:
    def test_the_dry_run_freezes_and_marks_nobody(self, desk: Client, manager: User) -> None:
        round_ = of_last_year(drafted(manager))
        response = desk.post(verb_of(round_, "dry-run"), follow=True)
        assert told(response) == ["Candidates frozen: 1. Nobody is marked."]
        assert not Mark.objects.exists()

    def test_opening_the_page_of_a_verb_changes_nothing(self, desk: Client, manager: User) -> None:
        round_ = drafted(manager)
        assert desk.get(verb_of(round_, "dry-run")).status_code == 200
        assert fresh(round_).state == RoundState.DRAFTED

    def test_the_drafter_is_told_that_others_sign(self, desk: Client, manager: User) -> None:
        round_ = sampled(manager)
        response = desk.post(verb_of(round_, "sign"), follow=True)
        assert told(response) == ["You drafted this round. Two other people sign it."]
        assert fresh(round_).first_signed_by is None

    def test_two_others_authorise_it(self, manager: User) -> None:
        round_ = of_last_year(sampled(manager))
        for _ in range(2):
            signed_in(staff_member(Role.CAMPAIGN_MANAGER)).post(verb_of(round_, "sign"))
        assert fresh(round_).state == RoundState.AUTHORISED

    def test_it_is_stopped_with_a_reason(self, desk: Client, manager: User) -> None:
        round_ = drafted(manager)
        assert desk.post(verb_of(round_, "stop"), {"reason": ""}).status_code == 200
        assert fresh(round_).state == RoundState.DRAFTED
        desk.post(verb_of(round_, "stop"), {"reason": "Ошибка в выписке"})
        assert (fresh(round_).state, fresh(round_).stop_reason) == (
            RoundState.STOPPED,
            "Ошибка в выписке",
        )

    def test_what_was_stopped_stays_so_with_a_sentence(self, desk: Client, manager: User) -> None:
        round_ = drafted(manager)
        rounds.stop(round_, by=manager, at=NOON, reason="Ошибка")
        response = desk.post(verb_of(round_, "dry-run"), follow=True)
        assert "cannot follow" in told(response)[0]


class TestCandidates:
    def test_one_is_taken_out_with_a_reason(self, desk: Client, manager: User) -> None:
        candidate = frozen(manager).candidates.get()
        desk.post(verb_of(candidate, "take-out"), {"reason": "Суд уже рассматривает"})
        candidate.refresh_from_db()
        assert (candidate.state, candidate.reason) == (
            CandidateState.TAKEN_OUT,
            "Суд уже рассматривает",
        )

    def test_one_taken_out_already_is_refused_on_the_page(
        self, desk: Client, manager: User
    ) -> None:
        candidate = frozen(manager).candidates.get()
        rounds.take_out(candidate, by=manager, at=NOON, reason="Первая причина")
        response = desk.post(verb_of(candidate, "take-out"), {"reason": "Вторая причина"})
        assert "was decided already" in response.content.decode()

    def test_the_list_is_of_one_round(self, desk: Client, manager: User) -> None:
        round_, other = frozen(manager), frozen(manager)
        response = desk.get(list_of(RoundCandidate), {"round": round_.pk})
        assert rows_of(response) == list(round_.candidates.all())
        assert other.candidates.count() == 1

    def test_the_list_finds_one_by_its_number(self, desk: Client, manager: User) -> None:
        candidate = frozen(manager).candidates.get()
        frozen(manager)
        number = candidate.obligation.organisation.number
        assert rows_of(desk.get(list_of(RoundCandidate), {"q": number})) == [candidate]


class TestPages:
    @pytest.fixture
    def marked(self, manager: User) -> Mark:
        round_ = sampled(manager)
        for _ in range(2):
            rounds.sign(round_, by=staff_member(Role.CAMPAIGN_MANAGER), at=NOON)
        assert mark.mark_next(round_.campaign, at=NOON)
        return Mark.objects.get()

    def test_every_page_says_that_only_the_court_decides(
        self, desk: Client, manager: User, marked: Mark
    ) -> None:
        waiting = frozen(manager)
        candidate = waiting.candidates.get()
        urls = [list_of(model) for model in (MarkingRound, RoundCandidate, Mark)]
        urls += [page_of(row) for row in (waiting, candidate, marked)]
        urls += [verb_of(drafted(manager), "dry-run"), verb_of(candidate, "take-out")]
        urls += [verb_of(waiting, verb) for verb in ("draw", "stop")]
        urls += [verb_of(sampled(manager), "sign"), list_of(SampleVerdict)]
        urls += [f"{list_of(MarkingRound)}add/"]
        assert [url for url in urls if ONLY_THE_COURT not in desk.get(url).content.decode()] == []

    def test_a_verb_that_no_longer_suits_leads_back_to_the_row(
        self, desk: Client, marked: Mark
    ) -> None:
        response = desk.get(verb_of(marked.round, "dry-run"), follow=True)
        assert response.redirect_chain == [(page_of(marked.round), 302)]
        assert told(response) == ["That is not possible now: look at the state of the row."]

    def test_a_mark_shows_its_two_services(self, desk: Client, marked: Mark) -> None:
        page = desk.get(page_of(marked)).content.decode()
        for service in (marked.warning_service, marked.decision_service):
            assert service.notice.number in page
            assert f"/notices/service/{service.pk}/" in page

    def test_a_round_counts_its_candidates(self, desk: Client, marked: Mark) -> None:
        context = desk.get(page_of(marked.round)).context
        counts = {state: count for _label, state, count in context["counts"]}
        assert counts[CandidateState.MARKED] == context["total"] == context["mark_total"] == 1

    def test_the_lists_ask_no_more_for_more_rows(self, desk: Client, manager: User) -> None:
        campaign = liquidable_obligation().campaign
        rounds.dry_run(drafted(manager, campaign), by=manager, at=NOON)
        few = [queries(desk, list_of(model)) for model in (MarkingRound, RoundCandidate)]
        for _ in range(5):
            liquidable_obligation(campaign=campaign)
            rounds.dry_run(drafted(manager, campaign), by=manager, at=NOON)
        assert RoundCandidate.objects.count() == 6
        assert [queries(desk, list_of(model)) for model in (MarkingRound, RoundCandidate)] == few


class TestStop:
    """Whoever has a hand in a round stops it."""

    @pytest.mark.parametrize("role", [Role.CAMPAIGN_MANAGER, Role.SENIOR_REVIEWER])
    def test_drafters_checkers_and_signers_stop_it(self, role: Role, manager: User) -> None:
        round_ = sampled(manager)
        signed_in(staff_member(role)).post(verb_of(round_, "stop"), {"reason": "Ошибка"})
        assert fresh(round_).state == RoundState.STOPPED

    def test_every_role_with_a_hand_in_rounds_may_stop_them(self) -> None:
        hands = {f"reregistration.{verb}_marking" for verb in ("manage", "check", "sign")}
        for role, permissions in PERMISSIONS.items():
            assert bool(permissions & hands) == ("reregistration.stop_marking" in permissions), role


class TestReverse:
    @pytest.fixture
    def marked(self) -> Mark:
        return mark_made()

    def test_a_mark_is_reversed_with_reason_and_ground(self, desk: Client, marked: Mark) -> None:
        assert verb_of(marked, "reverse") in desk.get(page_of(marked)).content.decode()
        asked = desk.get(verb_of(marked, "reverse")).content.decode()
        assert marked.obligation.organisation.number in asked
        answers = {"reason": "at_work", "ground": "Звонок №7"}
        response = desk.post(verb_of(marked, "reverse"), answers, follow=True)
        assert told(response) == ["The mark is reversed. The organisation is told."]
        assert Reversal.objects.get().ground == "Звонок №7"
        page = response.content.decode()
        assert "Звонок №7" in page
        assert verb_of(marked, "reverse") not in page
        assert ONLY_THE_COURT in page

    def test_without_a_ground_nothing_happens(self, desk: Client, marked: Mark) -> None:
        page = desk.post(verb_of(marked, "reverse"), {"reason": "at_work"})
        assert page.status_code == 200
        assert not Reversal.objects.exists()

    def test_only_a_complaint_is_upheld_by_deciding_on_it(self, desk: Client, marked: Mark) -> None:
        answers = {"reason": "complaint_upheld", "ground": "Звонок №7"}
        assert desk.post(verb_of(marked, "reverse"), answers).status_code == 200
        assert not Reversal.objects.exists()

    def test_whoever_only_reads_marks_reverses_none(self, marked: Mark) -> None:
        desk = signed_in(staff_member(Role.AUDITOR))
        assert desk.get(page_of(marked)).status_code == 200
        answers = {"reason": "at_work", "ground": "Звонок №7"}
        assert desk.post(verb_of(marked, "reverse"), answers).status_code == 403
        assert not Reversal.objects.exists()

    def test_the_list_asks_no_more_for_more_marks(self, desk: Client, manager: User) -> None:
        reversal.reverse(mark_made(), by=manager, at=NOON, ground="Звонок №7")
        few = queries(desk, list_of(Mark))
        for _ in range(3):
            reversal.reverse(mark_made(), by=manager, at=NOON, ground="Звонок №7")
        assert queries(desk, list_of(Mark)) == few

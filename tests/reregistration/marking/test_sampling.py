"""A sample is drawn once, checked case by case by people who stand apart, and bears no error."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from accounts import one_person
from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from reregistration import partiality
from reregistration.marking import mark, plan, reversal, rounds, rule, sampling
from reregistration.models import (
    Campaign,
    Mark,
    MarkingRound,
    SampleCase,
    SampleDraw,
    SampleVerdict,
)
from reregistration.states import CandidateState, RoundState, Verdict
from tests.concurrency import one_behind_the_other, together
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.reregistration import (
    MARKING_DAY,
    CampaignFactory,
    authorised_round,
    check,
    drawn_round,
    dry_run_round,
    liquidable_obligation,
    mark_made,
    noon,
    sampled_round,
)

pytestmark = pytest.mark.usefixtures("in_english")
AT = noon(MARKING_DAY)


@pytest.fixture
def campaign(db: None) -> Campaign:
    return CampaignFactory.create()


@pytest.fixture
def checker(db: None) -> User:
    return staff_member(Role.SENIOR_REVIEWER)


def silent(campaign: Campaign, count: int) -> None:
    for _ in range(count):
        liquidable_obligation(campaign=campaign)


def drawn(campaign: Campaign, count: int = 2) -> MarkingRound:
    """A round of so many candidates whose sample is drawn."""
    silent(campaign, count)
    return drawn_round(campaign)


def cases(round_: MarkingRound) -> list[SampleCase]:
    return list(round_.cases.all())


def judge(case: SampleCase, by: User, verdict: Verdict = Verdict.RIGHT, **more: Any) -> Any:
    return sampling.judge(case, **{"verdict": verdict, "by": by, "at": AT, **more})


def wrong(case: SampleCase, by: User, words: str = "It moved.") -> Any:
    return judge(case, by, Verdict.WRONG, words=words)


def fresh(round_: MarkingRound) -> MarkingRound:
    return MarkingRound.objects.get(pk=round_.pk)


class TestDraw:
    def test_draws_what_the_plan_asks_from_the_frozen(self, campaign: Campaign) -> None:
        silent(campaign, 25)
        round_ = dry_run_round(campaign)
        made = sampling.draw(round_, by=round_.drafted_by, at=AT)
        assert (made.population, made.size) == (25, plan.full(25))
        assert (made.clean_rounds, made.pooled, made.by, made.at) == (0, 0, round_.drafted_by, AT)
        assert fresh(round_).sample_size == made.size == round_.cases.count() == 24
        assert fresh(round_).state == RoundState.DRY_RUN

    def test_anybody_repeats_it_from_the_seed(self, campaign: Campaign) -> None:
        round_ = drawn(campaign, 25)
        places = round_.cases.order_by("place").values_list("candidate__position", flat=True)
        assert list(places) == plan.order(round_.draw.seed, range(1, 26))[:24]
        assert list(places) == sampling.repeat(round_.draw, 24)

    def test_it_is_repeated_as_it_was_after_candidates_were_taken_out(
        self, campaign: Campaign
    ) -> None:
        silent(campaign, 4)
        round_ = dry_run_round(campaign)
        take_out = partial(rounds.take_out, by=round_.drafted_by, reason="They called.")
        take_out(round_.candidates.all()[0], at=AT)
        made = sampling.draw(round_, by=round_.drafted_by, at=AT + timedelta(minutes=1))
        before = sampling.repeat(made, 3)
        assert (made.population, sorted(before)) == (3, [2, 3, 4])
        check(round_, at=AT + timedelta(minutes=2))
        take_out(round_.candidates.all()[1], at=AT + timedelta(minutes=3))
        assert sampling.repeat(made, 3) == before

    def test_twice_is_one_draw(self, campaign: Campaign) -> None:
        round_ = drawn(campaign)
        assert sampling.draw(round_, by=round_.drafted_by, at=AT) == round_.draw
        assert SampleDraw.objects.count() == 1
        assert SampleCase.objects.count() == 2

    def test_before_the_dry_run_is_refused(self, campaign: Campaign, checker: User) -> None:
        round_ = rounds.draft(campaign, by=checker, on=MARKING_DAY, at=AT)
        with pytest.raises(Refused, match="after the dry run"):
            sampling.draw(round_, by=checker, at=AT)

    def test_from_nobody_is_refused(self, campaign: Campaign) -> None:
        round_ = dry_run_round(campaign)
        with pytest.raises(Refused, match="nothing to check"):
            sampling.draw(round_, by=round_.drafted_by, at=AT)

    def test_two_seeds_are_never_the_same(self, campaign: Campaign) -> None:
        assert drawn(campaign).draw.seed != drawn(campaign).draw.seed

    @pytest.mark.usefixtures("real_commits")
    def test_two_people_at_once_draw_once(self) -> None:
        campaign = CampaignFactory.create()
        silent(campaign, 3)
        round_ = dry_run_round(campaign)
        draw = partial(sampling.draw, round_, by=round_.drafted_by, at=AT)
        one, other = one_behind_the_other(draw, draw)
        assert one == other
        assert SampleCase.objects.count() == 3


class TestThePlanOfACampaign:
    def done(self, campaign: Campaign, count: int = 1, minutes: int = 0) -> MarkingRound:
        """A round of so many, done without error."""
        silent(campaign, count)
        authorised_round(campaign)
        while mark.mark_next(campaign, at=AT + timedelta(minutes=minutes)):
            pass
        return MarkingRound.objects.latest("pk")

    def test_rounds_done_and_cases_found_right_are_counted(self, campaign: Campaign) -> None:
        self.done(campaign, 2)
        self.done(campaign, 1)
        made = drawn(campaign).draw
        assert (made.clean_rounds, made.pooled) == (2, 3)

    def test_another_campaigns_rounds_are_not(self, campaign: Campaign) -> None:
        self.done(CampaignFactory.create())
        assert drawn(campaign).draw.pooled == 0

    def test_a_case_found_wrong_begins_anew(self, campaign: Campaign, checker: User) -> None:
        self.done(campaign, 2)
        wrong(cases(drawn(campaign))[0], checker)
        made = drawn(campaign).draw
        assert (made.clean_rounds, made.pooled) == (0, 0)

    def test_a_reversed_mark_begins_anew(self, campaign: Campaign, checker: User) -> None:
        self.done(campaign, 2)
        made = Mark.objects.latest("pk")
        reversal.reverse(made, by=checker, at=AT + timedelta(minutes=1), ground="A wrong extract.")
        drawn_after = drawn(campaign).draw
        assert (drawn_after.clean_rounds, drawn_after.pooled) == (0, 0)

    def test_an_error_elsewhere_during_the_check_draws_more(
        self, campaign: Campaign, checker: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(plan, "REDUCED", 2)
        monkeypatch.setattr(plan, "POOL", 3)
        for _ in range(3):
            self.done(campaign)
        round_ = drawn(campaign, 10)
        assert round_.sample_size == 2
        first, last = cases(round_)
        judge(first, checker)
        reversal.reverse(
            Mark.objects.first() or mark_made(), by=checker, at=AT, ground="A wrong extract."
        )
        judge(last, checker)
        assert (fresh(round_).state, fresh(round_).sample_size) == (RoundState.DRY_RUN, 10)
        places = round_.cases.order_by("place").values_list("candidate__position", flat=True)
        assert list(places) == plan.order(round_.draw.seed, range(1, 11))
        check(round_)
        assert fresh(round_).state == RoundState.SAMPLED


class TestJudge:
    def test_the_last_case_found_right_makes_the_round_sampled(
        self, campaign: Campaign, checker: User
    ) -> None:
        round_ = drawn(campaign)
        first, last = cases(round_)
        made = judge(first, checker, words=" Seen. ")
        assert (made.verdict, made.words, made.by, made.cycle) == ("right", "Seen.", checker, 2)
        assert fresh(round_).state == RoundState.DRY_RUN
        judge(last, checker)
        assert (fresh(round_).state, fresh(round_).sampled_at) == (RoundState.SAMPLED, AT)

    def test_a_wrong_one_stops_the_round_and_moves_nobody(
        self, campaign: Campaign, checker: User
    ) -> None:
        round_ = drawn(campaign)
        case = cases(round_)[0]
        wrong(case, checker)
        stopped = fresh(round_)
        number = case.candidate.obligation.organisation.number
        assert (stopped.state, stopped.stopped_by, stopped.ended_at) == (
            RoundState.STOPPED,
            checker,
            AT,
        )
        assert stopped.stop_reason == f"{number}: It moved."
        assert set(round_.candidates.values_list("state", flat=True)) == {CandidateState.LEFT}
        assert case.candidate.obligation.events.count() == 1

    def test_a_wrong_one_keeps_the_organisation_out_of_this_cycle(
        self, campaign: Campaign, checker: User
    ) -> None:
        case, other = cases(drawn(campaign))
        wrong(case, checker)
        row = case.candidate.obligation
        assert [c.code for c in rule.reasons_against(row, MARKING_DAY)] == ["not_found_wrong"]
        assert dry_run_round(campaign).candidates.get().obligation == other.candidate.obligation

    def test_without_words_nothing_is_wrong(self, campaign: Campaign, checker: User) -> None:
        round_ = drawn(campaign)
        with pytest.raises(Refused, match="Say what is wrong"):
            wrong(cases(round_)[0], checker, words=" ")
        assert fresh(round_).state == RoundState.DRY_RUN

    def test_twice_is_recorded_once(self, campaign: Campaign, checker: User) -> None:
        first, last = cases(drawn(campaign))
        for case in (first, last):
            assert judge(case, checker) == judge(case, checker)
        assert SampleVerdict.objects.count() == 2

    def test_a_wrong_one_twice_is_recorded_once(self, campaign: Campaign, checker: User) -> None:
        case = cases(drawn(campaign))[0]
        assert wrong(case, checker) == wrong(case, checker)

    @pytest.mark.parametrize("verdict", Verdict)
    def test_the_drafter_is_refused(self, verdict: Verdict, campaign: Campaign) -> None:
        round_ = drawn(campaign)
        with pytest.raises(Refused, match="Other people check it"):
            judge(cases(round_)[0], round_.drafted_by, verdict, words="It moved.")

    def test_whoever_froze_it_is_refused(self, campaign: Campaign, checker: User) -> None:
        silent(campaign, 1)
        manager = staff_member(Role.CAMPAIGN_MANAGER)
        round_ = rounds.draft(campaign, by=manager, on=MARKING_DAY, at=AT)
        rounds.dry_run(round_, by=checker, at=AT)
        sampling.draw(round_, by=manager, at=AT)
        with pytest.raises(Refused, match="Other people check it"):
            judge(cases(round_)[0], checker)

    def test_a_signer_stops_it_instead(self, campaign: Campaign) -> None:
        silent(campaign, 1)
        round_ = authorised_round(campaign)
        assert round_.first_signed_by
        with pytest.raises(Refused, match="stop it"):
            wrong(cases(round_)[0], round_.first_signed_by)

    def test_a_second_person_is_told_who_judged(self, campaign: Campaign, checker: User) -> None:
        case = cases(drawn(campaign))[0]
        judge(case, checker)
        with pytest.raises(Refused, match=f"{checker} has judged"):
            judge(case, UserFactory.create())

    @pytest.mark.parametrize("moves_on", [sampled_round, authorised_round])
    def test_who_found_it_right_may_see_the_error_later(
        self, moves_on: Any, campaign: Campaign
    ) -> None:
        silent(campaign, 2)
        round_ = moves_on(campaign)
        checker = SampleVerdict.objects.latest("pk").by
        wrong(cases(round_)[0], checker)
        assert fresh(round_).state == RoundState.STOPPED
        assert mark.mark_next(campaign, at=AT) is False

    def test_of_a_stopped_round_nothing_is_judged(self, campaign: Campaign, checker: User) -> None:
        round_ = drawn(campaign)
        rounds.stop(round_, by=checker, at=AT, reason="A wrong extract.")
        for verdict in Verdict:
            with pytest.raises(Refused, match="no verdict is given"):
                judge(cases(round_)[0], checker, verdict, words="It moved.")

    def test_whoever_judged_a_case_does_not_decide_its_complaint(
        self, campaign: Campaign, checker: User
    ) -> None:
        first, last = cases(drawn(campaign))
        judge(first, checker)
        person = one_person.of(checker, AT)
        assert partiality.took_part(person, first.candidate.obligation)
        assert not partiality.took_part(person, last.candidate.obligation)

    def test_asks_no_more_for_more_cases(self, campaign: Campaign, checker: User) -> None:
        few, many = drawn(campaign, 3), drawn(campaign, 12)

        def asked(round_: MarkingRound) -> int:
            case = round_.cases.select_related("candidate__obligation__organisation")[0]
            with CaptureQueriesContext(connection) as captured:
                judge(case, checker)
            return len(captured)

        assert asked(few) == asked(many)


class TestTake:
    def test_two_people_get_different_cases_each_the_same_again(
        self, campaign: Campaign, checker: User
    ) -> None:
        round_, other = drawn(campaign, 3), UserFactory.create()
        mine = sampling.take(round_, by=checker, at=AT)
        theirs = sampling.take(round_, by=other, at=AT)
        assert [mine, theirs] == cases(round_)[:2]
        assert sampling.take(round_, by=checker, at=AT) == mine

    def test_after_a_verdict_the_next_one_comes(self, campaign: Campaign, checker: User) -> None:
        round_ = drawn(campaign, 2)
        first, last = cases(round_)
        judge(first, checker)
        assert sampling.take(round_, by=checker, at=AT) == last

    def test_what_was_left_for_an_hour_goes_to_the_next(
        self, campaign: Campaign, checker: User
    ) -> None:
        round_ = drawn(campaign, 1)
        taken, other = sampling.take(round_, by=checker, at=AT), UserFactory.create()
        assert sampling.take(round_, by=other, at=AT + timedelta(minutes=59)) is None
        assert sampling.take(round_, by=other, at=AT + timedelta(hours=1)) == taken

    def test_the_drafter_gets_none(self, campaign: Campaign) -> None:
        round_ = drawn(campaign)
        with pytest.raises(Refused, match="Other people check it"):
            sampling.take(round_, by=round_.drafted_by, at=AT)

    def test_of_a_round_that_is_sampled_there_is_none(
        self, campaign: Campaign, checker: User
    ) -> None:
        silent(campaign, 1)
        with pytest.raises(Refused, match="not being checked"):
            sampling.take(sampled_round(campaign), by=checker, at=AT)


@pytest.mark.usefixtures("real_commits")
class TestSeveralConnections:
    @pytest.fixture
    def round_(self, real_commits: None) -> MarkingRound:
        assert real_commits is None
        return drawn(CampaignFactory.create(), 8)

    @pytest.fixture
    def people(self, round_: MarkingRound) -> list[User]:
        assert round_
        return [staff_member(Role.SENIOR_REVIEWER) for _ in range(2)]

    def test_two_people_take_different_cases(
        self, round_: MarkingRound, people: list[User]
    ) -> None:
        take = [partial(sampling.take, round_, by=person, at=AT) for person in people]
        one, other = one_behind_the_other(*take)
        assert one != other

    def test_two_people_check_the_whole_sample_each_case_once(
        self, round_: MarkingRound, people: list[User]
    ) -> None:
        def check_all(person: User) -> int:
            judged = 0
            while MarkingRound.objects.get().state == RoundState.DRY_RUN:
                try:
                    case = sampling.take(round_, by=person, at=AT)
                except Refused:
                    break
                if case:
                    judge(case, person)
                    judged += 1
            return judged

        judged = together(*(partial(check_all, person) for person in people))
        assert sum(judged) == SampleVerdict.objects.count() == 8
        assert fresh(round_).state == RoundState.SAMPLED

    def test_of_two_people_on_one_case_one_is_told(
        self, round_: MarkingRound, people: list[User]
    ) -> None:
        case = cases(round_)[0]
        one, other = one_behind_the_other(*(partial(judge, case, person) for person in people))
        assert isinstance(one, SampleVerdict)
        assert isinstance(other, Refused)

    def test_right_and_wrong_at_once_end_stopped(
        self, round_: MarkingRound, people: list[User]
    ) -> None:
        case = cases(round_)[0]
        one_behind_the_other(partial(judge, case, people[0]), partial(wrong, case, people[1]))
        assert fresh(round_).state == RoundState.STOPPED
        assert SampleVerdict.objects.count() == 2

    @pytest.mark.parametrize("is_first", [True, False])
    def test_a_stop_and_the_last_verdict_end_stopped(
        self, is_first: bool, round_: MarkingRound, people: list[User]
    ) -> None:
        *others, last = cases(round_)
        for case in others:
            judge(case, people[0])
        stop = partial(rounds.stop, round_, by=people[1], at=AT, reason="A wrong extract.")
        verdict = partial(judge, last, people[0])
        one_behind_the_other(*((stop, verdict) if is_first else (verdict, stop)))
        assert fresh(round_).state == RoundState.STOPPED
        assert SampleVerdict.objects.count() == (7 if is_first else 8)

    def test_a_wrong_verdict_is_obeyed_by_a_worker_that_waits(
        self, round_: MarkingRound, people: list[User]
    ) -> None:
        check(round_, by=people[0])
        for _ in range(2):
            rounds.sign(round_, by=staff_member(Role.CAMPAIGN_MANAGER), at=AT)
        MarkingRound.objects.update(state=RoundState.RUNNING)
        case = cases(round_)[0]
        _, worked = one_behind_the_other(
            partial(wrong, case, people[0]), partial(mark.mark_next, round_.campaign, at=AT)
        )
        assert worked is False
        assert not Mark.objects.exists()

    def test_whoever_signs_while_they_judge_does_one_of_the_two(
        self, round_: MarkingRound, people: list[User]
    ) -> None:
        check(round_, by=people[0])
        sign = partial(rounds.sign, round_, by=people[1], at=AT)
        late = partial(wrong, cases(round_)[0], people[1])
        _, refused = one_behind_the_other(sign, late)
        assert isinstance(refused, Refused)
        assert fresh(round_).first_signed_by == people[1]


class TestTheDatabaseHoldsTheSample:
    """Past every verb."""

    def verdict(self, case: SampleCase, by: User, **fields: Any) -> None:
        SampleVerdict.objects.create(
            **{"case": case, "cycle": 2, "verdict": Verdict.RIGHT, "by": by, "at": AT, **fields}
        )

    def test_the_drafter_judges_nothing(self, campaign: Campaign) -> None:
        round_ = drawn(campaign)
        with pytest.raises(IntegrityError, match="verdict_by_who_stands_apart"):
            self.verdict(cases(round_)[0], round_.drafted_by)

    def test_a_signer_judges_nothing(self, campaign: Campaign) -> None:
        silent(campaign, 1)
        round_ = authorised_round(campaign)
        assert round_.second_signed_by
        with pytest.raises(IntegrityError, match="verdict_by_who_stands_apart"):
            self.verdict(
                cases(round_)[0], round_.second_signed_by, verdict=Verdict.WRONG, words="No."
            )

    def test_nothing_is_found_right_once_it_was_sampled(
        self, campaign: Campaign, checker: User
    ) -> None:
        silent(campaign, 1)
        with pytest.raises(IntegrityError, match="verdict_while_it_is_checked"):
            self.verdict(cases(sampled_round(campaign))[0], checker)

    def test_a_case_is_judged_once(self, campaign: Campaign, checker: User) -> None:
        case = cases(drawn(campaign))[0]
        self.verdict(case, checker)
        with pytest.raises(IntegrityError, match="verdict_once_a_case"):
            self.verdict(case, UserFactory.create())

    def test_wrong_says_why(self, campaign: Campaign, checker: User) -> None:
        with pytest.raises(IntegrityError, match="verdict_wrong_says_why"):
            self.verdict(cases(drawn(campaign))[0], checker, verdict=Verdict.WRONG)

    def test_a_round_is_drawn_once(self, campaign: Campaign, checker: User) -> None:
        made = drawn(campaign).draw
        with pytest.raises(IntegrityError, match="round"):
            SampleDraw.objects.create(
                round=made.round,
                seed="ab",
                population=2,
                size=2,
                clean_rounds=0,
                pooled=0,
                by=checker,
                at=AT,
            )

    def test_a_case_is_a_candidate_of_its_round(self, campaign: Campaign) -> None:
        silent(campaign, 1)
        foreign = dry_run_round(campaign).candidates.get()
        with pytest.raises(IntegrityError, match="case_of_its_rounds_candidate"):
            SampleCase.objects.create(round=drawn(campaign, 1), candidate=foreign, place=9)

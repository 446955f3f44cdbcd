"""What the ministry's people do in a rehearsal: authorise rounds, decide on answers, hold dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count

from accounts.models import User
from reregistration import appeals, holds
from reregistration.marking import rounds, rule, sampling
from reregistration.models import (
    Appeal,
    Campaign,
    Complaint,
    Hearing,
    Hold,
    MarkingRound,
    Objection,
    Obligation,
    Reversal,
    SampleCase,
    SampleVerdict,
)
from reregistration.rehearsal.plan import Fate, fate_of
from reregistration.rehearsal.referrals import Officers
from reregistration.states import AnswerOutcome, RoundState, State, Verdict

# They take so long over an answer.
DECIDED_AFTER = timedelta(days=10)
_OUTCOMES = {Fate.UPHELD: AnswerOutcome.UPHELD, Fate.DISMISSED: AnswerOutcome.DISMISSED}


@dataclass(frozen=True)
class Staff:
    """The people at the ministry: four for marking, one who decides and took no part, and those
    who see to referrals."""

    drafter: User
    checker: User
    first: User
    second: User
    decider: User
    officers: Officers


def authorise(
    campaign: Campaign, staff: Staff, *, silent: Collection[int], on: date, at: datetime
) -> MarkingRound | None:
    """Draft a round, freeze its candidates, check its sample and sign it, once somebody is
    liquidable and no other round is under way. Returns it; None also where the check stopped it.

    The sample is drawn by a seed that nobody chooses: that one of those who stay `silent` is found
    wrong makes no rehearsal differ from another in what is met.
    """
    busy = MarkingRound.objects.filter(
        campaign=campaign, state__in=[RoundState.AUTHORISED, RoundState.RUNNING]
    )
    if busy.exists() or not rule.liquidable(campaign, on).exists():
        return None
    drafted = rounds.draft(campaign, by=staff.drafter, on=on, at=at)
    rounds.dry_run(drafted, by=staff.drafter, at=at)
    drawn = sampling.draw(drafted, by=staff.drafter, at=at)
    if not _check(drawn.round, staff, silent, at):
        return None
    rounds.sign(drafted, by=staff.first, at=at)
    return rounds.sign(drafted, by=staff.second, at=at)


def _check(round_: MarkingRound, staff: Staff, silent: Collection[int], at: datetime) -> bool:
    """Judge the sample one case at a time; returns whether every one was found right."""
    round_.refresh_from_db()
    while round_.state == RoundState.DRY_RUN:
        case = sampling.take(round_, by=staff.checker, at=at)
        if case is None:
            return False
        verdict, words = _finding(case, silent)
        sampling.judge(case, verdict=verdict, words=words, by=staff.checker, at=at)
        round_.refresh_from_db()
    return round_.state == RoundState.SAMPLED


def _finding(case: SampleCase, silent: Collection[int]) -> tuple[Verdict, str]:
    """Of the first of the silent the checker knows what no rule does; the others are right."""
    wrong = SampleVerdict.objects.filter(
        case__round__campaign=case.round.campaign_id, verdict=Verdict.WRONG
    )
    if case.candidate.obligation_id not in silent or wrong.exists():
        return Verdict.RIGHT, ""
    return Verdict.WRONG, "Its library is open: I was there last week."


def decide_answers(campaign: Campaign, staff: Staff, *, at: datetime, seed: int) -> Counter[str]:
    """Decide on what has waited long enough; some of it goes on waiting."""
    done: Counter[str] = Counter()
    for model in (Objection, Complaint, Hearing):
        waiting = model._default_manager.filter(
            obligation__campaign=campaign, decided_at__isnull=True, at__lte=at - DECIDED_AFTER
        )
        for appeal in waiting.order_by("pk"):
            done += _decide(appeal, staff, at, seed)
    return done


def _decide(appeal: Appeal, staff: Staff, at: datetime, seed: int) -> Counter[str]:
    fate = fate_of(appeal.number, seed)
    # Nobody is turned away before they were heard.
    if fate == Fate.WAITS or (isinstance(appeal, Hearing) and fate == Fate.DISMISSED):
        return Counter()
    reversals = Reversal.objects.count()
    appeals.decide(
        appeal, outcome=_OUTCOMES[fate], decision="As it was found.", by=staff.decider, at=at
    )
    return Counter(decided=1, reversed=Reversal.objects.count() - reversals)


def hold_a_region(campaign: Campaign, staff: Staff, *, on: date, at: datetime) -> Hold:
    """Hold the dates of the region that has the fewest organisations."""
    smallest = (
        campaign.obligations.values("organisation__region")
        .annotate(n=Count("pk"))
        .order_by("n", "organisation__region")
        .values_list("organisation__region", flat=True)
    )[0]
    region = (
        Obligation.objects.select_related("organisation__region")
        .filter(campaign=campaign, organisation__region=smallest)[0]
        .organisation.region
    )
    return holds.begin(
        campaign, region=region, reason="The roads are flooded.", by=staff.first, on=on, at=at
    )


def hold_one(
    campaign: Campaign, staff: Staff, *, among: Collection[int], on: date, at: datetime
) -> Hold:
    """Hold the dates of one of the overdue among those, to the end of the rehearsal."""
    one = campaign.obligations.filter(
        pk__in=among, state=State.OVERDUE, held_since_on__isnull=True
    ).order_by("pk")[0]
    return holds.begin(
        campaign, obligation=one, reason="Its seat burnt down.", by=staff.first, on=on, at=at
    )


def end_hold(hold: Hold, staff: Staff, *, on: date, at: datetime) -> int:
    """Let the clocks run again; returns how many stood still."""
    return len(holds.end(hold, by=staff.second, on=on, at=at))

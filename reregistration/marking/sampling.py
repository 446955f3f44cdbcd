"""The sample of a round: drawn once from its frozen candidates, checked by people case by case.

Whoever checks neither drafted nor froze the round, and does not sign it. Any error stops the round.
The plan, and how a draw is repeated, stand in `plan`.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts import one_person
from accounts.models import User
from accounts.refusals import Refused
from reregistration.marking import plan, rounds
from reregistration.models import (
    Campaign,
    MarkingRound,
    Reversal,
    RoundCandidate,
    SampleCase,
    SampleDraw,
    SampleVerdict,
)
from reregistration.states import ROUND_ALLOWED, CandidateState, RoundState, Verdict

# A case that somebody opened and left goes to the next person after this long.
TAKEN_FOR = timedelta(hours=1)


@transaction.atomic
def draw(round_: MarkingRound, *, by: User, at: datetime) -> SampleDraw:
    """Draw the round's sample from its frozen candidates, by a seed that nobody chooses.

    Refuses a round that is not fresh from its dry run, and one of which nobody waits to be marked.
    Safe to repeat: a round is drawn once, and a second call gets that draw.
    """
    fresh = _lock(round_.pk)
    drawn = SampleDraw.objects.filter(round=fresh).first()
    if drawn:
        return drawn
    if fresh.state != RoundState.DRY_RUN:
        raise Refused(_("A sample is drawn after the dry run. Reload the page."))
    population = fresh.candidates.filter(state=CandidateState.WAITING).count()
    if not population:
        raise Refused(_("This round has no candidates: there is nothing to check."))
    clean_rounds, pooled = _since_the_last_error(fresh.campaign, besides=fresh)
    drawn = SampleDraw.objects.create(
        round=fresh,
        seed=secrets.token_hex(16),
        population=population,
        size=plan.size(population, clean_rounds=clean_rounds, pooled=pooled),
        clean_rounds=clean_rounds,
        pooled=pooled,
        by=by,
        at=at,
    )
    _lay_out(fresh, drawn, drawn.size)
    return drawn


@transaction.atomic
def take(round_: MarkingRound, *, by: User, at: datetime) -> SampleCase | None:
    """Take the next case to check: the one that this person has taken already, else the first
    that nobody looks at; None where all are judged or before other people.

    Refuses a round that is not being checked, and whoever drafted or froze it. Safe to repeat.
    """
    fresh = _lock(round_.pk)
    if fresh.state != RoundState.DRY_RUN:
        raise Refused(_("This round's sample is not being checked now."))
    _refuse_the_partial(fresh, by, at)
    unjudged = unjudged_of(fresh)
    free = Q(taken_at__isnull=True) | Q(taken_at__lte=at - TAKEN_FOR)
    case = unjudged.filter(taken_by=by).first() or unjudged.filter(free).first()
    if case:
        case.taken_by, case.taken_at = by, at
        case.save(update_fields=["taken_by", "taken_at"])
    return case


@transaction.atomic
def judge(
    case: SampleCase, *, verdict: Verdict, by: User, at: datetime, words: str = ""
) -> SampleVerdict:
    """Record what a person found of one case. The last case found right makes the round sampled.

    `wrong` needs words and stops the round at once, also after its sample was found right, as long
    as the round has not ended; the organisation is in no later round of this cycle (`rule`).
    Refuses whoever drafted, froze or signed the round, a case that somebody else judged meanwhile,
    and a round that is over. Safe to repeat: the same verdict by the same person is recorded once.
    """
    fresh = _lock(case.round_id)
    given = SampleVerdict.objects.filter(case=case, verdict=verdict).first()
    if given and given.by_id == by.pk:
        return given
    _refuse_the_partial(fresh, by, at)
    if given:
        raise Refused(_("%(who)s has judged this case meanwhile.") % {"who": given.by})
    _refuse_unless_possible(fresh, case, verdict, words.strip())
    made = SampleVerdict.objects.create(
        case=case,
        cycle=case.candidate.obligation.cycle,
        verdict=verdict,
        words=words.strip(),
        by=by,
        at=at,
    )
    if verdict == Verdict.WRONG:
        number = case.candidate.obligation.organisation.number
        rounds.stop(fresh, by=by, at=at, reason=f"{number}: {made.words}")
    elif not unjudged_of(fresh).exists():
        _settle(fresh, at)
    return made


def unjudged_of(round_: MarkingRound) -> QuerySet[SampleCase]:
    """The drawn cases that nobody has judged yet."""
    return round_.cases.filter(~Exists(SampleVerdict.objects.filter(case=OuterRef("pk"))))


def repeat(drawn: SampleDraw, size: int) -> list[int]:
    """The positions that the seed draws from the frozen candidates, computed anew."""
    candidates = RoundCandidate.objects.filter(round=drawn.round_id).exclude(
        state=CandidateState.TAKEN_OUT, decided_at__lte=drawn.at
    )
    return plan.order(drawn.seed, candidates.values_list("position", flat=True))[:size]


def _lock(pk: int) -> MarkingRound:
    return (
        MarkingRound.objects.select_for_update(of=("self",), no_key=True)
        .select_related("campaign")
        .get(pk=pk)
    )


def _lay_out(round_: MarkingRound, drawn: SampleDraw, size: int) -> None:
    """The first `size` cases of the draw; those that lie there already stay."""
    laid = round_.cases.count()
    by_position = dict(round_.candidates.values_list("position", "pk"))
    SampleCase.objects.bulk_create(
        SampleCase(round=round_, candidate_id=by_position[position], place=place)
        for place, position in enumerate(repeat(drawn, size), start=1)
        if place > laid
    )
    round_.sample_size = size
    round_.save(update_fields=["sample_size"])


def _settle(round_: MarkingRound, at: datetime) -> None:
    """Every case was found right: judged with those before, that is enough, or more are drawn.

    More where an error was found elsewhere since the draw, so that the pool has begun anew.
    """
    drawn = round_.draw
    clean_rounds, pooled = _since_the_last_error(round_.campaign, besides=round_)
    size = plan.size(drawn.population, clean_rounds=clean_rounds, pooled=pooled)
    if size > round_.cases.count():
        _lay_out(round_, drawn, size)
        return
    round_.state, round_.sampled_at = RoundState.SAMPLED, at
    round_.save(update_fields=["state", "sampled_at"])


def _since_the_last_error(campaign: Campaign, *, besides: MarkingRound) -> tuple[int, int]:
    """The campaign's rounds done, and its cases found right, since the last error.

    An error is a case found wrong, or a mark that was reversed, for whatever reason: no reason
    given for a reversal shall spare the next round its full check.
    """
    verdicts = SampleVerdict.objects.filter(case__round__campaign=campaign)
    wrong_at = verdicts.filter(verdict=Verdict.WRONG).aggregate(at=Max("at"))["at"]
    reversed_at = Reversal.objects.filter(mark__round__campaign=campaign).aggregate(at=Max("at"))[
        "at"
    ]
    done = MarkingRound.objects.filter(campaign=campaign, state=RoundState.DONE)
    right = verdicts.filter(verdict=Verdict.RIGHT).exclude(case__round=besides)
    for error_at in filter(None, (wrong_at, reversed_at)):
        done, right = done.filter(draw__at__gt=error_at), right.filter(at__gt=error_at)
    return done.filter(draw__isnull=False).count(), right.count()


def _refuse_the_partial(round_: MarkingRound, by: User, at: datetime) -> None:
    person = one_person.of(by, at)
    if person.did(round_.drafted_by_id, round_.drafted_at) or person.did(
        round_.frozen_by_id, round_.frozen_at
    ):
        raise Refused(_("You drafted this round or froze its candidates. Other people check it."))
    if person.did(round_.first_signed_by_id, round_.first_signed_at) or person.did(
        round_.second_signed_by_id, round_.second_signed_at
    ):
        raise Refused(_("You signed this round. If you see an error in it, stop it."))


def _refuse_unless_possible(
    round_: MarkingRound, case: SampleCase, verdict: Verdict, words: str
) -> None:
    if verdict == Verdict.WRONG:
        if not words:
            raise Refused(_("Say what is wrong: the words are kept, and stop the round."))
        if RoundState.STOPPED in ROUND_ALLOWED[round_.state]:
            return
    elif round_.state == RoundState.DRY_RUN and unjudged_of(round_).filter(pk=case.pk).exists():
        return
    raise Refused(
        _("This round is “%(state)s” now, and no verdict is given any more.")
        % {"state": round_.get_state_display()}
    )

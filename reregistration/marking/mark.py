"""The marking itself: one candidate of an authorised round at a time, each under its own lock."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from notices import notice
from notices.states import Kind
from registry.calendar import day_of, end_of, is_protected
from registry.models import Organisation
from reregistration import decisions, letters, obligations
from reregistration.marking import rule
from reregistration.models import Campaign, Mark, MarkingRound, Obligation, RoundCandidate
from reregistration.obligations import Move
from reregistration.states import CampaignState, CandidateState, RoundState, State


def mark_next(campaign: Campaign, *, at: datetime) -> bool:
    """Decide on the next candidate of the campaign's round; returns whether there was work.

    Work is marking the candidate, or finding that it is no longer liquidable. Nothing happens
    without a round that two people authorised, on a protected day, when the week's cap is used up,
    or while a moved due date is on its way. Each candidate is its own transaction: a killed worker
    loses at most one, and the next call takes it up again. Two workers take different candidates.
    """
    if is_protected(day_of(at)):
        return False
    round_ = _running_round(campaign)
    if round_ is None:
        return False
    with transaction.atomic():
        # The cap is counted and spent under the round's lock, so that two workers cannot
        # overdraw it.
        fresh = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        locked = MarkingRound.objects.select_for_update(no_key=True).get(pk=round_.pk)
        if fresh.state != CampaignState.OPEN or fresh.is_writing_dates:
            return False
        if locked.state != RoundState.RUNNING or marks_left_this_week(campaign, at) <= 0:
            return False
        # Locked, so that nobody takes it out while it is decided.
        candidate = (
            locked.candidates.select_for_update(no_key=True)
            .filter(state=CandidateState.WAITING)
            .first()
        )
        if candidate is None:
            locked.state, locked.ended_at = RoundState.DONE, at
            locked.save(update_fields=["state", "ended_at"])
            return False
        _decide(candidate, at)
    return True


def _running_round(campaign: Campaign) -> MarkingRound | None:
    """The round that runs; if none does, the oldest authorised one is started.

    None where the campaign has been closed meanwhile.
    """
    with transaction.atomic():
        fresh = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        if fresh.state != CampaignState.OPEN:
            return None
        found = current_round(campaign, locked=True)
        if found and found.state == RoundState.AUTHORISED:
            found.state = RoundState.RUNNING
            found.save(update_fields=["state"])
        return found


def current_round(campaign: Campaign, *, locked: bool = False) -> MarkingRound | None:
    """The round that runs; if none does, the oldest authorised one."""
    rounds = MarkingRound.objects.filter(campaign=campaign).order_by("pk")
    if running := rounds.filter(state=RoundState.RUNNING).first():
        return running
    authorised = rounds.filter(state=RoundState.AUTHORISED)
    return (authorised.select_for_update(no_key=True) if locked else authorised).first()


def marks_left_this_week(campaign: Campaign, at: datetime) -> int:
    """How many may still be marked in the calendar week (Monday to Sunday) of that moment."""
    monday = day_of(at) - timedelta(days=day_of(at).weekday())
    used = Mark.objects.filter(
        round__campaign=campaign, at__gte=end_of(monday - timedelta(days=1))
    ).count()
    return campaign.week_cap - used


def _decide(candidate: RoundCandidate, at: datetime) -> None:
    """Mark the candidate, or record why it may not be marked any more."""
    obligation = _lock(candidate)
    on = day_of(at)

    row = rule.liquidable(obligation.campaign, on).filter(pk=obligation.pk).first()
    candidate.decided_at = at
    if row is None:
        against = rule.reasons_against(obligation, on)
        candidate.state = CandidateState.NO_LONGER
        candidate.reason = ", ".join(condition.code for condition in against)
    else:
        candidate.state = CandidateState.MARKED
        _mark(candidate, obligation, row, on, at)
    candidate.save(update_fields=["state", "reason", "decided_at"])


def _lock(candidate: RoundCandidate) -> Obligation:
    """Organisation and obligation, locked in the order that everybody keeps."""
    organisation = Organisation.objects.select_for_update(of=("self",), no_key=True).get(
        obligations=candidate.obligation_id
    )
    obligation: Obligation = (
        Obligation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("campaign")
        .get(pk=candidate.obligation_id)
    )
    obligation.organisation = organisation
    return obligation


def _signatories(round_: MarkingRound) -> dict[str, str]:
    """The two who authorised the round; a round that runs has both."""
    signatures = [
        (round_.first_signed_by, round_.first_signed_at),
        (round_.second_signed_by, round_.second_signed_at),
    ]
    return decisions.signed_by(
        *((person, at) for person, at in signatures if person and at),
        permission="reregistration.sign_marking",
    )


def _mark(
    candidate: RoundCandidate, obligation: Obligation, row: Any, on: date, at: datetime
) -> None:
    organisation = obligation.organisation
    Mark.objects.create(
        obligation=obligation,
        cycle=obligation.cycle,
        round_id=candidate.round_id,
        warning_service_id=row.warning_service,
        decision_service_id=row.decision_service,
        facts={
            "on": on.isoformat(),
            "due_on": obligation.due_on.isoformat(),
            "legal_status": organisation.status,
            "legal_form": organisation.legal_form_id,
            "registered_on": organisation.registered_on.isoformat(),
            "last_seen_extract": organisation.last_seen_extract_id,
            "warning_served_at": row.warning_served_at.isoformat(),
            "decision_served_at": row.decision_served_at.isoformat(),
            "conditions": [c.code for c in rule.conditions(obligation.campaign, on)],
        },
        at=at,
    )
    round_name = f"round {candidate.round_id}"
    obligations.move_locked(obligation, Move(State.MARKED, None, at, round_name))
    notice.register(
        [
            letters.draft(
                obligation,
                Kind.MARKED,
                round_name,
                {"marked_on": on.isoformat(), **_signatories(candidate.round)},
            )
        ],
        at=at,
    )

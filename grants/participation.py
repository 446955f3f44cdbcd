"""Registering to take part in grant programmes, leaving, being removed; what the operator found."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from grants import drafts, eligibility
from grants.models import (
    ExclusionDeclaration,
    ExclusionFinding,
    Participant,
    ParticipantEvent,
)
from grants.states import (
    LIVE_AWARDS,
    PARTICIPANT_ALLOWED,
    ApplicationState,
    CallState,
    Exclusion,
    ParticipantState,
)
from registry import access
from registry.calendar import day_of
from registry.models import Organisation
from registry.sequences import next_numbers

# A registration runs a year; so many days before its end it may be renewed without a gap.
TERM_DAYS = 365
RENEWABLE_DAYS = 60
# An organisation does not leave while one of these waits for a decision.
WAITING = (
    ApplicationState.SUBMITTED,
    ApplicationState.RETURNED,
    ApplicationState.ADMITTED,
    ApplicationState.RESERVE,
)


@transaction.atomic
def register(
    organisation: Organisation, *, clear_of: Collection[str], by: User, at: datetime
) -> Participant:
    """Register an organisation to take part from that day on, for a year.

    `clear_of` are the exclusions that its representative declares not to be met: all eight.
    Refuses one that eligibility speaks against (its reasons and cures stand on the page), and who
    does not act for it. Safe to repeat, in two tabs too: whoever takes part gets the registration
    that stands; near its end or after it, another follows without a gap.
    """
    fresh = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    on = day_of(at)
    standing = fresh.participations.filter(state=ParticipantState.ACTIVE).first()
    if standing and not is_renewable(standing, on):
        return standing
    drafts.refuse_unless_acting(fresh, by)
    if set(clear_of) != set(Exclusion.values):
        raise Refused(
            _(
                "Declare each of the eight points. If one is met, the law keeps the organisation "
                "from state grants until it ends."
            )
        )
    reasons = eligibility.reasons_against(fresh, None, on)
    if reasons:
        raise Refused(" ".join(f"{reason.words} {reason.cure}" for reason in reasons))
    number = f"P-{next_numbers('participant_number')[0]:07d}"
    if standing:
        _end(standing, ParticipantState.LEFT, _("Renewed as %s.") % number, by=by, at=at)
    made = Participant.objects.create(
        number=number,
        organisation=fresh,
        from_on=on,
        until_on=on + timedelta(days=TERM_DAYS),
        registered_by=by,
        registered_at=at,
    )
    ParticipantEvent.objects.create(participant=made, to_state=made.state, by=by, at=at)
    ExclusionDeclaration.objects.create(participant=made, clear_of=sorted(clear_of), by=by, at=at)
    return made


def is_renewable(participant: Participant, on: date) -> bool:
    """Whether its last days have come, or are over."""
    return on >= participant.until_on - timedelta(days=RENEWABLE_DAYS)


@transaction.atomic
def leave(participant: Participant, *, reason: str, by: User, at: datetime) -> Participant:
    """The organisation takes part no longer. Refuses while an application waits for a decision or
    a grant runs, and who does not act for it. Safe to repeat."""
    fresh = _lock(participant)
    drafts.refuse_unless_acting(fresh.organisation, by)
    if fresh.state != ParticipantState.ACTIVE:
        return fresh
    waiting = fresh.organisation.grant_applications.filter(state__in=WAITING)
    if waiting.exclude(lot__call__state=CallState.CANCELLED).exists():
        raise Refused(
            _("An application of yours waits for its decision. Withdraw it first, then leave.")
        )
    if fresh.organisation.awards.filter(state__in=LIVE_AWARDS).exists():
        raise Refused(_("A grant of yours runs. Report on it and return what is left, then leave."))
    words = reason.strip() or _("Left on its own wish.")
    _end(fresh, ParticipantState.LEFT, words, by=by, at=at)
    return fresh


@transaction.atomic
def remove(participant: Participant, *, reason: str, by: User, at: datetime) -> Participant:
    """The operator takes it off the register of participants. What was awarded stays awarded.

    Refuses without a reason, who acts for the organisation, and one that ended already.
    """
    fresh = _lock(participant)
    if not reason.strip():
        raise Refused(_("Write why: the organisation and an auditor read it."))
    access.refuse_the_partial(fresh.organisation, by, at)
    if ParticipantState.REMOVED not in PARTICIPANT_ALLOWED[fresh.state]:
        raise Refused(_("This organisation takes part no longer already."))
    _end(fresh, ParticipantState.REMOVED, reason.strip(), by=by, at=at)
    return fresh


@transaction.atomic
def find(
    organisation: Organisation,
    exclusion: Exclusion,
    *,
    is_met: bool,
    evidence: str,
    on: date,
    by: User,
    at: datetime,
) -> ExclusionFinding:
    """Record what a check of one exclusion found, as of that day: met, or met no longer.

    Counts at once: for applications, awards and payments. Refuses without the place where it
    stands, a day that lies ahead, and who acts for the organisation. Repeated, it is another
    check, and says the same.
    """
    fresh = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    if not evidence.strip():
        raise Refused(_("Write where it stands: the register asked, the number of the paper."))
    if on > day_of(at):
        raise Refused(_("The day of the check lies ahead."))
    access.refuse_the_partial(fresh, by, at)
    return ExclusionFinding.objects.create(
        organisation=fresh,
        exclusion=exclusion,
        is_met=is_met,
        evidence=evidence.strip(),
        on=on,
        by=by,
        at=at,
    )


def _lock(participant: Participant) -> Participant:
    """The organisation first, as everywhere."""
    Organisation.objects.select_for_update(no_key=True).get(pk=participant.organisation_id)
    return (
        Participant.objects.select_related("organisation")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=participant.pk)
    )


def _end(
    participant: Participant, to: ParticipantState, reason: str, *, by: User, at: datetime
) -> None:
    before = participant.state
    participant.state, participant.end_reason = to, reason
    participant.ended_by, participant.ended_at = by, at
    participant.save(update_fields=["state", "end_reason", "ended_by", "ended_at"])
    ParticipantEvent.objects.create(
        participant=participant, from_state=before, to_state=to, reason=reason, by=by, at=at
    )

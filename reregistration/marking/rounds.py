"""A marking round, from its draft to its two signatures, and its stop.

Drafted by one person; its candidates frozen by a dry run; a sample of them checked (`sampling`);
signed by two others who did not check it. It is defined only by campaign, region, legal form and
date: single organisations can be taken out with a reason, never put in.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from accounts import one_person, signatories
from accounts.models import User
from accounts.refusals import Refused
from registry.calendar import day_of
from registry.models import LegalForm, Region
from reregistration.marking import rule
from reregistration.models import Campaign, MarkingRound, RoundCandidate, SampleVerdict
from reregistration.states import ROUND_ALLOWED, CampaignState, CandidateState, RoundState


def draft(
    campaign: Campaign,
    *,
    by: User,
    on: date,
    at: datetime,
    region: Region | None = None,
    legal_form: LegalForm | None = None,
) -> MarkingRound:
    """Draft a round; nothing happens yet. Refuses a campaign that is not open."""
    if campaign.state != CampaignState.OPEN:
        raise Refused(_("Only an open campaign has marking rounds."))
    if on > day_of(at):
        raise Refused(_("A round cannot be asked for as of a day that lies ahead."))
    return MarkingRound.objects.create(
        campaign=campaign,
        region=region,
        legal_form=legal_form,
        on=on,
        drafted_by=by,
        drafted_at=at,
    )


@transaction.atomic
def dry_run(round_: MarkingRound, *, by: User, at: datetime) -> int:
    """Freeze the candidates: oldest due date first, no more than the campaign's cap.

    Whoever waits in another round is left there. Returns how many there are. Marks nobody.
    Refuses a round that had its dry run.
    """
    # Two rounds of a campaign are frozen one after the other.
    Campaign.objects.select_for_update(no_key=True).get(pk=round_.campaign_id)
    fresh = _move(round_, RoundState.DRY_RUN, frozen_by=by, frozen_at=at)
    waiting = RoundCandidate.objects.filter(obligation=OuterRef("pk"), state=CandidateState.WAITING)
    chosen = rule.liquidable(fresh.campaign, fresh.on).filter(~Exists(waiting))
    if fresh.region_id:
        chosen = chosen.filter(organisation__region=fresh.region_id)
    if fresh.legal_form_id:
        chosen = chosen.filter(organisation__legal_form=fresh.legal_form_id)
    ids = chosen.values_list("pk", flat=True)[: fresh.campaign.round_cap]
    RoundCandidate.objects.bulk_create(
        [
            RoundCandidate(round=fresh, obligation_id=pk, position=position)
            for position, pk in enumerate(ids, start=1)
        ],
        batch_size=1000,
    )
    return fresh.candidates.count()


@transaction.atomic
def take_out(candidate: RoundCandidate, *, by: User, at: datetime, reason: str) -> RoundCandidate:
    """Take one organisation out of a round, with a reason. Refuses one decided already, and one
    that was drawn into the sample and not judged yet: an error is said, not taken away."""
    MarkingRound.objects.select_for_update(no_key=True).get(pk=candidate.round_id)
    fresh = RoundCandidate.objects.select_for_update(no_key=True).get(pk=candidate.pk)
    if fresh.state != CandidateState.WAITING:
        raise Refused(_("This candidate was decided already. Reload the page."))
    if not reason.strip():
        raise Refused(_("Say why this organisation is taken out: the reason is kept."))
    if hasattr(fresh, "case") and not fresh.case.verdicts.exists():
        raise Refused(_("It was drawn into the sample: its case is judged first."))
    fresh.state, fresh.reason = CandidateState.TAKEN_OUT, reason
    fresh.decided_by, fresh.decided_at = by, at
    fresh.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    return fresh


@transaction.atomic
def sign(round_: MarkingRound, *, by: User, at: datetime) -> MarkingRound:
    """Sign a round whose sample was checked; the second signature authorises it.

    Refuses the drafter, whoever checked a case of it, a person who has signed already, one without
    a name, which the letters would have to name, and a round without candidates. All different
    people (accounts/one_person.py): the database refuses the same account too.
    """
    fresh = MarkingRound.objects.select_for_update(no_key=True).get(pk=round_.pk)
    if fresh.state != RoundState.SAMPLED:
        raise Refused(_("Only a round whose sample was checked without error can be signed."))
    person = one_person.of(by, at)
    if person.did(fresh.drafted_by_id, fresh.drafted_at):
        raise Refused(_("You drafted this round. Two other people sign it."))
    if person.did(fresh.first_signed_by_id, fresh.first_signed_at):
        raise Refused(_("You have signed this round. The second signature is another person's."))
    if SampleVerdict.objects.filter(person.acts("by", "at"), case__round=fresh).exists():
        raise Refused(_("You checked cases of this round. Two people who did not check it sign."))
    signatories.refuse_unnamed(by)
    if not fresh.candidates.filter(state=CandidateState.WAITING).exists():
        raise Refused(_("This round has no candidates: there is nothing to sign."))
    if fresh.first_signed_by_id is None:
        fresh.first_signed_by, fresh.first_signed_at = by, at
    else:
        fresh.second_signed_by, fresh.second_signed_at = by, at
        fresh.state = RoundState.AUTHORISED
    fresh.save()
    return fresh


@transaction.atomic
def stop(round_: MarkingRound, *, by: User | None, at: datetime, reason: str) -> MarkingRound:
    """Stop a round for good, at any moment before it is done. What was marked stays marked; whoever
    still waits is left, and another round may freeze them again.

    `by` is None where an error stops it.
    """
    if not reason.strip():
        raise Refused(_("Say why the round is stopped: the reason is kept."))
    fresh = _move(round_, RoundState.STOPPED, ended_at=at, stopped_by=by, stop_reason=reason)
    fresh.candidates.filter(state=CandidateState.WAITING).update(
        state=CandidateState.LEFT, decided_at=at, decided_by=by
    )
    return fresh


def _move(round_: MarkingRound, to: RoundState, **fields: Any) -> MarkingRound:
    fresh = (
        MarkingRound.objects.select_for_update(of=("self",), no_key=True)
        .select_related("campaign")
        .get(pk=round_.pk)
    )
    if to not in ROUND_ALLOWED[fresh.state]:
        raise Refused(
            _("This round is “%(state)s” now: “%(to)s” cannot follow. Reload the page.")
            % {"state": fresh.get_state_display(), "to": to.label}
        )
    fresh.state = to
    for name, value in fields.items():
        setattr(fresh, name, value)
    fresh.save(update_fields=["state", *fields])
    return fresh

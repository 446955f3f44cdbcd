"""What may a person file, and go on from, while their claim to act still waits?

A pending claimant may file at once, and it protects (design.md section 11). But until the claim
is accepted they see nothing that the organisation wrote: their filings stand apart, and begin
from what the register shows to everybody.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from registry import signs
from registry.access import waiting_claim
from registry.calendar import end_of
from registry.models import Claim, Organisation
from registry.states import SignKind
from reregistration.models import Campaign, Filing, Obligation
from reregistration.states import PAPER_WAITS, FilingState

# A claimant's draft that nobody saved for so long is idle; the third one of an obligation is a
# case for a person.
IDLE_AFTER = timedelta(days=30)
IDLE_DRAFTS = 3

# What clerks type in of a paper is nobody's draft (`reregistration.paper`), and what was set aside
# was never the organisation's.
_NOT_BY_CLERKS = Q(paper__isnull=True) | ~Q(state__in=[FilingState.DRAFT, FilingState.SET_ASIDE])
# Filings that speak for the organisation; the others wait for their claim, or it was refused.
OF_THE_ORGANISATION = _NOT_BY_CLERKS & (
    Q(claim__isnull=True) | Q(claim__state=Claim.State.ACCEPTED)
)
# Drafts that keep an organisation from marking; of a paper, until it was found logged in error.
PROTECTING = (Q(paper__isnull=True) | Q(paper__state__in=PAPER_WAITS)) & (
    Q(claim__isnull=True) | Q(claim__state__in=[Claim.State.WAITING, Claim.State.ACCEPTED])
)


def seen_by(obligation: Obligation, user: User) -> QuerySet[Filing]:
    """The obligation's filings that the person may read: a claimant's own, else all that were
    submitted and the organisation's drafts."""
    claim = waiting_claim(user, obligation.organisation)
    if claim:
        return obligation.filings.filter(claim=claim)
    return obligation.filings.filter(~Q(state=FilingState.DRAFT) | OF_THE_ORGANISATION)


def to_go_on_from(obligation: Obligation, claim: Claim | None) -> QuerySet[Filing]:
    """The filings that a new version may begin from, and the draft that may be there."""
    return obligation.filings.filter(Q(claim=claim) if claim else OF_THE_ORGANISATION)


def public_answers(organisation: Organisation) -> dict[str, Any]:
    """What a claimant's first draft begins with: facts that everybody may read. No phone, no
    e-mail, no street address."""
    return {
        "name_kk": organisation.name_kk,
        "name_ru": organisation.name_ru,
        "name_en": organisation.name_en,
        "activity_areas": list(organisation.activity_areas.values_list("code", flat=True)),
    }


def refuse_unless_it_may_stand(filing: Filing, obligation: Obligation) -> None:
    """Refuse a claimant's submission whose claim has ended, or over somebody else's filing that
    waits for its reviewer. The claim is read fresh."""
    if filing.claim_id is None:
        return
    claim = Claim.objects.get(pk=filing.claim_id)
    if claim.state not in (Claim.State.WAITING, Claim.State.ACCEPTED):
        raise Refused(_("Your claim to act for this NGO has ended. Nothing can be filed under it."))
    others = obligation.filings.filter(state=FilingState.SUBMITTED).exclude(claim=claim)
    if claim.state == Claim.State.WAITING and others.exists():
        raise Refused(
            _(
                "This NGO has filed already, so it is protected. You can send a corrected version "
                "when your claim is accepted."
            )
        )


def refuse_undecided(filing: Filing) -> None:
    """Refuse to accept a filing while nobody has decided whether its author may act."""
    if filing.claim_id is None:
        return
    claim = Claim.objects.select_related("user", "organisation").get(pk=filing.claim_id)
    if claim.state == Claim.State.WAITING:
        raise Refused(
            _("%(number)s was filed under a claim that waits. First decide the claim.")
            % {"number": filing}
        )
    if claim.state != Claim.State.ACCEPTED:
        raise Refused(
            _("%(number)s was filed under a claim that was not accepted. Return it instead.")
            % {"number": filing}
        )


def note_idle_drafts(campaign: Campaign, *, on: date) -> int:
    """Send to a person each obligation with three idle drafts of claimants; returns how many.

    Such drafts protect no longer by themselves once their claims have ended; the sign of life
    does, until somebody resolves it. Safe to repeat: one sign an obligation and cycle.
    """
    idle = Q(
        filings__state=FilingState.DRAFT,
        filings__claim__isnull=False,
        filings__saved_at__lt=end_of(on - IDLE_AFTER),
    )
    found = (
        campaign.obligations.select_related("organisation")
        .alias(idle_drafts=Count("filings", filter=idle))
        .filter(idle_drafts__gte=IDLE_DRAFTS)
    )
    cases = [(row.organisation, f"{row.source}/{row.cycle}") for row in found]
    signs.note(cases, kind=SignKind.IDLE_DRAFTS, on=on)
    return len(cases)

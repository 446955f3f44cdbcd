"""Which obligations and filings may this person see, and for whom may they file?

Every page for an NGO fetches through here: what is not yours is not there.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.models import User
from notices.models import Notice
from registry.access import acting_for, filing_for, organisations_of, waiting_claim
from registry.models import Claim, Organisation, Representative, StoredFile
from reregistration import claimants, standstill
from reregistration.models import (
    Attachment,
    Filing,
    FilingSignature,
    Hearing,
    Obligation,
    Question,
)
from reregistration.states import MAY_FILE, FilingState, State

# Nothing waits for the organisation in these.
DONE = (State.FILED, State.FULFILLED, State.RELEASED, State.TERMINATED)
# A reader sees everything of the organisation and files nothing.
MAY_FILE_AS = (Representative.Role.MANAGER, Representative.Role.EDITOR)


class SignedInRequest(HttpRequest):
    """A request behind `login_required` and the arrival middleware."""

    user: User
    arrived_at: datetime


def obligations_of(user: User) -> QuerySet[Obligation]:
    """The obligations of the organisations that the person represents: those that still wait for
    the organisation first, each by the nearest due date."""
    return (
        Obligation.objects.filter(organisation__in=organisations_of(user))
        .select_related("campaign", "organisation")
        .alias(is_done=Q(state__in=DONE))
        .order_by("is_done", "due_on", "organisation__sort_ru", "pk")
    )


def obligations_to_file_under(claim: Claim) -> QuerySet[Obligation]:
    """What a person whose claim waits may file at once."""
    if claim.state != Claim.State.WAITING:
        return Obligation.objects.none()
    return (
        Obligation.objects.filter(organisation=claim.organisation_id, state__in=MAY_FILE)
        .select_related("campaign")
        .order_by("due_on", "pk")
    )


def obligation_of(user: User, number: str, campaign: str) -> Obligation:
    """One organisation's obligation in a campaign; a stranger finds none.

    A person whose claim to act waits finds its public state: what they may read of its filings
    and notices, `filings_of`, `draft_of` and `notices_of` say.
    """
    organisation = filing_for(user, number)
    found: Obligation = get_object_or_404(
        Obligation.objects.select_related("campaign", "organisation"),
        organisation=organisation,
        campaign__code=campaign,
    )
    return found


def obligation_to_file(user: User, number: str, campaign: str) -> Obligation:
    """The same, for a person who may file for the organisation; refuses a mere reader."""
    obligation = obligation_of(user, number, campaign)
    if not may_file_for(user, obligation.organisation):
        raise PermissionDenied
    return obligation


def obligation_to_answer(user: User, number: str, campaign: str) -> Obligation:
    """The same, for a representative who answers for the organisation: who asks for time, objects,
    complains, contradicts. A person whose claim waits finds none; a mere reader is refused."""
    organisation = acting_for(user, number)
    obligation = obligation_of(user, number, campaign)
    if not may_answer_for(user, organisation):
        raise PermissionDenied
    return obligation


def acts_for(user: User, organisation: Organisation) -> bool:
    """Whether the person represents it now, in whatever role; a waiting claim does not do."""
    return organisations_of(user).filter(pk=organisation.pk).exists()


def may_answer_for(user: User, organisation: Organisation) -> bool:
    return organisation.representatives.filter(
        user=user, until_at__isnull=True, role__in=MAY_FILE_AS
    ).exists()


def document_of(user: User, number: str, campaign: str, answer: str) -> StoredFile:
    """The document that came with an answer of the organisation, by the answer's number."""
    organisation = acting_for(user, number)
    for model in standstill.STOPPING:
        found = model._default_manager.filter(
            number=answer,
            document__isnull=False,
            obligation__organisation=organisation,
            obligation__campaign__code=campaign,
        ).first()
        if found and found.document:
            return found.document
    raise Http404(_("There is no such document among those of your organisations."))


def hearing_of(user: User, number: str, campaign: str, wish: str) -> Hearing:
    """A wish to be heard of an organisation that the person represents, by its number."""
    found: Hearing = get_object_or_404(
        Hearing.objects.select_related("obligation__campaign", "obligation__organisation"),
        number=wish,
        obligation__organisation=acting_for(user, number),
        obligation__campaign__code=campaign,
    )
    return found


def hearing_to_answer(user: User, number: str, campaign: str, wish: str) -> Hearing:
    """The same, for a person who answers for the organisation; refuses a mere reader."""
    found = hearing_of(user, number, campaign, wish)
    if not may_answer_for(user, found.obligation.organisation):
        raise PermissionDenied
    return found


def question_of(user: User, number: str, pk: int) -> Question:
    """A thread of an organisation that the person represents."""
    found: Question = get_object_or_404(
        Question.objects.select_related("organisation"),
        organisation=acting_for(user, number),
        pk=pk,
    )
    return found


def may_file_for(user: User, organisation: Organisation) -> bool:
    acts = organisation.representatives.filter(
        user=user, until_at__isnull=True, role__in=MAY_FILE_AS
    )
    return acts.exists() or waiting_claim(user, organisation) is not None


def represents(user: User, organisation: Organisation) -> bool:
    """Whether the person may read what the register holds of it; a claimant may not yet."""
    return organisations_of(user).filter(pk=organisation.pk).exists()


def draft_of(user: User, obligation: Obligation) -> Filing | None:
    """The draft that the person goes on with: the organisation's, or a claimant's own."""
    drafts = claimants.seen_by(obligation, user).filter(state=FilingState.DRAFT)
    return drafts.order_by("-saved_at").first()


def filings_of(user: User, obligation: Obligation) -> QuerySet[Filing]:
    """The submitted filings that the person may read, newest first."""
    seen = claimants.seen_by(obligation, user)
    return seen.exclude(state=FilingState.DRAFT).order_by("-version")


def notices_of(user: User, obligation: Obligation) -> QuerySet[Notice]:
    """The notices of the obligation, newest first; none for a mere claimant."""
    return Notice.objects.filter(
        organisation=obligation.organisation,
        organisation__in=organisations_of(user),
        source=obligation.source,
    ).order_by("-pk")


def receipt_of(user: User, number: str) -> Filing:
    """A submitted filing of an organisation that the person represents, or of their own claim."""
    filed: Filing = get_object_or_404(
        Filing.objects.exclude(state=FilingState.DRAFT).select_related(
            "obligation__campaign", "obligation__organisation", "submitted_by"
        ),
        Q(obligation__organisation__in=organisations_of(user))
        | Q(claim__user=user, claim__state=Claim.State.WAITING),
        number=number,
    )
    return filed


def file_of(user: User, key: str) -> StoredFile:
    """A file of a filing that the person may read, a paper or its signature (`claimants.seen_by`
    says of one obligation what this says of all)."""
    of_theirs = {"file": OuterRef("pk"), "filing__in": _readable_by(user)}
    papers = Attachment.objects.filter(**of_theirs)
    signatures = FilingSignature.objects.filter(**of_theirs)
    found: StoredFile = get_object_or_404(
        StoredFile.objects.filter(Exists(papers) | Exists(signatures)), key=key
    )
    return found


def _readable_by(user: User) -> QuerySet[Filing]:
    theirs = Q(obligation__organisation__in=organisations_of(user)) & (
        ~Q(state=FilingState.DRAFT) | claimants.OF_THE_ORGANISATION
    )
    return Filing.objects.filter(theirs | Q(claim__user=user, claim__state=Claim.State.WAITING))


def all_notices_to(organisation: Organisation) -> QuerySet[Notice]:
    """Every notice ever made for the organisation, newest first, with its sendings and proofs."""
    return (
        Notice.objects.filter(organisation=organisation)
        .select_related("text")
        .prefetch_related("dispatches", "services")
        .order_by("-made_at", "-pk")
    )


def notice_of(user: User, number: str) -> Notice:
    """A notice to an organisation that the person represents."""
    notice = (
        Notice.objects.select_related("text", "organisation")
        .filter(number=number, organisation__in=organisations_of(user))
        .first()
    )
    if notice is None:
        raise Http404(_("There is no such notice among those of your organisations."))
    return notice

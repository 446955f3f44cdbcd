"""Which obligations and filings may this person see, and for whom may they file?

Every page for an NGO fetches through here: what is not yours is not there.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.models import User
from notices.models import Notice
from registry.access import acting_for, organisations_of
from registry.models import Organisation, Representative
from reregistration.models import Filing, Obligation
from reregistration.states import FilingState

# A reader sees everything of the organisation and files nothing.
MAY_FILE_AS = (Representative.Role.MANAGER, Representative.Role.EDITOR)


class SignedInRequest(HttpRequest):
    """A request behind `login_required` and the arrival middleware."""

    user: User
    arrived_at: datetime


def obligations_of(user: User) -> QuerySet[Obligation]:
    """The obligations of the organisations that the person represents, nearest due date first."""
    return (
        Obligation.objects.filter(organisation__in=organisations_of(user))
        .select_related("campaign", "organisation")
        .order_by("due_on", "organisation__sort_ru", "pk")
    )


def obligation_of(user: User, number: str, campaign: str) -> Obligation:
    """One organisation's obligation in a campaign; a stranger finds none."""
    organisation = acting_for(user, number)
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


def may_file_for(user: User, organisation: Organisation) -> bool:
    return organisation.representatives.filter(
        user=user, until_at__isnull=True, role__in=MAY_FILE_AS
    ).exists()


def draft_of(obligation: Obligation) -> Filing | None:
    return obligation.filings.filter(state=FilingState.DRAFT).first()


def receipt_of(user: User, number: str) -> Filing:
    """A submitted filing of an organisation that the person represents."""
    filed: Filing = get_object_or_404(
        Filing.objects.exclude(state=FilingState.DRAFT).select_related(
            "obligation__campaign", "obligation__organisation"
        ),
        number=number,
        obligation__organisation__in=organisations_of(user),
    )
    return filed


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

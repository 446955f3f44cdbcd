"""Which applications may this person see, and for whom may they write them?

Every page for an NGO fetches through here: what is not yours is not there.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.models import User
from grants.models import Application, ApplicationPaper, Award, Call, CallDocument, ReportPaper
from grants.states import MAY_BE_CHANGED, ApplicationState
from registry.access import acting_for, organisations_of
from registry.models import Organisation, StoredFile


class SignedInRequest(HttpRequest):
    """A request behind `login_required` and the arrival middleware."""

    user: User
    arrived_at: datetime


def organisation_of(user: User, number: str) -> Organisation:
    """An organisation that the person represents; a claimant and a stranger find none."""
    return acting_for(user, number)


def may_write_for(user: User, organisation: Organisation) -> bool:
    """A reader sees everything of the organisation and asks for no money."""
    return organisation.representatives.filter(
        user=user, until_at__isnull=True, role__in=("manager", "editor")
    ).exists()


def organisation_to_write_for(user: User, number: str) -> Organisation:
    organisation = acting_for(user, number)
    if not may_write_for(user, organisation):
        raise PermissionDenied
    return organisation


def call_of(number: str) -> Call:
    """An announced call; a draft is the ministry's own."""
    found: Call = get_object_or_404(
        Call.objects.announced().select_related("programme", "rule", "mci"), number=number
    )
    return found


def application_of(user: User, number: str, pk: int) -> Application:
    """An application of an organisation that the person represents."""
    found: Application = get_object_or_404(
        Application.objects.select_related(
            "organisation", "area", "lot__call__rule", "lot__call__mci", "lot__call__programme"
        ),
        organisation=acting_for(user, number),
        pk=pk,
    )
    return found


def application_to_write(user: User, number: str, pk: int) -> Application:
    """The same, while it may be changed, for a person who may."""
    organisation_to_write_for(user, number)
    found = application_of(user, number, pk)
    if found.state not in MAY_BE_CHANGED:
        raise Http404(_("This application was handed in already."))
    return found


def handed_in(user: User, number: str, pk: int) -> Application:
    found = application_of(user, number, pk)
    if found.state == ApplicationState.DRAFT:
        raise Http404(_("This application was not handed in yet."))
    return found


def award_of(user: User, number: str, pk: int) -> Award:
    """An award of an organisation that the person represents."""
    found: Award = get_object_or_404(
        Award.objects.select_related(
            "organisation", "application", "agreement_file", "lot__call__programme"
        ),
        organisation=acting_for(user, number),
        pk=pk,
    )
    return found


def paper_of(user: User, key: str) -> StoredFile:
    """A paper of an application or of a report that the person may read."""
    theirs = organisations_of(user)
    of_applications = ApplicationPaper.objects.filter(application__organisation__in=theirs)
    of_reports = ReportPaper.objects.filter(report__award__organisation__in=theirs)
    return get_object_or_404(
        StoredFile,
        Q(pk__in=of_applications.values("file")) | Q(pk__in=of_reports.values("file")),
        key=key,
    )


def document_of(key: str) -> StoredFile:
    """A document of an announced call: everybody's to read."""
    document: CallDocument = get_object_or_404(
        CallDocument.objects.select_related("file").filter(
            call__in=Call.objects.announced().values("pk")
        ),
        file__key=key,
    )
    return document.file

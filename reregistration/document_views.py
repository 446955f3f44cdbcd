"""What a representative downloads: receipts, certificates, notices; and all notices in a list."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from notices import addresses, service
from notices.documents import notice_pdf
from notices.documents.download import as_download
from notices.models import Dispatch, Notice, Service
from notices.states import Kind
from registry.access import acting_for
from reregistration import access, certificates, documents
from reregistration.access import SignedInRequest

_A_PAGE = 50


@require_safe
@login_required
def receipt(request: SignedInRequest, number: str) -> HttpResponse:
    filed = access.receipt_of(request.user, number)
    return as_download(documents.receipt(filed, _language()), f"{filed.number}.pdf")


@require_safe
@login_required
def certificate(request: SignedInRequest, number: str) -> HttpResponse:
    """The certificate that the filing of that number led to."""
    document = certificates.of(access.receipt_of(request.user, number))
    if document is None:
        raise Http404(_("There is no certificate: this filing is not accepted."))
    return as_download(documents.certificate(document, _language()), f"{document.number}.pdf")


@require_safe
@login_required
def notice(request: SignedInRequest, number: str) -> HttpResponse:
    """A notice as PDF. Downloading it serves it, as opening its page does."""
    found = access.notice_of(request.user, number)
    service.opened(found, by=request.user, at=request.arrived_at)
    return as_download(notice_pdf(found), f"{found.number}.pdf")


@dataclass(frozen=True)
class Told:
    """A notice in the list: how it was sent where, and what proves that it arrived."""

    notice: Notice
    sendings: list[tuple[Dispatch, str]]
    services: list[Service]

    @property
    def is_told(self) -> bool:
        """A mark is told by its notice, once that is served, and not by a line in a list."""
        return self.notice.kind != Kind.MARKED or bool(self.services)


@require_safe
@login_required
def notices(request: SignedInRequest, number: str) -> HttpResponse:
    """Every notice ever made for the organisation. Looking at the list serves none of them."""
    organisation = acting_for(request.user, number)
    page = Paginator(access.all_notices_to(organisation), _A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "reregistration/notices.html",
        {
            "section": "my",
            "organisation": organisation,
            "page": page,
            "told": [_told(found) for found in page],
        },
    )


def _told(found: Notice) -> Told:
    sendings = [(row, addresses.masked(row.channel, row.address)) for row in found.dispatches.all()]
    return Told(found, sendings, list(found.services.all()))


def _language() -> str:
    """The reader's: a page is read in it, and so is its document."""
    return get_language()

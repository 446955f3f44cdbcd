"""The page of a draft's papers, and the way out of every kept file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.limits import refuse_beyond
from accounts.refusals import Refused
from registry import uploads
from reregistration import access, attachments
from reregistration.access import SignedInRequest
from reregistration.attachment_forms import AttachForm, WhyNotForm, papers
from reregistration.models import Filing
from reregistration.states import AttachmentKind


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def filing_attachments(request: SignedInRequest, number: str, campaign: str) -> HttpResponse:
    """The papers of a draft. Each form on the page sends one thing: a file, a reason, a removal."""
    found = access.obligation_to_file(request.user, number, campaign)
    draft = access.draft_of(request.user, found)
    if draft is None:
        return redirect("obligation", number, campaign)
    if request.method != "POST":
        return _page(request, draft)
    for name, verb in _SENT.items():
        if name in request.POST:
            return verb(request, draft, request.POST[name])
    raise Http404


@require_safe
@login_required
def file(request: SignedInRequest, key: str) -> FileResponse:
    """A file of an organisation that the person acts for."""
    return uploads.download(access.file_of(request.user, key))


def _attach(request: SignedInRequest, draft: Filing, sent: str) -> HttpResponse:
    # Scanning and storing cost more than any other page.
    refuse_beyond(request, "upload", "60/h")
    kind = _kind(sent)
    form = AttachForm(kind, request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, draft, kind=kind, attach=form)
    try:
        stored = uploads.take(form.cleaned_data["file"], by=request.user, at=request.arrived_at)
        attachments.attach(draft, kind, stored, by=request.user, at=request.arrived_at)
    except Refused as refusal:
        form.add_error("file", str(refusal))
        return _page(request, draft, kind=kind, attach=form)
    messages.success(request, _("“%(name)s” is attached.") % {"name": stored.name})
    return _back(draft)


def _why_not(request: SignedInRequest, draft: Filing, sent: str) -> HttpResponse:
    kind = _kind(sent)
    form = WhyNotForm(kind, request.POST)
    if not form.is_valid():
        return _page(request, draft, kind=kind, why_not=form)
    reason = form.cleaned_data["reason"]
    try:
        attachments.say_why_not(draft, kind, reason, by=request.user, at=request.arrived_at)
    except Refused as refusal:
        form.add_error("reason", str(refusal))
        return _page(request, draft, kind=kind, why_not=form)
    messages.success(request, _("Saved: why there is no such paper."))
    return _back(draft)


def _remove(request: SignedInRequest, draft: Filing, sent: str) -> HttpResponse:
    try:
        if attachments.remove(draft, int(sent) if sent.isdecimal() else 0):
            messages.success(request, _("Removed."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _back(draft)


_SENT: dict[str, Callable[[SignedInRequest, Filing, str], HttpResponse]] = {
    "attach": _attach,
    "why_not": _why_not,
    "remove": _remove,
}


def _kind(sent: str) -> AttachmentKind:
    if sent not in AttachmentKind.values:
        raise Http404
    return AttachmentKind(sent)


def _back(draft: Filing) -> HttpResponse:
    obligation = draft.obligation
    return redirect("filing_attachments", obligation.organisation.number, obligation.campaign.code)


def _page(request: SignedInRequest, draft: Filing, **sent: Any) -> HttpResponse:
    form = sent.get("attach") or sent.get("why_not")
    return render(
        request,
        "reregistration/attachments.html",
        {
            "section": "my",
            "obligation": draft.obligation,
            "papers": papers(draft, **sent),
            "form": form,
            "missing": attachments.missing(draft),
        },
    )

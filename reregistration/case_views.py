"""The pages on which an organisation asks for time, objects, complains, or contradicts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import limits
from accounts.refusals import Refused
from registry import uploads
from registry.calendar import day_of
from reregistration import access, extensions
from reregistration.access import SignedInRequest
from reregistration.case_forms import WritingForm
from reregistration.models import Obligation
from reregistration.writings import ALL, Writing


@login_required
def writing(request: SignedInRequest, number: str, campaign: str, name: str) -> HttpResponse:
    """One thing to send in: its page on GET, its verb on POST, then the organisation's page."""
    found = access.obligation_to_answer(request.user, number, campaign)
    chosen = ALL[name]
    if request.method == "POST":
        limits.refuse_beyond(request, "writing", "20/h")
        return _send(request, found, chosen)
    if not chosen.is_possible(found, day_of(request.arrived_at)):
        messages.warning(request, _("That is not possible now. This page says what is."))
        return redirect("obligation", number, campaign)
    return _page(
        request, found, chosen, WritingForm(initial={"cycle": found.cycle}, writing=chosen)
    )


def _send(request: SignedInRequest, found: Obligation, chosen: Writing) -> HttpResponse:
    form = WritingForm(request.POST, request.FILES, writing=chosen)
    if not form.is_valid():
        return _page(request, found, chosen, form)
    given = dict(form.cleaned_data)
    by, at = request.user, request.arrived_at
    try:
        if given.get("document"):
            given["document"] = uploads.take(given["document"], by=by, at=at)
        done = chosen.send(found, **given, by=by, at=at)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, found, chosen, form)
    messages.success(request, done)
    return redirect("obligation", found.organisation.number, found.campaign.code)


def _page(
    request: HttpRequest, found: Obligation, chosen: Writing, form: WritingForm
) -> HttpResponse:
    context: dict[str, Any] = {
        "section": "my",
        "obligation": found,
        "writing": chosen,
        "form": form,
    }
    if chosen.name == "more-time":
        context["days"] = extensions.days_on_request(found, found.due_on)
    return render(request, "reregistration/writing.html", context)


@login_required
def document(request: SignedInRequest, number: str, campaign: str, answer: str) -> HttpResponseBase:
    """The document that was sent in with an objection, a complaint or a wish to be heard."""
    return uploads.download(access.document_of(request.user, number, campaign, answer))

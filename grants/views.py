"""Pages of an organisation's people: taking part, what speaks against it, the calls."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.limits import refuse_beyond
from accounts.refusals import Refused
from grants import access, drafts, eligibility, participation, questions
from grants.access import SignedInRequest
from grants.forms import DeclarationForm, QuestionForm, ReasonForm
from grants.models import Call
from registry import uploads
from registry.calendar import day_of


@require_safe
@login_required
def overview(request: SignedInRequest, number: str) -> HttpResponse:
    """Whether it takes part, what speaks against it, open calls and its own applications."""
    organisation = access.organisation_of(request.user, number)
    on = day_of(request.arrived_at)
    participant = eligibility.taking_part(organisation, on)
    applications = organisation.grant_applications.select_related("lot__call").order_by("-pk")
    open_calls = Call.objects.taking_applications(request.arrived_at)
    return _page(
        request,
        "overview",
        organisation=organisation,
        participant=participant,
        may_renew=participant is not None and participation.is_renewable(participant, on),
        reasons=eligibility.reasons_against(organisation, None, on),
        may_write=access.may_write_for(request.user, organisation),
        applications=applications[:50],
        awards=organisation.awards.select_related("lot__call")[:50],
        calls=open_calls.select_related("rule", "mci", "programme").order_by("closes_at"),
    )


@require_safe
@login_required
def reasons(request: SignedInRequest, number: str) -> HttpResponse:
    """What speaks against the organisation, each with its ground in law and what cures it."""
    organisation = access.organisation_of(request.user, number)
    on = day_of(request.arrived_at)
    return _page(
        request,
        "reasons",
        organisation=organisation,
        on=on,
        reasons=eligibility.reasons_against(organisation, None, on),
        participant=eligibility.taking_part(organisation, on),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def join(request: SignedInRequest, number: str) -> HttpResponse:
    organisation = access.organisation_to_write_for(request.user, number)
    form = DeclarationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = participation.register(
                organisation,
                clear_of=form.cleaned_data["clear_of"],
                by=request.user,
                at=request.arrived_at,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The organisation takes part: number %s.") % made.number)
            return redirect("grants", number)
    reasons = eligibility.reasons_against(organisation, None, day_of(request.arrived_at))
    return _page(request, "join", organisation=organisation, form=form, reasons=reasons)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def leave(request: SignedInRequest, number: str) -> HttpResponse:
    organisation = access.organisation_to_write_for(request.user, number)
    participant = eligibility.taking_part(organisation, day_of(request.arrived_at))
    if participant is None:
        return redirect("grants", number)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            participation.leave(
                participant,
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=request.arrived_at,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The organisation takes part no longer."))
            return redirect("grants", number)
    return _page(request, "leave", organisation=organisation, participant=participant, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def call(request: SignedInRequest, number: str, call: str) -> HttpResponse:
    """A call as an organisation sees it: whether it may apply, its lots, questions and answers."""
    organisation = access.organisation_of(request.user, number)
    found = access.call_of(call)
    form = QuestionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        refuse_beyond(request, "grant-question", "30/h")
        access.organisation_to_write_for(request.user, number)
        try:
            questions.ask(
                found,
                organisation,
                text=form.cleaned_data["text"],
                by=request.user,
                at=request.arrived_at,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Your question is sent. The answer is published here."))
            return redirect("grants_call", number, call)
    return _page(
        request,
        "call",
        organisation=organisation,
        call=found,
        takes=found.takes_at(request.arrived_at),
        lots=found.lots.all(),
        criteria=found.criteria.all(),
        documents=found.documents.select_related("file"),
        areas=found.areas.all(),
        regions=found.regions.all(),
        answers=[
            (row.in_language("question"), row.in_language("answer"))
            for row in found.questions.filter(published_at__isnull=False)
        ],
        reasons=eligibility.reasons_against(organisation, found, day_of(request.arrived_at)),
        may_write=access.may_write_for(request.user, organisation),
        form=form,
    )


@require_POST
@login_required
def begin(request: SignedInRequest, number: str, call: str, position: int) -> HttpResponse:
    organisation = access.organisation_to_write_for(request.user, number)
    lot = get_object_or_404(access.call_of(call).lots.select_related("call"), position=position)
    try:
        draft = drafts.begin(lot, organisation, by=request.user, at=request.arrived_at)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("grants_call", number, call)
    return redirect("grants_application", number, draft.pk)


@require_safe
def document(_request: HttpRequest, key: str) -> FileResponse:
    """A document of a call: no account is asked for."""
    return uploads.download(access.document_of(key))


def _page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    return render(request, f"grants/{name}.html", {"section": "my", **context})

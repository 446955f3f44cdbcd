"""The pages of a signed-in representative: what is due, the form, the receipt."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.refusals import Refused
from notices import service
from registry.access import organisations_of
from registry.calendar import day_of
from reregistration import access, answers, certificates, claimants, next_steps
from reregistration import filing as filings
from reregistration.access import SignedInRequest
from reregistration.forms import DeclarationForm, FilingForm
from reregistration.models import Filing, Obligation, ReturnReason
from reregistration.states import FilingState


@require_safe
@login_required
def my(request: SignedInRequest) -> HttpResponse:
    """My organisations: the nearest due date first, then those without a duty to file."""
    on = day_of(request.arrived_at)
    obligations = list(access.obligations_of(request.user))
    held = {row.organisation_id for row in obligations}
    return _page(
        request,
        "my",
        obligations=[(row, next_steps.of(row, on)) for row in obligations],
        others=organisations_of(request.user).exclude(pk__in=held),
    )


@require_safe
@login_required
def obligation(request: SignedInRequest, number: str, campaign: str) -> HttpResponse:
    found = access.obligation_of(request.user, number, campaign)
    on = day_of(request.arrived_at)
    seen = access.filings_of(request.user, found)
    return _page(
        request,
        "obligation",
        obligation=found,
        step=next_steps.of(found, on),
        may_file=access.may_file_for(request.user, found.organisation),
        draft=access.draft_of(request.user, found),
        filings=seen,
        certified=next(filter(certificates.belongs_to, seen), None),
        returned=_last_return(access.filings_of(request.user, found)),
        notices=access.notices_of(request.user, found),
        timeline=next_steps.timeline(found, on),
    )


@require_POST
@login_required
def start(request: SignedInRequest, number: str, campaign: str) -> HttpResponse:
    """Begin a draft, or go on with the one that is there."""
    found = access.obligation_to_file(request.user, number, campaign)
    try:
        filings.start(found, by=request.user, at=request.arrived_at)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("obligation", number, campaign)
    return redirect("filing", number, campaign)


@login_required
def filing(request: SignedInRequest, number: str, campaign: str) -> HttpResponse:
    """The form. What reads well is saved at once; what does not is told at its field."""
    found = access.obligation_to_file(request.user, number, campaign)
    draft = access.draft_of(request.user, found)
    if draft is None:
        return redirect("obligation", number, campaign)
    if request.method != "POST":
        form = FilingForm.of(draft, complete="complete" in request.GET)
        return _page(request, "filing", obligation=found, form=form)
    wants_to_submit = "submit" in request.POST
    year = found.campaign.reporting_year
    form = FilingForm(request.POST, year=year, complete=wants_to_submit)
    is_valid = form.is_valid()
    try:
        draft = filings.save(
            draft,
            form.answers,
            revision=form.opened_revision,
            by=request.user,
            at=request.arrived_at,
        )
    except Refused as refusal:
        return _not_saved(request, found, form, refusal)
    if not is_valid:
        return _page(request, "filing", obligation=found, form=_going_on(form, draft))
    if wants_to_submit:
        return redirect("filing_submit", number, campaign)
    messages.success(request, _("Saved. You can go on now or later."))
    return redirect("filing", number, campaign)


@login_required
def submit(request: SignedInRequest, number: str, campaign: str) -> HttpResponse:
    """The answers once more, the declaration, and the submission itself."""
    found = access.obligation_to_file(request.user, number, campaign)
    if request.method == "POST":
        return _submitted(request, found)
    draft = access.draft_of(request.user, found)
    if draft is None:
        return redirect("obligation", number, campaign)
    if filings.missing(draft):
        return redirect(f"{reverse('filing', args=[number, campaign])}?complete")
    return _declaration(request, found, draft, DeclarationForm(initial=_read(draft)))


def _submitted(request: SignedInRequest, found: Obligation) -> HttpResponse:
    form = DeclarationForm(request.POST)
    # A second click posts the version that the first one submitted, and gets its receipt.
    version = str(request.POST.get("version", ""))
    seen = claimants.seen_by(found, request.user)
    read = get_object_or_404(seen, version=version if version.isdecimal() else 0)
    if not form.is_valid():
        return _declaration(request, found, read, form)
    if read.state == FilingState.DRAFT and form.cleaned_data["revision"] != read.revision:
        messages.warning(
            request, _("The draft was changed meanwhile. Read the answers again, then submit.")
        )
        return redirect("filing_submit", found.organisation.number, found.campaign.code)
    try:
        filed = filings.submit(read, by=request.user, at=request.arrived_at)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("obligation", found.organisation.number, found.campaign.code)
    return redirect("receipt", filed.number)


@require_safe
@login_required
def receipt(request: SignedInRequest, number: str) -> HttpResponse:
    filed = access.receipt_of(request.user, number)
    return _page(
        request,
        "receipt",
        filing=filed,
        obligation=filed.obligation,
        answers=answers.told(filed),
        is_certified=certificates.belongs_to(filed),
        step=next_steps.of(filed.obligation, day_of(request.arrived_at)),
    )


@require_safe
@login_required
def notice(request: SignedInRequest, number: str) -> HttpResponse:
    """A notice's text. Opening it serves it: the moment is the request's arrival."""
    found = access.notice_of(request.user, number)
    service.opened(found, by=request.user, at=request.arrived_at)
    return _page(request, "notice", notice=found)


def _declaration(
    request: HttpRequest, found: Obligation, draft: Filing, form: DeclarationForm
) -> HttpResponse:
    return _page(
        request, "submit", obligation=found, draft=draft, answers=answers.told(draft), form=form
    )


def _read(draft: Filing) -> dict[str, int]:
    return {"version": draft.version, "revision": draft.revision}


def _not_saved(
    request: SignedInRequest, found: Obligation, form: FilingForm, refusal: Refused
) -> HttpResponse:
    """Another window saved or submitted first: say so, and keep what was typed."""
    draft = access.draft_of(request.user, found)
    if draft is None:
        messages.error(request, str(refusal))
        return redirect("obligation", found.organisation.number, found.campaign.code)
    return _page(
        request,
        "filing",
        obligation=found,
        form=_going_on(form, draft),
        refusal=str(refusal),
        differing=answers.differing(form.answers, draft),
    )


def _going_on(form: FilingForm, draft: Filing) -> FilingForm:
    """The same form with what was typed, able to save over the draft as it stands now."""
    typed = cast(QueryDict, form.data).copy()
    typed["revision"] = str(draft.revision)
    form.data = typed
    return form


def _last_return(seen: QuerySet[Filing]) -> dict[str, Any] | None:
    """The reviewer's reasons for the latest return, in the reader's language."""
    latest = seen.first()
    if latest is None or latest.state != FilingState.RETURNED:
        return None
    reasons = ReturnReason.objects.filter(code__in=latest.review.reasons)
    return {"filing": latest, "reasons": reasons, "note": latest.review.note}


def _page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    return render(request, f"reregistration/{name}.html", {"section": "my", **context})

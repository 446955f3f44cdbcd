"""Claiming an organisation: find it, then a code, the register's e-mail, or documents."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import limits
from accounts.refusals import Refused
from notices import claims
from registry import uploads
from registry.access import claim_of, organisations_of
from registry.contacts import masked, usable_emails
from registry.models import Claim, ClaimDocument, Organisation
from reregistration.access import SignedInRequest, obligations_to_file_under
from reregistration.acting.forms import CodeForm, DocumentsForm, FindForm

# A person's codes, whatever the organisation; and an organisation's, whoever brings them.
CODES_A_PERSON, CODES_AN_ORGANISATION = "10/h,30/d", "40/d"
LETTERS_A_PERSON = "5/h,10/d"
DOCUMENTS_A_PERSON = "20/h"


@login_required
def find(request: SignedInRequest) -> HttpResponse:
    """Which NGO? With its code the person is done here; without one, the other ways follow."""
    form = FindForm(request.POST or None, initial={"number": request.GET.get("number", "")})
    if request.method != "POST" or not form.is_valid():
        return _page(request, "find", form=form)
    if not form.cleaned_data["code"]:
        return redirect("claim_ways", form.organisation.number)
    return _redeemed(
        request,
        form.organisation,
        form.cleaned_data["code"],
        Claim.Position(form.cleaned_data["position"]),
        lambda: _page(request, "find", form=form),
        form,
    )


@require_safe
@login_required
def ways(request: SignedInRequest, number: str) -> HttpResponse:
    found = _listed(number)
    if organisations_of(request.user).filter(pk=found.pk).exists():
        messages.info(request, _("You act for this organisation already."))
        return redirect("my")
    return _ways(request, found)


@require_POST
@login_required
def bring_code(request: SignedInRequest, number: str) -> HttpResponse:
    found = _listed(number)
    form = CodeForm(request.POST, prefix="code")
    if not form.is_valid():
        return _ways(request, found, code_form=form)
    return _redeemed(
        request,
        found,
        form.cleaned_data["code"],
        form.chosen_position,
        lambda: _ways(request, found, code_form=form),
        form,
    )


@require_POST
@login_required
def ask_code(request: SignedInRequest, number: str) -> HttpResponse:
    """Send a code to the register's address; the person brings it on the page of ways."""
    limits.refuse_beyond(request, "claim-letter", LETTERS_A_PERSON)
    found = _listed(number)
    try:
        claims.ask_code(found, by=request.user, at=request.arrived_at)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, _("The code is on its way to the register's address. Enter it below.")
        )
    return redirect("claim_ways", found.number)


@require_POST
@login_required
def send_documents(request: SignedInRequest, number: str) -> HttpResponse:
    limits.refuse_beyond(request, "claim-documents", DOCUMENTS_A_PERSON)
    found = _listed(number)
    form = DocumentsForm(request.POST, request.FILES, prefix="documents")
    if not form.is_valid():
        return _ways(request, found, documents_form=form)
    try:
        file = uploads.take(form.cleaned_data["file"], by=request.user, at=request.arrived_at)
        claim = claims.open_claim(
            found,
            by=request.user,
            position=form.chosen_position,
            documents=[(ClaimDocument.Kind(form.cleaned_data["kind"]), file)],
            at=request.arrived_at,
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _ways(request, found, documents_form=form)
    return redirect("claim_own", claim.pk)


@require_safe
@login_required
def own(request: SignedInRequest, pk: int) -> HttpResponse:
    """A claimant's own claim: where it stands, what comes next and by when."""
    claim = claim_of(request.user, pk)
    return _page(
        request,
        "own",
        claim=claim,
        documents=claim.documents.select_related("file"),
        obligations=obligations_to_file_under(claim),
    )


@require_POST
@login_required
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    claim = claim_of(request.user, pk)
    try:
        claims.withdraw(claim, by=request.user, at=request.arrived_at)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The claim is withdrawn."))
    return redirect("my")


def _redeemed(
    request: SignedInRequest,
    organisation: Organisation,
    code: str,
    position: Claim.Position,
    page: Any,
    form: Any,
) -> HttpResponse:
    """Bring the code; a refusal comes back to the page that asked for it."""
    limits.refuse_beyond(request, "claim-code", CODES_A_PERSON)
    limits.refuse_beyond(request, "claim-code-of", CODES_AN_ORGANISATION, organisation.number)
    try:
        claim = claims.redeem(
            organisation, code, by=request.user, position=position, at=request.arrived_at
        )
    except Refused as refusal:
        form.add_error("code", str(refusal))
        refused: HttpResponse = page()
        return refused
    if claim.state == Claim.State.ACCEPTED:
        messages.success(
            request, _("You act for %(name)s now.") % {"name": claim.organisation.name}
        )
        return redirect("my")
    return redirect("claim_own", claim.pk)


def _ways(
    request: SignedInRequest,
    organisation: Organisation,
    code_form: CodeForm | None = None,
    documents_form: DocumentsForm | None = None,
) -> HttpResponse:
    emails = usable_emails([organisation])[organisation.pk]
    return _page(
        request,
        "ways",
        organisation=organisation,
        waiting=organisation.claims.waiting().filter(user=request.user).first(),
        masked_email=masked(emails[0].value) if emails else "",
        code_form=code_form or CodeForm(prefix="code"),
        documents_form=documents_form or DocumentsForm(prefix="documents"),
        form=code_form or documents_form,
    )


def _listed(number: str) -> Organisation:
    found: Organisation = get_object_or_404(
        Organisation.objects.listed().select_related("region"), number=number
    )
    return found


def _page(request: SignedInRequest, name: str, **context: Any) -> HttpResponse:
    return render(request, f"claims/{name}.html", {"section": "my", **context})

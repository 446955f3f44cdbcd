"""Adding an electronic signature to a filing that has arrived: get the file, sign it, send it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.limits import refuse_beyond
from accounts.refusals import Refused
from registry import uploads
from registry.file_types import SIGNATURES
from registry.uploads import UploadField
from reregistration import access
from reregistration.access import SignedInRequest
from reregistration.filing import frozen
from reregistration.models import Filing, FilingSignature
from reregistration.signing import cms


class SignatureForm(forms.Form):
    file = UploadField(label=gettext_lazy("The signature file"), allowed=SIGNATURES)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def signature(request: SignedInRequest, number: str) -> HttpResponse:
    """The three steps, and the upload, which is verified at once."""
    filed = _filing_to_sign(request, number)
    if FilingSignature.objects.filter(filing=filed).exists():
        return redirect("receipt", number)
    form = SignatureForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        refuse_beyond(request, "upload", "60/h")
        try:
            stored = uploads.take(
                form.cleaned_data["file"],
                by=request.user,
                at=request.arrived_at,
                allowed=SIGNATURES,
            )
            cms.add(filed, stored, by=request.user, at=request.arrived_at)
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, _("The electronic signature is right and was added."))
            return redirect("receipt", number)
    context = {"section": "my", "filing": filed, "obligation": filed.obligation, "form": form}
    return render(request, "reregistration/signature.html", context)


@require_safe
@login_required
def to_sign(request: SignedInRequest, number: str) -> HttpResponse:
    """The frozen filing: the bytes that its fingerprint covers and a signature signs."""
    filed = _filing_to_sign(request, number)
    return HttpResponse(
        frozen(filed),
        content_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{filed.number}.json"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _filing_to_sign(request: SignedInRequest, number: str) -> Filing:
    filed = access.receipt_of(request.user, number)
    if not access.may_file_for(request.user, filed.obligation.organisation):
        raise PermissionDenied
    return filed

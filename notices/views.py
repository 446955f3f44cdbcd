"""/verify/: the page to which every document's QR code leads."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.limits import refuse_beyond
from notices import verify
from notices.forms import NumberForm, WhoseForm

# Plenty for a person with a pile of letters, nothing for whoever tries all numbers.
_RATE = "30/m"


@require_safe
@never_cache
def ask(request: HttpRequest) -> HttpResponse:
    """The number field. What is typed well leads on to the number's own address."""
    form = NumberForm(request.GET if "number" in request.GET else None)
    if form.is_bound and form.is_valid():
        return redirect("verify_number", form.cleaned_data["number"])
    return render(request, "notices/verify.html", {"form": form, "noindex": True})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def number(request: HttpRequest, number: str) -> HttpResponse:
    """What is known of a number; posted: whether it belongs to the organisation that is typed."""
    refuse_beyond(request, "verify", _RATE)
    asked = verify.normalised(number)
    if asked and asked != number:
        return redirect("verify_number", asked)
    document = verify.issued(asked) if asked else None
    if document is None:
        form = NumberForm(initial={"number": number})
        context = {"form": form, "unknown": number, "noindex": True}
        return render(request, "notices/verify.html", context, status=404)
    whose = WhoseForm(request.POST if request.method == "POST" else None)
    answered = whose.is_bound and whose.is_valid()
    return render(
        request,
        "notices/verified.html",
        {
            "document": document,
            "holds_no_more": verify.holds_no_more(document),
            # Sealed in the night after it was issued.
            "is_sealed": document.issued_on < timezone.localdate(),
            "form": whose,
            "answered": answered,
            "belongs": answered and verify.belongs(document, whose.cleaned_data["organisation"]),
            "noindex": True,
        },
    )


@require_safe
@never_cache
def proof(request: HttpRequest, number: str) -> JsonResponse:
    """The proof that a document's line is in the ledger, as a file; else a sentence why not."""
    refuse_beyond(request, "verify", _RATE)
    asked = verify.normalised(number)
    document = verify.issued(asked) if asked else None
    if document is None:
        return _no_proof("unknown_number", _("The portal has issued no document with this number."))
    found = verify.proof(document)
    if found is None:
        return _no_proof(
            "not_sealed_yet",
            _("This document is not sealed yet: that is done in the night after it was issued."),
        )
    name = f"{document.number}.proof.json"
    return JsonResponse(
        found,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _no_proof(code: str, sentence: str) -> JsonResponse:
    return JsonResponse(
        {"code": code, "detail": sentence}, status=404, json_dumps_params={"ensure_ascii": False}
    )

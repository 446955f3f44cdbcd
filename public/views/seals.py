"""The seals of the ledger, for everybody: a list, a file to mirror, and a check of proofs."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import condition, require_http_methods, require_safe

from accounts.limits import refuse_beyond
from public.forms import ProofForm
from registry.models import Seal
from registry.seals import entries
from registry.seals.published import FORMAT

_A_PAGE = 15
_RATE = "30/m"


@require_safe
def seals(request: HttpRequest) -> HttpResponse:
    newest = Seal.objects.order_by("-number").defer("columns", "blocks")
    page = Paginator(newest, _A_PAGE).get_page(request.GET.get("page"))
    return render(request, "public/seals.html", {"page": page})


def _newest(_request: HttpRequest) -> str:
    return f'"{Seal.objects.order_by("number").values_list("hash", flat=True).last()}"'


@require_safe
@cache_control(public=True, max_age=300)
@condition(etag_func=_newest)
def seals_file(_request: HttpRequest) -> JsonResponse:
    """Every seal there is: whoever keeps a copy can tell if one is ever changed."""
    return JsonResponse({"format": FORMAT, "seals": list(entries())})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def check_proof(request: HttpRequest) -> HttpResponse:
    """Does a proof hold? It is read, answered and forgotten."""
    form, checked = ProofForm(), None
    if request.method == "POST":
        refuse_beyond(request, "check_proof", _RATE)
        brought = ProofForm(request.POST, request.FILES)
        if brought.is_valid():
            checked = brought.cleaned_data["checked"]
        else:
            form = brought
    return render(request, "public/check_proof.html", {"form": form, "checked": checked})

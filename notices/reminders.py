"""/reminders/<token>/: where the owner of an address declines reminders, or takes them again.

The link stands in every reminder and needs no signing in. Opening it changes nothing: programs
that look for bad links open all of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts import language
from accounts.limits import refuse_beyond
from notices import declined, declining
from notices.addresses import DEFAULT_LANGUAGE, masked
from notices.states import Channel

_RATE = "30/m"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def reminders(request: HttpRequest, token: str) -> HttpResponse:
    """Say how it is, and ask; posted: do what was asked."""
    refuse_beyond(request, "reminders", _RATE)
    address = declining.address_of(token)
    if address is None:
        return _unknown(request)
    if request.method == "POST":
        _choose(address, wants=request.POST.get("reminders") == "yes", at=_arrived_at(request))
        return redirect("reminders", token)
    about = {
        "address": masked(Channel.EMAIL, address),
        "declined": declined.is_declined(address),
        "noindex": True,
    }
    return render(request, "notices/reminders.html", about)


# A mail program posts here by itself when its reader clicks (RFC 8058): it has no cookie and no
# token of ours, and follows no redirect.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def one_click(request: HttpRequest, token: str) -> HttpResponse:
    """Decline at once what a mail program posts; lead a person on to the page."""
    if request.POST.get("List-Unsubscribe") != "One-Click":
        with override(_language(request, declining.address_of(token))):
            return redirect("reminders", token)
    refuse_beyond(request, "reminders", _RATE, key=token)
    address = declining.address_of(token)
    if address is None:
        return HttpResponse(status=400)
    _choose(address, wants=False, at=_arrived_at(request))
    return HttpResponse()


def _choose(address: str, *, wants: bool, at: datetime) -> None:
    if wants:
        declined.resume(address)
    else:
        declined.decline(address, at=at)


def _language(request: HttpRequest, address: str | None) -> str:
    """The device's, else that of the account with the address, else that of letters."""
    of_account = language.of_address(address) if address else None
    return language.was_chosen(request) or of_account or DEFAULT_LANGUAGE


def _unknown(request: HttpRequest) -> HttpResponse:
    return render(request, "notices/reminders.html", {"noindex": True}, status=404)


def _arrived_at(request: HttpRequest) -> datetime:
    return cast(datetime, request.arrived_at)  # type: ignore[attr-defined]

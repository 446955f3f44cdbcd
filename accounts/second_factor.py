"""Has this session proven a second factor? Ministry staff may do nothing without one.

A second factor is an authenticator app, a passkey or one of the recovery codes; allauth writes
down in the session what each sign-in was proven by. A session that was made in any other way
carries no such line, and so reaches nothing either. docs/decisions/0014-second-factor.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt, is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.models import User

# A working day: after it a member of staff signs in anew.
STAFF_SESSION = timedelta(hours=12)

# Seconds for which an app shows a code.
_PERIOD = 30
_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
# What is open without a second factor: getting one, proving it, putting the way there in order,
# signing out, choosing a language.
_OPEN = {
    "second_factor",
    "choose_language",
    "set_language",
    "account_logout",
    "account_login",
    "account_reauthenticate",
    "account_email",
    "account_confirm_email",
    "account_email_verification_sent",
    "javascript-catalog",
}


def proven_at(request: HttpRequest) -> float | None:
    """When this session last proved a second factor, in seconds; None if it never did."""
    records = get_authentication_records(request, request.user)
    proofs = [float(record["at"]) for record in records if record.get("method") == "mfa"]
    return max(proofs, default=None)


def holds(request: HttpRequest) -> bool:
    """Whether this session proved a second factor within a working day."""
    proven = proven_at(request)
    return proven is not None and time.time() - proven < STAFF_SESSION.total_seconds()


def has_one(user: User) -> bool:
    """Whether the person has set a second factor up. Recovery codes alone are none."""
    return bool(is_mfa_enabled(user, _FACTORS))


class SecondFactorMiddleware:
    """Leads a member of staff without a proven second factor to setting one up or proving it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _kwargs: Any
    ) -> HttpResponse | None:
        # Whoever brings no session is nobody; asking would make public pages depend on cookies.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or _is_open(request):
            return None
        if not request.user.is_staff or holds(request):
            return None
        if proven_at(request) is not None:
            logout(request)
            messages.info(request, _("You were signed out: staff sign in anew every 12 hours."))
            return redirect_to_login(request.get_full_path())
        if has_one(request.user):
            return HttpResponseRedirect(_where_to_prove(request))
        return redirect("second_factor")


def _is_open(request: HttpRequest) -> bool:
    name = request.resolver_match.url_name if request.resolver_match else None
    return name is not None and (name in _OPEN or name.startswith("mfa_"))


def _where_to_prove(request: HttpRequest) -> str:
    methods = get_adapter().get_reauthentication_methods(request.user)
    address = next(way["url"] for way in methods if way["id"].startswith("mfa_reauthenticate"))
    return f"{address}?{urlencode({'next': request.get_full_path()})}"


# The authenticator app of accounts that are made for trying the portal out.


def give_app(user: User, secret: str) -> None:
    """Set an authenticator app up for the person, if they have none. Safe to repeat."""
    if not is_mfa_enabled(user, [Authenticator.Type.TOTP]):
        TOTP.activate(user, secret)


def app_code(user: User, at: float) -> tuple[str, int]:
    """What the person's app shows at that moment (seconds since 1970), and for how many seconds."""
    app = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    return code_of(decrypt(app.data["secret"]), at), _PERIOD - int(at) % _PERIOD


def code_of(secret: str, at: float) -> str:
    """What an app with that secret shows at that moment (RFC 6238)."""
    return str(format_hotp_value(hotp_value(secret, int(at) // _PERIOD)))

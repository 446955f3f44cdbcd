"""A person's own account: how they sign in, and signing out everywhere."""

from __future__ import annotations

from typing import cast

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import second_factor, sms
from accounts.models import User


@login_required
def security(request: HttpRequest) -> HttpResponse:
    """Everything by which the person signs in."""
    return render(
        request,
        "accounts/security.html",
        {
            "has_second_factor": second_factor.has_one(_person(request)),
            "sms_is_connected": sms.gateway().is_connected,
            "section": "account",
        },
    )


@login_required
def explain_second_factor(request: HttpRequest) -> HttpResponse:
    """Why a member of staff needs a second factor, and the ways to one."""
    if second_factor.has_one(_person(request)):
        return redirect("mfa_index")
    return render(request, "accounts/second_factor.html")


@require_POST
@login_required
@reauthentication_required(app="allauth.account")  # type: ignore[untyped-decorator] # no types
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End the person's sessions on all other devices."""
    person = _person(request)
    person.end_sessions()
    update_session_auth_hash(request, person)
    messages.success(request, _("You are signed out on all other devices."))
    return redirect("account_security")


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)

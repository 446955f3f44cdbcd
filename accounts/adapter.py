"""Where does a person land after signing in?"""

from __future__ import annotations

from typing import cast

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.shortcuts import resolve_url


class PortalAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth carries no types
    """Staff go to the admin, everybody else to their organisations."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        if request.user.is_staff:
            return resolve_url("admin:index")
        return cast(str, super().get_login_redirect_url(request))

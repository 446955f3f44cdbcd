"""The ministry's desk: the admin in unfold's look, behind the portal's own door."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from unfold.sites import UnfoldAdminSite

from accounts import second_factor


class Desk(UnfoldAdminSite):
    """Lets in whoever proved a second factor. The middleware asks too; here nothing passes it."""

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and second_factor.holds(request)

    def login(
        self,
        request: HttpRequest,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002 - Django's own has it
    ) -> HttpResponse:
        """Django's own form knows no second factor and counts no attempts, so it is not shown."""
        goal = request.GET.get("next") or resolve_url("admin:index")
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(goal, resolve_url(settings.LOGIN_URL))

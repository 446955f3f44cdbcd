"""What the register learns when somebody signs in: that the organisations they act for live."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.adapter import PortalAdapter
from accounts.models import User
from registry import signs
from registry.access import organisations_of
from registry.calendar import day_of


class RegisterAdapter(PortalAdapter):
    """The portal's way of signing in, by whatever means, with its sign of life."""

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        at = request.arrived_at  # type: ignore[attr-defined]
        signs.seen(list(organisations_of(user)), on=day_of(at))
        return super().post_login(request, user, **kwargs)

"""The ministry's desk: the admin in unfold's look, behind the portal's own door."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from unfold.sites import UnfoldAdminSite

from accounts import delegations, second_factor
from accounts.admin_verbs import arrived_at, today
from accounts.models import User

# The admin's own forms, and the right that each of them takes. Verbs record what they do
# themselves (accounts/admin_verbs.py).
_FORMS = {"add_view": "add", "change_view": "change"}


class Desk(UnfoldAdminSite):
    """Lets in whoever proved a second factor. The middleware asks too; here nothing passes it."""

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and second_factor.holds(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """As ever; and what a delegate saves in a form is recorded as done on another's behalf."""
        inner: Callable[..., HttpResponseBase] = super().admin_view(view, cacheable)
        opts = getattr(getattr(view, "__self__", None), "opts", None)
        action = _FORMS.get(getattr(view, "__name__", ""))
        if opts is None or action is None:
            return inner
        permission = f"{opts.app_label}.{action}_{opts.model_name}"

        def recording(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method != "POST" or not isinstance(request.user, User):
                return inner(request, *args, **kwargs)
            delegation = delegations.stands_in(request.user, permission, today(request))
            if delegation is None:
                return inner(request, *args, **kwargs)
            with transaction.atomic():
                response = inner(request, *args, **kwargs)
                # A form that was refused comes again; one that was saved leads on.
                if response.status_code == HTTPStatus.FOUND:
                    what = f"{opts.label_lower}:{kwargs.get('object_id', '')} {action}"
                    delegations.note(delegation, permission, what, at=arrived_at(request))
            return response

        return recording

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

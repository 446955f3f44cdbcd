"""What may a browser load, run and use on our pages? (docs/decisions/0020)"""

from __future__ import annotations

from typing import Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve

# The admin's look runs expressions written in its pages (Alpine.js) and styles them in place.
ADMIN = {
    "script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
}
# No page of ours needs a device: a notice's code is scanned by the phone's own camera app.
PERMISSIONS = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"


class PolicyMiddleware(CSPMiddleware):
    """Writes the settings' policy, in the admin with what its look needs beside."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and parts.replace is None and _is_admin(request):
            parts.replace = ADMIN
        return parts

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        answered = super().process_response(request, response)
        answered.setdefault("Permissions-Policy", PERMISSIONS)
        return answered


def _is_admin(request: HttpRequest) -> bool:
    try:
        return "admin" in resolve(request.path_info).app_names
    except Resolver404:
        return False

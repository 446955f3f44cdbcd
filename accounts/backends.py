"""May this person do that today? Answered from the roles in force, never from stored copies."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.utils import timezone

from accounts.models import RoleGrant, User
from accounts.roles import PERMISSIONS


class RoleBackend(ModelBackend):
    """Django's backend, plus the permissions of the ministry roles in force today, their own or
    delegated to them."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        own = super().get_all_permissions(user_obj, obj)
        if not isinstance(user_obj, User) or not user_obj.is_active or obj is not None:
            return own
        return own | self._of_roles(user_obj)

    @staticmethod
    def _of_roles(user: User) -> set[str]:
        # Read once a request: the user object lives as long as the request does.
        cached: set[str] | None = getattr(user, "_role_permissions", None)
        if cached is None:
            held = RoleGrant.objects.held_by(user, timezone.localdate())
            roles = held.values_list("role", flat=True)
            cached = {code for role in roles for code in PERMISSIONS[role]}
            user._role_permissions = cached  # type: ignore[attr-defined]
        return cached

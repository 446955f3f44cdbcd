"""Who decided? A decision letter names the person and the post; nobody decides without a name."""

from __future__ import annotations

from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import PERMISSIONS, Role

# Whoever decides by no role of the table, as an account of the first day does.
_NO_ROLE = gettext_lazy("official of the authorised body")


def refuse_unnamed(user: User) -> None:
    """Refuse a decision by somebody whom its letter could not name."""
    if not user.get_full_name():
        raise Refused(
            _(
                "The letter names who decided, and your account has no name. Ask whoever keeps the "
                "accounts to enter your first and last name, then decide."
            )
        )


def post_of(user: User, permission: str, *, on: date) -> str | Promise:
    """The ministry role by which a person held that permission that day, as words."""
    held = user.role_grants.in_force(on).order_by("pk").values_list("role", flat=True)
    return next((Role(role).label for role in held if permission in PERMISSIONS[role]), _NO_ROLE)

"""Who decided? A decision letter names the person and the post; nobody decides without a name."""

from __future__ import annotations

from datetime import date

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import RoleGrant, User
from accounts.refusals import Refused
from accounts.roles import PERMISSIONS, Role

# Whoever decides by no role of the table, as an account of the first day does.
_NO_ROLE = gettext_lazy("official of the authorised body")
_ON_BEHALF = gettext_lazy("{post}, on behalf of {name}")


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
    """The ministry role by which a person held that permission that day, as words; of a role that
    was delegated to them, on whose behalf."""
    held = RoleGrant.objects.held_by(user, on).select_related("user").order_by("pk")
    giving = [grant for grant in held if permission in PERMISSIONS[grant.role]]
    own = next((grant for grant in giving if grant.user_id == user.pk), None)
    if own:
        return Role(own.role).label
    if giving:
        return format_lazy(
            _ON_BEHALF, post=Role(giving[0].role).label, name=giving[0].user.get_full_name()
        )
    return _NO_ROLE

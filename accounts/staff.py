"""Giving people ministry roles."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from accounts.models import RoleGrant, User
from accounts.roles import Role


@transaction.atomic
def grant_role(
    user: User,
    *,
    role: Role,
    by: User | None,
    on: date,
    until_on: date | None = None,
    regions: Iterable[str] = (),
) -> RoleGrant:
    """Give a ministry role from a day on; the person becomes staff.

    Safe to repeat: the same role already in force that day is returned as it is.
    `regions` are KATO codes; none means all.
    """
    standing = user.role_grants.in_force(on).filter(role=role).first()
    if standing:
        return standing
    if not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    return RoleGrant.objects.create(
        user=user, role=role, granted_by=by, from_on=on, until_on=until_on, regions=list(regions)
    )

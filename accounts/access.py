"""Whose rows may this member of staff see, or decide on?

A role is held for some regions or all. Each permission counts only in the regions of the grants
that give it: who reviews in one region and audits everywhere reviews in that one region. A
delegated role counts like one's own, in the regions of whoever delegated it.
"""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from django.db.models import Model, QuerySet

from accounts.models import RoleGrant, User
from accounts.roles import PERMISSIONS

Row = TypeVar("Row", bound=Model)


def regions_with(user: User, permission: str, on: date) -> frozenset[str] | None:
    """The KATO codes of the regions in which the person holds it that day; None means all."""
    if user.is_superuser:
        return None
    regions: set[str] = set()
    for grant in RoleGrant.objects.held_by(user, on):
        if permission not in PERMISSIONS[grant.role]:
            continue
        if not grant.regions:
            return None
        regions.update(grant.regions)
    return frozenset(regions)


def within(
    rows: QuerySet[Row], region: str, *, user: User, permission: str, on: date
) -> QuerySet[Row]:
    """Those of the rows whose `region` (a lookup path) the person holds the permission for."""
    regions = regions_with(user, permission, on)
    return rows if regions is None else rows.filter(**{f"{region}__in": regions})


def holds(user: User, permission: str, region: str, on: date) -> bool:
    """Whether the person holds the permission in that region that day."""
    regions = regions_with(user, permission, on)
    return user.is_active and (regions is None or region in regions)


def everywhere(user: User, permission: str, on: date) -> bool:
    """Whether the person holds the permission in all regions: what covers all of them asks so."""
    return user.has_perm(permission) and regions_with(user, permission, on) is None

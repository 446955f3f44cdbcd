"""Whose notices may this member of staff see?

A role is held for some regions or all. Each permission counts only in the regions of the grants
that give it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from accounts.roles import PERMISSIONS


def regions_with(user: User, permission: str, on: date) -> frozenset[str] | None:
    """The KATO codes of the regions in which the person holds it that day; None means all."""
    if user.is_superuser:
        return None
    grants = [
        grant
        for grant in user.role_grants.in_force(on)
        if permission in PERMISSIONS.get(grant.role, frozenset())
    ]
    if any(not grant.regions for grant in grants):
        return None
    return frozenset(region for grant in grants for region in grant.regions)


def within(
    rows: QuerySet[Any], organisation: str, *, user: User, permission: str, on: date
) -> QuerySet[Any]:
    """The rows whose organisation (a lookup path) lies where the person holds the permission."""
    regions = regions_with(user, permission, on)
    return rows if regions is None else rows.filter(**{f"{organisation}__region__in": regions})


def everywhere(user: User, permission: str, on: date) -> bool:
    """Whether the person holds the permission in all regions: what covers all of them asks so."""
    return user.has_perm(permission) and regions_with(user, permission, on) is None

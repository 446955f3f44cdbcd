"""Which rows of accounts?"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import FilteredRelation, OuterRef, Q

if TYPE_CHECKING:
    from accounts.models import DelegatedAct, Delegation, RoleGrant, User  # noqa: F401 - rows below


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    def in_force(self, on: date) -> RoleGrantQuerySet:
        """Grants that hold on that day, both ends included."""
        return self.filter(Q(until_on__isnull=True) | Q(until_on__gte=on), from_on__lte=on)

    def held_by(self, user: User | OuterRef, on: date) -> RoleGrantQuerySet:
        """What the person holds that day: their own grants, and those delegated to them.

        The grant itself is shared, with its regions: what ends for its owner ends for the delegate,
        and nothing but a grant of one's own can be delegated on.
        """
        in_force = Q(delegations__from_on__lte=on, delegations__until_on__gte=on) & (
            Q(delegations__ended_on__isnull=True) | Q(delegations__ended_on__gt=on)
        )
        rows = self.in_force(on).alias(shared=FilteredRelation("delegations", condition=in_force))
        return rows.filter(Q(user=user) | Q(shared__delegate=user, user__is_active=True))


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def in_force(self, on: date) -> DelegationQuerySet:
        """Delegations that hold on that day; one ended early holds no more on the day it ended."""
        return self.filter(
            Q(ended_on__isnull=True) | Q(ended_on__gt=on), from_on__lte=on, until_on__gte=on
        )

    def of(self, user: User) -> DelegationQuerySet:
        """Those that the person gave or holds."""
        return self.filter(Q(delegator=user) | Q(delegate=user))


class DelegatedActQuerySet(models.QuerySet["DelegatedAct"]):
    def of(self, user: User) -> DelegatedActQuerySet:
        """What the person did for another, or another for them."""
        return self.filter(Q(delegation__delegator=user) | Q(delegation__delegate=user))

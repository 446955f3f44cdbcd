"""People."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts import staff
from accounts.models import Delegation, RoleGrant, User
from accounts.roles import Role


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@ngo.example")
    # A decision letter names who decided.
    first_name = "Dana"
    last_name = factory.Sequence(lambda n: f"Serik{n}")
    language = "ru"


def staff_member(role: Role, email: str = "", **fields: Any) -> User:
    """A member of staff who holds that role since 2020."""
    user = UserFactory.create(**({"email": email} if email else {}), **fields)
    staff.grant_role(user, role=role, by=None, on=date(2020, 1, 1))
    return user


def delegated(
    delegator: User,
    delegate: User,
    *,
    from_on: date,
    until_on: date,
    role: Role = Role.SENIOR_REVIEWER,
    ended_on: date | None = None,
) -> Delegation:
    """A role that one person left to another on those days; the delegator is given it if need be.

    A row alone: what `delegations.delegate` refuses can be made here.
    """
    grant = RoleGrant.objects.filter(user=delegator, role=role).first() or staff.grant_role(
        delegator, role=role, by=None, on=date(2020, 1, 1)
    )
    made_at = datetime(2026, 1, 1, tzinfo=UTC)
    return Delegation.objects.create(
        grant=grant,
        delegator=delegator,
        delegate=delegate,
        from_on=from_on,
        until_on=until_on,
        reason="Отпуск",
        made_by=delegator,
        made_at=made_at,
        ended_on=ended_on,
        ended_at=made_at if ended_on else None,
        ended_by=delegator if ended_on else None,
    )

"""People."""

from __future__ import annotations

from datetime import date
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts import staff
from accounts.models import User
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

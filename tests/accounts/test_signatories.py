"""Whom a decision letter names: the person, and the role by which they decided that day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import translation

from accounts import signatories, staff
from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from tests.factories.accounts import UserFactory, staff_member

ON = date(2026, 9, 15)
DECIDE = "reregistration.decide_appeal"


def post(user: User, on: date = ON) -> str:
    with translation.override("en"):
        return str(signatories.post_of(user, DECIDE, on=on))


@pytest.mark.django_db
def test_the_post_is_the_role_that_may_decide() -> None:
    user = staff_member(Role.HELPLINE)
    staff.grant_role(user, role=Role.SENIOR_REVIEWER, by=None, on=date(2020, 1, 1))
    assert post(user) == "Senior reviewer"


@pytest.mark.django_db
def test_it_is_the_post_of_that_day() -> None:
    user = staff_member(Role.SENIOR_REVIEWER)
    user.role_grants.update(until_on=ON)
    assert post(user) == "Senior reviewer"
    assert post(user, ON + timedelta(days=1)) == "official of the authorised body"


@pytest.mark.django_db
@pytest.mark.parametrize(("first", "last"), [("", ""), (" ", "")])
def test_whom_no_letter_could_name_is_refused(first: str, last: str) -> None:
    user = UserFactory.create(first_name=first, last_name=last)
    with translation.override("en"), pytest.raises(Refused, match="your account has no name"):
        signatories.refuse_unnamed(user)


@pytest.mark.django_db
def test_one_name_is_enough() -> None:
    signatories.refuse_unnamed(UserFactory.create(first_name="", last_name="Серік"))

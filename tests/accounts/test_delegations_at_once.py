"""Two who leave the same role at once: one delegation is made."""

from __future__ import annotations

from functools import partial

import pytest
from django.utils import timezone

from accounts import delegations
from accounts.models import Delegation, User
from accounts.refusals import Refused
from accounts.roles import Role
from tests.concurrency import together
from tests.factories.accounts import staff_member


@pytest.mark.usefixtures("real_commits")
def test_a_role_is_left_to_one() -> None:
    alice = staff_member(Role.REVIEWER)
    people = [staff_member(Role.HELPLINE) for _ in range(2)]
    at, on = timezone.now(), timezone.localdate()

    def leave(to: User) -> Delegation:
        return delegations.delegate(
            alice.role_grants.get(),
            to=to,
            from_on=on,
            until_on=on,
            reason="Отпуск",
            by=alice,
            at=at,
        )

    made = together(*(partial(leave, to) for to in people))
    assert sorted(isinstance(one, Refused) for one in made) == [False, True], made
    assert Delegation.objects.count() == 1

"""Ministry roles hold on their days and in their regions, and give what the table says."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError
from django.utils import timezone

from accounts import access, staff
from accounts.models import RoleGrant, User
from accounts.roles import PERMISSIONS, Role
from tests.factories.accounts import UserFactory, staff_member

pytestmark = pytest.mark.django_db


def test_every_role_stands_in_the_table() -> None:
    assert set(PERMISSIONS) == set(Role.values)


def test_every_permission_of_the_table_exists() -> None:
    known = {
        f"{label}.{code}"
        for label, code in Permission.objects.values_list("content_type__app_label", "codename")
    }
    named = {code for codes in PERMISSIONS.values() for code in codes}
    assert named - known == set()


def test_a_role_gives_its_permissions_and_no_others() -> None:
    reviewer = staff_member(Role.REVIEWER)
    assert reviewer.get_all_permissions() == PERMISSIONS[Role.REVIEWER]


@pytest.mark.parametrize(
    ("from_in", "until_in", "holds"),
    [(0, None, True), (0, 0, True), (1, None, False), (-9, -1, False), (-9, 0, True)],
)
def test_a_role_holds_between_its_days_both_included(
    from_in: int, until_in: int | None, holds: bool
) -> None:
    today = timezone.localdate()
    user = UserFactory.create(is_staff=True)
    RoleGrant.objects.create(
        user=user,
        role=Role.REVIEWER,
        from_on=today + timedelta(days=from_in),
        until_on=None if until_in is None else today + timedelta(days=until_in),
    )
    assert user.has_perm("reregistration.review") is holds


def test_an_inactive_person_may_nothing() -> None:
    reviewer = staff_member(Role.REVIEWER)
    reviewer.is_active = False
    reviewer.save()
    assert not User.objects.get(pk=reviewer.pk).has_perm("reregistration.review")


def test_granting_the_same_role_again_makes_no_second_grant() -> None:
    user = staff_member(Role.AUDITOR)
    staff.grant_role(user, role=Role.AUDITOR, by=None, on=date(2021, 1, 1))
    assert user.role_grants.count() == 1


def test_whoever_is_given_a_role_becomes_staff() -> None:
    assert staff_member(Role.AUDITOR).is_staff


def test_regions_of_several_roles_add_up() -> None:
    user = UserFactory.create()
    for role, region in ((Role.REVIEWER, "710000000"), (Role.HELPLINE, "750000000")):
        staff.grant_role(user, role=role, by=None, on=date(2020, 1, 1), regions=[region])
    seen = access.regions_with(user, "registry.view_organisation", date(2026, 1, 1))
    assert seen == frozenset({"710000000", "750000000"})


def test_one_role_without_regions_means_all_regions() -> None:
    reviewer = staff_member(Role.REVIEWER)
    assert access.regions_with(reviewer, "reregistration.review", date(2026, 1, 1)) is None


def test_a_permission_counts_only_where_its_own_grant_holds() -> None:
    user = UserFactory.create()
    staff.grant_role(user, role=Role.REVIEWER, by=None, on=date(2020, 1, 1), regions=["710000000"])
    staff.grant_role(user, role=Role.AUDITOR, by=None, on=date(2020, 1, 1))
    on = date(2026, 1, 1)
    assert access.regions_with(user, "reregistration.review", on) == frozenset({"710000000"})
    assert access.regions_with(user, "registry.view_organisation", on) is None


def test_a_grant_cannot_end_before_it_begins() -> None:
    with pytest.raises(IntegrityError, match="role_grant_ends_after_it_begins"):
        RoleGrant.objects.create(
            user=UserFactory.create(),
            role=Role.AUDITOR,
            from_on=date(2026, 2, 1),
            until_on=date(2026, 1, 31),
        )


def test_an_address_is_one_account_however_it_is_capitalised() -> None:
    UserFactory.create(email="alice@ngo.example")
    with pytest.raises(IntegrityError):
        UserFactory.create(email="Alice@NGO.example")

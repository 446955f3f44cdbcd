from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import RoleGrant, User
from accounts.roles import Role
from tests.factories.accounts import UserFactory, staff_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("name", ["user_changelist", "user_add", "rolegrant_changelist"])
def test_the_pages_open(root: Client, name: str) -> None:
    assert root.get(reverse(f"admin:accounts_{name}")).status_code == 200


def test_a_person_is_made_with_an_address_and_no_user_name(root: Client) -> None:
    word = "a-long-secret-of-one"
    root.post(
        reverse("admin:accounts_user_add"),
        {
            "email": "new@ministry.example",
            "usable_password": "true",
            "password1": word,
            "password2": word,
            "role_grants-TOTAL_FORMS": "0",
            "role_grants-INITIAL_FORMS": "0",
        },
    )
    assert User.objects.get(email="new@ministry.example").check_password(word)


def test_the_page_of_a_person_opens(root: Client) -> None:
    user = staff_member(Role.AUDITOR)
    assert root.get(reverse("admin:accounts_user_change", args=[user.pk])).status_code == 200


def test_a_granted_role_makes_the_person_staff(root: Client, alice: User) -> None:
    root.post(
        reverse("admin:accounts_rolegrant_add"),
        {"user": alice.pk, "role": Role.REVIEWER, "regions": "", "from_on": "2026-01-01"},
    )
    alice.refresh_from_db()
    assert alice.is_staff
    assert RoleGrant.objects.get(user=alice).granted_by is not None


def test_a_grant_may_be_ended_and_not_rewritten(root: Client) -> None:
    user = staff_member(Role.REVIEWER)
    grant = user.role_grants.get()
    root.post(
        reverse("admin:accounts_rolegrant_change", args=[grant.pk]),
        {"role": Role.CAMPAIGN_MANAGER, "until_on": "2026-12-31"},
    )
    grant.refresh_from_db()
    assert grant.role == Role.REVIEWER
    assert grant.until_on is not None


def test_nobody_is_deleted(root: Client, alice: User) -> None:
    assert root.get(reverse("admin:accounts_user_delete", args=[alice.pk])).status_code == 403

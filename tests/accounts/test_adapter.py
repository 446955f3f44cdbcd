"""After signing in, staff land in the admin and everybody else on their organisations."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from tests.factories.accounts import UserFactory, staff_member

PASSWORD = "a-long-enough-password"


def _lands(client: Client, user: User) -> str:
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    answer = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return answer.headers["Location"]


@pytest.mark.django_db
def test_staff_land_in_the_admin(client: Client) -> None:
    assert _lands(client, staff_member(Role.REVIEWER)) == reverse("admin:index")


@pytest.mark.django_db
def test_a_representative_lands_on_their_organisations(client: Client) -> None:
    assert _lands(client, UserFactory.create()) == reverse("my")

"""Whoever signs in shows that the organisations they act for live."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from registry.models import SignOfLife
from tests.factories.registry import OrganisationFactory, RepresentativeFactory

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-enough-password"


def sign_in(client: Client, user: User) -> None:
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.get_or_create(user=user, email=user.email, verified=True, primary=True)
    answer = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302


def test_one_sign_for_each_organisation_and_none_for_another(client: Client, alice: User) -> None:
    own = [RepresentativeFactory.create(user=alice).organisation for _ in range(2)]
    RepresentativeFactory.create(user=alice, until_at=timezone.now())
    OrganisationFactory.create()
    for _ in range(2):
        sign_in(client, alice)
        client.post(reverse("account_logout"))
    found = SignOfLife.objects.filter(kind="login")
    assert {sign.organisation for sign in found} == set(own)
    assert len(found) == 2


def test_a_page_writes_none(client: Client, alice: User) -> None:
    RepresentativeFactory.create(user=alice)
    client.force_login(alice)
    assert client.get(reverse("my")).status_code == 200
    assert not SignOfLife.objects.exists()

"""The pages that ask for a code that was sent send it where it is read."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_the_form_posts_to_the_page_that_reads_the_code(
    client: Client, alice: User, language: str
) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    with translation.override(language):
        asked, read = reverse("account_request_login_code"), reverse("account_confirm_login_code")
    page = client.post(asked, {"login": alice.email}, follow=True).content.decode()
    assert f'action="{read}"' in page
    assert "{{" not in page

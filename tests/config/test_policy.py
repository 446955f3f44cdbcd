"""What every answer tells the browser: load nothing from elsewhere, run nothing inline."""

from __future__ import annotations

import pytest
from django.test import Client

OURS = ["/en/accounts/login/", "/en/nothing-here/", "/en/my/"]


def policy_of(client: Client, address: str) -> dict[str, str]:
    written = client.get(address).headers["Content-Security-Policy"]
    return dict(part.strip().split(" ", 1) for part in written.split(";"))


@pytest.mark.django_db
@pytest.mark.parametrize("address", OURS)
def test_our_pages_run_and_load_only_what_is_ours(client: Client, address: str) -> None:
    policy = policy_of(client, address)
    assert policy["default-src"] == "'self'"
    assert "script-src" not in policy
    assert "style-src" not in policy
    assert policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'self'"


@pytest.mark.django_db
def test_only_the_admin_may_run_what_stands_in_its_pages(client: Client) -> None:
    policy = policy_of(client, "/admin/login/")
    assert "'unsafe-inline'" in policy["script-src"]
    assert policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'self'"


@pytest.mark.django_db
def test_an_answer_tells_others_nothing(client: Client) -> None:
    answer = client.get("/en/accounts/login/")
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert "geolocation=()" in answer["Permissions-Policy"]


@pytest.mark.django_db
def test_pages_leave_packed(client: Client) -> None:
    answer = client.get("/en/accounts/login/", headers={"accept-encoding": "br, gzip"})
    assert answer["Content-Encoding"] == "gzip"

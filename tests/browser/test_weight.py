"""Every page comes in under 100 kB to a phone that was never here: `make weigh` shows the table."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.models import User
from tests import gunicorn
from tests.browser import weight
from tests.browser.places import ALL
from tests.browser.world import World, made
from tests.conftest import committed


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """As for the browser, which this needs none of."""
    with committed(django_db_blocker):
        yield made()


@pytest.fixture(scope="module")
def web(world: World, collected_static: Path) -> Iterator[gunicorn.Web]:
    with gunicorn.serving(collected_static) as running:
        yield running


def cookie_of(user: User | None) -> str:
    if user is None:
        return ""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


@pytest.mark.parametrize("encodings", [weight.BROTLI, weight.GZIP])
def test_no_first_visit_costs_100_kilobytes(
    world: World, web: gunicorn.Web, django_db_blocker: DjangoDbBlocker, encodings: str
) -> None:
    with django_db_blocker.unblock():
        weights = [
            weight.of(
                place.name,
                f"{web.address}/kk{place.of(world)}",
                cookie=cookie_of(place.who(world)),
                encodings=encodings,
            )
            for place in ALL
        ]
    print(f"\n{weight.table(weights)}")
    assert all(row.files for row in weights)
    assert [str(row) for row in weights if row.total >= weight.LIMIT] == []


def test_files_are_kept_for_ever(web: gunicorn.Web) -> None:
    connection = http.client.HTTPConnection(gunicorn.HOST, web.port, timeout=60)
    connection.request("GET", "/kk/accounts/login/")
    page = connection.getresponse().read().decode()
    name = page.split('rel="stylesheet" href="')[1].split('"')[0]
    connection.request("GET", name, headers={"Accept-Encoding": "br"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.getheader("Content-Encoding") == "br"
    assert "immutable" in (answer.getheader("Cache-Control") or "")

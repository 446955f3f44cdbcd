"""A phone's browser, a portal for it to look at, and people who are signed in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from playwright.sync_api import BrowserContext, Page
from pytest_django import DjangoDbBlocker

from tests.browser import chromium
from tests.browser.serving import serving
from tests.browser.visitor import Visitor
from tests.browser.world import World, made
from tests.conftest import committed

HERE = Path(__file__).parent
# Half a minute and more; a page takes seconds.
WALKS = ("test_grants_cycle.py", "test_journey.py", "test_weight.py")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
    # The shuffled order, but for these: a walk that came last would keep one worker waiting.
    items.sort(key=lambda item: item.path.name not in WALKS)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Debian's Chromium. Without one the tests are passed over, or fail if REQUIRE_BROWSER=1."""
    if not chromium.PROGRAM.exists():
        if chromium.IS_REQUIRED:
            pytest.fail(chromium.ABSENT, pytrace=False)
        pytest.skip(chromium.ABSENT)
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    return chromium.launch_options()


@pytest.fixture(scope="session")
def portal(django_db_setup: None) -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture(scope="session")
def base_url(portal: str) -> str:
    """Playwright's own, in the form that this pytest takes without a warning."""
    return portal


@pytest.fixture(autouse=True)
def forgotten_limits() -> None:
    """Limits on signing in are counted in the cache; each test begins with none used up."""
    cache.clear()


@pytest.fixture(scope="module")
def world(
    browser_type_launch_args: object, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[World]:
    """People and organisations in every state of the journey, shared by tests that only read."""
    with committed(django_db_blocker):
        yield made()


@pytest.fixture
def visit(
    new_context: Callable[..., BrowserContext], portal: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[Callable[..., Visitor]]:
    """Makes a visitor with a browser of their own; in the end no page may have broken a rule.

    `visit(user=..., language="kk", viewport=chromium.PHONE, scripts=True)`.
    """
    visitors: list[Visitor] = []

    def begin(**wishes: object) -> Visitor:
        visitor = Visitor.begin(new_context, portal, **wishes)  # type: ignore[arg-type]
        visitors.append(visitor)
        return visitor

    with django_db_blocker.unblock():
        yield begin
    for visitor in visitors:
        assert visitor.faults == []


@pytest.fixture
def page(visit: Callable[..., Visitor]) -> Page:
    """A stranger's phone."""
    return visit().page

"""The whole way on a phone: claim, file, get it back, correct it, be accepted, certified."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from reregistration.states import State
from tests.browser import journey
from tests.browser.hands import Keyboard
from tests.browser.journey import Journey
from tests.browser.visitor import Visitor, barriers, overflow

pytestmark = pytest.mark.usefixtures("real_commits")
PAGES = 16


def assert_fulfilled(start: journey.Start) -> None:
    start.obligation.refresh_from_db()
    assert start.obligation.state == State.FULFILLED


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_no_page_on_the_way_bars_anybody(visit: Callable[..., Visitor], language: str) -> None:
    seen: dict[str, list[str]] = {}

    def look(name: str, page: Page) -> None:
        seen[name] = barriers(page) + [f"{overflow(page)} px too wide"] * bool(overflow(page))

    start = journey.start(language)
    Journey(visit(language=language), start, look).walk()
    assert_fulfilled(start)
    assert len(seen) == PAGES
    assert {name: found for name, found in seen.items() if found} == {}


def test_scripts_are_a_comfort_and_not_needed(visit: Callable[..., Visitor]) -> None:
    start = journey.start("kk")
    Journey(visit(language="kk", scripts=False), start, lambda _name, _page: None).walk()
    assert_fulfilled(start)


def test_the_keyboard_is_enough(visit: Callable[..., Visitor]) -> None:
    start = journey.start("ru")
    way = Journey(visit(language="ru"), start, lambda _name, _page: None, Keyboard())
    way.walk()
    assert_fulfilled(start)

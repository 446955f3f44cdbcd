"""Each page by itself: nothing bars anybody, nothing scrolls sideways."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser import chromium
from tests.browser.places import OWN, PUBLIC, Place
from tests.browser.visitor import Visitor, barriers, overflow
from tests.browser.world import World

# Public pages in each language; those behind the door in Kazakh, whose words are the longest: the
# journey and the walk of a grant go through them in the others.
LOOKS: list[tuple[Place, tuple[str, ...]]] = [
    *((place, ("kk", "ru", "en")) for place in PUBLIC),
    *((place, ("kk",)) for place in OWN),
]


@pytest.mark.parametrize(
    ("place", "languages"), LOOKS, ids=[place.name for place, _languages in LOOKS]
)
def test_nothing_on_a_page_bars_anybody(
    visit: Callable[..., Visitor], world: World, place: Place, languages: tuple[str, ...]
) -> None:
    """One opening for all three questions, one visitor for all languages: each takes a second."""
    visitor = visit(user=place.who(world))
    for language in languages:
        visitor.language = language
        visitor.page.set_viewport_size(chromium.PHONE)
        page = visitor.opens(place.of(world))
        assert barriers(page) == [], language
        assert page.locator("h1").count() == 1, language
        page.set_viewport_size(chromium.NARROWEST)
        assert overflow(page) == 0, language


def test_the_keyboard_reaches_the_content_first(
    visit: Callable[..., Visitor], world: World
) -> None:
    page = visit(user=world.alice).opens("/my/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    # The browser moves the focus with the next picture that it draws, not with the key.
    expect(page.locator("#content")).to_be_focused()


def test_a_barrier_would_be_found(visit: Callable[..., Visitor], world: World) -> None:
    page = visit().opens("/")
    page.evaluate("document.querySelector('h1').innerHTML = '<img src=/static/mark.svg>'")
    assert any(line.startswith("image-alt") for line in barriers(page))


def test_a_page_too_wide_would_be_found(visit: Callable[..., Visitor], world: World) -> None:
    page = visit(viewport=chromium.NARROWEST).opens("/")
    page.evaluate("document.querySelector('h1').append(new Image(400, 10))")
    page.evaluate("document.querySelector('h1 img').className = 'mw-none'")
    assert overflow(page) > 0


def test_a_script_in_a_page_would_be_refused(visit: Callable[..., Visitor], world: World) -> None:
    visitor = visit()
    page = visitor.opens("/")
    with page.expect_console_message(lambda said: "Content Security Policy" in said.text):
        page.evaluate(
            "document.body.append(Object.assign(document.createElement('script'), {text: 'x = 1'}))"
        )
    assert [fault for fault in visitor.faults if "Content Security Policy" in fault]
    visitor.faults.clear()

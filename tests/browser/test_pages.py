"""Each page by itself: nothing bars anybody, nothing scrolls sideways."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser import chromium
from tests.browser.places import OWN, PUBLIC, Place
from tests.browser.visitor import Visitor, barriers, overflow
from tests.browser.world import World

# In Kazakh, whose words are the longest: the journey walks through its pages in each language. Most
# pages of an organisation's grants are asked the same by the walk in test_grants_cycle.py.
NOT_WALKED = {"grants, may we", "grants, leave", "grants, withdraw", "grants, not accepted"}
LOOKS = [
    *PUBLIC,
    *(p for p in OWN if p.name in NOT_WALKED or not p.name.startswith("grants")),
]


@pytest.mark.parametrize("place", LOOKS, ids=[place.name for place in LOOKS])
def test_nothing_on_a_page_bars_anybody(
    visit: Callable[..., Visitor], world: World, place: Place
) -> None:
    """One opening for all three questions: a browser takes seconds to start."""
    page = visit(user=place.who(world), language="kk").opens(place.of(world))
    assert barriers(page) == []
    assert page.locator("h1").count() == 1
    page.set_viewport_size(chromium.NARROWEST)
    assert overflow(page) == 0


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

"""Each page by itself: nothing bars anybody, nothing scrolls sideways."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser import chromium
from tests.browser.places import OWN, PUBLIC, Place
from tests.browser.visitor import Visitor, barriers, overflow
from tests.browser.world import World

# The pages behind the door in Kazakh, whose words are the longest: the journey walks through them
# in each language.
LOOKS = [(place, language) for place in PUBLIC for language in ("kk", "ru", "en")]
LOOKS += [(place, "kk") for place in OWN]


@pytest.mark.parametrize(
    ("place", "language"), LOOKS, ids=[f"{place.name} {language}" for place, language in LOOKS]
)
def test_nothing_on_a_page_bars_anybody(
    visit: Callable[..., Visitor], world: World, place: Place, language: str
) -> None:
    """One opening for all three questions: a browser takes seconds to start."""
    page = visit(user=place.who(world), language=language).opens(place.of(world))
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
    assert page.evaluate("document.activeElement.id") == "content"


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
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'x = 1'}))"
    )
    page.wait_for_timeout(50)
    assert [fault for fault in visitor.faults if "Content Security Policy" in fault]
    visitor.faults.clear()

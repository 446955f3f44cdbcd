"""docs/screens drawn anew by `make screens`: each page of the journey, on a phone and on a desk.

Not collected with the tests: it writes into the checkout.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, ViewportSize

from tests.browser import chromium, journey
from tests.browser.journey import Journey
from tests.browser.visitor import Visitor

FOLDER = Path(settings.BASE_DIR) / "docs" / "screens"


@pytest.mark.usefixtures("real_commits")
@pytest.mark.parametrize(
    ("screen", "viewport", "language"),
    [
        ("phone", chromium.PHONE, "kk"),
        ("desk", chromium.DESK, "ru"),
    ],
)
def test_draw(
    visit: Callable[..., Visitor], screen: str, viewport: ViewportSize, language: str
) -> None:
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob(f"{screen}-{language}-*.png"):
        old.unlink()
    drawn = 0

    def draw(name: str, page: Page) -> None:
        nonlocal drawn
        drawn += 1
        path = FOLDER / f"{screen}-{language}-{drawn:02}-{name}.png"
        # To hide the caret Playwright would write a style into the page, which the policy refuses.
        page.screenshot(path=path, full_page=True, caret="initial")

    Journey(visit(language=language, viewport=viewport), journey.start(language), draw).walk()
    assert drawn

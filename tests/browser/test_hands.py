"""A press is over when the page that it leads to is there, however slowly that comes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from playwright.sync_api import Page

from tests.browser.hands import Hands, Keyboard, Touch
from tests.browser.serving import serving
from tests.browser.visitor import barriers

# Longer than a click takes by itself.
PAUSE = 1.0
PAGE = b"""<!doctype html>
<html lang="en"><title>A page</title>
<main><h1>A page</h1><a href="/late/">On</a> <form action="/late/"><button>On</button></form></main>
"""


def halting(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    """Sends the headers of /late/ at once and its content after a pause."""
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(PAGE))),
        # Otherwise the browser waits for the content, to guess from it what it is.
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response("200 OK", headers)
    yield b""
    if environ["PATH_INFO"] == "/late/":
        time.sleep(PAUSE)
    yield PAGE


@pytest.mark.parametrize("hands", [Touch(), Keyboard()], ids=["touch", "keyboard"])
def test_a_press_ends_with_the_page_that_it_leads_to(page: Page, hands: Hands) -> None:
    with serving(halting) as address:
        page.goto(address)
        for selector, led_to in (("a", "/late/"), ("button", "/late/?")):
            hands.press(page, selector)
            assert page.url == f"{address}{led_to}"
            assert page.evaluate("document.readyState") == "complete"


def test_a_page_is_judged_when_it_is_whole(page: Page) -> None:
    with serving(halting) as address:
        page.goto(f"{address}/late/", wait_until="commit")
        # Without a style sheet the link is too small for a finger.
        assert any(line.startswith("target-size") for line in barriers(page))

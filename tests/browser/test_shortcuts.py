"""The keys of a filing's page, in Chromium: each opens a page that asks, none decides."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from accounts.roles import Role
from reregistration.models import Filing
from reregistration.states import FilingState
from tests.browser import chromium
from tests.browser.visitor import Visitor
from tests.browser.world import World
from tests.factories.accounts import staff_member
from tests.reregistration.desk import page_of, verb_of


def opened(visit: Callable[..., Visitor], world: World) -> Page:
    desk = visit(user=staff_member(Role.REVIEWER), viewport=chromium.DESK)
    desk.page.goto(f"{desk.portal}{page_of(world.filed)}")
    return desk.page


def test_the_page_names_its_keys(visit: Callable[..., Visitor], world: World) -> None:
    page = opened(visit, world)
    assert page.locator("[data-shortcuts] kbd").all_text_contents() == ["A", "R"]


def test_a_opens_the_page_that_asks_and_decides_nothing(
    visit: Callable[..., Visitor], world: World
) -> None:
    page = opened(visit, world)
    with page.expect_navigation():
        page.keyboard.press("a")
    assert page.url.endswith(verb_of(world.filed, "accept"))
    assert Filing.objects.get(pk=world.filed.pk).state == FilingState.SUBMITTED


def test_r_opens_the_page_of_a_return(visit: Callable[..., Visitor], world: World) -> None:
    page = opened(visit, world)
    with page.expect_navigation():
        page.keyboard.press("r")
    assert page.url.endswith(verb_of(world.filed, "return"))


def test_a_key_in_a_field_writes_and_with_another_key_does_nothing(
    visit: Callable[..., Visitor], world: World
) -> None:
    page = opened(visit, world)
    here = page.url
    page.evaluate("document.querySelector('.desk').prepend(document.createElement('textarea'))")
    page.locator(".desk textarea").first.focus()
    page.keyboard.press("a")
    page.keyboard.press("r")
    assert page.locator(".desk textarea").first.input_value() == "ar"
    page.locator("h1").first.click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Shift+r")
    assert page.url == here


def test_they_are_turned_off(visit: Callable[..., Visitor], world: World) -> None:
    page = opened(visit, world)
    here = page.url
    page.locator("[data-shortcuts] input").uncheck()
    page.locator("h1").first.click()
    page.keyboard.press("a")
    page.reload()
    page.keyboard.press("a")
    assert page.url == here
    assert not page.locator("[data-shortcuts] input").is_checked()


def test_a_button_that_says_so_is_pressed(visit: Callable[..., Visitor], world: World) -> None:
    """As the one that takes the next filing, which decides nothing."""
    page = opened(visit, world)
    page.add_init_script(
        "document.addEventListener('readystatechange', () => {"
        "  if (document.readyState !== 'interactive') return;"
        "  const form = document.createElement('form');"
        "  form.innerHTML = '<button data-shortcut=\"n\" data-shortcut-press>Next</button>';"
        "  form.addEventListener('submit', (event) => {"
        "    event.preventDefault(); document.title = 'pressed'; });"
        "  document.querySelector('.desk').append(form);"
        "});"
    )
    page.reload()
    page.keyboard.press("n")
    assert page.title() == "pressed"

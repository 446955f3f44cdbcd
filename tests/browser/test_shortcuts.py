"""The keys of a filing's page, in Chromium: each opens a page that asks, none decides."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from accounts.roles import Role
from reregistration.models import Filing
from reregistration.models.leases import Lease
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


def leave_the_field(page: Page) -> None:
    """Without a click: what stands at the head of the page is a link back to the list."""
    page.evaluate("document.activeElement.blur()")


def test_the_page_names_its_keys(visit: Callable[..., Visitor], world: World) -> None:
    page = opened(visit, world)
    assert page.locator("[data-shortcuts] kbd").all_text_contents() == ["A", "R", "N"]


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
    leave_the_field(page)
    page.keyboard.press("Control+a")
    page.keyboard.press("Shift+r")
    assert page.url == here


def test_they_are_turned_off(visit: Callable[..., Visitor], world: World) -> None:
    page = opened(visit, world)
    here = page.url
    page.locator("[data-shortcuts] input").uncheck()
    leave_the_field(page)
    page.keyboard.press("a")
    page.reload()
    page.keyboard.press("a")
    assert page.url == here
    assert not page.locator("[data-shortcuts] input").is_checked()


def test_n_presses_the_button_that_takes_the_next_filing(
    visit: Callable[..., Visitor], world: World
) -> None:
    """It decides nothing, so that the key presses it at once: the oldest is the one shown."""
    page = opened(visit, world)
    with page.expect_navigation():
        page.keyboard.press("n")
    assert page.url.endswith(page_of(world.filed))
    assert Lease.objects.get().filing_id == world.filed.pk

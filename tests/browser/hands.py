"""How does a person work a page: by touching it, or by the keyboard alone?"""

from __future__ import annotations

from typing import Protocol

from playwright.sync_api import Locator, Page

# More stops than any page has; beyond it something cannot be reached.
_MOST_STOPS = 150
_IS_FOCUSED = "element => element === document.activeElement"
# What is pressed without leaving the page.
_CHOICES = {"radio", "checkbox"}


class Hands(Protocol):
    def press(self, page: Page, selector: str) -> None:
        """A link or a button that leads on, a box to tick or one of several to choose.

        Where it leads on, the next page has loaded when this returns. A click or a key by itself
        is over once the next page's headers are there: what is asked of the page then is asked of
        an empty document.
        """

    def write(self, page: Page, selector: str, text: str) -> None:
        """Text into a field in place of what stands there."""

    def choose(self, page: Page, selector: str, value: str) -> None:
        """A value from a list that unfolds."""


class Touch:
    def press(self, page: Page, selector: str) -> None:
        wanted = page.locator(selector).first
        if wanted.get_attribute("type") in _CHOICES:
            wanted.click()
            return
        with page.expect_navigation():
            wanted.click()

    def write(self, page: Page, selector: str, text: str) -> None:
        page.locator(selector).fill(text)

    def choose(self, page: Page, selector: str, value: str) -> None:
        page.locator(selector).select_option(value)


class Keyboard:
    """Nothing but Tab, Enter, the space bar, arrows and letters."""

    def press(self, page: Page, selector: str) -> None:
        wanted = page.locator(selector).first
        kind = wanted.get_attribute("type")
        if kind == "radio":
            self._to_radio(page, wanted)
            return
        self._to(page, wanted)
        if kind == "checkbox":
            page.keyboard.press("Space")
            return
        with page.expect_navigation():
            page.keyboard.press("Enter")

    def write(self, page: Page, selector: str, text: str) -> None:
        self._to(page, page.locator(selector))
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type(text)

    def choose(self, page: Page, selector: str, value: str) -> None:
        field = page.locator(selector)
        self._to(page, field)
        for _ in range(field.locator("option").count()):
            if field.input_value() == value:
                return
            page.keyboard.press("ArrowDown")
        assert field.input_value() == value

    def _to(self, page: Page, wanted: Locator) -> None:
        """Tab on until the element has the focus, round the page if it lies before."""
        for _ in range(_MOST_STOPS):
            if wanted.evaluate(_IS_FOCUSED):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {wanted}")

    def _to_radio(self, page: Page, wanted: Locator) -> None:
        """The group is one stop; the arrows move and choose within it."""
        name = wanted.get_attribute("name")
        group = page.locator(f'input[type="radio"][name="{name}"]')
        for _ in range(_MOST_STOPS):
            if any(group.nth(place).evaluate(_IS_FOCUSED) for place in range(group.count())):
                break
            page.keyboard.press("Tab")
        for _ in range(group.count() + 1):
            if wanted.is_checked():
                return
            page.keyboard.press("Space" if wanted.evaluate(_IS_FOCUSED) else "ArrowDown")
        assert wanted.is_checked()

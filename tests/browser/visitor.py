"""One person's browser, signed in or not, in a language; and what must hold of every page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response, ViewportSize

from accounts.models import User
from tests.browser import chromium
from tests.clients import Browser

LEVEL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = {
    "runOnly": {"type": "tag", "values": LEVEL},
    "resultTypes": ["violations"],
    # Off by default, though WCAG 2.2 asks for it at level AA.
    "rules": {"target-size": {"enabled": True}},
}


@dataclass
class Visitor:
    page: Page
    portal: str
    language: str
    # What the browser complained of: scripts that failed, what the policy refused, what is missing.
    faults: list[str] = field(default_factory=list)

    @classmethod
    def begin(
        cls,
        new_context: Callable[..., BrowserContext],
        portal: str,
        *,
        user: User | None = None,
        language: str = "en",
        viewport: ViewportSize = chromium.PHONE,
        scripts: bool = True,
    ) -> Visitor:
        context = new_context(viewport=viewport, locale=language, java_script_enabled=scripts)
        if user:
            sign_in(context, portal, user)
        visitor = cls(context.new_page(), portal, language)
        visitor.page.on("console", visitor._heard)
        visitor.page.on("pageerror", lambda error: visitor.faults.append(str(error)))
        visitor.page.on("response", visitor._answered)
        return visitor

    def opens(self, address: str) -> Page:
        """Open a page by its address without the language in front; it leads nowhere else."""
        asked = f"{self.portal}/{self.language}{address}"
        self.page.goto(asked)
        assert self.page.url == asked
        return self.page

    def _heard(self, message: ConsoleMessage) -> None:
        # A page that is rightly not there is told as an error too; `_answered` judges those.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    def _answered(self, response: Response) -> None:
        is_file = response.request.resource_type != "document"
        if response.status >= 500 or (response.status >= 400 and is_file):
            self.faults.append(f"{response.status} {response.url}")


def sign_in(context: BrowserContext, portal: str, user: User) -> None:
    """Give the browser a session of that person, as signing in would."""
    client = Browser()
    client.force_login(user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": portal}])


def barriers(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA on the page, one line for each place."""
    _wait_until_whole(page)
    found = Axe().run(page, options=AXE).response["violations"]
    return [
        f"{rule['id']}: {rule['help']} - {node['html'][:160]}"
        for rule in found
        for node in rule["nodes"]
    ]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window; 0 where nothing scrolls sideways."""
    _wait_until_whole(page)
    wider: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wider


def _wait_until_whole(page: Page) -> None:
    """Half a page, or one without its style sheet, would be judged as if it were all."""
    page.wait_for_load_state("load")

"""docs/screens drawn anew by `make screens`: each page of the journey, on a phone and on a desk,
and the ministry's desks.

Not collected with the tests: it writes into the checkout.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page, ViewportSize

from accounts.models import User
from accounts.roles import Role
from tests.browser import chromium, journey
from tests.browser.journey import Journey
from tests.browser.visitor import Visitor
from tests.browser.world import World
from tests.factories.accounts import staff_member
from tests.factories.registry import OrganisationFactory

STAFF_DESK: ViewportSize = {"width": 1440, "height": 900}
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


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_draw_the_ministrys_desks(
    visit: Callable[..., Visitor], portal: str, world: World, language: str
) -> None:
    for old in FOLDER.glob(f"ministry-{language}-*.png"):
        old.unlink()
    twin = OrganisationFactory.create(
        bin=None,
        name_kk=world.due.organisation.name_kk,
        name_ru=world.due.organisation.name_ru,
    )
    filing = world.filed
    pages: list[tuple[str, Role, str, list[int]]] = [
        ("first-page", Role.CAMPAIGN_MANAGER, "index", []),
        ("queue", Role.SENIOR_REVIEWER, "reregistration_filing_changelist", []),
        ("filing", Role.SENIOR_REVIEWER, "reregistration_filing_change", [filing.pk]),
        ("return", Role.SENIOR_REVIEWER, "reregistration_filing_return", [filing.pk]),
        ("refuse", Role.SENIOR_REVIEWER, "reregistration_filing_propose-refusal", [filing.pk]),
        ("campaign", Role.CAMPAIGN_MANAGER, "reregistration_campaign_change", [world.campaign.pk]),
        ("data-quality", Role.REGISTER_CLERK, "registry_organisation_quality", []),
        ("merge", Role.REGISTER_CLERK, "registry_organisation_merge", [twin.pk]),
        ("organisation", Role.REGISTER_CLERK, "registry_organisation_change", [twin.pk]),
    ]
    people: dict[Role, User] = {}
    for number, (name, role, address, ids) in enumerate(pages, 1):
        people.setdefault(role, staff_member(role))
        page = visit(user=people[role], language=language, viewport=STAFF_DESK).page
        # The admin's addresses bear no language: it is remembered.
        page.context.add_cookies(
            [{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": portal}]
        )
        answer = page.goto(portal + reverse(f"admin:{address}", args=ids))
        assert answer is not None
        assert answer.ok
        page.screenshot(
            path=FOLDER / f"ministry-{language}-{number:02}-{name}.png",
            full_page=True,
            caret="initial",
        )

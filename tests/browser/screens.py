"""docs/screens drawn anew by `make screens`: each page of the journey, on a phone and on a desk,
the ministry's desks, and the pages of grants.

Not collected with the tests: it writes into the checkout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from playwright.sync_api import Page, ViewportSize
from pytest_django import DjangoDbBlocker

from accounts.demo import COMMISSION, NGO, OFFICERS
from accounts.models import User
from accounts.roles import Role
from grants import demo
from grants.models import Application, Award, Call, Evaluation, Report
from grants.states import ApplicationState, AwardState, CallState
from registry import representatives
from tests.browser import chromium, journey
from tests.browser.journey import Journey
from tests.browser.visitor import Visitor
from tests.browser.world import World
from tests.conftest import committed
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


@pytest.fixture(scope="module")
def grants(
    browser_type_launch_args: object, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[User]:
    """The demo of grants in a small register; its NGO administrator."""
    with committed(django_db_blocker):
        at = timezone.now()
        person = User.objects.create_user(NGO, language="kk", first_name="Айгерім")
        first, *_others = OrganisationFactory.create_batch(80)
        representatives.begin(first, user=person, at=at - timedelta(days=400))
        demo.load(at=at, say=print, participants=80, a_year=340_000_000)
        yield person


def test_draw_the_pages_of_grants(visit: Callable[..., Visitor], grants: User) -> None:
    for old in FOLDER.glob("grants-phone-kk-*.png"):
        old.unlink()
    offered = Award.objects.get(organisation__representatives__user=grants, state="offered")
    ours = offered.organisation
    active = ours.awards.get(state=AwardState.ACTIVE)
    call = Call.objects.get(state=CallState.OPEN)
    draft = ours.grant_applications.get(state=ApplicationState.DRAFT)
    report = active.reports.get(kind="interim")
    pages: list[tuple[str, str, list[object]]] = [
        ("grants", "grants", []),
        ("call", "grants_call", [call.number]),
        ("application", "grants_submit", [draft.pk]),
        ("to-accept", "grants_award", [offered.pk]),
        ("report", "grants_report", [active.pk, report.position]),
    ]
    page = visit(user=grants, language="kk", viewport=chromium.PHONE)
    for number, (name, address, ids) in enumerate(pages, 1):
        with override("kk"):
            path = reverse(address, args=[ours.number, *ids])
        page.opens(path.removeprefix("/kk")).screenshot(
            path=FOLDER / f"grants-phone-kk-{number:02}-{name}.png",
            full_page=True,
            caret="initial",
        )


def test_draw_the_desks_of_grants(visit: Callable[..., Visitor], portal: str, grants: User) -> None:
    for old in FOLDER.glob("grants-desk-ru-*.png"):
        old.unlink()
    waiting = Application.objects.filter(state=ApplicationState.SUBMITTED).first()
    member = User.objects.get(email=COMMISSION[1])
    own = Evaluation.objects.filter(reviewer=member, locked_at=None, conflict__isnull=False)
    suspended = Award.objects.filter(state=AwardState.SUSPENDED).first()
    report = Report.objects.filter(state="submitted").first()
    pages: list[tuple[str, str, str, list[object]]] = [
        ("calls", OFFICERS[0], "grants_call_changelist", []),
        ("formal-check", OFFICERS[0], "grants_application_check", [waiting and waiting.pk]),
        ("scores", member.email, "grants_evaluation_score", [own[0].pk]),
        ("suspended", OFFICERS[0], "grants_award_change", [suspended and suspended.pk]),
        ("report", OFFICERS[0], "grants_report_change", [report and report.pk]),
    ]
    for number, (name, email, address, ids) in enumerate(pages, 1):
        user = User.objects.get(email=email)
        page = visit(user=user, language="ru", viewport=STAFF_DESK).page
        page.context.add_cookies(
            [{"name": settings.LANGUAGE_COOKIE_NAME, "value": "ru", "url": portal}]
        )
        answer = page.goto(portal + reverse(f"admin:{address}", args=ids))
        assert answer is not None
        assert answer.ok
        page.screenshot(
            path=FOLDER / f"grants-desk-ru-{number:02}-{name}.png", full_page=True, caret="initial"
        )

"""The whole of a grant: taking part, application, check, scores, protocols, money, report, end."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Page

from grants.models import Award, AwardEvent, Lot
from tests.browser import granting
from tests.browser.granting import ASKED, Granting
from tests.browser.visitor import Visitor, barriers, overflow

pytestmark = pytest.mark.usefixtures("real_commits")
PAGES = 16


def test_a_grant_is_clicked_from_taking_part_to_its_end(visit: Callable[..., Visitor]) -> None:
    seen: dict[str, list[str]] = {}

    def look(name: str, page: Page) -> None:
        seen[name] = barriers(page) + [f"{overflow(page)} px too wide"] * bool(overflow(page))

    Granting(visit, granting.start("kk"), "kk", look).walk()
    award = Award.objects.get()
    assert (award.state, award.paid, award.returned) == ("completed", ASKED, Decimal(0))
    assert Lot.objects.get().committed == ASKED
    assert list(AwardEvent.objects.order_by("pk").values_list("kind", flat=True)) == [
        "offered",
        "accepted",
        "planned",
        "paid",
        "reported",
        "report_accepted",
        "completed",
    ]
    assert len(seen) == PAGES
    assert {name: found for name, found in seen.items() if found} == {}

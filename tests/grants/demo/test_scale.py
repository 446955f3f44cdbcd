"""The demo of grants in the whole June register, as `make run` loads it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import translation

from grants import demo
from grants.demo.rounds import years
from grants.models import Participant
from registry.calendar import day_of
from tests.clients import Browser
from tests.factories.extracts import import_file

pytestmark = [pytest.mark.django_db, pytest.mark.scale]

AT = datetime(2026, 11, 27, 5, tzinfo=UTC)
ON = day_of(AT)


# What the database may take for one page; the totals once took more than half a minute.
SECONDS_A_STATEMENT = 5


def assert_public_pages_answer(client: Browser) -> None:
    """Each over all rows: the totals, which show the share of a participant, and the lists."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{SECONDS_A_STATEMENT}s'")
    with translation.override("en"):
        totals = client.get(reverse("grant_totals")).content.decode()
        assert "4.2 million" in totals
        for name in ("awards", "participants", "calls"):
            assert client.get(reverse(name)).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")


def test_four_and_a_half_thousand_of_the_june_register(client: Browser) -> None:
    import_file(Path(settings.BASE_DIR) / "registry/data/demo/register_2026-06.csv.xz")
    with connection.cursor() as cursor:
        # Tests before had tables of a few rows, and plans that fitted those.
        cursor.execute("DISCARD PLANS")
    demo.load(at=AT, say=print)
    taking_part = Participant.objects.taking_part(ON).count()
    assert taking_part == 4_500
    for year in (2024, 2025, 2026):
        assert years.granted_in(year) == 19_000_000_000
        assert round(years.granted_in(year) / taking_part / 1_000_000, 1) == Decimal("4.2")
    assert_public_pages_answer(client)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

"""The demo of grants in the whole June register, as `make run` loads it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from grants import demo
from grants.demo.rounds import years
from grants.models import Participant
from registry.calendar import day_of
from tests.factories.extracts import import_file

pytestmark = [pytest.mark.django_db, pytest.mark.scale]

AT = datetime(2026, 11, 27, 5, tzinfo=UTC)
ON = day_of(AT)


def test_four_and_a_half_thousand_of_the_june_register() -> None:
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
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

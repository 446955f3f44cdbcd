"""The two extracts in full: June into an empty register, then September, then September again."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from registry.imports.counts import Outcome
from registry.imports.reasons import Reason
from registry.models import Difference, Organisation, RegisterEntry
from registry.states import EntryKind, LegalStatus
from tests.factories.extracts import import_file

pytestmark = pytest.mark.scale
DEMO = Path(settings.BASE_DIR) / "registry" / "data" / "demo"


def counts(outcome: Outcome) -> dict[str, int]:
    return {name: count for name, count in outcome.columns().items() if count}


@pytest.mark.django_db
def test_june_then_september_twice() -> None:
    with connection.cursor() as cursor:
        # Tests before this one had tables of a few rows: with the plans that fitted those, each
        # foreign key would be checked by reading a whole table.
        cursor.execute("DISCARD PLANS")
    june = import_file(DEMO / "register_2026-06.csv.xz")
    assert counts(june) == {"read": 23_393, "new": 22_854, "repeated": 33, "refused": 506}
    assert june.refused_by_reason == {Reason.BIN: 482, Reason.CONFLICT: 23, Reason.STATUS: 1}
    in_liquidation = Organisation.objects.filter(status=LegalStatus.IN_LIQUIDATION)
    # Of the 69 raw rows one is a repeated one.
    assert in_liquidation.count() == 68

    september = import_file(DEMO / "register_2026-09.csv.xz")
    assert counts(september) == {
        "read": 23_545,
        "new": 337,
        "changed": 1_898,
        "unchanged": 20_861,
        "refused": 449,
        "absent": 95,
    }
    adopted = RegisterEntry.objects.filter(kind=EntryKind.CHANGED, changes__has_key="bin")
    assert adopted.count() == 114

    lines = RegisterEntry.objects.count()
    again = import_file(DEMO / "register_2026-09.csv.xz")
    assert counts(again) == {"read": 23_545, "unchanged": 23_096, "refused": 449, "absent": 95}
    assert RegisterEntry.objects.count() == lines == 22_854 + 337 + 1_898
    assert not Difference.objects.exists()

"""How many rows a second are sealed, and verified? As a ratio to a limit; below 1 is good.

    .venv/bin/python -m benchmarks.seals [ROWS]

In a scratch database, which is removed after. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import django

# A campaign's busiest night has some 100,000 new rows beside a million that are sealed: it may
# take ten seconds. All of it is verified in a minute or two.
SEALED_A_SECOND = 10_000
VERIFIED_A_SECOND = 10_000
AT = datetime(2026, 9, 1, tzinfo=UTC)
_A_WRITE = 10_000


def main(rows: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    from reregistration.rehearsal import scratch
    from reregistration.rehearsal.stopwatch import Account

    with scratch.database(keep=False, account=Account()):
        sys.exit(max(_measures(rows)) > 1)


def _measures(rows: int) -> list[float]:
    # Django's models can be imported only once it is set up.
    from registry import seals

    _write(rows)
    ratios = [_told("sealed", rows, SEALED_A_SECOND, lambda: seals.seal(at=AT))]
    _write(rows // 10)
    next_night = AT + timedelta(days=1)
    ratios.append(
        _told("sealed beside them", rows // 10, SEALED_A_SECOND, lambda: seals.seal(at=next_night))
    )
    counts = seals.Counts()
    ratios.append(
        _told("verified", rows + rows // 10, VERIFIED_A_SECOND, lambda: _verify(seals, counts))
    )
    from registry.models import RegisterEntry

    row = RegisterEntry.objects.latest("pk")
    began = perf_counter()
    for _ in range(50):
        seals.of_row(row)
    sys.stdout.write(f"a proof: {(perf_counter() - began) * 1000 / 50:.1f} ms\n")
    return ratios


def _verify(seals: Any, counts: Any) -> None:
    assert list(seals.verify(counts)) == []  # noqa: S101 - else nothing was measured


def _told(what: str, rows: int, limit: int, run: Callable[[], object]) -> float:
    began = perf_counter()
    run()
    speed = rows / (perf_counter() - began)
    sys.stdout.write(f"{what}: {rows:,} rows, {speed:,.0f} a second, {limit / speed:.2f}\n")
    return limit / speed


def _write(rows: int) -> None:
    from registry import lines
    from registry.lines import Line
    from registry.models import LegalForm, Organisation, Place, Region
    from registry.states import EntryKind, LegalStatus

    organisation, _made = Organisation.objects.get_or_create(
        number="R-0000001",
        defaults={
            "name_ru": "Фонд",
            "status": LegalStatus.ACTIVE,
            "registered_on": AT.date(),
            "as_of_on": AT.date(),
            "place": Place.objects.all()[0],
            "region": Region.objects.all()[0],
            "legal_form": LegalForm.objects.all()[0],
        },
    )
    changed = {"name_ru": ("Фонд «Бұрын»", "Фонд «Қазір»"), "employees": (None, 12)}
    line = Line(organisation.pk, EntryKind.CHANGED, changed)
    for start in range(0, rows, _A_WRITE):
        part = [line] * min(_A_WRITE, rows - start)
        lines.write(part, source="extract:2026-06-30", decision="", by=None, at=AT)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)

"""How long does a print batch of 20,000 letters take, and its receipts? Ratios to their limits.

    .venv/bin/python -m benchmarks.letters

On a scratch database with the demo register: a final warning for each organisation, printed as
one batch, and the carrier's file for all of it read back. COUNT=2000 makes fewer.
"""

from __future__ import annotations

import csv
import io
import os
import resource
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

import django
from django.test.utils import override_settings

Result = TypeVar("Result")

if TYPE_CHECKING:
    from notices.models import LetterBatch

COUNT = int(os.environ.get("COUNT", "20000"))
# What a command may take for 20,000 letters, and a page of the staff's desk for their receipts.
PRINT_LIMIT_S = 600.0 * COUNT / 20_000
RECEIPTS_LIMIT_S = 60.0 * COUNT / 20_000
REGISTER = Path("registry/data/demo/register_2026-06.csv.xz")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    from registry.calendar import ALMATY
    from reregistration.rehearsal import scratch
    from reregistration.rehearsal.stopwatch import Account

    at = datetime(2026, 9, 15, 12, tzinfo=ALMATY)
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as folder,
        override_settings(DEBUG=False, MEDIA_ROOT=folder),
        scratch.database(keep=False, account=Account()),
    ):
        _make_letters(at)
        before = sum(os.times()[:4])
        batch, took = _timed(lambda: _print(at))
        _tell_batch(batch, took, sum(os.times()[:4]) - before)
        content = _receipts(batch, at)
        _read, took_reading = _timed(lambda: _read_back(content, at + timedelta(days=7)))
        say(
            f"Receipts: {batch.count:,} rows read back in {took_reading:.1f} s, "
            f"{took_reading / RECEIPTS_LIMIT_S:.2f} of the limit"
        )
    sys.exit(took > PRINT_LIMIT_S or took_reading > RECEIPTS_LIMIT_S)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    began = monotonic()
    result = work()
    return result, monotonic() - began


def _make_letters(at: datetime) -> None:
    """A final warning for each of the first organisations of the demo register."""
    from notices import addresses, notice
    from notices.models import Dispatch
    from notices.notice import Draft
    from notices.states import Channel, Kind
    from registry.imports.extract import import_extract
    from registry.models import Organisation

    import_extract(REGISTER, commit=True, by=None, at=at, progress=lambda _read, _share: None)
    organisations = list(Organisation.objects.order_by("pk")[:COUNT])
    for start in range(0, len(organisations), 500):
        drafts = [
            Draft(
                organisation=organisation,
                source=f"benchmark:{organisation.pk}",
                cycle=1,
                kind=Kind.FINAL_WARNING,
                occasion="T+15",
                variables=_VARIABLES,
                language="kk" if organisation.pk % 2 else "ru",
                to=(),
            )
            for organisation in organisations[start : start + 500]
        ]
        made = notice.register(drafts, at=at)
        seats = addresses.seats_of(made)
        Dispatch.objects.filter(notice__in=made).delete()
        Dispatch.objects.bulk_create(
            addresses.dispatch_to(seats[one.pk], one, at=at) for one in made
        )
    say(f"{Dispatch.objects.filter(channel=Channel.LETTER).count():,} letters wait.")


def _print(at: datetime) -> LetterBatch:
    from notices import letters

    batch = letters.make_batch(at=at, limit=COUNT)
    if batch is None:
        sys.exit("No letter was printed.")
    return batch


def _tell_batch(batch: LetterBatch, took: float, processor: float) -> None:
    own, children = (
        resource.getrusage(whose).ru_maxrss / 1024
        for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    say(
        f"Batch: {batch.count:,} letters, {batch.pages:,} pages on {batch.sheets:,} sheets, "
        f"{batch.file.size / 1e6:.1f} MB and a list of {batch.manifest.size / 1e6:.1f} MB"
    )
    say(
        f"Printing: {took:.0f} s, {took * 1000 / batch.count:.1f} ms a letter, "
        f"{took / PRINT_LIMIT_S:.2f} of the limit; {processor:.0f} s of processor time; "
        f"at most {own:.0f} MB in its own process "
        f"(the import of the register included) and {children:.0f} MB in each of two others"
    )


def _receipts(batch: LetterBatch, at: datetime) -> bytes:
    """The carrier's file: one letter in five comes back."""
    text = io.StringIO()
    lines = csv.writer(text, delimiter=";")
    lines.writerow(["batch", "position", "notice", "tracking", "outcome", "date"])
    with batch.manifest.open("rb") as manifest:
        listed = csv.DictReader(
            io.StringIO(manifest.read().decode("utf-8-sig"), newline=""), delimiter=";"
        )
        on = (at + timedelta(days=5)).date().isoformat()
        for row in listed:
            outcome = "returned" if int(row["position"]) % 5 == 0 else "delivered"
            place = (row["batch"], row["position"], row["notice"])
            lines.writerow([*place, f"KZ{row['position']:>09}", outcome, on])
    return text.getvalue().encode()


def _read_back(content: bytes, at: datetime) -> None:
    from notices import letters

    read = letters.read_receipts(io.BytesIO(content), name="receipts.csv", by=None, at=at)
    say(
        f"Receipts: {read.delivered:,} delivered, {read.returned:,} came back, "
        f"{read.refused:,} refused"
    )


_SPOKEN = {
    "campaign": ("2026 жылғы қайта тіркеу", "Перерегистрация 2026 года", "Re-registration of 2026"),
    "body": (
        "Қазақстан Республикасы Мәдениет және ақпарат министрлігі",
        "Министерство культуры и информации Республики Казахстан",
        "Ministry of Culture and Information of the Republic of Kazakhstan",
    ),
    "legal_base": ("Министрдің бұйрығы", "Приказ министра", "Order of the Minister"),
}
_VARIABLES = {
    **{
        f"{name}_{language}": word
        for name, words in _SPOKEN.items()
        for language, word in zip(("kk", "ru", "en"), words, strict=True)
    },
    "due_on": "2026-08-31",
    "grace_ends_on": "2026-09-14",
    "grace_days": "14",
    "decision_after_days": "14",
}

if __name__ == "__main__":
    main()

"""manage.py verify_ledger [--published FILE]: is the ledger as it was sealed?

Exit codes: 0 everything is as it was sealed; 1 something is not, each thing on a line of its own;
2 the published file cannot be read.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from registry import seals

_USAGE = 2
# A table that was replaced as a whole would fill the screen; the count goes on.
_SHOWN = 100
_A_LINE_EACH = 100_000


class Command(BaseCommand):
    help = (
        "Computes every leaf, root and seal of the ledger anew and names each row that was "
        "changed, removed or put in. With --published also compares the seals with a copy of "
        "seals.json kept elsewhere, which catches a ledger that was rewritten as a whole."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--published", type=Path, help="a copy of the portal's seals.json")

    @no_translations
    def handle(self, *args: Any, published: Path | None, **options: Any) -> None:
        stated = self._published(published) if published else None
        counts, found = seals.Counts(), 0
        self.stderr.write("Verifying the ledger ...")
        for finding in seals.verify(counts, published=stated, progress=self._progress):
            found += 1
            if found <= _SHOWN:
                self._write_alone(str(finding))
        self._end_progress()
        if found > _SHOWN:
            self.stdout.write(f"... and {found - _SHOWN:,} more.")
        self._write_counts(counts)
        if found:
            findings = "1 finding" if found == 1 else f"{found:,} findings"
            raise CommandError(f"The ledger is NOT as it was sealed: {findings}, above.")
        self.stdout.write("The ledger is as it was sealed.")

    def _published(self, path: Path) -> list[dict[str, Any]]:
        try:
            stated: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["seals"]
            for entry in stated:
                int(entry["number"])
        except OSError as error:
            raise CommandError(
                f"{path} cannot be read ({error.strerror}).", returncode=_USAGE
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise CommandError(
                f"{path} is no copy of the portal's seals.json.", returncode=_USAGE
            ) from error
        return stated

    def _progress(self, what: str, done: int) -> None:
        """In place on a terminal; in a log a line each hundred thousand."""
        if self.stderr.isatty():
            self.stderr.write(f"\r  {done:>11,}  {what:<50}", ending="")
        elif done % _A_LINE_EACH == 0:
            self.stderr.write(f"  {done:>11,}  {what}")

    def _end_progress(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("")

    def _write_alone(self, line: str) -> None:
        self._end_progress()
        self.stdout.write(line)

    def _write_counts(self, counts: seals.Counts) -> None:
        for table, number in sorted(counts.rows.items()):
            self.stdout.write(f"  {table:<45}{number:>11,}")
        for label, number in (
            ("rows in seals", counts.leaves),
            ("seals", counts.seals),
            ("not sealed yet", counts.unsealed),
            ("  of these committed after a seal had passed", counts.late),
        ):
            self.stdout.write(f"  {label:<45}{number:>11,}")
        if counts.published is not None:
            self.stdout.write(f"  {'seals compared with the file':<45}{counts.published:>11,}")

"""manage.py import_register FILE [--commit] [--refused PATH]"""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone

from accounts.refusals import Refused
from registry.imports.counts import Outcome
from registry.imports.extract import import_extract

_FILE_REFUSED = 1
_USAGE = 2


class Command(BaseCommand):
    """Exit codes: 0 done, refused rows included; 1 the file was refused; 2 wrong usage."""

    help = (
        "Reads an extract of the state register (CSV as it comes, packed with xz or not, or XLSX). "
        "Says what it would do; with --commit does it, in one transaction: all of the file or "
        "nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the extract")
        parser.add_argument("--commit", action="store_true", help="write; else nothing is written")
        parser.add_argument(
            "--refused",
            type=Path,
            help="where refused rows are written (default: refused_<day>.csv in this folder)",
        )

    @no_translations
    def handle(self, *_args: Any, **options: Any) -> None:
        at = timezone.now()
        path: Path = options["file"]
        self._check_usage(path, options["refused"])
        verb = "Importing" if options["commit"] else "Trying"
        self.stderr.write(f"{verb} {path.name} ...")
        try:
            outcome = import_extract(
                path, commit=options["commit"], by=None, at=at, progress=self._progress
            )
        except Refused as refusal:
            self._end_progress()
            raise CommandError(
                f"{path.name} was refused, nothing was written. {refusal}",
                returncode=_FILE_REFUSED,
            ) from refusal
        self._end_progress()
        self._write_table(outcome)
        self._write_refused(outcome, options["refused"])
        self._write_end(outcome)

    def _check_usage(self, path: Path, refused: Path | None) -> None:
        if refused is not None and not refused.parent.is_dir():
            raise CommandError(
                f"There is no folder {refused.parent} for the refused rows.", returncode=_USAGE
            )
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise CommandError(
                f"{path} cannot be read ({error.strerror}). Give the path of an extract.",
                returncode=_USAGE,
            ) from error

    def _progress(self, read: int, part: float) -> None:
        """In place on a terminal; in a log a line each ten thousand rows."""
        if self.stderr.isatty():
            self.stderr.write(f"\r  {read:>9,} rows  {part:4.0%}", ending="")
        elif read % 10_000 == 0:
            self.stderr.write(f"  {read:>9,} rows  {part:4.0%}")

    def _end_progress(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("")

    def _write_table(self, outcome: Outcome) -> None:
        rows = [
            ("read", outcome.read),
            ("new", outcome.new),
            ("changed", outcome.changed),
            ("unchanged", outcome.unchanged),
            ("repeated", outcome.repeated),
            ("refused", outcome.refused),
            *((f"  {r.label}", count) for r, count in outcome.refused_by_reason.most_common()),
            ("absent since the last extract", outcome.absent),
        ]
        self.stdout.write(f"\nExtract of {outcome.as_of_on.isoformat()}")
        for label, count in rows:
            self.stdout.write(f"  {label:<34}{count:>10,}")
        self.stdout.write(
            f"  Checked: read {outcome.read:,} = new {outcome.new:,} + changed "
            f"{outcome.changed:,} + unchanged {outcome.unchanged:,} + repeated "
            f"{outcome.repeated:,} + refused {outcome.refused:,}"
        )

    def _write_refused(self, outcome: Outcome, path: Path | None) -> None:
        if not outcome.refusals:
            return
        path = path or Path(f"refused_{outcome.as_of_on.isoformat()}.csv")
        columns = list(outcome.refusals[0].cells)
        try:
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file, delimiter=";")
                writer.writerow(["line", "reason", "sentence", *columns])
                for refusal in outcome.refusals:
                    cells = [refusal.cells[name] for name in columns]
                    writer.writerow([refusal.line, refusal.reason, refusal.sentence, *cells])
        except OSError as error:
            # The import stands; the refused rows of a committed one are in the admin too.
            self.stderr.write(f"  {path} cannot be written ({error.strerror}).")
            return
        self.stdout.write(f"  Refused rows: {path}")

    def _write_end(self, outcome: Outcome) -> None:
        if outcome.is_committed:
            self.stdout.write("Written, in one transaction.")
        else:
            self.stdout.write("Nothing was written: this was a trial. Add --commit to write it.")

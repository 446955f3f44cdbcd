"""manage.py import_awards FILE --mapping M [--commit] [--refused PATH]"""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone

from accounts.refusals import Refused
from grants.importing import mapping as mappings
from grants.importing.past import import_awards
from grants.importing.run import Outcome

_FILE_REFUSED = 1
_USAGE = 2


class Command(BaseCommand):
    """Exit codes: 0 done, refused rows included; 1 the file was refused; 2 wrong usage."""

    help = (
        "Reads past awards from a CSV file by a mapping of its columns. Says what it would do; "
        "with --commit does it, in one transaction: all of the file or nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the file, packed with xz or not")
        parser.add_argument(
            "--mapping",
            required=True,
            help=f"a TOML file, or one of ours: {', '.join(mappings.bundled())}",
        )
        parser.add_argument("--commit", action="store_true", help="write; else nothing is written")
        parser.add_argument(
            "--refused",
            type=Path,
            help="where refused rows are written (default: refused_<file>.csv in this folder)",
        )

    @no_translations
    def handle(self, *_args: Any, **options: Any) -> None:
        at = timezone.now()
        path: Path = options["file"]
        self._check_usage(path, options["refused"])
        try:
            mapping = mappings.read(options["mapping"])
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=_USAGE) from refusal
        verb = "Importing" if options["commit"] else "Trying"
        self.stderr.write(f"{verb} {path.name} by the mapping {mapping.name} ...")
        try:
            outcome = import_awards(
                path, mapping, commit=options["commit"], by=None, at=at, progress=self._progress
            )
        except Refused as refusal:
            self._end_progress()
            raise CommandError(
                f"{path.name} was refused, nothing was written. {refusal}",
                returncode=_FILE_REFUSED,
            ) from refusal
        self._end_progress()
        self._write_table(outcome)
        self._write_refused(outcome, options["refused"] or Path(f"refused_{path.stem}.csv"))
        if outcome.is_written:
            self.stdout.write("Written, in one transaction.")
        elif options["commit"]:
            self.stdout.write("This very file was read before: nothing was left to write.")
        else:
            self.stdout.write("Nothing was written: this was a trial. Add --commit to write it.")

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
                f"{path} cannot be read ({error.strerror}). Give the path of a file.",
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
        self.stdout.write("\nPast awards")
        for label, count in [
            ("read", outcome.read),
            ("added", outcome.added),
            ("changed", outcome.changed),
            ("unchanged", outcome.unchanged),
            ("refused", outcome.refused),
            *((f"  {r.label}", count) for r, count in outcome.refused_by_reason.most_common()),
        ]:
            self.stdout.write(f"  {label:<52}{count:>10,}")
        self.stdout.write(
            f"  Checked: read {outcome.read:,} = added {outcome.added:,} + changed "
            f"{outcome.changed:,} + unchanged {outcome.unchanged:,} + refused {outcome.refused:,}"
        )
        self.stdout.write("Of the rows taken")
        for label, count in [
            ("recipient not in the register, kept as text", outcome.not_in_register),
            ("no amount stated: kept, never counted as nothing", outcome.without_amount),
            ("amount of 0 stated", outcome.of_nothing),
            *((f"in {code}", count) for code, count in outcome.currencies.most_common()),
            ("texts in a wrong encoding, put right", outcome.mended),
            ("texts with a personal number, covered", outcome.covered),
        ]:
            self.stdout.write(f"  {label:<52}{count:>10,}")

    def _write_refused(self, outcome: Outcome, path: Path) -> None:
        if not outcome.refusals:
            return
        columns = list(outcome.refusals[0].cells)
        try:
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file, delimiter=";")
                writer.writerow(["line", "reason", "sentence", *columns])
                for refusal in outcome.refusals:
                    cells = [refusal.cells[name] for name in columns]
                    writer.writerow([refusal.line, refusal.reason, refusal.sentence, *cells])
        except OSError as error:
            # The import stands; the refused rows of a committed one are kept with the file.
            self.stderr.write(f"  {path} cannot be written ({error.strerror}).")
            return
        self.stdout.write(f"  Refused rows: {path}")

"""manage.py read_receipts FILE: what the carrier says of the letters.

Exit codes: 0 the file was read (refused rows included), or had been read before; 1 the file was
refused and nothing was written; 2 there is no such file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.refusals import Refused
from notices import receipts
from notices.models import ReceiptFile


class Command(BaseCommand):
    help = "Read the carrier's receipt file (CSV: notice;outcome;date) back into the register."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the carrier's CSV file")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        at = timezone.now()
        try:
            self.stdout.write(f"Reading {file.name} ({file.stat().st_size:,} bytes)...")
            with file.open("rb") as content:
                read = receipts.read_receipts(content, name=file.name, by=None, at=at)
        except OSError as error:
            raise CommandError(f"Cannot read {file}: {error.strerror}.", returncode=2) from None
        except receipts.AlreadyRead as known:
            self.stdout.write(str(known))
            return
        except Refused as refused:
            raise CommandError(str(refused)) from None
        self._print(read)

    def _print(self, read: ReceiptFile) -> None:
        for row in read.refused_rows:
            self.stderr.write(f"line {row['line']}: {row['notice']}: {row['sentence']}")
        for label, count in (
            ("read", read.read),
            ("delivered", read.delivered),
            ("returned", read.returned),
            ("repeated", read.repeated),
            ("refused", read.refused),
        ):
            self.stdout.write(f"{label:<10}{count:>8}")
        self.stdout.write("Done.")

"""manage.py seal_ledger: what the timetable does every night, at once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone

from accounts.refusals import Refused
from registry import seals


class Command(BaseCommand):
    help = (
        "Seals every append-only row that no seal has taken yet. Safe to repeat. Run it before a "
        "release that adds a column to such a table, so that printed receipts stay provable."
    )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = seals.seal(at=timezone.now())
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        if made is None:
            self.stdout.write("Nothing to seal: the last seal has taken every row.")
            return
        self.stdout.write(f"Seal {made.number}: {made.count:,} rows, root {made.root}")

"""manage.py make_letter_batch: the waiting letters as files for the carrier."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from notices import letters


class Command(BaseCommand):
    help = "Put all waiting registered letters into CSV batches for the printer and the carrier."

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        total = 0
        while batch := letters.make_batch(at=at):
            total += batch.count
            self.stdout.write(f"{batch.number}: {batch.count} letters in {batch.file.name}")
        self.stdout.write(f"Done: {total} letters given out." if total else "No letter waits.")

"""manage.py make_letter_batch: the waiting letters, printed for the carrier.

Batches of 5,000 letters, each in about a minute; with --all one batch of up to 20,000, which takes
a few minutes and which no task of the timetable has the time for.
"""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from notices import gate, letters
from notices.documents.letters import Progress
from notices.models import Dispatch, LetterBatch
from notices.states import Channel, DispatchState


class Command(BaseCommand):
    help = "Print all waiting registered letters: batches of a PDF and a list, for the carrier."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--all",
            action="store_true",
            help=f"one batch of up to {letters.LARGEST:,} letters, not of {letters.SLICE:,}",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        limit = letters.LARGEST if options["all"] else letters.SLICE
        if gate.waits_for_release():
            self.stdout.write("Notices are not released on this installation: no letter is made.")
            return
        total = 0
        began = time.monotonic()
        while batch := letters.make_batch(at=at, limit=limit, progress=self._progress()):
            total += batch.count
            self._tell(batch, time.monotonic() - began)
            began = time.monotonic()
        self._tell_the_others()
        self.stdout.write(f"Done: {total:,} letters given out." if total else "No letter waits.")

    def _progress(self) -> Progress:
        """Says how far it is: each letter is laid out twice."""
        done = 0

        def tell(count: int) -> None:
            nonlocal done
            done += count
            self.stdout.write(f"  laid out {done:,}, each letter twice ...")

        return tell

    def _tell(self, batch: LetterBatch, seconds: float) -> None:
        self.stdout.write(
            f"{batch.number}: {batch.count:,} letters, {batch.pages:,} pages on "
            f"{batch.sheets:,} sheets, {batch.file.size / 1e6:.1f} MB, in {seconds:.0f} s: "
            f"{batch.file.name}, {batch.manifest.name}"
        )

    def _tell_the_others(self) -> None:
        claimed = Dispatch.objects.filter(channel=Channel.LETTER, state=DispatchState.SENDING)
        if count := claimed.count():
            self.stdout.write(
                f"{count:,} letters are with another run; if it was killed they wait again "
                f"{letters.LEASE.total_seconds() / 3600:.0f} hours after it began."
            )

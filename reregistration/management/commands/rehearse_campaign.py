"""`manage.py rehearse_campaign FILE`: a whole campaign over a register, in one command."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.test.utils import override_settings

from accounts.refusals import Refused
from reregistration.rehearsal import report, run, scratch
from reregistration.rehearsal.stopwatch import Account


class Command(BaseCommand):
    help = (
        "Imports a register into a scratch database, opens a campaign and lets a simulated clock "
        "run day by day through the real verbs: filings, review, reminders, letters, marking, "
        "what the marked answer, the nightly seal. Prints a day table, a funnel that sums to the "
        "register and what the time went into, checks what must never happen, and verifies the "
        "ledger. Exit codes: 0 all held, 1 something did not, 2 usage."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="an extract of the state register")
        parser.add_argument("--seed", type=int, default=1, help="of every choice (default 1)")
        parser.add_argument("--sample", type=int, help="only so many rows of the file")
        parser.add_argument(
            "--until",
            choices=["overdue", "marking", "term"],
            default="term",
            help="where to end: the day after the due date, after marking, or when the term of "
            "a complaint is over, after which a referral may follow (default)",
        )
        parser.add_argument(
            "--workers",
            type=int,
            default=os.cpu_count() or 1,
            help="processes that share the filing load (default: one a core)",
        )
        parser.add_argument("--keep", action="store_true", help="keep the scratch database")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if not file.is_file():
            self.stderr.write(f"There is no file {file}. Give the path of an extract.")
            sys.exit(2)
        began, account = monotonic(), Account()
        printer = report.Printer(self.stdout)
        try:
            held = self._rehearse(file, options, printer, account)
        except Refused as refusal:
            raise CommandError(f"{file}: {refusal}") from None
        seconds = monotonic() - began
        printer.account("What the time went into", account, whole=seconds)
        printer.line()
        printer.verdict(held=held)
        self.stdout.write(f"Took {timedelta(seconds=round(seconds))}.")
        if not held:
            sys.exit(1)

    def _rehearse(
        self, file: Path, options: dict[str, Any], printer: report.Printer, account: Account
    ) -> bool:
        with (
            scratch.database(keep=options["keep"], account=account) as name,
            tempfile.TemporaryDirectory(prefix="rehearsal-") as folder,
            override_settings(
                # Django keeps every statement in memory while it is on.
                DEBUG=False,
                EMAIL_BACKEND="reregistration.rehearsal.post.Swallow",
                LETTER_PRINTER="reregistration.rehearsal.post.print_nothing",
                MEDIA_ROOT=folder,
                # Nothing leaves, so nobody is to be spared: the limits would only make it sleep.
                NOTICES_RATES={},
            ),
        ):
            self.stdout.write(f"Scratch database {name}")
            return run.rehearse(
                run.Wish(
                    file=file,
                    seed=options["seed"],
                    sample=options["sample"],
                    until=options["until"],
                    workers=options["workers"],
                    folder=Path(folder),
                ),
                printer,
                account,
            )

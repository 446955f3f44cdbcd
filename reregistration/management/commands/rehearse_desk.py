"""`manage.py rehearse_desk FILE`: reviewers clear a queue of filings through the admin's pages."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, no_translations
from django.test.utils import override_settings
from django.utils import timezone

from accounts.refusals import Refused
from reregistration.rehearsal import desk, report, run, scratch
from reregistration.rehearsal.stopwatch import Account


class Command(BaseCommand):
    help = (
        "Imports a register into a scratch database, lets organisations file, and lets simulated "
        "reviewers, each a process of its own, sign in and clear the queue through the admin's "
        "pages: take the next, read, accept, return, propose and confirm refusals, accept clean "
        "ones together. Returned filings come back. Prints what was done, how long each page took, "
        "and whether what must hold did. Exit codes: 0 all held, 1 something did not, 2 usage."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="an extract of the state register")
        parser.add_argument("--filings", type=int, default=5000, help="that wait (default 5000)")
        parser.add_argument("--reviewers", type=int, default=10, help="at once (default 10)")
        parser.add_argument("--seed", type=int, default=1, help="of every choice (default 1)")
        parser.add_argument(
            "--workers",
            type=int,
            default=os.cpu_count() or 1,
            help="processes in which organisations file (default: one a core)",
        )
        parser.add_argument("--keep", action="store_true", help="keep the scratch database")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if not file.is_file():
            self.stderr.write(f"There is no file {file}. Give the path of an extract.")
            sys.exit(2)
        if options["reviewers"] < desk.FEWEST:
            self.stderr.write(f"A queue needs {desk.FEWEST} reviewers at least.")
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
                DEBUG=False,
                ALLOWED_HOSTS=["testserver"],
                MEDIA_ROOT=folder,
                # The pages are read without their pictures and styles.
                MIDDLEWARE=[name for name in settings.MIDDLEWARE if "whitenoise" not in name],
                # Nothing is sent: what is looked at is the desk.
                EMAIL_BACKEND="reregistration.rehearsal.post.Swallow",
            ),
            run.quiet_log(),
        ):
            self.stdout.write(f"Scratch database {name}")
            wish = desk.Wish(
                file=file,
                filings=options["filings"],
                reviewers=options["reviewers"],
                seed=options["seed"],
                workers=options["workers"],
                folder=Path(folder),
                at=timezone.now(),
            )
            return desk.rehearse(wish, printer, account)

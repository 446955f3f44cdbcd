"""`manage.py load_demo_grants`: participants, calls, awards and payments to try the portal on."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.refusals import Refused
from grants import demo


class Command(BaseCommand):
    help = "Loads the demo of grants into a loaded register. Safe to repeat. Never in production."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--participants",
            type=int,
            default=demo.PARTICIPANTS,
            help="how many take part (%(default)s); fewer where the register has fewer",
        )
        parser.add_argument(
            "--tenge-a-year",
            type=int,
            default=demo.A_YEAR,
            help="what is awarded in each whole year (%(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            demo.load(
                at=timezone.now(),
                say=self.stdout.write,
                participants=options["participants"],
                a_year=options["tenge_a_year"],
            )
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write("The demo of grants is loaded.")

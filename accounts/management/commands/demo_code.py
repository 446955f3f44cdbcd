"""`manage.py demo_code EMAIL`: what a demo account's authenticator app shows now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import demo
from accounts.refusals import Refused


class Command(BaseCommand):
    help = "Prints the current one-time code of a demo account of staff."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            code, seconds = demo.app_code(options["email"], at=timezone.now())
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{code}  ({seconds} s left)")

"""`manage.py load_demo`: an invented register, a campaign under way, people to sign in as."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.refusals import Refused
from reregistration import demo


class Command(BaseCommand):
    help = "Loads the demo register and campaign. Safe to repeat. Refuses in production."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            demo.load(at=timezone.now(), say=self.stdout.write)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write("The demo is loaded.")

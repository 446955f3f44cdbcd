"""`manage.py demo_accounts`: as whom to sign in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.models import User
from reregistration import demo


class Command(BaseCommand):
    help = "Prints the demo's accounts and their password."

    def handle(self, *args: Any, **options: Any) -> None:
        there = set(User.objects.values_list("email", flat=True))
        for account in demo.ACCOUNTS:
            if account.email in there:
                where = "/admin/" if account.role else "/"
                self.stdout.write(f"  {account.email:24} {where:8} {account.what}")
        self.stdout.write(f"  Password of each: {demo.PASSWORD}")
        self.stdout.write(f"  Portal: {settings.PORTAL_URL}")

"""`manage.py demo_accounts`: as whom to sign in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts import demo
from accounts.models import User


class Command(BaseCommand):
    help = "Prints the demo's accounts, their password, and the codes of their authenticator apps."

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        there = set(User.objects.values_list("email", flat=True))
        for account in demo.ACCOUNTS:
            if account.email in there:
                where = "/admin/" if account.role else "/"
                code = demo.app_code(account.email, at=at)[0] if account.role else ""
                self.stdout.write(f"  {account.email:24} {where:8} {code:7} {account.what}")
        self.stdout.write(f"  Password of each: {demo.PASSWORD}")
        self.stdout.write("  Staff are asked for a code too. Those above change every 30 seconds:")
        self.stdout.write("    .venv/bin/python manage.py demo_code reviewer@demo.example")
        self.stdout.write(f"  Portal: {settings.PORTAL_URL}")

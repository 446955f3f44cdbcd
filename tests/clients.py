"""Browsers for tests."""

from __future__ import annotations

import time

from django.conf import settings
from django.test import Client

from accounts.models import User


class Browser(Client):
    """Django's test client; staff who are signed in by force have proven a second factor too."""

    def force_login(self, user: User, backend: str | None = None) -> None:
        super().force_login(user, backend)
        if user.is_staff:
            self.prove_second_factor(user, time.time())

    def prove_second_factor(self, user: User, at: float) -> None:
        """Write down in the session what allauth does when a code was right."""
        session = self.session
        session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": at}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()

    def speak(self, language: str) -> None:
        """Choose a language, as the switch does."""
        self.cookies[settings.LANGUAGE_COOKIE_NAME] = language

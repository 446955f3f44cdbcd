"""A mail server of one's own, and the portal set up to send through it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation
from pytest_django import Settings

from tests.notices.smtp_stub import SmtpStub, running


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Sentences are compared in the language they are written in, translated or not."""
    with translation.override("en"):
        yield


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[SmtpStub]:
    with running() as server:
        settings.EMAIL_BACKEND = "notices.mailers.GuardedSMTP"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = server.port
        settings.EMAIL_TIMEOUT = 5
        yield server


@pytest.fixture
def production(settings: Settings) -> None:
    """A production installation whose notices were released."""
    settings.IS_PRODUCTION = True
    settings.NOTICES_RELEASED = True

"""A request knows when it arrived."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from config.arrival import ArrivalMiddleware


def test_the_moment_is_read_before_anything_else_runs(
    monkeypatch: pytest.MonkeyPatch, at: datetime
) -> None:
    monkeypatch.setattr("config.arrival.timezone.now", lambda: at)
    seen: list[Any] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(getattr(request, "arrived_at", None))
        return HttpResponse()

    ArrivalMiddleware(view)(RequestFactory().get("/"))
    assert seen == [at]


def test_it_stands_before_every_other_middleware() -> None:
    assert settings.MIDDLEWARE[0] == "config.arrival.ArrivalMiddleware"

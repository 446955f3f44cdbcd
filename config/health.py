"""Is this web process of use? `/healthz` for whoever runs it: a container's engine, a proxy.

It stands before the middleware that sends to HTTPS and checks the host: who asks is on the same
machine and knows neither. Redis is not asked: without it nothing is lost and nobody waits.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse

PATH = "/healthz"


class HealthMiddleware:
    """Answers `PATH`: 200 while the database answers, else 503; everything else passes by."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != PATH:
            return self.get_response(request)
        is_well = _database_answers()
        answer = HttpResponse(
            "ok\n" if is_well else "the database does not answer\n",
            status=200 if is_well else 503,
            content_type="text/plain; charset=utf-8",
        )
        answer["Cache-Control"] = "no-store"
        return answer


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True

"""How often may somebody knock at a door: sign in, claim, upload, look a number up?

Counted in the cache by allauth's sliding window, which counts the doors of signing in too, so
that there is one way of counting and one page for whoever came too often.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable

from allauth.core.exceptions import RateLimited
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# What is told where the counter does not say how long: allauth's doors count by the minute.
_A_MINUTE = 60


class TooMany(Exception):  # noqa: N818 - it is no error: it is an answer
    """Somebody came more often than a door allows. `wait` is in seconds, until the next try."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.wait = wait


def refuse_beyond(request: HttpRequest, door: str, rate: str, key: str | None = None) -> None:
    """Count a visit at a door, and raise `TooMany` beyond the rate.

    `rate` is a number and a time: "5/h", "20/m", "3/30s", "10/d"; several stand with commas.
    Counted for `key` where one is given (a number, an organisation), else for the person who is
    signed in, else for the client's address. While the cache is down nobody is kept out: a limit
    protects a door, and must not shut it.
    """
    who = key or (f"person {request.user.pk}" if request.user.is_authenticated else None)
    for part in rate.split(","):
        counted = f"{part.strip()}/{'key' if who else 'ip'}"
        try:
            _consume(request, door, counted, who)
        except RedisError:
            logger.warning("The cache does not answer, so door %s counts nobody.", door)


def _consume(request: HttpRequest, door: str, rate: str, who: str | None) -> None:
    allowed = ratelimit.consume(
        request, app="portal", action=door, config={door: rate}, key=who, limit_get=True
    )
    if not allowed:
        raise TooMany(_wait(request, door, rate, who))


def _wait(request: HttpRequest, door: str, rate: str, who: str | None) -> int:
    """Whole seconds until the oldest visit that counts has left the window."""
    window = ratelimit.parse_rate(rate)
    name = ratelimit.get_cache_key(request, app="portal", action=door, rate=window, key=who)
    visits: list[float] = cache.get(name, [])
    now = time.time()
    return max(1, math.ceil((visits[-1] if visits else now) + float(window.duration) - now))


def too_many(request: HttpRequest, wait: int = _A_MINUTE) -> HttpResponse:
    """The page for whoever came too often; allauth finds it as `handler429` of the addresses."""
    minutes = math.ceil(wait / 60)
    told = {"minutes": minutes, "hours": math.ceil(minutes / 60) if minutes > 90 else 0}
    page = render(request, "429.html", {**told, "noindex": True}, status=429)
    page.headers["Retry-After"] = str(wait)
    return page


class LimitsMiddleware:
    """Answers `TooMany`, wherever a view raised it, by the page that says when to come again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if isinstance(problem, TooMany):
            return too_many(request, problem.wait)
        # Some of allauth's flows raise theirs instead of answering it.
        return too_many(request) if isinstance(problem, RateLimited) else None

"""May the next message go now? Limits for each channel and mail domain, held in Redis.

All workers count in one place, so that together they never exceed a limit. NOTICES_RATES names
them: "email" for a whole channel, "email:mail.ru" for one domain, "email:*" for each other one.
"""

from __future__ import annotations

import logging
import time
from functools import cache

from django.conf import settings
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter

from notices.states import Channel

logger = logging.getLogger(__name__)

# Seconds: how long a worker waits for Redis to come back before it lays its slice down.
PATIENCE = 5.0
_SHORTEST_SLEEP, _LONGEST_SLEEP = 0.005, 1.0


class NoCount(Exception):  # noqa: N818 - it is no error of ours: the slice waits
    """Redis is out of reach, or the time is up: nothing may be sent uncounted."""


class Pace:
    """The pace of one worker's slice in one channel, which it must have left by `stops`."""

    def __init__(self, channel: Channel, *, stops: float) -> None:
        self.channel, self.stops = channel, stops
        self._full: dict[str, float] = {}

    def wait(self, address: str) -> float:
        """Wait until one more message may go to that address, and count it: returns 0.

        Where its domain has had its share it does not wait: returns the seconds until the domain
        takes another, and the slice goes on with the others. Raises NoCount.
        """
        if (seconds := self._full.get(_domain(address), 0.0) - time.monotonic()) > 0:
            return seconds
        if limit := _limit(self.channel):
            self._sleep_until_counted(limit)
        return self._count_for_domain(address)

    def _sleep_until_counted(self, limit: RateLimitItem) -> None:
        while not self._hit(limit, self.channel):
            pause = self._seconds_left(limit, self.channel)
            if time.monotonic() + pause >= self.stops:
                raise NoCount("The channel's limit leaves no time in this slice.")
            time.sleep(min(max(pause, _SHORTEST_SLEEP), _LONGEST_SLEEP))

    def _count_for_domain(self, address: str) -> float:
        domain = _domain(address)
        limit = _limit_of_domain(self.channel, domain)
        if limit is None or self._hit(limit, self.channel, domain):
            return 0.0
        seconds = max(self._seconds_left(limit, self.channel, domain), _SHORTEST_SLEEP)
        # Asked once: the others of the domain in this slice wait as long.
        self._full[domain] = time.monotonic() + seconds
        return seconds

    def _hit(self, limit: RateLimitItem, *key: str) -> bool:
        """Count one, if the window has room. A Redis that restarts is waited for a moment."""
        patience = min(time.monotonic() + PATIENCE, self.stops)
        while True:
            try:
                return _limiter(settings.REDIS_URL).hit(limit, _OURS, *key)
            except StorageError as error:
                if time.monotonic() >= patience:
                    logger.warning("Redis does not count; what is left keeps waiting: %s", error)
                    raise NoCount("Redis, which counts what is sent, is out of reach.") from error
                time.sleep(0.1)

    @staticmethod
    def _seconds_left(limit: RateLimitItem, *key: str) -> float:
        """Until the oldest of the window leaves it."""
        try:
            stats = _limiter(settings.REDIS_URL).get_window_stats(limit, _OURS, *key)
        except StorageError:
            return _LONGEST_SLEEP
        return max(stats.reset_time - time.time(), 0.0)


# Beside whatever else counts in the same Redis.
_OURS = "notices"


@cache
def _limiter(url: str) -> MovingWindowRateLimiter:
    storage = RedisStorage(url, wrap_exceptions=True, socket_timeout=2, socket_connect_timeout=2)
    return MovingWindowRateLimiter(storage)


@cache
def _parsed(rate: str) -> RateLimitItem:
    return parse(rate)


def _limit(key: str) -> RateLimitItem | None:
    rate = settings.NOTICES_RATES.get(key)
    return _parsed(rate) if rate else None


def _limit_of_domain(channel: Channel, domain: str) -> RateLimitItem | None:
    if not domain:
        return None
    return _limit(f"{channel}:{domain}") or _limit(f"{channel}:*")


def _domain(address: str) -> str:
    """The domain of an e-mail address; a phone has none."""
    return address.rpartition("@")[2].strip().lower() if "@" in address else ""

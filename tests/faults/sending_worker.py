"""A worker that sends until it is killed, by a clock that runs `SPEED` times faster than ours.

`python -m tests.faults.sending_worker PORT BEGAN AT SPEED`. So leases and pauses of minutes pass in
seconds.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta

import django
from django.conf import settings

RATES = {"email": "1000/second", "email:*": "1000/second", "email:busy.example": "50/second"}


def clock(began: float, at: datetime, speed: int) -> datetime:
    """The moment that it is for the workers, when `began` was `at`."""
    return at + timedelta(seconds=(time.time() - began) * speed)


def work(port: int, began: float, at: datetime, speed: int) -> None:
    from notices import dispatch

    settings.EMAIL_BACKEND = "notices.mailers.GuardedSMTP"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.NOTICES_ALLOW_LIST = ["@ngo.example", "@busy.example"]
    settings.NOTICES_RATES = RATES
    budget = timedelta(seconds=0.3)
    # A slice is laid down long before its lease of ten minutes is over.
    slice_seconds = 240 / speed
    while True:
        now = clock(began, at, speed)
        counts = dispatch.deliver_due(at=now, budget=budget, slice_seconds=slice_seconds)
        if counts == dispatch.Counts():
            time.sleep(0.1)


if __name__ == "__main__":
    django.setup()
    port, began, at, speed = sys.argv[1:]
    work(int(port), float(began), datetime.fromisoformat(at), int(speed))

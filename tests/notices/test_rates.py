"""How fast may notices go? Counted in the real Redis of this checkout."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings
from redis import Redis

from config.settings.rates import from_text
from notices import dispatch, rates
from notices.dispatch import Counts
from notices.models import Dispatch
from notices.states import Channel, DispatchState
from tests.concurrency import together
from tests.factories.notices import DispatchFactory

BUDGET = timedelta(seconds=30)
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def redis(settings: Settings, worker_id: str) -> Iterator[Redis]:
    """A database of the server for each worker of the tests, so that none counts for another."""
    number = 1 + int(worker_id.removeprefix("gw")) % 8 if worker_id != "master" else 15
    settings.REDIS_URL = f"{settings.REDIS_URL.rpartition('/')[0]}/{number}"
    with Redis.from_url(settings.REDIS_URL) as server:
        server.flushdb()
        yield server
        server.flushdb()


def pace(seconds: float = 30.0) -> rates.Pace:
    return rates.Pace(Channel.EMAIL, stops=time.monotonic() + seconds)


def test_a_full_domain_is_told_with_its_seconds_and_the_others_go_on(settings: Settings) -> None:
    settings.NOTICES_RATES = {"email:mail.ru": "2/minute"}
    ours = pace()
    assert [ours.wait("a@mail.ru"), ours.wait("b@MAIL.RU")] == [0, 0]
    assert 0 < ours.wait("c@mail.ru") <= 60
    assert ours.wait("a@ngo.example") == 0


def test_each_domain_without_a_limit_of_its_own_has_the_common_one(settings: Settings) -> None:
    settings.NOTICES_RATES = {"email:*": "1/minute", "email:mail.ru": "2/minute"}
    ours = pace()
    assert [ours.wait(f"{n}@{domain}.example") for n in "ab" for domain in "xy"][:2] == [0, 0]
    assert ours.wait("c@x.example") > 0
    assert [ours.wait("a@mail.ru"), ours.wait("b@mail.ru")] == [0, 0]


def test_a_domain_that_was_found_full_is_not_asked_for_again(
    settings: Settings, redis: Redis
) -> None:
    settings.NOTICES_RATES = {"email": "100/minute", "email:mail.ru": "1/minute"}
    ours = pace()
    for _ in range(10):
        ours.wait("a@mail.ru")
    (key,) = redis.keys("*email/100*")
    assert redis.llen(key) == 2


def test_a_channel_at_its_limit_is_waited_for(settings: Settings) -> None:
    settings.NOTICES_RATES = {"email": "5/second"}
    ours = pace()
    began = time.monotonic()
    assert [ours.wait("a@ngo.example") for _ in range(11)] == [0] * 11
    assert time.monotonic() - began >= 2


def test_a_wait_that_the_slice_has_no_time_for_ends_it(settings: Settings) -> None:
    settings.NOTICES_RATES = {"email": "1/minute"}
    ours = pace(seconds=1)
    ours.wait("a@ngo.example")
    with pytest.raises(rates.NoCount):
        ours.wait("a@ngo.example")


def test_without_limits_redis_is_not_asked(settings: Settings) -> None:
    settings.REDIS_URL = NOWHERE
    assert pace().wait("a@ngo.example") == 0


@pytest.mark.django_db
def test_while_redis_is_away_rows_wait_and_nothing_is_lost(
    settings: Settings, at: datetime, monkeypatch: pytest.MonkeyPatch, redis: Redis
) -> None:
    here, settings.REDIS_URL = settings.REDIS_URL, NOWHERE
    settings.NOTICES_RATES = {"email": "100/second"}
    monkeypatch.setattr(rates, "PATIENCE", 0.2)
    rows = DispatchFactory.create_batch(3, made_at=at)
    assert dispatch.deliver_due(at=at, budget=BUDGET) == Counts(not_tried=3)
    assert set(Dispatch.objects.values_list("state", "attempts")) == {(DispatchState.QUEUED, 0)}
    assert mail.outbox == []
    settings.REDIS_URL = here
    later = at + dispatch.BACK_OFF
    assert dispatch.deliver_due(at=later, budget=BUDGET) == Counts(sent=len(rows))


@pytest.mark.django_db
def test_a_domain_at_its_limit_goes_back_without_an_attempt_and_the_others_are_sent(
    settings: Settings, at: datetime
) -> None:
    settings.NOTICES_RATES = {"email": "1000/second", "email:mail.ru": "2/minute"}
    many = [DispatchFactory.create(made_at=at, address=f"{name}@mail.ru").pk for name in "abcde"]
    other = DispatchFactory.create(made_at=at, address="z@ngo.example")
    assert dispatch.deliver_due(at=at, budget=BUDGET) == Counts(sent=3, not_tried=3)
    other.refresh_from_db()
    assert other.state == DispatchState.SENT
    waiting = Dispatch.objects.filter(pk__in=many, state=DispatchState.QUEUED)
    assert waiting.count() == 3
    for row in waiting:
        assert row.attempts == 0
        assert timedelta(0) < row.next_attempt_at - at <= timedelta(minutes=1.25)


def test_two_workers_together_never_exceed_the_limit(
    settings: Settings, real_commits: None, at: datetime
) -> None:
    settings.NOTICES_RATES = {"email": "10/second"}

    def worker() -> None:
        ours = pace()
        for _ in range(15):
            assert ours.wait("a@ngo.example") == 0

    began = time.monotonic()
    assert together(worker, worker) == [None, None]
    # Each alone would take one second for its fifteen.
    assert time.monotonic() - began >= 2


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("", {}),
        (
            "email=20/second, email:mail.ru=10/second",
            {"email": "20/second", "email:mail.ru": "10/second"},
        ),
    ],
)
def test_limits_are_read_from_the_environment(text: str, limits: dict[str, str]) -> None:
    assert from_text(text) == limits


@pytest.mark.parametrize("text", ["email=fast", "email"])
def test_what_is_no_limit_does_not_start_the_portal(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="email"):
        from_text(text)

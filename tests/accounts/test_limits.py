"""Doors that are knocked at too often shut for a while, and for that person alone."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from accounts import limits
from accounts.models import User

pytestmark = pytest.mark.django_db


def visit(
    address: str = "203.0.113.7", user: User | None = None, forwarded: str = ""
) -> HttpRequest:
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    request = RequestFactory().get("/", REMOTE_ADDR=address, headers=headers)
    request.user = user or AnonymousUser()
    return request


def knock(times: int, request: HttpRequest, door: str = "claim", key: str | None = None) -> None:
    for _ in range(times):
        limits.refuse_beyond(request, door, "2/h", key)


def test_the_door_is_open_up_to_its_rate_and_no_further() -> None:
    knock(2, visit())
    with pytest.raises(limits.TooMany) as refused:
        knock(1, visit())
    assert 3500 < refused.value.wait <= 3600


def test_another_address_is_counted_apart() -> None:
    knock(2, visit())
    knock(2, visit("203.0.113.8"))
    with pytest.raises(limits.TooMany):
        knock(1, visit("203.0.113.8"))


def test_another_door_is_counted_apart() -> None:
    knock(2, visit())
    knock(2, visit(), door="verify")


def test_a_person_is_counted_wherever_they_come_from(alice: User, charlie: User) -> None:
    knock(2, visit(user=alice))
    knock(2, visit(user=charlie))
    with pytest.raises(limits.TooMany):
        knock(1, visit("198.51.100.1", alice))


def test_a_key_is_counted_whoever_comes(alice: User, charlie: User) -> None:
    knock(2, visit(user=alice), key="R-0000001")
    knock(2, visit(user=charlie), key="R-0000002")
    with pytest.raises(limits.TooMany):
        knock(1, visit("198.51.100.1", charlie), key="R-0000001")


def test_of_several_rates_each_holds() -> None:
    limits.refuse_beyond(visit(), "claim", "5/m, 1/d")
    with pytest.raises(limits.TooMany) as refused:
        limits.refuse_beyond(visit(), "claim", "5/m, 1/d")
    assert refused.value.wait > 86_000


def test_a_forged_address_is_no_new_visitor(settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for forged in ("1.1.1.1", "2.2.2.2"):
        knock(1, visit("10.0.0.1", forwarded=f"{forged}, 203.0.113.7"))
    with pytest.raises(limits.TooMany):
        knock(1, visit("10.0.0.1", forwarded="3.3.3.3, 203.0.113.7"))
    knock(1, visit("10.0.0.1", forwarded="203.0.113.7, 203.0.113.9"))


def test_a_cache_that_is_down_keeps_nobody_out(settings: Settings) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            # Nothing listens there.
            "LOCATION": "redis://127.0.0.1:9/0",
        }
    }
    knock(5, visit())


@pytest.mark.parametrize(
    ("language", "words"),
    [("kk", 'lang="kk"'), ("ru", 'lang="ru"'), ("en", "Wait 3 minutes, then try again.")],
)
def test_the_page_says_when_to_come_again(client: Client, language: str, words: str) -> None:
    request = client.get(f"/{language}/").wsgi_request
    middleware = limits.LimitsMiddleware(lambda _request: HttpResponse())
    with translation.override(language):
        page = middleware.process_exception(request, limits.TooMany(wait=150))
    assert page is not None
    assert page.status_code == 429
    assert page.headers["Retry-After"] == "150"
    assert words in page.content.decode()


def test_hours_are_told_in_hours(client: Client) -> None:
    request = client.get("/en/").wsgi_request
    with translation.override("en"):
        assert "Wait 24 hours" in limits.too_many(request, wait=86_400).content.decode()


def test_other_faults_are_not_ours(client: Client) -> None:
    middleware = limits.LimitsMiddleware(lambda _request: HttpResponse())
    assert middleware.process_exception(visit(), ValueError()) is None


def test_the_doors_of_signing_in_answer_by_the_same_page(
    client: Client, settings: Settings
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/h/ip"}
    with translation.override("en"):
        door = reverse("account_login")
    guesses = [client.post(door, {"login": "a@ngo.example", "password": "x"}) for _ in range(3)]
    assert [answer.status_code for answer in guesses] == [200, 200, 429]
    assert "Too many attempts" in guesses[-1].content.decode()
    assert guesses[-1].headers["Retry-After"] == "60"

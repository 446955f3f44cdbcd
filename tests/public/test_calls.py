"""Calls for applications before anybody has signed in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from grants.models import Call, CallQuestion
from tests.clients import Browser
from tests.factories.accounts import UserFactory
from tests.factories.grants import CallFactory
from tests.factories.registry import OrganisationFactory

pytestmark = pytest.mark.django_db


def page(client: Browser, name: str, *arguments: str, language: str = "en") -> str:
    client.speak(language)
    with translation.override(language):
        answer = client.get(reverse(name, args=arguments))
    assert answer.status_code == 200
    return str(answer.content.decode())


def now(**fields: Any) -> Call:
    at = timezone.now()
    dates = {"opens_at": at - timedelta(days=2), "closes_at": at + timedelta(days=9)}
    call: Call = CallFactory.create(**{**dates, **fields})
    return call


def test_announced_ones_are_listed_and_no_draft(client: Browser) -> None:
    taking, closed, secret = now(), now(closed=True), now(draft=True)
    shown = page(client, "calls")
    first, second = shown.split("Other calls")
    assert taking.number in first
    assert closed.number in second
    assert secret.number not in shown


def test_a_call_tells_its_money_terms_and_answers_and_not_who_asked(client: Browser) -> None:
    call, asks = now(terms_ru="Только сёла."), OrganisationFactory.create()
    CallQuestion.objects.create(
        call=call,
        organisation=asks,
        text="We of Nadezhda ask.",
        by=UserFactory.create(),
        at=timezone.now(),
        question_kk="К", question_ru="Можно автобус?", answer_kk="Ж", answer_ru="Нет.",
        answered_by=UserFactory.create(), published_at=timezone.now(),
    )  # fmt: skip
    CallQuestion.objects.create(
        call=call, organisation=asks, text="Secret?", by=UserFactory.create(), at=timezone.now()
    )
    shown = page(client, "call", call.number)
    for said in ("2,162,500", "12,975,000", "20,000,000", "Только сёла.", "Можно автобус?", "Нет."):
        assert said in shown
    for kept in ("Nadezhda", "Secret?", asks.name_ru):
        assert kept not in shown


def test_a_draft_is_not_there(client: Browser) -> None:
    assert client.get(reverse("call", args=[now(draft=True).number])).status_code == 404


def test_the_list_takes_no_more_queries_for_more_calls(
    client: Browser, django_assert_max_num_queries: Any
) -> None:
    for _ in range(6):
        now()
        now(closed=True)
    page(client, "calls")
    with django_assert_max_num_queries(6):
        page(client, "calls")

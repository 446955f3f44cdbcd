"""The queue of signs of life: what stands in a mark's way now, and its resolution."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory

from accounts.models import User
from accounts.roles import Role
from registry import signs
from registry.models import SignOfLife
from reregistration.admin.signs import StandsInTheWay
from tests.factories.accounts import staff_member
from tests.factories.registry import RepresentativeFactory, SignOfLifeFactory
from tests.factories.reregistration import (
    MARKING_DAY,
    ObligationFactory,
    liquidable_obligation,
    noon,
)
from tests.reregistration.desk import list_of, page_of, queries, rows_of, signed_in, told, verb_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(db: None) -> Client:
    return signed_in(staff_member(Role.REGISTER_CLERK))


def test_only_what_alone_keeps_from_marking_stands_in_the_way(rf: RequestFactory) -> None:
    silent, objecting = liquidable_obligation(), ObligationFactory.create(filed=True)
    for row in (silent, objecting):
        signs.seen([row.organisation], on=MARKING_DAY - timedelta(days=90))
    over = liquidable_obligation(campaign=silent.campaign)
    signs.seen([over.organisation], on=MARKING_DAY - timedelta(days=91))
    request: Any = rf.get("/")
    request.arrived_at = noon(MARKING_DAY)
    desk: Any = admin.site._registry[SignOfLife]
    asked = StandsInTheWay(request, {"stands": ["yes"]}, SignOfLife, desk)
    found = asked.queryset(request, SignOfLife.objects.all())
    assert [sign.organisation for sign in found] == [silent.organisation]


def test_one_is_resolved_once_with_words(clerk: Client) -> None:
    sign = SignOfLifeFactory.create()
    SignOfLifeFactory.create(resolved=True)
    assert rows_of(clerk.get(list_of(SignOfLife))) == [sign]
    clerk.post(verb_of(sign, "resolve"), {"reason": " "})
    sign.refresh_from_db()
    assert sign.resolved_at is None
    given = {"reason": "The office is empty."}
    assert told(clerk.post(verb_of(sign, "resolve"), given, follow=True)) == ["Resolved."]
    clerk.post(verb_of(sign, "resolve"), {"reason": "Otherwise."})
    sign.refresh_from_db()
    assert sign.resolution == "The office is empty."
    assert "The office is empty." in clerk.get(page_of(sign)).content.decode()


def test_who_acts_for_the_organisation_resolves_nothing() -> None:
    person: User = staff_member(Role.REGISTER_CLERK)
    sign = SignOfLifeFactory.create()
    RepresentativeFactory.create(organisation=sign.organisation, user=person)
    signed_in(person).post(verb_of(sign, "resolve"), {"reason": "Empty."})
    sign.refresh_from_db()
    assert sign.resolved_at is None


def test_its_page_says_what_else_keeps_the_organisation(clerk: Client) -> None:
    row = ObligationFactory.create()
    sign = SignOfLifeFactory.create(organisation=row.organisation)
    shown = clerk.get(page_of(sign)).content.decode()
    assert "It is not overdue." in shown


def test_queries_do_not_grow_with_rows(clerk: Client) -> None:
    SignOfLifeFactory.create()
    few = queries(clerk, list_of(SignOfLife))
    SignOfLifeFactory.create_batch(4)
    assert queries(clerk, list_of(SignOfLife)) == few

"""Signs of life: one an organisation however often somebody comes, resolved with words."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from accounts.refusals import Refused
from registry import representatives, signs
from registry.models import Organisation, SignOfLife
from registry.states import SignKind
from tests.concurrency import together
from tests.factories.accounts import UserFactory
from tests.factories.registry import (
    ClaimFactory,
    OrganisationFactory,
    RepresentativeFactory,
    SignOfLifeFactory,
)
from tests.factories.reregistration import noon

ON = date(2026, 10, 3)
AT = noon(ON)


def logins() -> list[SignOfLife]:
    return list(SignOfLife.objects.filter(kind=SignKind.LOGIN).order_by("pk"))


def counts(on: date) -> bool:
    return SignOfLife.objects.unresolved(on).exists()


@pytest.fixture
def organisation(db: None) -> Organisation:
    return OrganisationFactory.create()


def resolve(sign: SignOfLife, by: User, at: datetime = AT) -> SignOfLife:
    with translation.override("en"):
        return signs.resolve(sign, reason=" The office is empty. ", by=by, at=at)


@pytest.mark.django_db
class TestALogin:
    def test_counts_for_90_days_and_not_on_the_91st(self, organisation: Organisation) -> None:
        signs.seen([organisation], on=ON)
        (sign,) = logins()
        assert (sign.reference, sign.from_on) == ("login:2026-10-03", ON)
        assert counts(ON)
        assert counts(ON + timedelta(days=90))
        assert not counts(ON + timedelta(days=91))
        assert not counts(ON - timedelta(days=1))

    def test_of_a_later_day_moves_the_last_day_of_the_same_row(
        self, organisation: Organisation
    ) -> None:
        for days in (0, 40, 130):
            signs.seen([organisation], on=ON + timedelta(days=days))
        (sign,) = logins()
        assert (sign.from_on, sign.until_on) == (ON, ON + timedelta(days=220))

    def test_never_takes_days_away(self, organisation: Organisation) -> None:
        signs.seen([organisation], on=ON)
        SignOfLife.objects.update(until_on=ON + timedelta(days=100))
        signs.seen([organisation], on=ON + timedelta(days=1))
        assert logins()[0].until_on == ON + timedelta(days=100)

    @pytest.mark.parametrize(("days", "rows"), [(90, 1), (91, 2)])
    def test_after_the_last_day_a_new_sign_begins(
        self, days: int, rows: int, organisation: Organisation
    ) -> None:
        signs.seen([organisation], on=ON)
        signs.seen([organisation], on=ON + timedelta(days=days))
        assert len(logins()) == rows

    def test_after_a_resolution_a_later_one_is_new_and_the_same_days_is_not(
        self, organisation: Organisation, alice: User
    ) -> None:
        signs.seen([organisation], on=ON)
        resolve(logins()[0], alice)
        signs.seen([organisation], on=ON)
        assert len(logins()) == 1
        assert not counts(ON)
        signs.seen([organisation], on=ON + timedelta(days=1))
        assert [sign.reference for sign in logins()] == ["login:2026-10-03", "login:2026-10-04"]
        assert counts(ON + timedelta(days=1))

    def test_of_a_day_that_was_seen_writes_nothing(self, organisation: Organisation) -> None:
        signs.seen([organisation], on=ON)
        with CaptureQueriesContext(connection) as asked:
            signs.seen([organisation], on=ON)
        assert [query["sql"].split()[0] for query in asked] == ["SELECT"]

    def test_asks_as_often_however_many_organisations(self) -> None:
        numbers = []
        for many in (1, 6):
            rows = OrganisationFactory.create_batch(many)
            with CaptureQueriesContext(connection) as asked:
                signs.seen(rows, on=ON)
            numbers.append(len(asked))
        assert numbers[0] == numbers[1]

    def test_of_nobodys_organisations_asks_nothing(self) -> None:
        with CaptureQueriesContext(connection) as asked:
            signs.seen([], on=ON)
        assert not asked

    def test_before_one_acts_counts_once_one_does(self, organisation: Organisation) -> None:
        came = UserFactory.create(last_login=AT - timedelta(days=10))
        representatives.begin(organisation, user=came, at=AT)
        (sign,) = logins()
        assert (sign.from_on, sign.until_on) == (
            ON - timedelta(days=10),
            ON + timedelta(days=80),
        )

    @pytest.mark.parametrize("days", [None, 91])
    def test_never_or_long_ago_is_none(self, days: int | None, organisation: Organisation) -> None:
        at = AT - timedelta(days=days) if days else None
        representatives.begin(organisation, user=UserFactory.create(last_login=at), at=AT)
        assert not logins()


@pytest.mark.usefixtures("real_commits")
def test_two_logins_at_once_are_one_sign() -> None:
    row = OrganisationFactory.create()
    assert together(*[lambda: signs.seen([row], on=ON)] * 2) == [None, None]
    assert len(logins()) == 1


@pytest.mark.django_db
class TestResolving:
    def test_keeps_what_was_found_and_by_whom(self, alice: User) -> None:
        sign = resolve(SignOfLifeFactory.create(), alice)
        assert (sign.resolution, sign.resolved_by) == ("The office is empty.", alice)
        assert not counts(ON)

    def test_twice_is_once(self, alice: User) -> None:
        sign = resolve(SignOfLifeFactory.create(), alice)
        again = resolve(sign, UserFactory.create(), AT + timedelta(days=1))
        assert (again.resolved_at, again.resolved_by) == (AT, alice)

    def test_without_words_is_refused(self, alice: User) -> None:
        sign = SignOfLifeFactory.create()
        with translation.override("en"), pytest.raises(Refused, match="Write what you found"):
            signs.resolve(sign, reason=" ", by=alice, at=AT)
        assert counts(ON)

    def test_by_who_acts_or_asks_to_act_is_refused(self, alice: User) -> None:
        sign = SignOfLifeFactory.create()
        asking = ClaimFactory.create(organisation=sign.organisation).user
        RepresentativeFactory.create(organisation=sign.organisation, user=alice)
        for person in (alice, asking):
            with pytest.raises(Refused, match="You act for"):
                resolve(sign, person)
        assert counts(ON)

    @pytest.mark.parametrize(
        "changes",
        [
            {"resolution": "Words alone."},
            {"resolved_at": AT},
            {"resolved_at": AT, "resolution": "By nobody."},
        ],
    )
    def test_the_database_wants_all_three(self, changes: dict[str, object]) -> None:
        SignOfLifeFactory.create()
        with pytest.raises(IntegrityError, match="sign_of_life_resolved_with_words"):
            SignOfLife.objects.update(**changes)

    def test_the_database_knows_every_kind(self) -> None:
        with pytest.raises(IntegrityError, match="sign_of_life_kind_is_known"):
            SignOfLifeFactory.create(kind="rumour")

    def test_a_resolved_one_does_not_come_back(self, alice: User) -> None:
        row = OrganisationFactory.create()
        for _ in range(2):
            signs.note([(row, "claim:1")], kind=SignKind.REFUSED_CLAIM, on=ON)
            resolve(SignOfLife.objects.get(), alice)
        assert not counts(ON)

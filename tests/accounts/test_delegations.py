"""A role is left to a colleague for the days of a leave; what is done so bears both names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts import access, delegations, one_person, signatories, staff
from accounts.models import DelegatedAct, Delegation, RoleGrant, User
from accounts.refusals import Refused
from accounts.roles import PERMISSIONS, Role
from registry.models import Region
from reregistration.models import Filing
from tests.factories.accounts import UserFactory, delegated, staff_member
from tests.factories.registry import ASTANA
from tests.factories.reregistration import FilingFactory
from tests.reregistration.desk import page_of, queries, rows_of, signed_in, told, verb_of

pytestmark = pytest.mark.usefixtures("in_english")
REVIEW = "reregistration.review"
LIST = "admin:accounts_delegation_changelist"
ELSEWHERE = "710000000" if ASTANA != "710000000" else "750000000"


@pytest.fixture
def in_english(db: None) -> Iterator[None]:
    with translation.override("en"):
        yield


def now() -> datetime:
    return timezone.now()


def today() -> date:
    return timezone.localdate()


def grant_of(user: User, **fields: Any) -> RoleGrant:
    given = {"role": Role.REVIEWER, "by": None, "on": date(2020, 1, 1), **fields}
    return staff.grant_role(user, **given)


@pytest.fixture
def alice(db: None) -> User:
    """Alice reviews, and goes on leave."""
    user = UserFactory.create(email="alice@ministry.example", first_name="Alice", last_name="A.")
    grant_of(user, regions=[ASTANA])
    return user


@pytest.fixture
def bob(db: None) -> User:
    """Bob works at the helpline, and stands in for Alice."""
    return staff_member(Role.HELPLINE, "bob@ministry.example", first_name="Bob", last_name="B.")


def leave(delegator: User, to: User, **fields: Any) -> Delegation:
    given = {
        "to": to,
        "from_on": today(),
        "until_on": today() + timedelta(days=13),
        "reason": "Отпуск",
        "by": delegator,
        "at": now(),
        **fields,
    }
    return delegations.delegate(delegator.role_grants.get(), **given)


def again(user: User) -> User:
    """The same person in another request."""
    return User.objects.get(pk=user.pk)


class TestDelegate:
    def test_the_delegate_may_what_the_role_allows_in_its_regions(
        self, alice: User, bob: User
    ) -> None:
        assert not bob.has_perm(REVIEW)
        leave(alice, bob)
        assert again(bob).get_all_permissions() == (
            PERMISSIONS[Role.HELPLINE] | PERMISSIONS[Role.REVIEWER]
        )
        assert access.regions_with(bob, REVIEW, today()) == frozenset({ASTANA})
        assert access.regions_with(bob, "notices.view_notice", today()) is None

    @pytest.mark.parametrize(("days", "holds"), [(-1, False), (0, True), (13, True), (14, False)])
    def test_it_begins_and_ends_by_itself(
        self, alice: User, bob: User, days: int, holds: bool
    ) -> None:
        leave(alice, bob)
        on = today() + timedelta(days=days)
        assert (access.regions_with(bob, REVIEW, on) == frozenset({ASTANA})) is holds

    def test_what_ends_for_its_holder_ends_for_the_delegate(self, alice: User, bob: User) -> None:
        leave(alice, bob)
        alice.role_grants.update(until_on=today() - timedelta(days=1))
        assert not again(bob).has_perm(REVIEW)

    def test_an_account_that_was_closed_lends_nothing(self, alice: User, bob: User) -> None:
        leave(alice, bob)
        User.objects.filter(pk=alice.pk).update(is_active=False)
        assert not again(bob).has_perm(REVIEW)

    def test_what_was_delegated_is_not_delegated_further(self, alice: User, bob: User) -> None:
        leave(alice, bob)
        carol = staff_member(Role.AUDITOR)
        with pytest.raises(Refused, match="not your role"):
            delegations.delegate(
                alice.role_grants.get(),
                to=carol,
                from_on=today(),
                until_on=today(),
                reason="Отпуск",
                by=bob,
                at=now(),
            )
        leave(bob, carol)
        assert not again(carol).has_perm(REVIEW)

    @pytest.mark.parametrize(
        ("changed", "says"),
        [
            ({"reason": " "}, "Say why"),
            ({"until_on": date(2020, 1, 1)}, "last day lies before"),
            ({"from_on": date(2020, 1, 1)}, "not for days that have passed"),
        ],
    )
    def test_is_refused_without_its_reason_and_days(
        self, alice: User, bob: User, changed: dict[str, Any], says: str
    ) -> None:
        with pytest.raises(Refused, match=says):
            leave(alice, bob, **changed)

    def test_is_refused_beyond_the_days_of_the_role(self, alice: User, bob: User) -> None:
        alice.role_grants.update(until_on=today() + timedelta(days=3))
        with pytest.raises(Refused, match="within these"):
            leave(alice, bob)

    def test_is_refused_to_oneself_and_to_who_is_no_staff(self, alice: User) -> None:
        with pytest.raises(Refused, match="own role already"):
            leave(alice, alice)
        with pytest.raises(Refused, match="not a member of staff"):
            leave(alice, UserFactory.create())

    def test_a_role_lies_with_one_person_at_a_time(self, alice: User, bob: User) -> None:
        leave(alice, bob)
        with pytest.raises(Refused, match="stands in in this role until"):
            leave(alice, staff_member(Role.REVIEWER))

    def test_again_is_the_same_delegation(self, alice: User, bob: User) -> None:
        assert leave(alice, bob) == leave(alice, bob)

    def test_an_operator_delegates_for_who_is_ill_and_never_to_themselves(
        self, alice: User, bob: User
    ) -> None:
        operator = staff_member(Role.OPERATOR)
        with pytest.raises(Refused, match="Nobody gives themselves"):
            leave(alice, operator, by=operator)
        assert leave(alice, bob, by=operator).made_by == operator


class TestEnd:
    def test_either_ends_it_at_once(self, alice: User, bob: User) -> None:
        for who in (alice, bob):
            made = leave(alice, bob)
            delegations.end(made, by=who, at=now())
            assert not again(bob).has_perm(REVIEW)

    def test_a_stranger_does_not(self, alice: User, bob: User) -> None:
        with pytest.raises(Refused, match="not yours"):
            delegations.end(leave(alice, bob), by=staff_member(Role.REVIEWER), at=now())

    def test_the_first_end_stands(self, alice: User, bob: User) -> None:
        made = leave(alice, bob)
        delegations.end(made, by=bob, at=now())
        assert delegations.end(made, by=alice, at=now()).ended_by == bob

    def test_what_has_ended_by_itself_is_not_ended(self, alice: User, bob: User) -> None:
        over = delegated(
            alice, bob, from_on=date(2026, 1, 1), until_on=date(2026, 1, 5), role=Role.REVIEWER
        )
        with pytest.raises(Refused, match="ended by itself"):
            delegations.end(over, by=alice, at=now())


class TestTheDatabase:
    def row(self, alice: User, bob: User, **changed: Any) -> None:
        Delegation.objects.create(
            **{
                "grant": alice.role_grants.get(),
                "delegator": alice,
                "delegate": bob,
                "from_on": date(2027, 1, 4),
                "until_on": date(2027, 1, 15),
                "reason": "Отпуск",
                "made_by": alice,
                "made_at": now(),
                **changed,
            }
        )

    @pytest.mark.parametrize(
        ("changed", "name"),
        [
            ({"until_on": date(2027, 1, 3)}, "delegation_ends_after_it_begins"),
            ({"reason": ""}, "delegation_says_why"),
            ({"ended_on": date(2027, 1, 5)}, "delegation_ended_by_somebody"),
        ],
    )
    def test_refuses_what_is_none(
        self, alice: User, bob: User, changed: dict[str, Any], name: str
    ) -> None:
        with pytest.raises(IntegrityError, match=name):
            self.row(alice, bob, **changed)

    def test_refuses_one_to_oneself(self, alice: User) -> None:
        with pytest.raises(IntegrityError, match="delegation_to_another_person"):
            self.row(alice, alice)

    def test_refuses_a_day_twice(self, alice: User, bob: User) -> None:
        self.row(alice, bob)
        with pytest.raises(IntegrityError, match="delegation_of_a_grant_once_a_day"):
            self.row(
                alice,
                staff_member(Role.AUDITOR),
                from_on=date(2027, 1, 15),
                until_on=date(2027, 1, 20),
            )

    def test_refuses_to_delegate_what_is_anothers(self, alice: User, bob: User) -> None:
        self.row(alice, staff_member(Role.AUDITOR), delegator=bob)
        with (
            pytest.raises(IntegrityError, match="delegation_of_ones_own_grant"),
            connection.cursor() as cursor,
        ):
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    @pytest.mark.parametrize(
        "change", [{"until_on": date(2030, 1, 1)}, {"reason": "Иначе"}, {"ended_on": None}]
    )
    def test_nothing_of_it_changes_but_its_end(
        self, alice: User, bob: User, change: dict[str, Any]
    ) -> None:
        made = leave(alice, bob)
        with pytest.raises(IntegrityError, match="append-only"):
            Delegation.objects.filter(pk=made.pk).update(**change)

    @pytest.mark.parametrize("table", ["accounts_delegation", "accounts_delegatedact"])
    @pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
    def test_no_line_is_removed(self, alice: User, bob: User, table: str, statement: str) -> None:
        made = leave(alice, bob)
        delegations.note(made, REVIEW, "filing 1", at=now())
        with connection.cursor() as cursor:
            # A truncation is refused by the trigger, not for a check that is still to come.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            with pytest.raises(IntegrityError, match="append-only"):
                cursor.execute(statement.format(table))


class TestOnBehalf:
    def test_a_letter_names_both(self, alice: User, bob: User) -> None:
        leave(alice, bob)
        post = signatories.post_of(bob, REVIEW, on=today())
        assert str(post) == "Reviewer, on behalf of Alice A."

    def test_who_holds_the_role_themselves_signs_as_themselves(self, alice: User) -> None:
        bob = staff_member(Role.REVIEWER)
        leave(alice, bob)
        assert str(signatories.post_of(bob, REVIEW, on=today())) == "Reviewer"

    def test_an_act_is_recorded_with_whose_it_is(self, alice: User, bob: User) -> None:
        made = leave(alice, bob)
        filing = FilingFactory.create(submitted=True, obligation__organisation__region_id=ASTANA)
        page = signed_in(bob).post(verb_of(filing, "return"), {"reasons": ["other"]}, follow=True)
        assert Filing.objects.get().state == "returned", told(page)
        act = DelegatedAct.objects.get()
        assert (act.delegation, act.permission) == (made, REVIEW)
        assert act.what == f"reregistration.filing:{filing.pk} return"
        assert [review.by for review in filing.reviews.all()] == [bob]

    def test_a_refused_one_is_not(self, alice: User, bob: User) -> None:
        leave(alice, bob)
        filing = FilingFactory.create(
            submitted=True, submitted_by=alice, obligation__organisation__region_id=ASTANA
        )
        signed_in(bob).post(verb_of(filing, "return"), {"reasons": ["other"]})
        assert Filing.objects.get().state == "submitted"
        assert not DelegatedAct.objects.exists()

    def test_nor_what_one_may_by_a_role_of_ones_own(self, alice: User) -> None:
        bob = staff_member(Role.REVIEWER)
        leave(alice, bob)
        filing = FilingFactory.create(submitted=True, obligation__organisation__region_id=ASTANA)
        signed_in(bob).post(verb_of(filing, "return"), {"reasons": ["other"]})
        assert Filing.objects.get().state == "returned"
        assert not DelegatedAct.objects.exists()

    def test_in_another_region_than_ones_own_it_is_anothers(self, alice: User) -> None:
        bob = UserFactory.create()
        grant_of(bob, regions=[ELSEWHERE])
        made = leave(alice, bob)
        assert delegations.stands_in(bob, REVIEW, today(), region=ASTANA) == made
        assert delegations.stands_in(bob, REVIEW, today(), region=ELSEWHERE) is None

    def test_a_form_of_the_desk_is_recorded_too(self, bob: User) -> None:
        manager = staff_member(Role.CAMPAIGN_MANAGER)
        leave(manager, bob)
        client = signed_in(bob)
        page = client.post(
            reverse("admin:reregistration_savedanswer_add"),
            {"title": "Год", "text_kk": "а", "text_ru": "б", "text_en": "c"},
        )
        assert page.status_code == 302
        act = DelegatedAct.objects.get()
        assert act.permission == "reregistration.add_savedanswer"


class TestOnePerson:
    def test_takes_one_query_where_nothing_was_delegated(
        self, alice: User, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(1):
            assert one_person.of(alice, now()).ids == {alice.pk}

    def test_takes_two_for_many_delegations(
        self, alice: User, bob: User, django_assert_num_queries: Any
    ) -> None:
        leave(alice, bob)
        for month in range(1, 7):
            delegated(
                bob,
                staff_member(Role.AUDITOR),
                from_on=date(2026, month, 1),
                until_on=date(2026, month, 9),
            )
        with django_assert_num_queries(2):
            assert one_person.of(alice, now()).ids == {alice.pk, bob.pk}

    def test_a_row_and_a_query_answer_alike(self, alice: User, bob: User) -> None:
        delegated(
            alice, bob, from_on=date(2026, 5, 4), until_on=date(2026, 5, 8), role=Role.REVIEWER
        )
        person = one_person.of(alice, now())
        for day in (3, 4, 8, 9):
            at = datetime(2026, 5, day, 23, 59, tzinfo=timezone.get_current_timezone())
            filing = FilingFactory.create(submitted=True, submitted_by=bob, submitted_at=at)
            found = Filing.objects.filter(
                person.acts("submitted_by", "submitted_at"), pk=filing.pk
            ).exists()
            assert found == person.did(bob.pk, at) == (day in (4, 8))


class TestPages:
    @pytest.fixture
    def desk(self, alice: User) -> Client:
        return signed_in(alice)

    def test_one_leaves_a_role_on_a_page(self, desk: Client, alice: User, bob: User) -> None:
        page = desk.post(
            reverse("admin:accounts_delegation_add"),
            {
                "grant": alice.role_grants.get().pk,
                "to": bob.pk,
                "from_on": today().isoformat(),
                "until_on": today().isoformat(),
                "reason": "Отпуск",
            },
            follow=True,
        )
        made = Delegation.objects.get()
        assert (made.delegator, made.delegate, made.made_by) == (alice, bob, alice)
        assert "stands in from" in told(page)[0]

    @pytest.mark.usefixtures("bob")
    def test_nobody_is_offered_anothers_role(self, desk: Client) -> None:
        form = desk.get(reverse("admin:accounts_delegation_add")).context["form"]
        assert {grant.user.email for grant in form.fields["grant"].queryset} == {
            "alice@ministry.example"
        }

    def test_either_ends_it_on_its_page(self, desk: Client, alice: User, bob: User) -> None:
        made = leave(alice, bob)
        assert desk.post(verb_of(made, "end")).status_code == 302
        assert Delegation.objects.get().ended_by == alice

    def test_ones_own_page_says_what_one_holds_and_for_whom(self, alice: User, bob: User) -> None:
        leave(alice, bob)
        theirs = signed_in(bob).get(reverse(LIST)).content.decode()
        assert "on behalf of Alice A. until" in theirs
        own = signed_in(alice).get(reverse(LIST)).content.decode()
        assert "Bob B. stands in until" in own

    def test_regions_have_their_names(self, alice: User, bob: User) -> None:
        made = leave(alice, bob)
        for client, page in (
            (signed_in(bob), reverse(LIST)),
            (signed_in(bob), page_of(made)),
            (signed_in(alice), reverse("admin:accounts_delegation_add")),
        ):
            said = client.get(page).content.decode()
            assert made.grant.regions[0] not in said
            assert Region.objects.get(pk=made.grant.regions[0]).name in said

    def test_what_was_done_is_told_in_words_with_its_row(self, alice: User, bob: User) -> None:
        filing = FilingFactory.create(submitted=True)
        made = leave(alice, bob)
        delegations.note(made, REVIEW, f"reregistration.filing:{filing.pk} accept", at=now())
        for page in (page_of(made), reverse("admin:accounts_delegatedact_changelist")):
            said = signed_in(bob).get(page).content.decode()
            assert f'<a href="{page_of(filing)}">Filing № {filing.pk}</a>: Accept' in said

    def test_a_stranger_sees_none_of_it(self, alice: User, bob: User) -> None:
        made = leave(alice, bob)
        delegations.note(made, REVIEW, "filing 1", at=now())
        stranger = signed_in(staff_member(Role.REVIEWER))
        assert rows_of(stranger.get(reverse(LIST))) == []
        assert rows_of(stranger.get(reverse("admin:accounts_delegatedact_changelist"))) == []
        assert stranger.get(page_of(made)).status_code == 404
        assert stranger.post(verb_of(made, "end")).status_code == 404

    @pytest.mark.parametrize("role", [Role.AUDITOR, Role.OPERATOR])
    def test_who_audits_or_keeps_the_accounts_sees_all(
        self, alice: User, bob: User, role: Role
    ) -> None:
        made = leave(alice, bob)
        client = signed_in(staff_member(role))
        assert rows_of(client.get(reverse(LIST))) == [made]
        assert client.get(page_of(made)).status_code == 200

    def test_an_auditor_ends_and_delegates_nothing(self, alice: User, bob: User) -> None:
        made = leave(alice, bob)
        client = signed_in(staff_member(Role.AUDITOR))
        assert client.post(verb_of(made, "end")).status_code == 403
        assert client.get(reverse("admin:accounts_delegation_add")).status_code == 403

    def test_the_list_takes_as_many_queries_for_twenty_as_for_two(
        self, alice: User, bob: User
    ) -> None:
        client = signed_in(staff_member(Role.AUDITOR))
        leave(alice, bob)
        few = queries(client, reverse(LIST))
        for _ in range(10):
            leave(staff_member(Role.REVIEWER), bob)
        assert queries(client, reverse(LIST)) == few

    def test_a_delegate_needs_a_second_factor_like_everybody(self, alice: User, bob: User) -> None:
        leave(alice, bob)
        client = Client()
        client.force_login(bob, backend="accounts.backends.RoleBackend")
        assert client.get(reverse(LIST)).status_code == 302

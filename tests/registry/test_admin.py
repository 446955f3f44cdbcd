from __future__ import annotations

from datetime import date, datetime

import pytest
from django.conf import settings
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts import staff
from accounts.models import User
from accounts.roles import Role
from registry import merging
from registry.models import (
    Contact,
    DayOverride,
    Difference,
    Extract,
    Organisation,
    RefusedRow,
    RegisterEntry,
    Representative,
    SignOfLife,
    Standing,
)
from registry.states import Quality
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.extracts import import_rows, row
from tests.factories.registry import ASTANA, OrganisationFactory, RepresentativeFactory

pytestmark = pytest.mark.django_db

ALMATY_CITY = "750000000"
SHOWN = [
    Contact,
    DayOverride,
    Difference,
    Extract,
    Organisation,
    RefusedRow,
    RegisterEntry,
    Representative,
    SignOfLife,
    Standing,
]


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def clerk(client: Client) -> Client:
    client.force_login(staff_member(Role.REGISTER_CLERK))
    return client


def page(model: type[Model], name: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


@pytest.mark.parametrize("model", SHOWN)
def test_each_list_opens(root: Client, model: type[Model]) -> None:
    assert root.get(page(model, "changelist")).status_code == 200


def test_each_row_of_an_import_opens(root: Client, tmp_path: object) -> None:
    import_rows(tmp_path, row(1), row(2, status="???"))  # type: ignore[arg-type]
    for model in (Organisation, Contact, Extract, RefusedRow, RegisterEntry):
        first = model._default_manager.first()
        assert first is not None
        assert root.get(page(model, "change", first.pk)).status_code == 200


@pytest.mark.parametrize("model", sorted(set(SHOWN) - {DayOverride, Representative}, key=str))
def test_not_even_a_superuser_adds_or_deletes_a_row_of_the_register(
    root: Client, model: type[Model]
) -> None:
    assert root.get(page(model, "add")).status_code == 403
    assert not admin.site._registry[model].has_delete_permission(
        root.get("/admin/").wsgi_request, None
    )


def test_the_search_forgives_letters(root: Client) -> None:
    OrganisationFactory.create(name_kk="Қарлығаш қоры", name_ru="Фонд «Карлыгаш»")
    OrganisationFactory.create()
    answer = root.get(page(Organisation, "changelist"), {"q": "КАРЛЫГАШ"})
    assert answer.context["cl"].result_count == 1


def test_a_list_takes_as_many_queries_for_twenty_rows_as_for_two(
    root: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    OrganisationFactory.create_batch(2)
    root.get(page(Organisation, "changelist"))
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        root.get(page(Organisation, "changelist"))
    OrganisationFactory.create_batch(18)
    with django_assert_max_num_queries(len(few)):
        root.get(page(Organisation, "changelist"))


def test_an_organisations_page_says_in_words_what_changed_and_what_is_doubtful(
    root: Client, alice: User, at: datetime
) -> None:
    twice = OrganisationFactory.create(without_bin=True, quality=[Quality.NO_CONTACT])
    kept = OrganisationFactory.create()
    merging.merge(twice, kept, ground="Entered twice.", by=alice, at=at)
    root.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    said = root.get(page(Organisation, "change", twice.pk)).content.decode()
    assert "no_contact" not in said
    assert "neither e-mail nor phone" in said
    assert f"merged into: {kept.number}" in said


def test_staff_of_a_region_see_its_organisations_alone(client: Client) -> None:
    OrganisationFactory.create(region_id=ASTANA)
    elsewhere = OrganisationFactory.create(region_id=ALMATY_CITY, place_id=ALMATY_CITY)
    user = UserFactory.create()
    staff.grant_role(user, role=Role.AUDITOR, by=None, on=date(2020, 1, 1), regions=[ALMATY_CITY])
    client.force_login(user)
    answer = client.get(page(Organisation, "changelist"))
    assert list(answer.context["cl"].queryset) == [elsewhere]


class TestRepresentatives:
    def add(self, client: Client, organisation: Organisation, email: str) -> str:
        answer = client.post(
            page(Representative, "add"),
            {"organisation": organisation.pk, "email": email, "role": "manager", "ground": "5"},
            follow=True,
        )
        return answer.content.decode()

    def test_a_clerk_lets_a_person_act(self, clerk: Client, alice: User) -> None:
        organisation = OrganisationFactory.create()
        self.add(clerk, organisation, "Alice@ngo.example")
        assert organisation.representatives.get().user == alice

    def test_an_address_that_nobody_signs_in_with_is_told(self, clerk: Client) -> None:
        organisation = OrganisationFactory.create()
        self.add(clerk, organisation, "nobody@ngo.example")
        assert not organisation.representatives.exists()

    def test_a_second_time_is_told_not_broken(self, clerk: Client, alice: User) -> None:
        organisation = OrganisationFactory.create()
        for _time in range(2):
            self.add(clerk, organisation, alice.email)
        assert organisation.representatives.count() == 1

    def test_a_clerk_ends_it_by_the_action(self, clerk: Client) -> None:
        acting = RepresentativeFactory.create()
        clerk.post(
            page(Representative, "changelist"), {"action": "end", "_selected_action": [acting.pk]}
        )
        acting.refresh_from_db()
        assert acting.until_at is not None

    def test_the_page_of_one_changes_nothing(self, clerk: Client, charlie: User) -> None:
        acting = RepresentativeFactory.create()
        clerk.post(page(Representative, "change", acting.pk), {"user": charlie.pk})
        acting.refresh_from_db()
        assert acting.user != charlie

    def test_an_auditor_may_add_nobody(self, client: Client) -> None:
        client.force_login(staff_member(Role.AUDITOR))
        assert client.get(page(Representative, "add")).status_code == 403

    def test_a_stranger_sees_no_admin(self, client: Client, charlie: User) -> None:
        client.force_login(charlie)
        assert client.get(page(Organisation, "changelist")).status_code == 302

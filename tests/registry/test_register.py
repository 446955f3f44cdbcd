from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from registry import register
from registry.calendar import ALMATY
from registry.facts import FiledFacts
from registry.models import (
    ActivityArea,
    Contact,
    Difference,
    Organisation,
    PersonalValue,
    RegisterEntry,
)
from registry.states import EntryKind, Source
from tests.factories.accounts import UserFactory
from tests.factories.registry import ContactFactory, OrganisationFactory

pytestmark = pytest.mark.django_db

FILED_AT = datetime(2026, 9, 15, 12, 0, tzinfo=ALMATY)
ACCEPTED_AT = FILED_AT + timedelta(days=3)


@pytest.fixture
def organisation() -> Organisation:
    return OrganisationFactory.create()


@pytest.fixture
def reviewer() -> User:
    return UserFactory.create()


def as_held(organisation: Organisation, **changes: Any) -> FiledFacts:
    """A filing that states what the register holds, but for these facts."""
    facts = FiledFacts(
        name_kk=organisation.name_kk,
        name_ru=organisation.name_ru,
        name_en=organisation.name_en,
        address=organisation.address,
        head_name=organisation.head_name,
        email="",
        phone="",
        employees=organisation.employees,
        volunteers=organisation.volunteers,
        activity_areas=(),
        year=2025,
        income=None,
        spending=None,
        filed_at=FILED_AT,
    )
    return replace(facts, **changes)


def amend(
    organisation: Organisation, facts: FiledFacts, by: User, source: str = "filing:F-0000001"
) -> list[RegisterEntry]:
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    entries = register.amend(
        locked, facts, source=source, decision="review:1", by=by, at=ACCEPTED_AT
    )
    organisation.refresh_from_db()
    return entries


def test_no_line_when_nothing_changed(organisation: Organisation, reviewer: User) -> None:
    assert amend(organisation, as_held(organisation), reviewer) == []
    assert not RegisterEntry.objects.exists()


def test_what_the_filing_owns_is_written_with_one_line(
    organisation: Organisation, reviewer: User
) -> None:
    facts = as_held(
        organisation, name_en="Hope Foundation", employees=3, volunteers=12, activity_areas=("1",)
    )
    [entry] = amend(organisation, facts, reviewer)
    assert (organisation.name_en, organisation.employees, organisation.volunteers) == (
        "Hope Foundation",
        3,
        12,
    )
    assert entry.kind == EntryKind.AMENDED
    assert entry.changes == {
        "name_en": ["", "Hope Foundation"],
        "employees": [1, 3],
        "volunteers": [None, 12],
        "activity_areas": [[], ["1"]],
    }
    assert (entry.source, entry.decision, entry.by, entry.at) == (
        "filing:F-0000001",
        "review:1",
        reviewer,
        ACCEPTED_AT,
    )


def test_facts_are_as_of_the_submission(organisation: Organisation, reviewer: User) -> None:
    amend(organisation, as_held(organisation, employees=3), reviewer)
    assert organisation.field_sources["employees"] == {
        "source": "filing:F-0000001",
        "at": FILED_AT.isoformat(),
    }


def test_an_english_name_is_found_by_search(organisation: Organisation, reviewer: User) -> None:
    amend(organisation, as_held(organisation, name_en="Swallow Foundation"), reviewer)
    assert Organisation.objects.search("swallow").exists()


def test_the_second_time_changes_nothing(organisation: Organisation, reviewer: User) -> None:
    facts = as_held(
        organisation,
        employees=3,
        email="new@mail.example",
        head_name="Цой Жанар",
        activity_areas=("1", "2"),
        income=Decimal(1000),
        spending=Decimal(900),
    )
    assert len(amend(organisation, facts, reviewer)) == 2
    assert amend(organisation, facts, reviewer) == []
    assert Difference.objects.count() == 1


def test_areas_that_are_no_longer_filed_end(organisation: Organisation, reviewer: User) -> None:
    organisation.activity_areas.set(ActivityArea.objects.filter(pk__in=["1", "2"]))
    amend(organisation, as_held(organisation, activity_areas=("2", "3")), reviewer)
    codes = sorted(organisation.activity_areas.values_list("pk", flat=True))
    assert codes == ["2", "3"]


class TestStateOwned:
    @pytest.mark.parametrize("name", ["name_kk", "name_ru", "address", "head_name"])
    def test_a_fact_of_the_state_registration_is_only_declared(
        self, organisation: Organisation, reviewer: User, name: str
    ) -> None:
        held = getattr(organisation, name)
        [entry] = amend(organisation, as_held(organisation, **{name: "Иначе"}), reviewer)
        difference = Difference.objects.get()
        assert getattr(organisation, name) == held
        assert entry.kind == EntryKind.DECLARED
        assert (difference.field, difference.held, difference.stated) == (name, held, "Иначе")

    @pytest.mark.parametrize("name", ["address", "head_name"])
    def test_a_declared_personal_fact_stands_beside_the_line(
        self, organisation: Organisation, reviewer: User, name: str
    ) -> None:
        [entry] = amend(organisation, as_held(organisation, **{name: "Иначе"}), reviewer)
        assert set(entry.changes[name]) == {"commitment"}
        assert PersonalValue.objects.get(entry=entry).value == "Иначе"

    @pytest.mark.parametrize(
        "spelling", ["общественный  фонд «надежда»", 'ОБЩЕСТВЕННЫЙ ФОНД "НАДЕЖДА"']
    )
    def test_spaces_quotes_and_case_are_no_difference(self, reviewer: User, spelling: str) -> None:
        organisation = OrganisationFactory.create(name_ru="Общественный фонд «Надежда»")
        assert amend(organisation, as_held(organisation, name_ru=spelling), reviewer) == []

    def test_another_letter_is_a_difference(self, reviewer: User) -> None:
        organisation = OrganisationFactory.create(name_kk="Казак үміті")
        assert amend(organisation, as_held(organisation, name_kk="Қазақ үміті"), reviewer)

    def test_an_empty_answer_declares_nothing(
        self, organisation: Organisation, reviewer: User
    ) -> None:
        assert amend(organisation, as_held(organisation, address=""), reviewer) == []

    def test_another_filing_opens_a_difference_of_its_own(
        self, organisation: Organisation, reviewer: User
    ) -> None:
        facts = as_held(organisation, head_name="Цой Жанар")
        amend(organisation, facts, reviewer)
        amend(organisation, facts, reviewer, source="filing:F-0000002")
        assert Difference.objects.count() == 2


class TestContacts:
    def test_a_new_address_is_added_and_the_older_one_kept_as_replaced(
        self, organisation: Organisation, reviewer: User
    ) -> None:
        older = ContactFactory.create(organisation=organisation)
        phone = ContactFactory.create(
            organisation=organisation, kind=Contact.Kind.PHONE, value="+77011234567"
        )
        amend(organisation, as_held(organisation, email="New@Mail.example"), reviewer)
        older.refresh_from_db()
        phone.refresh_from_db()
        new = organisation.contacts.get(value="new@mail.example")
        assert (new.source, new.as_of_on, new.is_usable) == (
            Source.FILING,
            date(2026, 9, 15),
            True,
        )
        assert older.retired_at == ACCEPTED_AT
        assert phone.retired_at is None

    def test_the_line_holds_a_commitment_alone(
        self, organisation: Organisation, reviewer: User
    ) -> None:
        [entry] = amend(organisation, as_held(organisation, phone="8 701 765 43 21"), reviewer)
        assert set(entry.changes) == {"phone"}
        assert set(entry.changes["phone"]) == {"commitment"}
        assert PersonalValue.objects.get().value == "+77017654321"

    def test_an_address_confirmed_writes_no_line_and_keeps_its_proof(
        self, organisation: Organisation, reviewer: User
    ) -> None:
        held = ContactFactory.create(organisation=organisation, verified_at=FILED_AT)
        assert amend(organisation, as_held(organisation, email=held.value), reviewer) == []
        held.refresh_from_db()
        assert (held.source, held.verified_at) == (Source.FILING, FILED_AT)

    def test_an_address_given_again_is_live_again(
        self, organisation: Organisation, reviewer: User
    ) -> None:
        held = ContactFactory.create(organisation=organisation, retired_at=FILED_AT)
        amend(organisation, as_held(organisation, email=held.value), reviewer)
        held.refresh_from_db()
        assert held.retired_at is None

    def test_no_address_in_the_filing_takes_none_away(
        self, organisation: Organisation, reviewer: User
    ) -> None:
        held = ContactFactory.create(organisation=organisation)
        amend(organisation, as_held(organisation, email=""), reviewer)
        held.refresh_from_db()
        assert held.retired_at is None


class TestMoney:
    def test_the_figures_of_the_year_are_written(
        self, organisation: Organisation, reviewer: User
    ) -> None:
        facts = as_held(organisation, income=Decimal("1200000.50"), spending=Decimal(0))
        [entry] = amend(organisation, facts, reviewer)
        figures = organisation.annual_figures.get()
        assert (figures.year, figures.income, figures.spending) == (
            2025,
            Decimal("1200000.50"),
            Decimal(0),
        )
        assert entry.changes["figures_2025"] == [
            None,
            {"income": "1200000.50", "spending": "0.00"},
        ]

    def test_a_later_filing_of_the_same_year_replaces_them(
        self, organisation: Organisation, reviewer: User
    ) -> None:
        facts = as_held(organisation, income=Decimal(1), spending=Decimal(1))
        amend(organisation, facts, reviewer)
        amend(organisation, replace(facts, spending=Decimal(2)), reviewer)
        assert organisation.annual_figures.get().spending == Decimal(2)


class TestNewerFacts:
    def test_a_newer_extract_keeps_its_count_of_employees(self, reviewer: User) -> None:
        organisation = OrganisationFactory.create(employees=5, as_of_on=date(2026, 9, 30))
        amend(organisation, as_held(organisation, employees=2), reviewer)
        assert organisation.employees == 5
        assert Difference.objects.get().stated == "2"

    def test_a_newer_filing_keeps_its_facts(
        self, organisation: Organisation, reviewer: User
    ) -> None:
        amend(organisation, as_held(organisation, volunteers=5), reviewer)
        earlier = as_held(organisation, volunteers=1, filed_at=FILED_AT - timedelta(days=1))
        amend(organisation, earlier, reviewer, source="filing:F-0000000")
        assert organisation.volunteers == 5


def test_a_full_filing_takes_at_most_twelve_queries(
    organisation: Organisation, reviewer: User
) -> None:
    organisation.activity_areas.set(ActivityArea.objects.filter(pk="1"))
    for _count in range(3):
        ContactFactory.create(organisation=organisation)
    facts = as_held(
        organisation,
        name_kk="Иначе",
        name_ru="Иначе",
        address="Иначе",
        head_name="Иначе",
        name_en="Otherwise",
        email="new@mail.example",
        phone="+77010000000",
        employees=3,
        volunteers=4,
        activity_areas=("2", "3"),
        income=Decimal(1),
        spending=Decimal(1),
    )
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    with CaptureQueriesContext(connection) as queries:
        register.amend(
            locked, facts, source="filing:F-1", decision="review:1", by=reviewer, at=ACCEPTED_AT
        )
    assert len(queries) <= 12

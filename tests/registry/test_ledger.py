from __future__ import annotations

from datetime import datetime

import pytest
from django.db import DatabaseError, connection, transaction

from registry import lines
from registry.ledger import commitment
from registry.lines import Line
from registry.models import PersonalValue, RegisterEntry
from registry.states import EntryKind
from tests.factories.registry import OrganisationFactory


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def append(at: datetime, **personal: str) -> RegisterEntry:
    organisation = OrganisationFactory.create()
    line = Line(organisation.pk, EntryKind.CHANGED, {"status": ("active", "inactive")}, personal)
    return lines.write([line], source="extract:2026-06-30", decision="", by=None, at=at)[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE registry_registerentry SET source = 'other'",
        "DELETE FROM registry_registerentry",
        "TRUNCATE registry_registerentry CASCADE",
    ],
)
def test_a_line_of_the_register_is_never_changed(statement: str, at: datetime) -> None:
    append(at)
    # Else TRUNCATE is refused for the checks still to come, not by the trigger.
    run("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(statement)
    assert RegisterEntry.objects.get().source == "extract:2026-06-30"


@pytest.mark.django_db
def test_django_may_not_delete_a_line_either(at: datetime) -> None:
    entry = append(at)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        RegisterEntry.objects.filter(pk=entry.pk).delete()


def test_truncate_is_refused_on_committed_rows_too(real_commits: None, at: datetime) -> None:
    append(at)
    with pytest.raises(DatabaseError, match="append-only"):
        run("TRUNCATE registry_registerentry CASCADE")


@pytest.mark.django_db
def test_a_personal_value_stands_beside_the_line_not_in_it(at: datetime) -> None:
    entry = append(at, head_name="Өтегенов Ержан")
    value = PersonalValue.objects.get(entry=entry)
    assert "Өтегенов" not in str(entry.changes)
    assert entry.changes["head_name"] == {
        "commitment": commitment("Өтегенов Ержан", bytes(value.salt))
    }


@pytest.mark.django_db
def test_the_same_value_gets_another_commitment_in_each_line(at: datetime) -> None:
    one, other = append(at, head_name="Цой Жанар"), append(at, head_name="Цой Жанар")
    assert one.changes["head_name"] != other.changes["head_name"]


@pytest.mark.django_db
def test_erasing_a_personal_value_leaves_its_commitment(at: datetime) -> None:
    entry = append(at, head_name="Цой Жанар")
    stood = entry.changes["head_name"]["commitment"]
    PersonalValue.objects.filter(entry=entry).delete()
    entry.refresh_from_db()
    assert entry.changes["head_name"]["commitment"] == stood


@pytest.mark.django_db
def test_any_number_of_lines_takes_two_queries(
    at: datetime, django_assert_num_queries: object
) -> None:
    organisation = OrganisationFactory.create()
    line = Line(organisation.pk, EntryKind.CHANGED, {}, {"address": "x", "head_name": "y"})
    with django_assert_num_queries(2):  # type: ignore[operator]
        lines.write([line] * 50, source="s", decision="", by=None, at=at)

"""The nightly seal: all that is unsealed, once, in a chain, whatever happens meanwhile."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.refusals import Refused
from config.celery import app
from notices.models import IssuedDocument, Notice, Service
from registry import seals, tasks
from registry.ledger import AppendOnly
from registry.models import RegisterEntry, Seal, SealedLeaf, SealedTable
from registry.seals.leaves import columns_of, key_of, sealed_models
from registry.seals.merkle import EMPTY
from reregistration.models import Mark, ObligationEvent
from tests.concurrency import one_behind_the_other, together
from tests.factories.registry import OrganisationFactory
from tests.registry.seals.conftest import ENTRIES, Append, entries_in

NIGHT = timedelta(days=1)


def sealed(at: datetime) -> Seal:
    made = seals.seal(at=at)
    assert made is not None
    return made


@pytest.mark.django_db
class TestSeal:
    def test_takes_every_row_once_in_the_order_of_keys(self, append: Append, at: datetime) -> None:
        rows = append(3)
        first = sealed(at)
        more = append(2)
        second = sealed(at + NIGHT)
        assert (entries_in(first), entries_in(second)) == (3, 2)
        leaves = SealedLeaf.objects.filter(table__name=ENTRIES).order_by("seal", "position")
        taken = leaves.values_list("row_id", flat=True)
        assert list(taken) == [row.pk for row in (*rows, *more)]
        assert [one.leaves.count() for one in (first, second)] == [first.count, second.count]

    def test_is_chained_to_the_one_before(self, append: Append, at: datetime) -> None:
        append()
        first, second = sealed(at), sealed(at + NIGHT)
        assert first.previous_hash == "0" * 64
        assert second.previous_hash == first.hash
        assert (first.number, second.number) == (1, 2)

    def test_takes_a_row_that_was_committed_late_under_a_lower_key(
        self, append: Append, at: datetime
    ) -> None:
        (row,) = append()
        sealed(at)
        RegisterEntry(
            id=row.pk - 1,
            organisation=row.organisation,
            kind=row.kind,
            changes={},
            source="late",
            at=at,
        ).save(force_insert=True)
        assert sealed(at + NIGHT).count == 1

    def test_a_day_without_rows_gets_a_seal_too(self, at: datetime) -> None:
        sealed(at)
        empty = sealed(at + NIGHT)
        assert (empty.count, empty.root) == (0, EMPTY.hex())

    def test_a_second_run_of_the_day_makes_none(self, append: Append, at: datetime) -> None:
        append()
        sealed(at)
        assert seals.seal(at=at + timedelta(hours=1)) is None
        assert (Seal.objects.count(), entries_in(Seal.objects.get())) == (1, 1)

    def test_a_second_run_of_the_day_takes_what_came_since(
        self, append: Append, at: datetime
    ) -> None:
        append()
        sealed(at)
        append()
        assert sealed(at + timedelta(hours=1)).count == 1

    def test_is_refused_while_the_clock_is_wrong(self, append: Append, at: datetime) -> None:
        sealed(at)
        append()
        with pytest.raises(Refused, match="Put the clock right"):
            seals.seal(at=at - NIGHT)
        assert Seal.objects.count() == 1

    def test_costs_as_many_statements_for_many_rows(
        self, append: Append, at: datetime, django_assert_max_num_queries: Any
    ) -> None:
        append()
        sealed(at)
        append(300)
        with django_assert_max_num_queries(3 * len(sealed_models()) + 8):
            sealed(at + NIGHT)


@pytest.mark.django_db
class TestTheLine:
    def test_is_what_the_decision_says(self, append: Append) -> None:
        (row,) = append(head_name="Тайный Руководитель")
        row.refresh_from_db()
        line = json.loads(seals.line_at_issue(row))
        with connection.cursor() as cursor:
            cursor.execute("SELECT changes::text FROM registry_registerentry")
            (changes,) = cursor.fetchone()
        assert line == {
            "table": "registry_registerentry",
            "row": {
                "id": row.pk,
                "salt": bytes(row.salt).hex(),
                "organisation_id": row.organisation_id,
                "kind": "changed",
                "changes": changes,
                "source": "extract:2026-06-30",
                "decision": "",
                "by_id": None,
                "at": "2026-09-15T07:00:00.000000Z",
            },
        }
        assert seals.hash_at_issue(row) == sha256(b"\x00" + seals.line_at_issue(row)).hexdigest()

    def test_is_the_same_before_and_after_the_seal(self, append: Append, at: datetime) -> None:
        (row,) = append()
        before = seals.hash_at_issue(row)
        sealed(at)
        assert seals.hash_at_issue(row) == before
        assert bytes(SealedLeaf.objects.get(table__name=ENTRIES).hash).hex() == before

    def test_a_column_that_comes_later_leaves_a_sealed_line_as_it_was(
        self, append: Append, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (old,) = append()
        before = seals.hash_at_issue(old)
        meta = RegisterEntry._meta
        # As the model was before "decision" came: the seal is taken without it.
        fewer = [field for field in meta.concrete_fields if field.name != "decision"]
        with monkeypatch.context() as earlier:
            earlier.setattr(meta, "concrete_fields", fewer, raising=False)
            without = seals.hash_at_issue(old)
            sealed(at)
        (new,) = append()
        sealed(at + NIGHT)
        assert seals.hash_at_issue(old) == without != before
        assert "decision" in json.loads(seals.line_at_issue(new))["row"]
        assert list(seals.verify(seals.Counts())) == []

    def test_two_rows_alike_have_lines_that_nobody_can_guess(self, append: Append) -> None:
        one, other = append(2)
        assert bytes(one.salt) != bytes(other.salt)
        assert seals.hash_at_issue(one) != seals.hash_at_issue(other)

    def test_every_append_only_model_can_be_written_as_one(self) -> None:
        """A column of a kind that no line can say yet would stop the nightly seal."""
        said = {
            "bigint", "integer", "smallint", "text", "boolean", "date", "bytea", "jsonb", "ARRAY",
            "character varying", "timestamp with time zone", "numeric",
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT data_type FROM information_schema.columns "
                "WHERE table_name = ANY(%s)",
                [[model._meta.db_table for model in sealed_models()]],
            )
            assert {kind for (kind,) in cursor.fetchall()} <= said


def test_every_append_only_table_of_every_app_is_sealed() -> None:
    found = set(sealed_models())
    assert {RegisterEntry, ObligationEvent, Notice, Service, Mark, IssuedDocument} <= found
    assert found == {model for model in apps.get_models() if issubclass(model, AppendOnly)}
    for model in found:
        assert {key_of(model), "salt"} <= set(columns_of(model))


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Seal, SealedTable, SealedLeaf])
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_a_seal_is_never_changed(model: Any, statement: str, append: Append, at: datetime) -> None:
    append()
    sealed(at)
    column = model._meta.concrete_fields[-1].column
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="append-only"):
            cursor.execute(statement.format(model._meta.db_table, column, column))


@pytest.mark.django_db
def test_a_seal_has_one_successor(at: datetime) -> None:
    first = sealed(at)
    fork: Any = {"sealed_at": at, "root": "0" * 64, "count": 0, "columns": {}, "blocks": b""}
    with pytest.raises(IntegrityError, match="previous_hash"), transaction.atomic():
        Seal.objects.create(number=2, previous_hash="0" * 64, hash="1" * 64, **fork)
    Seal.objects.create(number=2, previous_hash=first.hash, hash="2" * 64, **fork)


@pytest.mark.usefixtures("real_commits")
class TestSeveralAtOnce:
    def test_two_sealers_make_one_seal(self, append: Append, at: datetime) -> None:
        append(20)
        made = one_behind_the_other(partial(seals.seal, at=at), partial(seals.seal, at=at))
        assert [entries_in(one) for one in made] == [20, 0]
        assert Seal.objects.count() == 1

    def test_in_the_same_instant_too(self, append: Append, at: datetime) -> None:
        append(20)
        made = together(*[partial(seals.seal, at=at)] * 4)
        assert sorted(entries_in(one) for one in made) == [0, 0, 0, 20]

    def test_what_is_written_meanwhile_is_in_this_seal_or_the_next(
        self, append: Append, at: datetime
    ) -> None:
        append()

        def write() -> None:
            append(5)

        together(partial(seals.seal, at=at), write)
        seals.seal(at=at + NIGHT)
        assert sum(entries_in(one) for one in Seal.objects.all()) == 6

    def test_one_that_is_killed_leaves_nothing(self, append: Append, at: datetime) -> None:
        append(3)

        def killed() -> None:
            with transaction.atomic(), connection.cursor() as cursor:
                seals.seal(at=at)
                assert entries_in(Seal.objects.get()) == 3
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

        (failure,) = together(killed)
        assert isinstance(failure, DatabaseError)
        assert not Seal.objects.exists()
        assert not SealedLeaf.objects.exists()
        assert entries_in(sealed(at)) == 3


@pytest.mark.django_db
class TestTheTask:
    def test_twice_in_a_night_seals_once(self, append: Append, at: datetime) -> None:
        append()
        for _ in range(2):
            tasks.seal(at=at)
        assert Seal.objects.count() == 1

    def test_a_missed_night_is_in_the_next_seal(self, append: Append, at: datetime) -> None:
        tasks.seal(at=at)
        append(2)
        tasks.seal(at=at + 5 * NIGHT)
        assert [entries_in(one) for one in Seal.objects.all()] == [0, 2]

    def test_is_in_the_timetable(self) -> None:
        app.loader.import_default_modules()
        planned = {entry["task"] for entry in app.conf.beat_schedule.values()}
        assert {name for name in app.tasks if name.startswith("registry.")} <= planned


@pytest.mark.django_db
def test_an_organisation_without_lines_is_no_row_to_seal(at: datetime) -> None:
    sealed(at)
    OrganisationFactory.create()
    assert sealed(at + NIGHT).count == 0

"""Whatever a superuser changes behind the triggers' back is found, and named."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from registry import seals
from registry.ledger import commitment
from registry.models import PersonalValue, RegisterEntry, Seal
from registry.seals import verification
from registry.seals.merkle import Growing
from registry.seals.published import FORMAT, seal_hash
from tests.registry.seals.conftest import ENTRIES, Append, Tamper

pytestmark = pytest.mark.django_db
NIGHT = timedelta(days=1)


@pytest.fixture
def sealed(append: Append, at: datetime) -> list[RegisterEntry]:
    """Six lines in two seals, and a third seal of a day on which nothing was written."""
    rows = append(3)
    seals.seal(at=at)
    rows += append(3)
    seals.seal(at=at + NIGHT)
    seals.seal(at=at + 2 * NIGHT)
    return rows


def found() -> list[str]:
    return [str(finding) for finding in seals.verify(seals.Counts())]


def copy_of_seals(folder: Path) -> Path:
    path = folder / "seals.json"
    path.write_text(json.dumps({"format": FORMAT, "seals": list(seals.entries())}))
    return path


@pytest.mark.usefixtures("sealed")
def test_an_untouched_ledger_is_as_it_was_sealed(append: Append) -> None:
    append(2)
    counts = seals.Counts()
    assert list(seals.verify(counts)) == []
    assert (counts.seals, counts.rows[ENTRIES], counts.unsealed, counts.late) == (3, 6, 2, 0)
    assert counts.leaves == sum(counts.rows.values())


def test_erasing_a_personal_value_and_its_salt_leaves_every_seal_valid(
    append: Append, at: datetime
) -> None:
    (entry,) = append(head_name="Тайный Руководитель")
    value = PersonalValue.objects.get(entry=entry)
    line = seals.line_at_issue(entry).decode()
    assert "Тайный Руководитель" not in line
    assert commitment(value.value, bytes(value.salt)) in line
    seals.seal(at=at)
    value.delete()
    assert found() == []


class TestARow:
    @pytest.mark.parametrize(
        "change",
        [
            "source = 'extract:2026-06-31'",
            "decision = ' '",
            "by_id = NULL, at = at + interval '1 microsecond'",
            "salt = '\\x00'::bytea || substr(salt, 2)",
            "changes = jsonb_set(changes, '{name_ru,1}', '\"Фонд «Явный».\"')",
        ],
    )
    def test_of_which_a_byte_was_changed_is_named(
        self, change: str, sealed: list[RegisterEntry], tamper: Tamper
    ) -> None:
        row = sealed[4]
        tamper(ENTRIES, " ".join(["UPDATE {} SET", change, "WHERE id = %s"]), row.pk)
        assert found() == [f"{ENTRIES} {row.pk}: was changed (seal 2)"]

    def test_that_was_removed_is_named(self, sealed: list[RegisterEntry], tamper: Tamper) -> None:
        row = sealed[0]
        tamper(ENTRIES, "DELETE FROM {} WHERE id = %s", row.pk)
        assert found() == [f"{ENTRIES} {row.pk}: was removed (seal 1)"]

    def test_that_was_put_in_among_sealed_ones_is_named(
        self, sealed: list[RegisterEntry], tamper: Tamper, at: datetime
    ) -> None:
        key = sealed[0].pk - 1
        copy = (
            "INSERT INTO {} (id, salt, organisation_id, kind, changes, source, decision, at) "
            "SELECT %s, salt, organisation_id, kind, changes, source, decision, at FROM {}"
            " LIMIT 1"
        )
        tamper(ENTRIES, copy, key)
        named = f"{ENTRIES} {key}: was put in among the rows of seal 1"
        assert found() == [named]
        seals.seal(at=at + 3 * NIGHT)
        assert found() == [f"{named} (seal 4)"]

    def test_that_was_being_committed_during_a_seal_is_late_and_no_fault(
        self, append: Append, at: datetime
    ) -> None:
        (row,) = append()
        seals.seal(at=at)
        RegisterEntry(
            id=row.pk - 1, organisation=row.organisation, changes={}, at=at, source="late"
        ).save(force_insert=True)
        counts = seals.Counts()
        assert list(seals.verify(counts)) == []
        assert (counts.unsealed, counts.late) == (1, 1)
        seals.seal(at=at + NIGHT)
        assert found() == []

    def test_that_was_exchanged_for_another_is_named_with_it(
        self, sealed: list[RegisterEntry], tamper: Tamper
    ) -> None:
        one, other = sealed[0].pk, sealed[5].pk
        for old, new in ((one, 0), (other, one), (0, other)):
            tamper(ENTRIES, "UPDATE {} SET id = %s WHERE id = %s", new, old)
        assert found() == [
            f"{ENTRIES} {one}: was changed (seal 1)",
            f"{ENTRIES} {other}: was changed (seal 2)",
        ]

    def test_that_was_changed_with_its_leaf_breaks_the_root(
        self, sealed: list[RegisterEntry], tamper: Tamper
    ) -> None:
        rewrite(sealed[0], tamper)
        assert found() == ["seal 1: its leaves do not give its root (look at leaves 0-1023)"]


class TestASeal:
    def test_whose_leaves_changed_places_is_named(
        self, sealed: list[RegisterEntry], tamper: Tamper
    ) -> None:
        tamper(
            "registry_sealedleaf",
            "UPDATE registry_sealedleaf SET position = (SELECT max(position) FROM "
            "registry_sealedleaf WHERE seal_id = 1) + 1 WHERE seal_id = 1 AND row_id = %s",
            sealed[0].pk,
        )
        assert found() == ["seal 1: its leaf 0 is missing"]

    def test_that_lost_its_last_leaf_and_row_is_named(
        self, sealed: list[RegisterEntry], tamper: Tamper
    ) -> None:
        last = sealed[5].pk
        tamper("registry_sealedleaf", "DELETE FROM registry_sealedleaf WHERE row_id = %s", last)
        tamper(ENTRIES, "DELETE FROM {} WHERE id = %s", last)
        assert found()[0] == "seal 2: has 2 leaves of 3"

    @pytest.mark.usefixtures("sealed")
    @pytest.mark.parametrize(
        "change", ["sealed_at = sealed_at + interval '1 second'", "count = count + 1"]
    )
    def test_that_was_changed_is_named(self, change: str, tamper: Tamper) -> None:
        tamper("registry_seal", " ".join(["UPDATE {} SET", change, "WHERE number = 2"]))
        assert found()[0] == "seal 2: was changed: its hash is not that of what it states"

    @pytest.mark.usefixtures("sealed")
    def test_that_hangs_on_another_is_named(self, tamper: Tamper) -> None:
        tamper("registry_seal", "UPDATE registry_seal SET previous_hash = 'x' WHERE number = 3")
        assert found()[0] == "seal 3: is not chained to the seal before it"

    @pytest.mark.usefixtures("sealed")
    def test_that_was_removed_leaves_a_gap(self, tamper: Tamper) -> None:
        tamper("registry_sealedleaf", "DELETE FROM registry_sealedleaf WHERE seal_id = 2")
        tamper("registry_seal", "DELETE FROM registry_seal WHERE number = 2")
        assert found()[0] == "seal 3: the seal before it is missing"

    @pytest.mark.usefixtures("sealed")
    def test_whose_table_stands_open_is_named(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {ENTRIES} DISABLE TRIGGER append_only_rows")
        assert found() == [f"{ENTRIES}: the triggers that keep it append-only are off"]


class TestTheCommand:
    def run(self, *arguments: str) -> str:
        told = StringIO()
        call_command("verify_ledger", *arguments, stdout=told, stderr=StringIO())
        return told.getvalue()

    @pytest.mark.usefixtures("sealed")
    def test_says_what_it_looked_at_and_how_it_ended(self) -> None:
        told = self.run()
        assert "registry_registerentry                                 6" in told
        assert told.endswith("The ledger is as it was sealed.\n")

    def test_names_each_finding_and_fails(
        self, sealed: list[RegisterEntry], tamper: Tamper
    ) -> None:
        tamper(ENTRIES, "UPDATE {} SET source = 'x' WHERE id = %s", sealed[0].pk)
        told = StringIO()
        with pytest.raises(CommandError, match="NOT as it was sealed: 1 finding,") as failure:
            call_command("verify_ledger", stdout=told, stderr=StringIO())
        assert failure.value.returncode == 1
        assert f"{ENTRIES} {sealed[0].pk}: was changed (seal 1)\n" in told.getvalue()

    @pytest.mark.usefixtures("sealed")
    def test_seals_made_after_the_copy_are_no_fault(self, tmp_path: Path, at: datetime) -> None:
        path = copy_of_seals(tmp_path)
        seals.seal(at=at + 4 * NIGHT)
        assert "seals compared with the file" in self.run("--published", str(path))

    def test_a_ledger_rewritten_as_a_whole_is_caught_by_what_was_published(
        self, sealed: list[RegisterEntry], tamper: Tamper, tmp_path: Path
    ) -> None:
        path = copy_of_seals(tmp_path)
        rewrite(sealed[0], tamper)
        rewrite_seals(tamper)
        assert "The ledger is as it was sealed." in self.run()
        told = StringIO()
        with pytest.raises(CommandError, match="3 findings"):
            call_command("verify_ledger", published=path, stdout=told, stderr=StringIO())
        assert "seal 1: is not the one that was published" in told.getvalue()

    @pytest.mark.usefixtures("sealed")
    def test_a_seal_cut_off_from_the_end_is_caught_by_what_was_published(
        self, tamper: Tamper, tmp_path: Path
    ) -> None:
        path = copy_of_seals(tmp_path)
        tamper("registry_seal", "DELETE FROM registry_seal WHERE number = 3")
        assert found() == []
        with pytest.raises(CommandError, match="1 finding,"):
            self.run("--published", str(path))

    @pytest.mark.parametrize("content", ["", "[]", '{"seals": [{}]}', '{"seals": 5}'])
    def test_a_file_that_is_no_copy_is_refused(self, content: str, tmp_path: Path) -> None:
        path = tmp_path / "seals.json"
        path.write_text(content)
        with pytest.raises(CommandError, match="no copy") as failure:
            self.run("--published", str(path))
        assert failure.value.returncode == 2

    def test_a_file_that_is_not_there_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="cannot be read"):
            self.run("--published", str(tmp_path / "none.json"))

    def test_what_waits_is_sealed_by_a_command_too(self, append: Append) -> None:
        append(2)
        told = [StringIO(), StringIO()]
        for out in told:
            call_command("seal_ledger", stdout=out)
        assert told[0].getvalue().startswith("Seal 1: ")
        assert told[1].getvalue().startswith("Nothing to seal")
        assert Seal.objects.count() == 1


def test_many_rows_take_slices_and_no_more_statements(
    append: Append, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "_SLICE", 4)
    append(30)
    seals.seal(at=at)
    counts = seals.Counts()
    assert list(seals.verify(counts)) == []
    assert counts.rows[ENTRIES] == 30


def rewrite(row: RegisterEntry, tamper: Tamper) -> None:
    """Change a row, and its leaf with it."""
    tamper(ENTRIES, "UPDATE {} SET source = 'x' WHERE id = %s", row.pk)
    leaf = sha256(b"\x00" + seals.line_at_issue(row)).digest()
    tamper(
        "registry_sealedleaf",
        "UPDATE registry_sealedleaf SET hash = %s WHERE row_id = %s AND table_id = "
        "(SELECT id FROM registry_sealedtable WHERE name = %s)",
        leaf,
        row.pk,
        ENTRIES,
    )


def rewrite_seals(tamper: Tamper) -> None:
    """Compute every root and seal anew, as one would who holds the whole database."""
    before = "0" * 64
    for seal in Seal.objects.all():
        tree = Growing()
        for one in seal.leaves.order_by("position").values_list("hash", flat=True):
            tree.add(bytes(one))
        root = tree.root.hex()
        made = seal_hash(
            number=seal.number,
            sealed_at=seal.sealed_at,
            previous_hash=before,
            root=root,
            count=tree.count,
        )
        tamper(
            "registry_seal",
            "UPDATE registry_seal SET root = %s, previous_hash = %s, hash = %s, blocks = %s "
            "WHERE number = %s",
            root,
            before,
            made,
            b"".join(tree.blocks),
            seal.number,
        )
        before = made

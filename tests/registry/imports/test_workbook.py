"""An extract as a workbook: the same rows, and one clear refusal for a sheet that is none."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import translation

from accounts.refusals import Refused
from registry.imports import jobs
from registry.imports.files import COLUMNS
from registry.models import Organisation
from registry.states import ImportState
from tests.factories.accounts import UserFactory
from tests.factories.extracts import HEADER, IMPORTED_AT, import_file, row
from tests.factories.registry import valid_bin

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english() -> Any:
    with translation.override("en"):
        yield


def workbook(path: Path, *rows: dict[str, Any], sheets: int = 1) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER)
    for cells in rows:
        sheet.append([cells[COLUMNS[name]] for name in HEADER])
    for _number in range(sheets - 1):
        book.create_sheet()
    book.save(path)
    return path


def test_rows_are_those_of_a_csv_file(tmp_path: Path) -> None:
    typed: dict[str, Any] = {
        "registered_on": datetime(2006, 9, 18),  # noqa: DTZ001 - as Excel holds it
        "as_of_on": date(2026, 6, 30),
        "employees": 7.0,
        "place": 711610000,
        "bin": int(valid_bin(1)) if not valid_bin(1).startswith("0") else valid_bin(1),
        "phone": 77011234567,
    }
    outcome = import_file(workbook(tmp_path / "e.xlsx", row(1) | typed, row(2)))
    assert (outcome.read, outcome.new, outcome.refused) == (2, 2, 0)
    made = Organisation.objects.get(bin=valid_bin(1))
    assert (made.registered_on, made.employees, made.place_id) == (
        date(2006, 9, 18),
        7,
        "711610000",
    )
    assert made.contacts.get(kind="phone").value == "+77011234567"


def test_a_bin_without_its_leading_zeros_is_refused_as_in_a_csv_file(tmp_path: Path) -> None:
    cells = row(1) | {"bin": int(valid_bin(1))}
    assert len(str(cells["bin"])) < 12
    outcome = import_file(workbook(tmp_path / "e.xlsx", cells))
    assert [refusal.reason for refusal in outcome.refusals] == ["bin"]
    assert outcome.refusals[0].line == 2


def test_empty_cells_at_the_end_of_a_row_and_blank_rows_are_no_fault(tmp_path: Path) -> None:
    nothing = dict.fromkeys(COLUMNS.values())
    outcome = import_file(workbook(tmp_path / "e.xlsx", nothing, row(1) | {"employees": None}))
    assert (outcome.read, outcome.new) == (1, 1)


@pytest.mark.parametrize(
    ("cells", "words"),
    [({"employees": "=1+1"}, "Line 2 holds a formula"), ({"name_ru": "я" * 21_000}, "longer than")],
)
def test_a_sheet_with_what_is_no_text_is_refused_whole(
    cells: dict[str, str], words: str, tmp_path: Path
) -> None:
    path = workbook(tmp_path / "e.xlsx", row(1) | cells, row(2))
    with pytest.raises(Refused, match=words):
        import_file(path)
    assert not Organisation.objects.exists()


def test_several_sheets_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="2 visible sheets"):
        import_file(workbook(tmp_path / "e.xlsx", row(1), sheets=2))


def test_another_table_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Имя", "Сумма"])
    book.save(tmp_path / "e.xlsx")
    with pytest.raises(Refused, match="«БИН»"):
        import_file(tmp_path / "e.xlsx")


def rewritten(path: Path, name: str, content: bytes) -> bytes:
    """The workbook with one part in the place of another."""
    other = path.with_name("other.xlsx")
    with zipfile.ZipFile(path) as held, zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as made:
        for part in held.namelist():
            made.writestr(part, content if part == name else held.read(part))
    return other.read_bytes()


def test_one_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.file_types.WORKBOOK_UNPACKED_AT_MOST", 100_000)
    path = workbook(tmp_path / "e.xlsx", row(1))
    bomb = rewritten(path, "docProps/core.xml", b" " * 200_000)
    assert len(bomb) < 20_000
    with pytest.raises(Refused, match="not what its name says"):
        jobs.bring(SimpleUploadedFile("e.xlsx", bomb), by=UserFactory.create(), at=IMPORTED_AT)


def test_one_that_declares_entities_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "e.xlsx", row(1))
    evil = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>'
    content = rewritten(path, "xl/styles.xml", evil)
    with pytest.raises(Refused, match="not what its name says"):
        jobs.bring(SimpleUploadedFile("e.xlsx", content), by=UserFactory.create(), at=IMPORTED_AT)
    (tmp_path / "evil.xlsx").write_bytes(content)
    with pytest.raises(Refused, match="workbook is broken"):
        import_file(tmp_path / "evil.xlsx")


def test_a_broken_sheet_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "e.xlsx", row(1))
    (tmp_path / "broken.xlsx").write_bytes(
        rewritten(path, "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row>")
    )
    with pytest.raises(Refused, match="workbook is broken"):
        import_file(tmp_path / "broken.xlsx")


def test_a_clerk_brings_one(tmp_path: Path) -> None:
    content = workbook(tmp_path / "e.xlsx", row(1)).read_bytes()
    job = jobs.bring(SimpleUploadedFile("e.xlsx", content), by=UserFactory.create(), at=IMPORTED_AT)
    assert jobs.run_next(at=IMPORTED_AT)
    job.refresh_from_db()
    assert (job.state, job.counts["new"]) == (ImportState.PREVIEWED, 1)


def test_the_command_takes_one(tmp_path: Path) -> None:
    call_command("import_register", str(workbook(tmp_path / "e.xlsx", row(1))), "--commit")
    assert Organisation.objects.count() == 1

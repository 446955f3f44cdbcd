from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from registry.models import Organisation
from tests.factories.extracts import HEADER, row, write_extract
from tests.factories.registry import valid_bin

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: object) -> str:
    out = StringIO()
    call_command("import_register", *map(str, arguments), stdout=out, stderr=StringIO())
    return out.getvalue()


def test_a_trial_says_that_nothing_was_written(tmp_path: Path) -> None:
    output = run(write_extract(tmp_path / "x.csv", row()))
    assert "Nothing was written" in output
    assert not Organisation.objects.exists()


def test_with_commit_it_is_written(tmp_path: Path) -> None:
    output = run(write_extract(tmp_path / "x.csv", row()), "--commit")
    assert "Written, in one transaction." in output
    assert Organisation.objects.get().bin == valid_bin(1)


def test_the_table_gives_each_count_and_each_reason(tmp_path: Path) -> None:
    rows = [row(1), row(1), row(2, status="???"), row(3, bin="123")]
    output = run(write_extract(tmp_path / "x.csv", *rows))
    table = {" ".join(line.split()[:-1]): line.split()[-1] for line in output.splitlines() if line}
    assert {name: table[name] for name in ("read", "new", "repeated", "refused")} == {
        "read": "4",
        "new": "1",
        "repeated": "1",
        "refused": "2",
    }
    assert table["broken BIN"] == table["unknown status"] == "1"
    assert table["absent since the last extract"] == "0"


def test_refused_rows_go_to_a_file_with_line_reason_and_cells(tmp_path: Path) -> None:
    run(write_extract(tmp_path / "x.csv", row(1), row(2, status="???")))
    with Path("refused_2026-06-30.csv").open(encoding="utf-8-sig", newline="") as file:
        [refused] = csv.DictReader(file, delimiter=";")
    assert (refused["line"], refused["reason"], refused["status"]) == ("3", "status", "???")
    assert "unknown" in refused["sentence"]


def test_refused_rows_go_where_they_are_asked_to(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.csv"
    run(write_extract(tmp_path / "x.csv", row(2, status="???")), "--refused", target)
    assert target.exists()
    assert not Path("refused_2026-06-30.csv").exists()


def test_no_file_is_made_where_no_row_was_refused(tmp_path: Path) -> None:
    run(write_extract(tmp_path / "x.csv", row()))
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"PK\x03\x04 a workbook",
        b"a;b\n1;2\n",
        b"\xfd7zXZ\x00 not packed",
        ";".join(HEADER).encode(),
        (";".join(HEADER) + '\n"cut off').encode(),
    ],
)
def test_a_file_that_is_no_extract_is_refused_with_code_1(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match="nothing was written") as caught:
        run(path, "--commit")
    assert caught.value.returncode == 1


@pytest.mark.parametrize("path", ["nowhere.csv", "."])
def test_a_file_that_cannot_be_read_is_wrong_usage(path: str) -> None:
    with pytest.raises(CommandError, match="cannot be read") as caught:
        run(path)
    assert caught.value.returncode == 2


def test_a_folder_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "x.csv", row())
    with pytest.raises(CommandError, match="no folder") as caught:
        run(path, "--refused", tmp_path / "no" / "refused.csv")
    assert caught.value.returncode == 2

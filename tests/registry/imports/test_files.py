from __future__ import annotations

import lzma
from pathlib import Path

import pytest
from django.utils import translation

from accounts.refusals import Refused
from registry.imports.workbook import open_extract
from tests.factories.extracts import HEADER, row, write_extract


def read(path: Path) -> list[tuple[int, dict[str, str]]]:
    with translation.override("en"), open_extract(path) as file:
        return [(found.line, found.cells) for found in file.rows()]


def refusal_of(path: Path) -> str:
    with pytest.raises(Refused) as caught:
        read(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [
        ("utf-8-sig", ";"),
        ("utf-8", ","),
        ("utf-16", "\t"),
        ("utf-8", "|"),
    ],
)
def test_encoding_and_delimiter_are_found_out(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    path = write_extract(tmp_path / "x.csv", row(), encoding=encoding, delimiter=delimiter)
    assert read(path) == [(2, row())]


def test_columns_may_come_in_any_order(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "x.csv", row(), header=HEADER[::-1])
    assert read(path) == [(2, row())]


def test_a_packed_file_is_read_as_it_is(tmp_path: Path) -> None:
    plain = write_extract(tmp_path / "x.csv", row())
    packed = tmp_path / "packed"
    packed.write_bytes(lzma.compress(plain.read_bytes()))
    assert read(packed) == [(2, row())]


def test_the_line_is_the_physical_one_where_the_row_starts(tmp_path: Path) -> None:
    path = write_extract(
        tmp_path / "x.csv", row(1, address="ул. Абая\nкв. 1\nАстана"), row(2), row(3)
    )
    assert [line for line, _cells in read(path)] == [2, 5, 6]


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "x.csv", row(1))
    path.write_text(path.read_text("utf-8-sig") + "\r\n\r\n", "utf-8")
    assert len(read(path)) == 1


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"")
    assert "empty" in refusal_of(path)


def test_a_file_of_another_shape_is_refused_with_the_columns_it_lacks(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "x.csv", row(), header=HEADER[:-2])
    assert "«Статус», «Дата обновления»" in refusal_of(path)


def test_a_column_named_twice_is_refused(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "x.csv", row(), header=[*HEADER, "БИН"])
    assert "twice" in refusal_of(path)


def test_a_quoted_cell_that_never_ends_is_refused_with_its_line(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "x.csv", row(1), row(2))
    path.write_text(path.read_text("utf-8") + '"cut off', "utf-8")
    assert "starts in line 4" in refusal_of(path)


def test_a_quote_that_swallows_the_rest_of_the_file_is_refused(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "x.csv", row(1))
    swallowed = '"' + "ул. Абая\n" * 5000 + '";;\n'
    path.write_text(path.read_text("utf-8") + swallowed, "utf-8")
    assert "line 3" in refusal_of(path)


def test_broken_encoding_is_refused(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "x.csv", row(1))
    path.write_bytes(path.read_bytes() + b"\xff\xfe\xfa;")
    assert "encoding" in refusal_of(path)


def test_half_a_letter_at_the_end_is_refused(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "x.csv", row(1), encoding="utf-16")
    path.write_bytes(path.read_bytes()[:-1])
    assert "encoding" in refusal_of(path)


def test_another_code_page_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(";".join(HEADER).encode("cp1251"))
    assert "UTF-8" in refusal_of(path)


def test_zero_bytes_are_refused(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "x.csv", row(1, address="a\x00b"))
    assert "line 2" in refusal_of(path)


def test_a_packed_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    plain = write_extract(tmp_path / "x.csv", *[row(n) for n in range(50)])
    packed = tmp_path / "x.csv.xz"
    packed.write_bytes(lzma.compress(plain.read_bytes())[:-40])
    assert "cut off" in refusal_of(packed)


def test_a_row_of_another_length_is_told_apart(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "x.csv", row(1))
    path.write_text(path.read_text("utf-8-sig") + "060940133223;one\r\n", "utf-8")
    with open_extract(path) as file:
        assert [found.is_whole for found in file.rows()] == [True, False]

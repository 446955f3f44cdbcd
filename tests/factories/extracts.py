"""Small extracts of the state register, written by hand."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from registry.calendar import ALMATY
from registry.imports.counts import Outcome
from registry.imports.extract import import_extract
from registry.imports.files import COLUMNS
from tests.factories.registry import valid_bin

HEADER = list(COLUMNS)
IMPORTED_AT = datetime(2026, 10, 15, 12, 0, tzinfo=ALMATY)

_ROW = {
    "bin": "",
    "name_kk": "«Үміт» қоғамдық қоры",
    "name_ru": "Общественный фонд «Надежда»",
    "legal_form": "Общественный фонд",
    "registered_on": "18.09.2006",
    "place": "711610000",
    "address": "ул. Абая, д. 1",
    "head_name": "Өтегенов Ержан",
    "email": "office@mail.example",
    "phone": "+7 701 123 45 67",
    "employees": "1",
    "status": "Действующее",
    "as_of_on": "30.06.2026",
}


def row(serial: int | None = 1, **cells: str) -> dict[str, str]:
    """A good row of June, with the BIN of that serial number; None: without BIN."""
    bin_ = "" if serial is None else valid_bin(serial)
    return _ROW | {"bin": bin_} | cells


def write_extract(
    path: Path,
    *rows: dict[str, str],
    encoding: str = "utf-8-sig",
    delimiter: str = ";",
    header: Sequence[str] = HEADER,
) -> Path:
    """The rows as a file of the state register."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(header)
        for cells in rows:
            writer.writerow([cells[COLUMNS[name]] for name in header])
    return path


def import_rows(
    folder: Path, *rows: dict[str, str], commit: bool = True, at: datetime = IMPORTED_AT
) -> Outcome:
    """Import these rows as one extract."""
    return import_file(write_extract(folder / "extract.csv", *rows), commit=commit, at=at)


def import_file(path: Path, *, commit: bool = True, at: datetime = IMPORTED_AT) -> Outcome:
    return import_extract(path, commit=commit, by=None, at=at, progress=lambda _read, _part: None)

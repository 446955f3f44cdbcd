"""An extract as an Excel workbook: one sheet, its cells as the text they stand for.

What Excel made of a number is not mended: a BIN that lost its leading zeros is as long as it is,
and the row is refused as it would be from a CSV file. Formulas are never evaluated: a sheet that
holds one is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import openpyxl

from accounts.refusals import Refused
from registry.file_types import is_workbook
from registry.imports.files import LONGEST_CELL, ExtractFile, Row
from registry.sentences import said as _

_ZIP_MAGIC = b"PK\x03\x04"
# An extract has thirteen columns; a sheet of thousands is another one, or hostile.
_COLUMNS_AT_MOST = 100
_FORMULA, _ERROR = "f", "e"


class WorkbookFile(ExtractFile):
    """An open workbook: its header read, its rows still to come."""

    def __init__(self, raw: BinaryIO) -> None:
        if not is_workbook(raw):
            raise Refused(_broken())
        raw.seek(0)
        try:
            self._book = openpyxl.load_workbook(raw, read_only=True, keep_links=False)
        except Exception as error:
            raise Refused(_broken()) from error
        sheets = [sheet for sheet in self._book.worksheets if sheet.sheet_state == "visible"]
        if len(sheets) != 1:
            raise Refused(
                _(
                    "The workbook has %(count)s visible sheets. Save the one with the extract as a "
                    "file of its own."
                )
                % {"count": len(sheets)}
            )
        self.line = 0
        self._all = sheets[0].max_row or 0
        # What the sheet says of its size may be wrong, or meant to fill the memory.
        sheets[0].reset_dimensions()
        self._cells = self._texts(sheets[0])
        header = next(self._cells, [])
        if not header:
            raise Refused(_("The file is empty. Ask for the extract again."))
        self._take_header(header)

    @property
    def part_read(self) -> float:
        return min(1.0, self.line / self._all) if self._all else 1.0

    def rows(self) -> Iterator[Row]:
        for cells in self._cells:
            if not cells:
                continue
            padded = dict(zip(self.columns, [*cells, *[""] * len(self.columns)], strict=False))
            # Excel writes no cell where a row ends in empty ones.
            yield Row(self.line, padded, len(cells) <= len(self.columns))

    def close(self) -> None:
        self._book.close()

    def _texts(self, sheet: Any) -> Iterator[list[str]]:
        rows = iter(sheet.iter_rows())
        while True:
            try:
                row = next(rows, None)
            except Exception as error:
                raise Refused(_broken()) from error
            if row is None:
                return
            self.line += 1
            yield self._row(row)

    def _row(self, row: Sequence[Any]) -> list[str]:
        """Its texts up to the last one that is not empty."""
        if len(row) > _COLUMNS_AT_MOST:
            raise Refused(
                _("Line %(line)s has more than %(most)s columns. Save the extract anew.")
                % {"line": self.line, "most": _COLUMNS_AT_MOST}
            )
        texts = [self._text_of(cell) for cell in row]
        while texts and not texts[-1].strip():
            texts.pop()
        return texts

    def _text_of(self, cell: Any) -> str:
        value = cell.value
        if value is None:
            return ""
        if cell.data_type in (_FORMULA, _ERROR):
            raise Refused(
                _(
                    "Line %(line)s holds a formula or an error: «%(cell)s». Formulas are not "
                    "evaluated. Paste the values in its place, and save the extract anew."
                )
                % {"line": self.line, "cell": str(value)[:50]}
            )
        text = _text(value)
        if len(text) > LONGEST_CELL:
            raise Refused(
                _("A cell in line %(line)s is longer than %(most)s letters. Save it anew.")
                % {"line": self.line, "most": LONGEST_CELL}
            )
        return text


@contextmanager
def open_extract(path: Path) -> Iterator[ExtractFile]:
    """Open a file of the register: text, packed with xz or not, or a workbook."""
    with path.open("rb") as raw:
        is_zip = raw.read(len(_ZIP_MAGIC)) == _ZIP_MAGIC
        raw.seek(0)
        if not is_zip:
            yield ExtractFile(raw, path.stat().st_size)
            return
        book = WorkbookFile(raw)
        try:
            yield book
        finally:
            book.close()


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _broken() -> str:
    return _(
        "The workbook is broken, too large when unpacked, or not what its name says. Save it anew "
        "as .xlsx, or as CSV."
    )

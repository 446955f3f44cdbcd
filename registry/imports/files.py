"""Reading a file of the state register as it comes: packed or not, its encoding by its first
bytes, its columns and delimiter by its header.

A file that cannot be read to its end is refused whole, with a sentence that says where.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import lzma
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from accounts.refusals import Refused
from registry.sentences import said as _

# Header in an extract -> our name of the column.
COLUMNS = {
    "БИН": "bin",
    "Наименование (каз)": "name_kk",
    "Наименование (рус)": "name_ru",
    "Орг.-правовая форма": "legal_form",
    "Дата регистрации": "registered_on",
    "КАТО": "place",
    "Адрес": "address",
    "Руководитель": "head_name",
    "Эл. почта": "email",
    "Телефон": "phone",
    "Численность": "employees",
    "Статус": "status",
    "Дата обновления": "as_of_on",
}
_DELIMITERS = ";\t,|"
_XZ_MAGIC = b"\xfd7zXZ\x00"
# A cell of a register is a few hundred letters; a longer one is a quote that was never closed.
LONGEST_CELL = 20_000


@dataclass(frozen=True, slots=True)
class Row:
    """A row and the physical line on which it starts; cells by our names of the columns."""

    line: int
    cells: dict[str, str]
    # Whether it has as many cells as the header.
    is_whole: bool


class ExtractFile:
    """An open file: its header read, its rows still to come."""

    # Header in the file -> our name of the column. Files of another kind have their own.
    names: Mapping[str, str] = COLUMNS

    def __init__(self, raw: BinaryIO, size: int) -> None:
        self._raw = raw
        self._size = size
        self.line = 0
        # Held here: once forgotten, it would close the file below it.
        self._text = _text(raw)
        self._lines = self._counted()
        self._reader = self._header()

    @property
    def part_read(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return self._raw.tell() / self._size if self._size else 1.0

    def rows(self) -> Iterator[Row]:
        """The rows one by one; blank lines are none."""
        while True:
            start = self.line + 1
            cells = self._next()
            if cells is None:
                return
            if cells:
                padded = dict(zip(self.columns, [*cells, *[""] * len(self.columns)], strict=False))
                yield Row(start, padded, len(cells) == len(self.columns))

    def _header(self) -> Iterator[list[str]]:
        first = next(self._lines, "")
        if not first.strip():
            raise Refused(_("The file is empty. Ask for the extract again."))
        delimiter = max(_DELIMITERS, key=first.count)
        self._take_header(next(csv.reader([first], delimiter=delimiter)))
        return csv.reader(self._lines, delimiter=delimiter, strict=True)

    def _take_header(self, cells: Sequence[str]) -> None:
        header = [" ".join(cell.split()) for cell in cells]
        missing = [name for name in self.names if name not in header]
        if missing:
            raise Refused(self._is_another(", ".join(f"«{name}»" for name in missing)))
        self.columns = [self.names.get(name, name) for name in header]
        if len(set(self.columns)) < len(self.columns):
            raise Refused(_("Line 1 names a column twice. Ask for the extract again."))

    def _is_another(self, missing: str) -> str:
        """What to say of a file without these columns."""
        return _(
            "This is not an extract of the register: line 1 has no column %(missing)s. "
            "Check that the right file was chosen."
        ) % {"missing": missing}

    def _next(self) -> list[str] | None:
        start = self.line + 1
        try:
            cells = next(self._reader, None)
        except csv.Error as error:
            raise Refused(
                _(
                    "The file is broken: the row that starts in line %(line)s cannot be read, most "
                    "likely a quoted cell that never ends (%(error)s). Ask for the extract again."
                )
                % {"line": start, "error": error}
            ) from error
        if cells and max(map(len, cells)) > LONGEST_CELL:
            raise Refused(
                _(
                    "The file is broken: a cell of the row that starts in line %(line)s is "
                    "longer than %(longest)s letters, most likely a quote that is never closed. "
                    "Ask for the extract again."
                )
                % {"line": start, "longest": LONGEST_CELL}
            )
        return cells

    def _counted(self) -> Iterator[str]:
        while True:
            try:
                line = self._text.readline()
            except UnicodeError as error:
                raise Refused(
                    _(
                        "The file is broken after line %(line)s: what follows is not text in the "
                        "file's encoding. Save the extract as UTF-8 or UTF-16, or ask for it again."
                    )
                    % {"line": self.line}
                ) from error
            except (lzma.LZMAError, EOFError) as error:
                raise Refused(
                    _("The packed file is broken or cut off. Copy it or ask for it again.")
                ) from error
            if not line:
                return
            self.line += 1
            if "\x00" in line:
                raise Refused(
                    _("The file is broken: line %(line)s holds zero bytes, so it is no text.")
                    % {"line": self.line}
                )
            yield line


def sha256_of(path: Path) -> str:
    with path.open("rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()


def _text(raw: BinaryIO) -> io.TextIOBase:
    packed = raw.read(len(_XZ_MAGIC)) == _XZ_MAGIC
    raw.seek(0)
    # Closed with the file below them, so no context manager of their own.
    unpacked = io.BufferedReader(cast(io.RawIOBase, lzma.LZMAFile(raw))) if packed else raw  # noqa: SIM115
    try:
        first = cast(io.BufferedReader, unpacked).peek(4)[:4]
    except (lzma.LZMAError, EOFError):
        first = b""  # told when the first line is read
    # newline="" keeps the line breaks inside quoted cells as they are.
    return io.TextIOWrapper(unpacked, encoding=_encoding(first), newline="")


def _encoding(first: bytes) -> str:
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig"

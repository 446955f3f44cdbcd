"""What does the text of one cell mean? Nothing here guesses: None is "this is none"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

_YMD = re.compile(r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})", re.ASCII)
DATE_FORMS = {
    "iso": _YMD,
    "d/m/y": re.compile(r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})", re.ASCII),
    "m/d/y": re.compile(r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})", re.ASCII),
    "d.m.y": re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})", re.ASCII),
}
# What numeric(15,2) holds.
_LARGEST = Decimal("9999999999999.99")
# The upper half of Windows-1252, two letters and more: what UTF-8 looks like when read as it.
_UPPER = "".join(bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0x100))
_BYTES = {letter: letter.encode("cp1252") for letter in _UPPER} | {
    chr(byte): bytes([byte]) for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_RUN = re.compile(f"[{re.escape(''.join(_BYTES))}]{{2,}}")


def text(cell: str) -> str:
    """Single spaces, no line breaks."""
    return " ".join(cell.split())


def day(cell: str, forms: Sequence[str]) -> date | None:
    """A day in one of the forms. Of a moment with a zone the day is kept as it is written: whoever
    wrote 2015-06-10T00:00:00+00:00 meant the tenth."""
    stated = cell.strip()
    for form in forms:
        if form == "iso" and "T" in stated:
            try:
                return datetime.fromisoformat(stated).date()
            except ValueError:
                continue
        if found := DATE_FORMS[form].fullmatch(stated):
            try:
                return date(int(found["y"]), int(found["m"]), int(found["d"]))
            except ValueError:
                continue
    return None


def amount(cell: str, decimal: str) -> Decimal | None:
    """An amount of at most two decimals; thousands may be grouped by spaces, by nothing else."""
    digits = re.sub(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))", "", cell.strip())
    if not re.fullmatch(rf"\d+(?:{re.escape(decimal)}\d+)?", digits, re.ASCII):
        return None
    stated = Decimal(digits.replace(decimal, "."))
    rounded = stated.quantize(Decimal("0.01")) if stated <= _LARGEST else None
    return rounded if rounded == stated else None


def mended(cell: str) -> str:
    """The text with what is UTF-8 read as Windows-1252 put right; all other text as it is."""
    return _RUN.sub(_decoded, cell)


def _decoded(found: re.Match[str]) -> str:
    try:
        return b"".join(_BYTES[letter] for letter in found[0]).decode()
    except UnicodeError:
        return found[0]

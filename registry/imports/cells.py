"""What does the text of one cell mean? Each function cleans one kind of cell."""

from __future__ import annotations

import re
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from registry.facts import StatedContact, email_of, phone_of
from registry.models import Contact

# How clerks write that there is nothing.
_NOTHING = {"", "-", "–", "—", "нет", "жоқ"}
_LARGEST_COUNT = 2_147_483_647
_LONGEST_CONTACT = 254


def text(cell: str) -> str:
    """Single spaces, no line breaks."""
    return " ".join(cell.split())


def is_nothing(cell: str) -> bool:
    return text(cell).lower() in _NOTHING


def bin_or_none(cell: str) -> str | None:
    """The text of a BIN, well-formed or not; None where the cell says that there is none."""
    return None if is_nothing(cell) else text(cell)


def day(cell: str, *, latest: date, bin: str | None = None) -> date | None:  # noqa: A002
    """A date written dd.mm.yyyy, yyyy-mm-dd or dd/mm/yy; None if it is none of these.

    The century of a two-digit year is settled by the BIN, which begins with year and month of
    registration and is not issued before 1991; without one it is the latest day not after
    `latest`.
    """
    stripped = cell.strip()
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", stripped, re.ASCII):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", stripped, re.ASCII):
        return _date(int(found[3]), int(found[2]), int(found[1]))
    if found := re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{2})", stripped, re.ASCII):
        return _short_date(int(found[1]), int(found[2]), int(found[3]), latest, bin)
    return None


def _short_date(day: int, month: int, year: int, latest: date, bin: str | None) -> date | None:  # noqa: A002
    this_century = _date(2000 + year, month, day)
    last_century = _date(1900 + year, month, day)
    if bin and bin[:4] == f"{year:02d}{month:02d}":
        return last_century if year >= 91 else this_century
    if this_century and this_century <= latest:
        return this_century
    return last_century


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def count(cell: str) -> int | None:
    """A whole number; None where the cell says nothing. Refuses with ValueError otherwise."""
    if is_nothing(cell):
        return None
    digits = re.sub(r"\s", "", cell)
    if not re.fullmatch(r"[0-9]{1,10}", digits) or int(digits) > _LARGEST_COUNT:
        raise ValueError(cell)
    return int(digits)


def emails(cell: str) -> list[StatedContact]:
    """The addresses in a cell, one or more; what is malformed is kept as it is, unusable."""
    return _once([_email(part) for part in _parts(cell)])


def _email(part: str) -> StatedContact:
    try:
        validate_email(part)
    except ValidationError:
        return StatedContact(Contact.Kind.EMAIL, part[:_LONGEST_CONTACT], part, is_usable=False)
    return StatedContact(Contact.Kind.EMAIL, email_of(part), part, is_usable=True)


def phones(cell: str) -> list[StatedContact]:
    """The numbers in a cell, as +7 and ten digits; what is none is kept as it is, unusable."""
    return _once(
        [
            StatedContact(
                Contact.Kind.PHONE,
                phone_of(part) or part[:_LONGEST_CONTACT],
                part,
                is_usable=phone_of(part) is not None,
            )
            for part in _parts(cell)
        ]
    )


def _parts(cell: str) -> list[str]:
    return [text(part) for part in re.split(r"[;,]", cell) if not is_nothing(part)]


def _once(contacts: list[StatedContact]) -> list[StatedContact]:
    """Each value once, in the order of the cell."""
    return list({contact.value: contact for contact in contacts}.values())

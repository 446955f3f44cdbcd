from __future__ import annotations

from datetime import date

import pytest

from registry.imports import cells

LATEST = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("18.09.2006", date(2006, 9, 18)),
        ("2006-09-18", date(2006, 9, 18)),
        ("18/09/06", date(2006, 9, 18)),
        (" 18.09.2006 ", date(2006, 9, 18)),
        ("31.02.2006", None),
        ("2006", None),
        ("", None),
        ("вчера", None),
        ("１８.09.2006", None),
    ],
)
def test_dates_come_in_three_shapes(cell: str, expected: date | None) -> None:
    assert cells.day(cell, latest=LATEST) == expected


@pytest.mark.parametrize(
    ("cell", "bin_", "expected"),
    [
        ("01/02/98", None, date(1998, 2, 1)),
        ("30/06/26", None, date(2026, 6, 30)),
        # Without BIN the latest day not in the future.
        ("01/07/26", None, date(1926, 7, 1)),
        # With one, the BIN's year: BINs are younger than 1991.
        ("01/07/26", "260740000000", date(2026, 7, 1)),
        ("01/02/98", "980240000000", date(1998, 2, 1)),
    ],
)
def test_a_two_digit_year_finds_its_century(cell: str, bin_: str | None, expected: date) -> None:
    assert cells.day(cell, latest=LATEST, bin=bin_) == expected


@pytest.mark.parametrize(
    "cell", ["+7 701 123 45 67", "87011234567", "8(701)123-45-67", "7011234567"]
)
def test_phones_in_any_shape_become_one(cell: str) -> None:
    [phone] = cells.phones(cell)
    assert (phone.value, phone.is_usable) == ("+77011234567", True)


@pytest.mark.parametrize("cell", ["12345", "+1 701 123 45 67", "8701123456a7", "вн. 12"])
def test_an_unusable_phone_is_kept_as_it_was_written(cell: str) -> None:
    [phone] = cells.phones(cell)
    assert (phone.value, phone.is_usable) == (cell, False)


def test_an_email_is_stored_in_lower_case() -> None:
    [email] = cells.emails("Office@Mail.Example")
    assert (email.value, email.raw, email.is_usable) == (
        "office@mail.example",
        "Office@Mail.Example",
        True,
    )


@pytest.mark.parametrize("cell", ["office@mail", "office @mail.example", "www.mail.example"])
def test_a_malformed_email_is_kept_as_it_was_written(cell: str) -> None:
    [email] = cells.emails(cell)
    assert (email.value, email.is_usable) == (cell, False)


def test_two_emails_in_one_cell_are_both_taken() -> None:
    assert [e.value for e in cells.emails("a@x.example; b@x.example")] == [
        "a@x.example",
        "b@x.example",
    ]


def test_the_same_email_twice_in_a_cell_is_one() -> None:
    assert len(cells.emails("a@x.example, A@x.example")) == 1


def test_a_contact_longer_than_its_column_is_cut_and_its_text_kept() -> None:
    cell = "x" * 300
    [email] = cells.emails(cell)
    assert (len(email.value), email.raw) == (254, cell)


@pytest.mark.parametrize("cell", ["", "-", "нет", " НЕТ ", "жоқ"])
def test_nothing_is_written_in_many_ways(cell: str) -> None:
    assert cells.bin_or_none(cell) is None
    assert cells.emails(cell) == []
    assert cells.count(cell) is None


@pytest.mark.parametrize(("cell", "expected"), [("0", 0), ("12", 12), ("1 200", 1200)])
def test_a_count_is_a_whole_number(cell: str, expected: int) -> None:
    assert cells.count(cell) == expected


@pytest.mark.parametrize("cell", ["два", "-1", "1.5", "99999999999"])
def test_what_is_no_count_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match=cell):
        cells.count(cell)

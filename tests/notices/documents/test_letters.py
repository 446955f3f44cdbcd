"""The one PDF of a batch: letters on sheets, in the order of their envelopes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from notices.documents.letters import Letter, Printed, Unprintable, print_letters
from tests.notices.documents.pdfs import claims, fonts_without_file, opened, says

MM = 72 / 25.4
LONG = "Министрлік\n\n" + "\n\n".join(["Қайта тіркеу мерзімі таяп қалды. " * 8] * 14)


def letter(key: int, at: datetime, **changes: Any) -> Letter:
    fields: dict[str, Any] = {
        "key": key,
        "notice": f"N-{key:07d}",
        "addressee": "«Үміт» қоғамдық қоры",
        "address": "Абай к-сі, 1-үй",
        "region": "Ақмола облысы",
        "place": "111010000",
        "language": "kk",
        "kind": "final_warning",
        "subject": "Соңғы ескерту",
        "body": f"Министрлік\n\n{key}-хат.",
        "text_hash": "f" * 64,
        "issued_at": at,
    }
    return Letter(**{**fields, **changes})


def printed(
    some: list[Letter], at: datetime, file: Path, **options: int
) -> tuple[list[Printed], bytes]:
    placed = print_letters(
        some, number="L-0000007", at=at, file=file, progress=lambda _count: None, **options
    )
    return placed, file.read_bytes()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "batch.pdf"


def test_each_letter_begins_on_the_front_of_a_sheet(at: datetime, file: Path) -> None:
    some = [letter(1, at), letter(2, at, body=LONG * 2), letter(3, at)]
    placed, pdf = printed(some, at, file)
    pages = [page.extract_text() for page in opened(pdf).pages]
    assert [(one.letter.key, one.first_page, one.pages, one.sheets) for one in placed] == [
        (1, 1, 1, 1),
        (3, 3, 1, 1),
        (2, 5, 3, 2),
    ]
    assert len(pages) == 2 * sum(one.sheets for one in placed)
    for one in placed:
        assert one.first_page % 2 == 1
        assert one.letter.notice in pages[one.first_page - 1]


def test_fewer_sheets_come_first_and_then_region_postcode_and_place(
    at: datetime, file: Path
) -> None:
    some = [
        letter(1, at, body=LONG * 2),
        letter(2, at, region="Б"),
        letter(3, at, region="А", address="ул. Абая, 1, 020000"),
        letter(4, at, region="А", address="ул. Яблочная, 1, 010000"),
        letter(5, at, region="А", place="2"),
        letter(6, at, region="А", place="1"),
    ]
    placed, _pdf = printed(some, at, file)
    assert [one.letter.key for one in placed] == [6, 5, 4, 3, 2, 1]
    assert [one.position for one in placed] == [1, 2, 3, 4, 5, 6]


def test_the_addressee_stands_in_the_window(at: datetime, file: Path) -> None:
    name = "Общественное объединение «Содействие развитию гражданского общества» " * 8
    address = "Солтүстік Қазақстан облысы, Петропавл қ., Нұрсұлтан Назарбаев көшесі, 100-үй " * 2
    some = [letter(1, at), letter(2, at, addressee=name, address=address)]
    _placed, pdf = printed(some, at, file)
    for page, last_word in zip(opened(pdf).pages[::2], ("1-үй", "100-үй"), strict=True):
        inside = window_of(page)
        assert last_word in inside
        assert "Соңғы ескерту" not in inside


def window_of(page: Any) -> str:
    """The words whose first letter lies in the window: 20 mm from the left, 45 from above."""
    words: list[str] = []

    def visit(text: str, cm: Any, tm: Any, _font: Any, _size: Any) -> None:
        x = (tm[4] * cm[0] + cm[4]) / MM
        y = 297 - (tm[5] * cm[3] + cm[5]) / MM
        if 20 <= x <= 105 and 45 <= y <= 90:
            words.append(text)

    page.extract_text(visitor_text=visit)
    return "".join(words)


def test_every_page_says_which_of_how_many_and_every_sheet_where_it_stands(
    at: datetime, file: Path
) -> None:
    (one,), pdf = printed([letter(1, at, body=LONG * 3, language="en")], at, file)
    pages = [" ".join(page.extract_text().split()) for page in opened(pdf).pages]
    assert one.pages >= 4
    for serial in range(1, one.pages + 1):
        assert f"N-0000001 · Page {serial} of {one.pages}" in pages[serial - 1]
    fronts = [page for page in pages[::2] if "L-0000007" in page]
    assert len(fronts) == one.sheets
    for sheet, front in enumerate(fronts, start=1):
        assert f"L-0000007 · 00001 · {sheet}/{one.sheets}" in front


def test_parts_of_several_processes_are_joined_into_one_archival_file(
    at: datetime, file: Path
) -> None:
    some = [letter(key, at, body=LONG if key % 3 == 0 else "Бір.") for key in range(1, 13)]
    placed, pdf = printed(some, at, file, part=2)
    pages = [page.extract_text() for page in opened(pdf).pages]
    assert [one.letter.notice in pages[one.first_page - 1] for one in placed] == [True] * 12
    assert claims(pdf) == {"pdfaid:part": "2", "pdfaid:conformance": "U"}
    assert fonts_without_file(pdf) == []
    assert all("TEST" in page for page in pages)


def test_the_same_letters_give_the_same_bytes(at: datetime, file: Path, tmp_path: Path) -> None:
    some = [letter(1, at), letter(2, at)]
    assert printed(some, at, file)[1] == printed(some, at, tmp_path / "again.pdf")[1]


def test_in_production_no_page_says_test(at: datetime, file: Path, settings: Settings) -> None:
    settings.IS_PRODUCTION = True
    assert not says(printed([letter(1, at)], at, file)[1], "TEST")


def test_a_character_without_a_glyph_does_not_hold_a_batch_back(at: datetime, file: Path) -> None:
    _placed, pdf = printed([letter(1, at, addressee="Қор 🎉 中文", body="a\x00🎉")], at, file)
    assert says(pdf, "Қор □ □□")


def test_letters_that_cannot_be_typeset_are_named(at: datetime, file: Path) -> None:
    # Not a text: the typesetter refuses it.
    with pytest.raises(Unprintable) as refused:
        printed([letter(1, at), letter(2, at, subject=7)], at, file)
    assert list(refused.value.reasons) == [2]

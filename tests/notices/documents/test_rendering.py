"""A document is made of a template and values: archival, the same each time, and unharmed by
whatever people typed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from notices.documents import Attached, letterhead, render
from notices.documents.legible import _PLAIN, BOX, legible
from notices.documents.letterhead import verify_address
from tests.notices.documents.pdfs import claims, fonts_without_file, opened, says, text_of

KAZAKH = "Әә Ғғ Ққ Ңң Өө Ұұ Үү Һһ Іі"
HARMFUL = [
    '#include "letterhead.typ"',
    '#read("/etc/passwd")',
    "*bold* _italic_ $x^2$ @label <label> // comment /* comment */",
    "= Heading\\ `raw` #let x = 1; #[",
    '"}) #panic("x") ({"',
]
FILE = Attached("F-0000001.json", b'{"a":"\xd2\xb0"}', "application/json", "The filing")


def values(body: str = "Text", language: str = "kk", **changes: Any) -> dict[str, Any]:
    head = letterhead(
        language=language,
        title="Хабарлама",
        number="N-0000001",
        issued_on=date(2026, 9, 15),
        issuer="Министрлік",
    )
    return {**head, "paragraphs": [[body]], **changes}


def test_an_archive_can_keep_it(at: datetime) -> None:
    pdf = render("notice", values(KAZAKH), at=at)
    assert claims(pdf) == {
        "pdfaid:part": "2",
        "pdfaid:conformance": "U",
        "pdfuaid:part": "1",
    }
    assert fonts_without_file(pdf) == []
    assert KAZAKH in text_of(pdf)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_an_address_copied_out_of_it_is_the_address(language: str, at: datetime) -> None:
    address = "https://portal.example/my/receipts/F-0000001/certificate/"
    assert says(render("notice", values(address, language), at=at), address)


def test_with_a_file_inside_it_is_the_standard_that_allows_files(at: datetime) -> None:
    pdf = render("notice", values(), at=at, files=[FILE])
    assert (claims(pdf)["pdfaid:part"], claims(pdf)["pdfaid:conformance"]) == ("3", "U")
    assert opened(pdf).attachments == {FILE.name: [FILE.content]}


def test_the_same_input_gives_the_same_bytes_and_another_moment_others(at: datetime) -> None:
    first = render("notice", values(), at=at, files=[FILE])
    assert render("notice", values(), at=at, files=[FILE]) == first
    assert render("notice", values(), at=at + timedelta(seconds=1), files=[FILE]) != first


def test_several_threads_make_documents_at_once(at: datetime) -> None:
    texts = [f"Хат {serial}" for serial in range(12)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda text: render("notice", values(text), at=at), texts))
    assert [text in text_of(pdf) for text, pdf in zip(texts, made, strict=True)] == [True] * 12


@pytest.mark.parametrize("text", HARMFUL)
def test_what_looks_like_a_command_is_shown_as_it_was_typed(text: str, at: datetime) -> None:
    assert says(render("notice", values(text), at=at), text)
    assert says(render("notice", values(title=text, issuer=text), at=at), text)


@pytest.mark.parametrize("letter", ["Қ", "w", "1"])
def test_one_word_of_a_thousand_letters_stays_on_the_page(letter: str, at: datetime) -> None:
    pdf = render("notice", values(letter * 1000), at=at)
    assert says(pdf, letter * 1000)
    assert len(opened(pdf).pages) == 1


def test_a_name_of_a_thousand_characters_has_room(at: datetime) -> None:
    name = ("Қоғамдық бірлестік " * 60)[:1000].strip()
    assert says(render("notice", values(title=name), at=at), name)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (KAZAKH, KAZAKH),
        ("«Үміт» — 1 200 ₸, № 5", "«Үміт» — 1 200 ₸, № 5"),
        ("Zoë Ångström", "Zoë Ångström"),
        ("a🎉b", f"a{BOX}b"),
        ("中文", BOX * 2),
        ("a\x00b\x1fc\ufeffd", "abcd"),
        # Marks that turn the direction of writing would show a number backwards.
        ("R-\u202e1234567", "R-1234567"),
        ("half \ud800 a character", "half  a character"),
        ("a\tb\nc", "a b\nc"),
    ],
)
def test_a_character_without_a_glyph_becomes_a_box_and_a_hidden_one_goes(
    typed: str, shown: str, at: datetime
) -> None:
    assert legible(typed) == shown
    assert render("notice", values(typed), at=at)


def test_every_character_that_is_never_asked_for_has_a_glyph(at: datetime) -> None:
    assert render("notice", values("".join(sorted(_PLAIN))), at=at)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_the_letterhead_stands_on_every_page(language: str, at: datetime) -> None:
    given = values(language=language, paragraphs=[["Line"] * 5] * 40)
    pages = [page.extract_text() for page in opened(render("notice", given, at=at)).pages]
    assert len(pages) > 2
    for serial, page in enumerate(pages, start=1):
        flat = " ".join(page.split())
        assert given["not_the_state"] in flat
        numbered = given["page_of"].format(page=serial, pages=len(pages))
        assert numbered in flat
        assert "TEST" in page


def test_in_production_no_page_says_test(at: datetime, settings: Settings) -> None:
    settings.IS_PRODUCTION = True
    assert "TEST" not in text_of(render("notice", values(), at=at))


def test_the_qr_code_leads_to_the_page_that_confirms_the_number(settings: Settings) -> None:
    settings.PORTAL_URL = "https://portal.example"
    assert verify_address("N-0000001") == "https://portal.example/verify/N-0000001"
    other = letterhead(
        language="kk", title="", number="N-0000002", issued_on=date(2026, 9, 15), issuer=""
    )
    assert values()["qr"].startswith("<svg")
    assert values()["qr"] != other["qr"]

"""Do the committed fonts hold every letter that the portal writes?"""

from __future__ import annotations

import pytest
from fontTools.ttLib import TTFont

from config import fonts
from config.settings.base import BASE_DIR

# Of the admin and of files, which have fonts of their own.
ELSEWHERE = set("\n\t")


@pytest.mark.parametrize("weight", fonts.WEIGHTS)
def test_a_font_holds_the_letters_of_three_languages(weight: str) -> None:
    held = TTFont(fonts.TARGET / f"inter-{weight.lower()}.woff2").getBestCmap()
    assert [letter for letter in fonts.LETTERS if ord(letter) not in held] == []


def test_every_letter_of_the_pages_is_cut() -> None:
    written: set[str] = set()
    for folder in ("public", "reregistration", "allauth", "includes"):
        for template in (BASE_DIR / "templates" / folder).rglob("*.html"):
            written |= set(template.read_text())
    for catalogue in (BASE_DIR / "locale").rglob("django.po"):
        written |= set(catalogue.read_text())
    assert written - set(fonts.LETTERS) - ELSEWHERE == set()


def test_the_fonts_licence_lies_beside_them() -> None:
    assert "SIL OPEN FONT LICENSE" in (fonts.TARGET / "LICENSE.txt").read_text()

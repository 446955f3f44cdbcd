"""Which characters can a document show?

An archival PDF must embed a glyph for every character, so a text with one that the fonts lack
would make no document at all. A name in the register may hold anything; its document is made
all the same, with a box where a character has no glyph.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

import typst

BOX = "□"
FONTS = typst.Fonts(include_system_fonts=False)
STANDARD: Final = "a-2u"

# Shown as they are, without a question: ASCII and the letters of Kazakh and Russian.
_PLAIN = frozenset(map(chr, [*range(0x20, 0x7F), *range(0x400, 0x482), *range(0x48A, 0x500)]))
_PROBE = b"""#set text(font: ("Libertinus Serif", "DejaVu Sans Mono"))
#sys.inputs.at("character")"""


def legible(text: str) -> str:
    """The text as a document can show it: invisible controls left out, a box for the rest."""
    if _PLAIN.issuperset(text):
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    return character if character in _PLAIN else _asked(character)


@lru_cache(maxsize=4096)
def _asked(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Zs" or character in "\n\t":
        return "\n" if character == "\n" else character if character == "\N{NBSP}" else " "
    # Controls, marks that turn the direction of writing, halves of characters.
    if category in ("Cc", "Cf", "Cs"):
        return ""
    return character if _has_glyph(character) else BOX


def _has_glyph(character: str) -> bool:
    try:
        typst.compile(
            _PROBE,
            font_paths=FONTS,
            ignore_system_fonts=True,
            sys_inputs={"character": character},
            pdf_standards=[STANDARD],
        )
    except typst.TypstError:
        return False
    return True

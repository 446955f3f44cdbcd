"""How are names compared, searched and sorted across Kazakh, Russian and English?

A register holds the same name in capitals, with Latin letters that look Cyrillic, with three
kinds of quotes. `fold` brings all of them to one key; `sort_key` gives the order of the
42-letter Kazakh alphabet, which the database's byte order does not know.
"""

import re

_KAZAKH_TO_RUSSIAN = str.maketrans("әғқңөұүһіё", "агкноуухие")
_LATIN_LOOKALIKES = str.maketrans("aceopxyhkmtbi", "асеорхункмтви")
# "OO" in Latin letters before a Cyrillic name is the Russian abbreviation.
_ONLY_LOOKALIKES = re.compile("[aceopxyhkmtbi]+")
_QUOTES_AND_DASHES = str.maketrans(dict.fromkeys("«»\"“”„'`’‘-–—.,()№", " "))
_CYRILLIC = re.compile(r"[а-яё\u04d9\u0493\u049b\u04a3\u04e9\u04b1\u04af\u04bb\u0456]")

# The Kazakh alphabet of 42 letters (Cyrillic).
_ALPHABET = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
_RANK = {letter: chr(0xE000 + rank) for rank, letter in enumerate(_ALPHABET)}


def fold(text: str) -> str:
    """The comparison key of a name: lower case, no quotes, Kazakh letters as their nearest
    Russian, Latin look-alikes in a Cyrillic name as Cyrillic, single spaces."""
    return " ".join(_words(text)).translate(_KAZAKH_TO_RUSSIAN)


def sort_key(text: str) -> str:
    """A key whose byte order is the order of the Kazakh alphabet; Latin and digits come first."""
    return "".join(_RANK.get(letter, letter) for letter in " ".join(_words(text)))


def as_cyrillic(word: str) -> str:
    """A folded word as it would stand in a Cyrillic name if its Latin letters were look-alikes."""
    return word.translate(_LATIN_LOOKALIKES).translate(_KAZAKH_TO_RUSSIAN)


def _words(text: str) -> list[str]:
    words = text.lower().translate(_QUOTES_AND_DASHES).split()
    if not any(_CYRILLIC.search(word) for word in words):
        return words
    return [
        word.translate(_LATIN_LOOKALIKES)
        if _CYRILLIC.search(word) or _ONLY_LOOKALIKES.fullmatch(word)
        else word
        for word in words
    ]

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.folding import fold, sort_key

ALPHABET = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
_NAMES = st.text(ALPHABET + ALPHABET.upper() + "abcxyz «»\"'-.№ 0123456789", max_size=60)


@given(_NAMES)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(_NAMES)
def test_case_and_spaces_do_not_count(text: str) -> None:
    assert fold(f"  {text.upper()} ") == fold(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Қазақ", "Казак"),
        ("Ёлка", "елка"),
        ("«Үміт»", '"Умит"'),
        ("ФОНД  «Надежда»", "Фонд “Надежда”"),
        # Latin letters that look Cyrillic, in a Cyrillic word.
        ("Hадежда", "Надежда"),
        ("Жac", "Жас"),
    ],
)
def test_spellings_of_one_name_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("Надежда 1", "Надежда 2"), ("Hope", "Норе")])
def test_different_names_fold_differently(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_the_order_is_that_of_the_kazakh_alphabet() -> None:
    assert "".join(sorted(sorted(ALPHABET), key=sort_key)) == ALPHABET


def test_the_alphabet_has_42_letters() -> None:
    assert len(ALPHABET) == 42


@pytest.mark.parametrize(
    ("earlier", "later"), [("Ана", "Әке"), ("Қала", "Лала"), ("Кала", "Қала"), ("Үй", "Фонд")]
)
def test_kazakh_letters_sort_beside_their_neighbours(earlier: str, later: str) -> None:
    assert sort_key(earlier) < sort_key(later)


def test_quotes_do_not_count_in_the_order() -> None:
    assert sort_key("«Үміт»") == sort_key("Үміт")

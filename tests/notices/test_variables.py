from __future__ import annotations

import pytest

from notices.states import Kind
from notices.variables import VARIABLES, date_in, moment_in, written_out
from tests.factories.notices import VARIABLES as GIVEN


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("kk", "2026 жылғы 1 желтоқсан"),
        ("ru", "1 декабря 2026 года"),
        ("en", "1 December 2026"),
    ],
)
def test_dates_are_written_as_each_language_writes_them(language: str, text: str) -> None:
    assert date_in(language, "2026-12-01") == text


def test_a_moment_is_written_in_almatys_time() -> None:
    assert moment_in("en", "2026-11-30T19:00:01+00:00") == "1 December 2026, 00:00:01 (UTC+5)"


def test_what_is_spoken_comes_in_the_letters_language() -> None:
    assert written_out(Kind.REMINDER, GIVEN, "kk")["body"] == "body kk"


@pytest.mark.parametrize("kind", Kind.values)
def test_a_letter_with_a_gap_is_never_written(kind: str) -> None:
    for name in VARIABLES[kind]:
        given = {key: value for key, value in GIVEN.items() if not key.startswith(name)}
        with pytest.raises(ValueError, match=name):
            written_out(kind, given, "ru")

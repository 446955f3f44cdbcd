from __future__ import annotations

import pytest

from notices.segments import Length, length_of


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", Length(0, 0)),
        ("a" * 160, Length(160, 1)),
        ("a" * 161, Length(161, 2)),
        ("a" * 306, Length(306, 2)),
        ("a" * 307, Length(307, 3)),
        ("[" * 80, Length(160, 1)),
        ("[" * 81, Length(162, 2)),
        ("Қ" * 70, Length(70, 1)),
        ("Қ" * 71, Length(71, 2)),
        ("Қ" * 134, Length(134, 2)),
        ("Қ" * 135, Length(135, 3)),
        ("a" * 69 + "Қ", Length(70, 1)),
        ("a" * 70 + "Қ", Length(71, 2)),
        ("😀" * 35, Length(70, 1)),
    ],
)
def test_a_message_is_counted_as_the_network_counts(text: str, length: Length) -> None:
    assert length_of(text) == length

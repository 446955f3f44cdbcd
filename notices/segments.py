"""How long is a text message, and how many are paid for?

A message in the GSM alphabet (3GPP TS 23.038) holds 160 signs, or 153 a part where it takes
several; with one sign outside it, any Kazakh or Russian letter for one, 70 and 67.
"""

from __future__ import annotations

from dataclasses import dataclass

_ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each takes the place of two.
_ESCAPED = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, order=True)
class Length:
    """The length of a text message: its signs as the network counts them, and its parts."""

    signs: int
    segments: int


def length_of(text: str) -> Length:
    """The length of that text message; an empty one has no part."""
    if set(text) <= _ALPHABET | _ESCAPED:
        signs = sum(2 if sign in _ESCAPED else 1 for sign in text)
        alone, together = 160, 153
    else:
        # Counted as UTF-16 counts: a sign outside the basic plane takes the place of two.
        signs = len(text.encode("utf-16-be")) // 2
        alone, together = 70, 67
    if signs <= alone:
        return Length(signs, int(signs > 0))
    return Length(signs, -(-signs // together))

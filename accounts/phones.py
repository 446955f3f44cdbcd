"""What is the one shape of a phone number?"""

from __future__ import annotations


def phone_of(text: str) -> str | None:
    """A phone as +7 and ten digits, from any of the usual shapes; None if it is none."""
    if any(letter.isalpha() for letter in text):
        return None
    digits = "".join(sign for sign in text if sign in "0123456789")
    if len(digits) == 11 and digits[0] in "78":
        digits = digits[1:]
    return f"+7{digits}" if len(digits) == 10 else None

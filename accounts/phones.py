"""What is the one shape of a phone number?"""

from __future__ import annotations

import re

# 700 to 708, 747, 750 and 751, 760 to 764, 771, 775 to 778: what Kazakhstan's mobile carriers have.
_MOBILE = re.compile(r"\+77[04-8]\d{8}")


def phone_of(text: str) -> str | None:
    """A phone as +7 and ten digits, from any of the usual shapes; None if it is none."""
    if any(letter.isalpha() for letter in text):
        return None
    digits = "".join(sign for sign in text if sign in "0123456789")
    if len(digits) == 11 and digits[0] in "78":
        digits = digits[1:]
    return f"+7{digits}" if len(digits) == 10 else None


def is_mobile(phone: str) -> bool:
    """Whether a phone in the one shape is a mobile of Kazakhstan, where an SMS arrives."""
    return _MOBILE.fullmatch(phone) is not None

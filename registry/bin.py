"""Is this a business identification number (BIN)?

Twelve digits: YYMM of registration, kind of body (4 resident, 5 non-resident legal entity,
6 joint sole entrepreneurship), head unit or branch (0-3), five of a serial number, one check
digit. Law of 12 January 2007 on national registers of identification numbers; rules of the
Government decree No. 406 of 22 May 2007. The same check digit guards personal numbers (IIN),
whose fifth digit is the first of a day of birth, 0 to 3.
"""

import re

from django.db import models
from django.utils.translation import gettext_lazy as _

_FIRST_WEIGHTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
_SECOND_WEIGHTS = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)


class BinFault(models.TextChoices):
    """Why a text is no BIN; the label says what to do."""

    LENGTH = "length", _("A BIN has exactly 12 digits. Copy it from the registration certificate.")
    IIN = (
        "iin",
        _("This is a personal number (IIN), not a BIN. Enter the number of the organisation."),
    )
    MONTH = "month", _("Digits 3 and 4 of a BIN are a month, 01 to 12. Check them.")
    KIND = "kind", _("The fifth digit of a BIN is 4, 5 or 6. Check it.")
    UNIT = "unit", _("The sixth digit of a BIN is 0, 1, 2 or 3. Check it.")
    CHECK_DIGIT = (
        "check_digit",
        _("The last digit does not fit the others. Check for a typing error."),
    )


def check_digit(first_eleven: str) -> int | None:
    """The twelfth digit, or None where the rule says that the number is never issued."""
    digits = [int(digit) for digit in first_eleven]
    for weights in (_FIRST_WEIGHTS, _SECOND_WEIGHTS):
        remainder = sum(d * w for d, w in zip(digits, weights, strict=True)) % 11
        if remainder < 10:
            return remainder
    return None


def fault_of(text: str) -> BinFault | None:
    """What is wrong with this BIN; None when nothing is."""
    if not re.fullmatch(r"[0-9]{12}", text):
        return BinFault.LENGTH
    check_fits = check_digit(text[:11]) == int(text[11])
    if text[4] in "0123":
        # Without a fitting check digit it is no personal number either, just a wrong fifth digit.
        return BinFault.IIN if check_fits else BinFault.KIND
    if not 1 <= int(text[2:4]) <= 12:
        return BinFault.MONTH
    if text[4] not in "456":
        return BinFault.KIND
    if text[5] not in "0123":
        return BinFault.UNIT
    return None if check_fits else BinFault.CHECK_DIGIT


_TWELVE_DIGITS = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
_COVERED = "·" * 12


def has_iin(text: str) -> bool:
    """Whether a personal number stands somewhere in the text."""
    return any(fault_of(digits) == BinFault.IIN for digits in _TWELVE_DIGITS.findall(text))


def without_iin(text: str) -> str:
    """The text with its personal numbers covered; numbers of organisations stay."""
    return _TWELVE_DIGITS.sub(
        lambda found: _COVERED if fault_of(found[0]) == BinFault.IIN else found[0], text
    )


# The same rule for the database, where it is a check constraint on the organisation.
BIN_RULE_SQL = """
CREATE FUNCTION is_bin(bin text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    first int := 0;
    second int := 0;
    digit int;
BEGIN
    IF bin !~ '^[0-9]{2}(0[1-9]|1[0-2])[456][0-3][0-9]{6}$' THEN
        RETURN false;
    END IF;
    FOR place IN 1..11 LOOP
        digit := substr(bin, place, 1)::int;
        first := first + digit * place;
        second := second + digit * CASE WHEN place <= 9 THEN place + 2 ELSE place - 9 END;
    END LOOP;
    first := first % 11;
    IF first = 10 THEN
        first := second % 11;
    END IF;
    RETURN first < 10 AND first = substr(bin, 12, 1)::int;
END $$;
"""

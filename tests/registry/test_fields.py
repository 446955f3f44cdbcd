"""Numbers as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from registry.fields import CountField, MoneyField


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", "0"),
        ("1200000", "1200000"),
        ("1 200 000", "1200000"),
        ("1\N{NO-BREAK SPACE}200\N{NARROW NO-BREAK SPACE}000", "1200000"),
        ("1 200 000,50", "1200000.50"),
        ("1,200,000.50", "1200000.50"),
        ("1.200.000,5", "1200000.5"),
        ("1,200", "1200"),
        ("1,20", "1.20"),
        ("1.5", "1.5"),
        ("1 200 000 ₸", "1200000"),
        ("1 200 000 тенге", "1200000"),
        ("1 200 000 тг.", "1200000"),
    ],
)
def test_a_sum_is_read_however_it_is_written(text: str, amount: str) -> None:
    assert MoneyField().clean(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["-1", "много", "12abc", "1,234,5", "99999999999999999999", "NaN"])
def test_what_is_no_sum_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        MoneyField().clean(text)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_shown_sum_is_read_back_as_it_was(language: str) -> None:
    amount = Decimal("1234567.50")
    with translation.override(language):
        shown = MoneyField().widget.format_value(amount)
        assert shown is not None
        assert MoneyField().clean(shown) == amount


def test_a_shown_sum_is_grouped() -> None:
    with translation.override("ru"):
        assert MoneyField().widget.format_value(Decimal("1200000.00")) == (
            "1\N{NO-BREAK SPACE}200\N{NO-BREAK SPACE}000"
        )


@pytest.mark.parametrize(("text", "count"), [("0", 0), ("1 200", 1200), ("15", 15)])
def test_a_count_is_read_however_it_is_written(text: str, count: int) -> None:
    assert CountField().clean(text) == count


@pytest.mark.parametrize("text", ["-1", "2,5", "два"])
def test_what_is_no_count_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        CountField().clean(text)

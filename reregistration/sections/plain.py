"""Answers as JSON and back: money as text with two decimals, days as YYYY-MM-DD."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from registry.fields import MoneyField

NOT_GIVEN: tuple[Any, ...] = (None, "", [], False)


def plain(value: Any) -> Any:
    """An answer as it stands in `Filing.details`."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else value


def from_plain(field: forms.Field, value: Any) -> Any:
    """The answer that stands in `Filing.details`, as its field takes it."""
    if value in (None, ""):
        return None
    if isinstance(field, MoneyField):
        return Decimal(value)
    return date.fromisoformat(value) if isinstance(field, forms.DateField) else value


def is_empty(row: Mapping[str, Any]) -> bool:
    return all(value in NOT_GIVEN for value in row.values())


def total(amounts: Iterable[str | None]) -> Decimal:
    """The sum of amounts as they stand in `Filing.details`, in tenge."""
    return sum((Decimal(amount) for amount in amounts if amount), Decimal("0.00"))

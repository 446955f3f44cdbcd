"""Fields of these pages that take sums as people write them: with spaces, commas and the sign."""

from __future__ import annotations

from typing import Any

from unfold.widgets import INPUT_CLASSES

from registry.fields import MoneyField


def money(label: Any, **options: Any) -> MoneyField:
    field = MoneyField(label=label, **options)
    field.widget.attrs["class"] = " ".join(INPUT_CLASSES)
    return field

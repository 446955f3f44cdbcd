"""What is a country called? ISO 3166-1 codes with their names in three languages."""

from __future__ import annotations

import csv
from functools import cache

from django.utils.translation import get_language

from registry.codes import DATA


def names() -> dict[str, str]:
    """Every country's name by its code, in the reader's language and its order in the file."""
    column = f"name_{get_language() or 'kk'}"
    return {row["code"]: row[column] for row in _rows()}


@cache
def _rows() -> list[dict[str, str]]:
    with (DATA / "countries.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))

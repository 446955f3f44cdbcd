"""The code lists, read from the files in registry/data (their sources: registry/data/README.md)."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from registry.folding import fold

DATA = Path(__file__).parent / "data"

# How extracts of the state register write two forms that the law names otherwise.
_OTHER_SPELLINGS = {
    "Объединение юридических лиц в форме ассоциации (союза)": "ALE",
    "Филиал иностранной некоммерческой организации": "FBR",
    "Представительство иностранной некоммерческой организации": "FRO",
}


def load(get_model: Callable[[str, str], Any]) -> None:
    """Write every code list. Takes Django's `apps.get_model`, so that a migration can call it.

    Safe to repeat: a code that is there already is brought up to date.
    """
    _load_regions(get_model("registry", "Region"))
    _load_places(get_model("registry", "Place"))
    _load_legal_forms(get_model("registry", "LegalForm"), get_model("registry", "LegalFormAlias"))
    _load_activity_areas(get_model("registry", "ActivityArea"))


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _names(row: dict[str, str]) -> dict[str, str]:
    return {
        f"name_{language}": " ".join(row.get(f"name_{language}", "").split())
        for language in ("kk", "ru", "en")
    }


def _write(model: Any, key: str, rows: Iterable[Any]) -> None:
    rows = list(rows)
    fields = [field.name for field in model._meta.concrete_fields if field.name not in {key, "id"}]
    model.objects.bulk_create(
        rows, batch_size=2000, update_conflicts=True, unique_fields=[key], update_fields=fields
    )


def _load_regions(model: Any) -> None:
    _write(
        model,
        "kato",
        (
            model(kato=row["kato"], iso=row["iso_3166_2"], slug=row["slug"], **_names(row))
            for row in _rows("regions.csv")
        ),
    )


def _load_places(model: Any) -> None:
    rows = _rows("kato.csv")
    known = {row["kato"] for row in rows}
    # Codes in order: a parent's code sorts before those of its children, so it is there first.
    _write(
        model,
        "kato",
        (
            model(
                kato=row["kato"],
                level=row["level"],
                region_id=row["kato"][:2] + "0000000",
                parent_id=parent_code(row["kato"], known),
                edition=row["kato_version"],
                **_names(row),
            )
            for row in sorted(rows, key=lambda row: row["kato"])
        ),
    )


def parent_code(kato: str, known: set[str]) -> str | None:
    """The nearest existing ancestor of a KATO code: AB region, CD district, EF okrug, HIJ place."""
    for length in (6, 4, 2):
        ancestor = kato[:length].ljust(9, "0")
        if ancestor != kato and ancestor in known:
            return ancestor
    return None


def _load_legal_forms(model: Any, alias: Any) -> None:
    rows = _rows("legal_forms.csv")
    _write(
        model,
        "code",
        (
            model(
                code=row["code"],
                law_article=row["law_article"],
                abbreviation_kk=row["abbr_kk"],
                abbreviation_ru=row["abbr_ru"],
                reports=row["reports_to_ngo_db"].startswith("yes"),
                **_names(row),
            )
            for row in rows
        ),
    )
    spellings = {row["name_ru"]: row["code"] for row in rows} | _OTHER_SPELLINGS
    _write(
        alias,
        "folded",
        (alias(folded=fold(text), legal_form_id=code) for text, code in spellings.items()),
    )


def _load_activity_areas(model: Any) -> None:
    _write(
        model,
        "code",
        (
            model(code=row["code"], position=position, scope=row["scope"], **_names(row))
            for position, row in enumerate(_rows("activity_areas.csv"), start=1)
        ),
    )

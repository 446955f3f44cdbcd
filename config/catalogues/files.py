"""Where the catalogues lie, and how they are read and written."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent.parent
LANGUAGES = ("kk", "ru")
# Fixed, so that gathering anew without new messages changes no byte.
_NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)


def path_of(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(language: str, messages: Catalog) -> Catalog:
    """Write the gathered messages with the translations we have; what is gone goes."""
    held = read(language)
    catalogue = Catalog(
        locale=language,
        project="ngo-portal",
        charset="utf-8",
        creation_date=_NO_DATE,
        revision_date=_NO_DATE,
        header_comment="# The portal's words. Gathered by: python -m config.catalogues update",
        fuzzy=False,
    )
    for message in messages:
        if not message.id:
            continue
        before = held.get(message.id, context=message.context)
        catalogue.add(
            message.id,
            string=before.string if before else None,
            flags=before.flags if before else message.flags,
            context=message.context,
            auto_comments=message.auto_comments,
        )
    _write(language, catalogue)
    return catalogue


def _write(language: str, catalogue: Catalog) -> None:
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, sort_output=True, width=100)


def compile_(language: str) -> int:
    """Write the .mo file beside the .po file; the number of its messages."""
    catalogue = read(language)
    with path_of(language).with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)
    return sum(1 for message in catalogue if message.id and message.string)

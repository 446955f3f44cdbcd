"""What is derived from an organisation's names and numbers: keys to match, search and sort by."""

from __future__ import annotations

from registry.folding import fold, sort_key
from registry.models import Organisation

DERIVED_FIELDS = ("match_kk", "match_ru", "search_text", "sort_kk", "sort_ru")


def derive(organisation: Organisation) -> None:
    """Set the derived fields from the present names, BIN and number; does not save."""
    organisation.match_kk = fold(organisation.name_kk)
    organisation.match_ru = fold(organisation.name_ru)
    organisation.search_text = " ".join(
        part
        for part in (
            organisation.match_kk,
            organisation.match_ru,
            fold(organisation.name_en),
            organisation.bin or "",
            # As it is searched: the hyphen folds to a space.
            fold(organisation.number),
        )
        if part
    )
    organisation.sort_kk = sort_key(organisation.name_kk)
    organisation.sort_ru = sort_key(organisation.name_ru)

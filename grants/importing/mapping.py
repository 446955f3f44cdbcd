"""Which column of a file means what, and how are its dates and amounts written?

A mapping is a TOML file that a person writes for a source. What it does not say is not guessed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as Mapped
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from accounts.refusals import Refused
from grants.importing.cells import DATE_FORMS

BUNDLED = Path(__file__).parent.parent / "mappings"
# What a row must have a column for.
NEEDED = ("identifier", "title", "recipient_name", "awarded_on")
OTHERS = (
    "description",
    "currency",
    "amount",
    "starts_on",
    "ends_on",
    "recipient_identifier",
    "recipient_bin",
    "funder_identifier",
    "funder_name",
    "programme",
    "region",
    "area",
)
# What may be the same for every row of a file.
CONSTANTS = ("currency", "funder_identifier", "funder_name", "programme")
_KEYS = {"name", "dates", "decimal", "mojibake", "columns", "constants"}
_LONGEST_NAME = 40


@dataclass(frozen=True)
class Mapping:
    name: str
    # Our field -> header in the file.
    columns: Mapped[str, str]
    # Our field -> what holds for every row.
    constants: Mapped[str, str]
    dates: tuple[str, ...]
    decimal: str
    mojibake: bool

    def cell(self, cells: Mapped[str, str], field: str) -> str:
        """What the row says of the field; a constant where its column is empty or missing."""
        header = self.columns.get(field)
        stated = cells[header] if header else ""
        return stated if stated.strip() else self.constants.get(field, "")


def read(which: str) -> Mapping:
    """The mapping of that name among ours, or in that file. Refuses what it does not know."""
    path = BUNDLED / f"{which}.toml" if which in bundled() else Path(which)
    try:
        stated = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(
            _("There is no mapping %(which)s. Give a file, or one of: %(names)s.")
            % {"which": which, "names": ", ".join(bundled())}
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeError) as error:
        raise Refused(
            _("The mapping %(file)s is no TOML: %(error)s. Correct it.")
            % {"file": path.name, "error": error}
        ) from error
    faults = list(_faults(stated))
    if faults:
        raise Refused(
            _("The mapping %(file)s cannot be used: %(faults)s.")
            % {"file": path.name, "faults": "; ".join(faults)}
        )
    return Mapping(
        stated["name"],
        stated["columns"],
        stated.get("constants", {}),
        tuple(stated["dates"]),
        stated.get("decimal", "."),
        stated.get("mojibake", False),
    )


def bundled() -> list[str]:
    """The names of our own mappings."""
    return sorted(path.stem for path in BUNDLED.glob("*.toml"))


def _faults(stated: dict[str, Any]) -> list[str]:
    columns, constants = stated.get("columns", {}), stated.get("constants", {})
    if not _are_texts(columns) or not _are_texts(constants):
        return [_("columns and constants are pairs of texts")]
    name, dates = stated.get("name", ""), stated.get("dates")
    faults = [_("it has no %(key)s") % {"key": key} for key in NEEDED if key not in columns]
    unknown = [
        *(key for key in stated if key not in _KEYS),
        *(key for key in columns if key not in (*NEEDED, *OTHERS)),
        *(key for key in constants if key not in CONSTANTS),
    ]
    faults += [_("%(key)s is unknown") % {"key": key} for key in unknown]
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
        faults.append(_("its name has 1 to %(most)s letters") % {"most": _LONGEST_NAME})
    if not isinstance(dates, list) or not dates or not set(dates) <= set(DATE_FORMS):
        faults.append(_("dates are some of %(forms)s") % {"forms": ", ".join(DATE_FORMS)})
    elif {"d/m/y", "m/d/y"} <= set(dates):
        faults.append(_("d/m/y and m/d/y together leave the day open"))
    if stated.get("decimal", ".") not in (".", ","):
        faults.append(_("decimal is a point or a comma"))
    if not isinstance(stated.get("mojibake", False), bool):
        faults.append(_("mojibake is true or false"))
    return faults


def _are_texts(pairs: Any) -> bool:
    return isinstance(pairs, dict) and all(isinstance(value, str) for value in pairs.values())

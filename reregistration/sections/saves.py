"""Who saved a section last, when and from which tab: two tabs are told, nothing is swallowed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from reregistration.models import Filing


@dataclass(frozen=True)
class Save:
    """The last save of a section; revision 0 where there was none."""

    revision: int = 0
    by: int | None = None
    at: str = ""
    # A page's own mark: a save that is repeated because its answer was lost is no other's save.
    tab: str = ""


def last(filing: Filing, code: str) -> Save:
    return Save(**filing.section_revisions.get(code, {}))


def note(filing: Filing, code: str, *, by: User, at: datetime, tab: str = "") -> None:
    """Count a save on the locked row; the caller writes it."""
    revision = last(filing, code).revision + 1
    filing.section_revisions[code] = {
        "revision": revision,
        "by": by.pk,
        "at": at.isoformat(),
        "tab": tab,
    }

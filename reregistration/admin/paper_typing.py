"""One section of the form, as it stands on the paper, to type in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import QueryDict

from accounts.models import User
from reregistration import paper
from reregistration.admin.paper_addresses import scan_url, type_url
from reregistration.drafts import SavedElsewhere
from reregistration.models import PaperFiling
from reregistration.sections import saves
from reregistration.sections.section import Section
from reregistration.sections.sheet import Sheet, with_rows
from reregistration.sections.table import sections_of


class TypingPage:
    """A section as it is saved; after `save` as it was sent, with what speaks against it."""

    def __init__(self, row: PaperFiling, code: str) -> None:
        row.filing.obligation = row.obligation
        self.row = row
        self.sections = list(sections_of(row.filing))
        self.asked = next((one for one in self.sections if one.code == code), self.sections[0])
        self.sheet = Sheet(self.asked, row.filing)
        self.revision = saves.last(row.filing, self.asked.code).revision
        self.refusal = ""

    def save(self, sent: QueryDict, *, by: User, at: datetime) -> bool:
        """Save what was sent; whether nothing is left to do here. May raise Refused."""
        rows = {name: sent.get(f"{name}_row", "") for name in ("add", "remove")}
        self.sheet = Sheet(self.asked, self.row.filing, with_rows(sent, **rows))
        try:
            draft = paper.save_section(
                self.row,
                self.asked,
                self.sheet.entry,
                revision=_number(sent.get("revision", "")),
                by=by,
                at=at,
            )
        except SavedElsewhere as elsewhere:
            # Saving once more takes what stands on this page.
            self.refusal, self.revision = str(elsewhere), elsewhere.revision
            return False
        self.sheet.filing = draft
        self.revision = saves.last(draft, self.asked.code).revision
        return not (any(rows.values()) or self.sheet.faults())

    @property
    def next_url(self) -> str:
        """Of the next section, if there is one."""
        place = self.sections.index(self.asked) + 1
        return _section_url(self.row, self.sections[place]) if place < len(self.sections) else ""

    def context(self) -> dict[str, Any]:
        return {
            "title": self.asked.title,
            "asked": self.asked,
            "sheet": self.sheet,
            "sections": [(one, _section_url(self.row, one)) for one in self.sections],
            "revision": self.revision,
            "refusal": self.refusal,
            "faults": self.sheet.faults(),
            "scan_url": scan_url(self.row),
            "organisation": self.row.obligation.organisation,
        }


def _section_url(row: PaperFiling, section: Section) -> str:
    return f"{type_url(row)}?section={section.code}"


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0

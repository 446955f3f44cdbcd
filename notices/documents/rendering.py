"""Making a PDF: a template, values, and nothing else.

The templates are in this package; what a person typed reaches them as JSON and is never read as
Typst source. The same input gives the same bytes: no clock, no random identifier, fonts of the
typesetter alone. Archival (PDF/A) and accessible (PDF/UA): tagged, every character extractable.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import typst

from notices.documents.legible import FONTS, STANDARD, legible

TEMPLATES = Path(__file__).parent / "templates"
# A document that carries a file is PDF/A-3; the others are the stricter PDF/A-2.
_STANDARD_WITH_FILES: Final = "a-3u"


@dataclass(frozen=True)
class Attached:
    """A file inside a document, or beside a letter. `describes` tells a reader what it is."""

    name: str
    content: bytes
    media_type: str
    describes: str = ""


def render(
    template: str, values: Mapping[str, Any], *, at: datetime, files: Sequence[Attached] = ()
) -> bytes:
    """The PDF of a template (its name without ".typ"). `at` is the moment it is dated by.

    Raises typst.TypstError for a template that asks for a value it is not given.
    """
    content = {
        **shown(values),
        "files": [
            {
                "name": file.name,
                "content": list(file.content),
                "media_type": file.media_type,
                "describes": legible(file.describes),
            }
            for file in files
        ],
    }
    return typst.compile(
        str(TEMPLATES / f"{template}.typ"),
        root=str(TEMPLATES),
        font_paths=FONTS,
        ignore_system_fonts=True,
        sys_inputs={"values": json.dumps(content)},
        pdf_standards=[_STANDARD_WITH_FILES if files else STANDARD, "ua-1"],
        timestamp=at.astimezone(UTC).replace(microsecond=0),
    )


def shown(value: Any) -> Any:
    """A value as a document can show it: every text in it legible."""
    if isinstance(value, str):
        return legible(value)
    if isinstance(value, Mapping):
        return {key: shown(held) for key, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(held) for held in value]
    return value

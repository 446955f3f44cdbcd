"""Making a PDF: a template, values, and nothing else.

The templates are in this package; what a person typed reaches them as JSON and is never read as
Typst source. The same input gives the same bytes: no clock, no random identifier, fonts of the
typesetter alone. Archival (PDF/A) and accessible (PDF/UA): tagged, every character extractable.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
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
    # What it is to the document that it lies in: its "data", or a "supplement".
    relationship: str = "data"


def render(
    template: str, values: Mapping[str, Any], *, at: datetime, files: Sequence[Attached] = ()
) -> bytes:
    """The PDF of a template (its name without ".typ"). `at` is the moment it is dated by.

    Raises typst.TypstError for a template that asks for a value it is not given.
    """
    with _root(files) as root:
        return typst.compile(
            str(root / f"{template}.typ"),
            root=str(root),
            font_paths=FONTS,
            ignore_system_fonts=True,
            sys_inputs={"values": json.dumps({**shown(values), "files": _named(files)})},
            pdf_standards=[_STANDARD_WITH_FILES if files else STANDARD, "ua-1"],
            timestamp=at.astimezone(UTC).replace(microsecond=0),
        )


@contextmanager
def _root(files: Sequence[Attached]) -> Iterator[Path]:
    """The folder that the typesetter reads: the templates, and the files that go inside.

    Read from a disk a scan of ten megabytes costs a fraction of a second, through JSON seconds.
    """
    if not files:
        yield TEMPLATES
        return
    with TemporaryDirectory(prefix="document-") as folder:
        root = Path(folder)
        for template in TEMPLATES.glob("*.typ"):
            shutil.copyfile(template, root / template.name)
        for position, file in enumerate(files):
            (root / f"file-{position}").write_bytes(file.content)
        yield root


def _named(files: Sequence[Attached]) -> list[dict[str, str]]:
    return [
        {
            "path": f"file-{position}",
            "name": file.name,
            "media_type": file.media_type,
            "describes": legible(file.describes),
            "relationship": file.relationship,
        }
        for position, file in enumerate(files)
    ]


def shown(value: Any) -> Any:
    """A value as a document can show it: every text in it legible."""
    if isinstance(value, str):
        return legible(value)
    if isinstance(value, Mapping):
        return {key: shown(held) for key, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(held) for held in value]
    return value

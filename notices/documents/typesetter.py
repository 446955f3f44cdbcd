"""A process of its own that typesets parts of a batch of letters, and ends.

The typesetter keeps what it has laid out in memory, about half a megabyte a letter, and gives
nothing back: only the end of its process does. This file is run, never imported, and knows
neither Django nor the portal; it reads what to do as JSON and answers in JSON.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst

FONTS = typst.Fonts(include_system_fonts=False)


def main() -> None:
    asked = json.load(sys.stdin)
    answers = [_ANSWERS[asked["wanted"]](asked, part) for part in asked["parts"]]
    json.dump(answers, sys.stdout)


def _last_pages(asked: dict[str, Any], part: dict[str, Any]) -> Any:
    """The page on which each letter of a part ends."""
    return json.loads(
        typst.query(
            asked["template"],
            "<ends>",
            field="value",
            one=True,
            font_paths=FONTS,
            ignore_system_fonts=True,
            **_inputs(asked, part),
        )
    )


def _written(asked: dict[str, Any], part: dict[str, Any]) -> str:
    """Writes a part; answers with the name of its file."""
    Path(part["file"]).write_bytes(_compiled(asked, part))
    return str(part["file"])


def _fault(asked: dict[str, Any], part: dict[str, Any]) -> str:
    """Why a part cannot be typeset; empty if it can."""
    try:
        _compiled(asked, part)
    except typst.TypstError as error:
        return error.message
    return ""


def _compiled(asked: dict[str, Any], part: dict[str, Any]) -> bytes:
    pdf: bytes = typst.compile(
        asked["template"],
        font_paths=FONTS,
        ignore_system_fonts=True,
        pdf_standards=[asked["standard"]],
        # Nobody reads a batch with a screen reader; the notice's own document is for that.
        pdf_tags=False,
        timestamp=datetime.fromisoformat(asked["at"]).astimezone(UTC),
        **_inputs(asked, part),
    )
    return pdf


def _inputs(asked: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    return {"root": asked["root"], "sys_inputs": {"values": json.dumps(part["values"])}}


_ANSWERS = {"last_pages": _last_pages, "files": _written, "faults": _fault}

if __name__ == "__main__":
    main()

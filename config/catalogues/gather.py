"""Which messages do code and templates show?"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from django.conf import settings
from django.utils.translation.template import templatize

# How our code and Django's templatize name the gettext functions.
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_APART = {"tests", "migrations", "node_modules", "staticfiles", "media", "docs", "benchmarks"}


def messages(root: Path) -> Catalog:
    """All messages under a folder, without where they stand: lines move, messages do not."""
    if not settings.configured:
        settings.configure()
    template: Catalog = Catalog()
    for path in sources(root):
        for _line, message, comments, context in _extracted(path):
            template.add(message, context=context, auto_comments=comments)
    return template


def sources(root: Path) -> Iterator[Path]:
    """Our Python files and templates; nothing hidden, no tests and no migrations."""
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if path.suffix in {".py", ".html", ".txt"} and not any(
            part.startswith(".") or part in _APART for part in parts
        ):
            yield path


def _extracted(path: Path) -> Iterator[Any]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        if "{%" not in text:
            return
        # What is no message comes out as X; unindented, it reads as Python to Babel.
        text = "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines())
    yield from extract(
        "python",
        io.BytesIO(text.encode()),
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        options={"encoding": "utf-8"},
        strip_comment_tags=True,
    )

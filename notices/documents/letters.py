"""The one PDF of a batch of letters, in the order in which they go into envelopes.

Two passes. The first counts each letter's pages; then the letters are put in order: by number of
sheets, so that an inserter is set up once for each, then by region, postcode and place, so that
the carrier gets sorted trays. The second typesets them in that order, a hundred at a time in
processes of their own, and joins the parts: archival (PDF/A-2u), each letter on the front of a
sheet with its address in the window, whatever its neighbours are.
"""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import pikepdf

from notices.documents.legible import STANDARD
from notices.documents.letterhead import letterhead
from notices.documents.notice import parts_of
from notices.documents.rendering import TEMPLATES, shown
from registry.calendar import day_of

# The name in the window; the letter itself has it whole.
_LONGEST_NAME = 240
_PART = 100
# So many parts a process: it then holds about 250 MB.
_PARTS = 5
_PROCESSES = 2
_TYPESETTER = Path(__file__).with_name("typesetter.py")
_POSTCODE = re.compile(r"\b\d{6}\b")

logger = logging.getLogger(__name__)

Progress = Callable[[int], None]
_Wanted = Literal["last_pages", "files", "faults"]


class Unprintable(Exception):  # noqa: N818 - it is no fault of the printing
    """Letters that cannot be typeset: why, by their keys. Nothing was printed."""

    def __init__(self, reasons: Mapping[int, str]) -> None:
        super().__init__(", ".join(reasons.values()))
        self.reasons = dict(reasons)


@dataclass(frozen=True)
class Letter:
    """What the printer is given of one letter. `key` is whatever the caller knows it by."""

    key: int
    notice: str
    addressee: str
    address: str
    region: str
    place: str
    language: str
    kind: str
    subject: str
    body: str
    text_hash: str
    issued_at: datetime


@dataclass(frozen=True)
class Printed:
    """Where a letter stands in its batch."""

    letter: Letter
    position: int
    first_page: int
    pages: int

    @property
    def sheets(self) -> int:
        return (self.pages + 1) // 2


def print_letters(
    letters: Sequence[Letter],
    *,
    number: str,
    at: datetime,
    file: Path,
    progress: Progress,
    part: int = _PART,
) -> list[Printed]:
    """Write the batch's PDF into that file; where each letter stands in it, in its order.

    The same letters give the same pages. Tells `progress` after each step how many letters are
    done, of twice as many. Raises Unprintable, which names the letters that the others wait for.
    """
    with TemporaryDirectory(prefix="letters-") as folder:
        press = _Press(number, at, Path(folder), progress, part)
        placed = _placed(letters, press.pages_of(letters))
        _join(press.parts_of(placed), file, sheets=sum(one.sheets for one in placed))
    return placed


@dataclass(frozen=True)
class _Press:
    """One batch being typeset, by several processes at once."""

    number: str
    at: datetime
    folder: Path
    progress: Progress
    # So many letters are typeset at once.
    part: int

    def pages_of(self, letters: Sequence[Letter]) -> list[int]:
        """How many pages each letter has."""
        unplaced = [Printed(letter, 0, 1, 0) for letter in letters]
        pages: list[int] = []
        for ends in self._answers("last_pages", unplaced):
            pages += [end - before for before, end in zip([0, *ends], ends, strict=False)]
        return pages

    def parts_of(self, placed: Sequence[Printed]) -> list[Path]:
        """The files of the parts, in their order."""
        return [Path(name) for name in self._answers("files", placed)]

    def _answers(self, wanted: _Wanted, letters: Sequence[Printed]) -> Iterator[Any]:
        """The typesetter's answer for each part of the letters."""
        size = self.part * _PARTS
        slices = [letters[start : start + size] for start in range(0, len(letters), size)]
        with ThreadPoolExecutor(_PROCESSES) as processes:
            for some, answers in zip(
                slices, processes.map(lambda some: self._ask(wanted, some), slices), strict=True
            ):
                self.progress(len(some))
                yield from answers

    def _ask(self, wanted: _Wanted, letters: Sequence[Printed]) -> list[Any]:
        """Have one process answer for a few parts. Raises Unprintable if it cannot."""
        starts = range(0, len(letters), self.part)
        parts = [letters[start : start + self.part] for start in starts]
        answers = self._run(wanted, [self._part(part, wanted) for part in parts])
        if answers is None:
            alone = self._run("faults", [self._part([letter], "faults") for letter in letters])
            faults = zip(letters, alone or [], strict=True)
            raise Unprintable({one.letter.key: fault for one, fault in faults if fault})
        return answers

    def _run(self, wanted: _Wanted, parts: Sequence[Mapping[str, Any]]) -> list[Any] | None:
        """The answers of one process of the typesetter; None where it ended with a fault."""
        asked = {
            "wanted": wanted,
            "template": str(TEMPLATES / "letters.typ"),
            "root": str(TEMPLATES),
            "standard": STANDARD,
            "at": self.at.replace(microsecond=0).isoformat(),
            "parts": parts,
        }
        done = subprocess.run(
            # Its folder holds modules of the portal, which it must not meet.
            [sys.executable, "-P", str(_TYPESETTER)],
            input=json.dumps(asked).encode(),
            capture_output=True,
            check=False,
        )
        if done.returncode:
            logger.error("The typesetter ended: %s", done.stderr.decode(errors="replace")[-2000:])
            return None
        answers: list[Any] = json.loads(done.stdout)
        return answers

    def _part(self, letters: Sequence[Printed], wanted: _Wanted) -> Mapping[str, Any]:
        before = letters[0].first_page - 1
        values = {
            "number": self.number,
            "title": self.number,
            "author": "",
            "is-counted-only": wanted == "last_pages",
            "letters": [_values(one, before, is_counted=wanted != "last_pages") for one in letters],
        }
        return {"file": str(self.folder / f"{letters[0].position:07d}.pdf"), "values": values}


def _values(one: Printed, before: int, *, is_counted: bool) -> Mapping[str, Any]:
    """What the template asks for; `before` pages of the batch stand before this part."""
    letter = one.letter
    sender, body = parts_of(letter.body)
    # Any number of its length is laid out alike, and while pages are counted one code is enough.
    number = letter.notice if is_counted else "0" * len(letter.notice)
    head = letterhead(
        language=letter.language,
        title=letter.subject,
        number=number,
        issued_on=day_of(letter.issued_at),
        issuer=sender,
    )
    return {
        **shown(head),
        "paragraphs": shown([part.split("\n") for part in body.split("\n\n") if part.strip()]),
        "addressee": shown(_short(letter.addressee)),
        "address": shown(letter.address),
        "position": f"{one.position:05d}",
        "first": one.first_page - before,
        "pages": one.pages,
        "sheets": one.sheets,
    }


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _placed(letters: Sequence[Letter], pages: Sequence[int]) -> list[Printed]:
    """The letters in the order of their envelopes, each beginning on the front of a sheet."""
    placed, first_page = [], 1
    in_order = sorted(zip(letters, pages, strict=True), key=_tray)
    for position, (letter, count) in enumerate(in_order, start=1):
        placed.append(Printed(letter, position, first_page, count))
        first_page += 2 * placed[-1].sheets
    return placed


def _tray(counted: tuple[Letter, int]) -> tuple[Any, ...]:
    letter, pages = counted
    postcode = _POSTCODE.search(letter.address)
    return (
        (pages + 1) // 2,
        letter.region,
        postcode[0] if postcode else "",
        letter.place,
        letter.address,
        letter.notice,
    )


def _join(parts: Iterable[Path], file: Path, *, sheets: int) -> None:
    """One PDF of the parts. The first one's catalogue stays: it says which standard it keeps."""
    with ExitStack() as opened:
        first, *others = (opened.enter_context(pikepdf.open(part)) for part in parts)
        for other in others:
            first.pages.extend(other.pages)
        if len(first.pages) != 2 * sheets:
            raise RuntimeError(f"{len(first.pages)} pages were typeset for {sheets} sheets.")
        first.save(
            file,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )

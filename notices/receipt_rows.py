"""Reading the rows of the carrier's CSV file; knows nothing of notices."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.utils.translation import gettext as _

from accounts.refusals import Refused

COLUMNS = ("outcome", "date")
# Which letter: our notice's number, or where it stands in which batch.
NAMED_BY = (("notice",), ("batch", "position"))
# The carrier's own number of the letter.
TRACKING = "tracking"


class Outcome(StrEnum):
    DELIVERED = "delivered"
    RETURNED = "returned"


@dataclass(frozen=True)
class Row:
    """One row; `fault` is a sentence where it cannot be read, and then `on` may be missing."""

    line: int
    # Empty where the file names batch and position alone.
    notice: str
    place: tuple[str, str]
    tracking: str
    outcome: str
    on: date | None
    fault: str


def rows_of(content: bytes) -> list[Row]:
    """The rows of a file. Refuses one that is empty, not UTF-8, broken or of another shape."""
    text = _decoded(content)
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        heading = [cell.strip().lower() for cell in next(lines, [])]
        missing = [column for column in COLUMNS if column not in heading]
        if not any(set(columns) <= set(heading) for columns in NAMED_BY):
            missing.insert(0, "notice")
        if missing:
            raise Refused(
                _("The file lacks the columns %(columns)s. Its first line must name them.")
                % {"columns": ", ".join(missing)}
            )
        return [_row(lines.line_num, cells, heading) for cells in lines if any(cells)]
    except csv.Error:
        raise Refused(
            _("Line %(line)d of the file is broken. Ask the carrier for the file again.")
            % {"line": lines.line_num}
        ) from None


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(_("The file is not in UTF-8. Save it as CSV in UTF-8.")) from None
    if not text.strip():
        raise Refused(_("The file is empty. Ask the carrier for the file again."))
    return text


def _row(line: int, cells: list[str], heading: list[str]) -> Row:
    # The first of two columns of one name counts.
    told = dict(
        zip(
            reversed(heading), reversed([*cells, *[""] * len(heading)][: len(heading)]), strict=True
        )
    )
    told = {column: cell.strip() for column, cell in told.items()}
    outcome, on = told["outcome"], _day(told["date"])
    fault = ""
    if outcome.lower() not in list(Outcome):
        fault = _("The outcome must be 'delivered' or 'returned'.")
    elif on is None:
        fault = _("The date must be written as 2026-12-31 or 31.12.2026.")
    place = (told.get("batch", "").upper(), told.get("position", "").lstrip("0"))
    return Row(
        line, told.get("notice", ""), place, told.get(TRACKING, ""), outcome.lower(), on, fault
    )


def _day(text: str) -> date | None:
    for shape in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, shape).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    return None

"""Importing one extract, whole or not at all: one transaction a file.

Rows come in slices. Those whose BIN is new but whose names and date are those of an organisation
without BIN wait until the last row: only then is it known whether the file still names that
organisation without BIN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import chain, islice
from pathlib import Path

from django.db import connection, transaction

from accounts.models import User
from accounts.refusals import Refused
from registry.calendar import day_of
from registry.imports import cells, files
from registry.imports.counts import Outcome
from registry.imports.files import Row
from registry.imports.run import Run
from registry.imports.workbook import open_extract
from registry.models import Contact, Extract, Organisation, PersonalValue, RegisterEntry
from registry.sentences import said as _

_SLICE = 1000
# Any number that no other advisory lock of the portal uses.
_ADVISORY_LOCK = 5_080_601

# Told after each slice: rows read, and the part of the file read, 0 to 1.
Progress = Callable[[int, float], None]


class AnotherIsRunning(Refused):
    """Not the file's fault: the same file is taken later."""


@transaction.atomic
def import_extract(
    path: Path, *, commit: bool, by: User | None, at: datetime, progress: Progress
) -> Outcome:
    """Read an extract into the register; without `commit` only say what it would do.

    Refuses a file that is broken, empty or of another shape, and a second import at the same
    time; then nothing is written. A row that cannot be taken is refused by itself. Safe to
    repeat: the second time every row is unchanged, repeated or refused. Organisations stay
    locked until the end, in the order of their ids; filings are accepted after it.
    """
    lock_out_others(commit=commit)
    with open_extract(path) as file:
        rows = file.rows()
        first = next(rows, None)
        if first is None:
            raise Refused(_("The file has a header and no row. Ask for the extract again."))
        as_of_on = _as_of(first, at)
        extract = _extract(path, as_of_on, by, at) if commit else None
        run = Run(as_of_on, extract, by, at)
        for slice_ in _slices(chain([first], rows)):
            run.take(slice_)
            progress(run.outcome.read, file.part_read)
    run.finish()
    if commit and (run.outcome.new or run.outcome.changed):
        _renew_statistics()
    return run.outcome


def _renew_statistics() -> None:
    """Whatever follows at once (opening a campaign) must not plan for the table sizes of before."""
    tables = (Organisation, Contact, RegisterEntry, PersonalValue)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(model._meta.db_table for model in tables)}")


def lock_out_others(*, commit: bool) -> None:
    """One import or undo at a time, for the transaction; what is written locks the register."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ADVISORY_LOCK])
        if cursor.fetchone() != (True,):
            raise AnotherIsRunning(
                _("Another import is running. Wait for its end and start again.")
            )
    if commit:
        organisations = Organisation.objects.order_by("pk").select_for_update(no_key=True)
        for _pk in organisations.values_list("pk").iterator():
            pass


def _as_of(first: Row, at: datetime) -> date:
    cell = first.cells["as_of_on"]
    as_of_on = cells.day(cell, latest=day_of(at))
    if as_of_on is None:
        raise Refused(
            _(
                "Line %(line)s: «%(cell)s» in the column «Дата обновления» is no date, so the day "
                "of the extract is unknown. Ask for the extract again."
            )
            % {"line": first.line, "cell": cell}
        )
    # A slip like 2062 would make every later extract count as older.
    if as_of_on > day_of(at) + timedelta(days=366):
        raise Refused(
            _(
                "Line %(line)s: the day of the extract, %(cell)s, lies more than a year ahead. "
                "Correct the column «Дата обновления»."
            )
            % {"line": first.line, "cell": cell}
        )
    return as_of_on


def _extract(path: Path, as_of_on: date, by: User | None, at: datetime) -> Extract:
    return Extract.objects.create(
        as_of_on=as_of_on,
        file_name=path.name[:200],
        sha256=files.sha256_of(path),
        imported_at=at,
        by=by,
        **Outcome(as_of_on, is_committed=True).columns(),
    )


def _slices(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while slice_ := list(islice(rows, _SLICE)):
        yield slice_

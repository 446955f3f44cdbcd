"""Reading one file of past awards, whole or not at all: one transaction a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from grants.importing import mapping as mappings
from grants.importing.run import Outcome, Run
from grants.models import AwardFile
from registry.calendar import day_of
from registry.imports.files import ExtractFile, sha256_of

_SLICE = 1000
# Any number that no other advisory lock of the portal uses.
_ADVISORY_LOCK = 5_080_650

# Told after each slice: rows read, and the part of the file read, 0 to 1.
Progress = Callable[[int, float], None]


class AwardsFile(ExtractFile):
    """A file whose cells go by the source's own headers; the mapping says what they mean."""

    def __init__(self, raw: BinaryIO, size: int, mapping: mappings.Mapping) -> None:
        self._mapping = mapping
        self.names: Mapping[str, str] = {name: name for name in mapping.columns.values()}
        super().__init__(raw, size)

    def _is_another(self, missing: str) -> str:
        return _(
            "The mapping %(mapping)s does not fit: line 1 has no column %(missing)s. Choose "
            "another mapping, or correct it."
        ) % {"mapping": self._mapping.name, "missing": missing}


def import_awards(
    path: Path,
    mapping: mappings.Mapping,
    *,
    commit: bool,
    by: User | None,
    at: datetime,
    progress: Progress,
) -> Outcome:
    """Read past awards from a file; without `commit` only say what it would do.

    Refuses a file that is broken, empty or does not fit the mapping, and a second reading at the
    same time; then nothing is written. A row of which something must be guessed is refused by
    itself. Safe to repeat: an award is known by the source's identifier. A file that was read
    before has one row, and keeps the counts of the last reading that changed something.
    """
    with transaction.atomic():
        _lock_out_others()
        sha256 = sha256_of(path)
        known = AwardFile.objects.filter(sha256=sha256).first()
        if known:
            # Nothing is known of it before it is read: the register may have grown since.
            tried = _read(path, Run(mapping, None, day_of(at)), progress)
            if not commit or not (tried.added or tried.changed):
                return tried
        elif not commit:
            return _read(path, Run(mapping, None, day_of(at)), progress)
        file = known or AwardFile(sha256=sha256)
        file.name, file.mapping = path.name[:200], mapping.name
        file.read_at, file.by = at, by
        file.save()
        outcome = _read(path, Run(mapping, file, day_of(at)), progress)
        file.rows, file.refused = outcome.read, outcome.refused
        file.added, file.changed = outcome.added, outcome.changed
        file.unchanged = outcome.unchanged
        file.save()
        outcome.is_written = True
        return outcome


def _read(path: Path, run: Run, progress: Progress) -> Outcome:
    with _opened(path, run.mapping) as file:
        rows = file.rows()
        while slice_ := list(islice(rows, _SLICE)):
            run.take(slice_)
            progress(run.outcome.read, file.part_read)
    if not run.outcome.read:
        raise Refused(_("The file has a header and no row. Ask for it again."))
    return run.finish()


@contextmanager
def _opened(path: Path, mapping: mappings.Mapping) -> Iterator[AwardsFile]:
    with path.open("rb") as raw:
        yield AwardsFile(raw, path.stat().st_size, mapping)


def _lock_out_others() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ADVISORY_LOCK])
        if cursor.fetchone() != (True,):
            raise Refused(_("Another import is running. Wait for its end and start again."))

"""An extract from the admin: brought by a clerk, tried, looked at, committed.

The rows are the queue that the timetable reads. A run that dies leaves its row as it was, so the
next one starts it anew: an import is one transaction, and nothing of it was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.refusals import Refused
from registry import uploads
from registry.file_types import EXTRACTS
from registry.imports import built_on
from registry.imports.counts import Outcome
from registry.imports.extract import AnotherIsRunning, Progress, import_extract
from registry.imports.undoing import undo as undo_import
from registry.models import BeforeImport, Extract, ImportJob, StoredFile
from registry.models.imports import WAITING
from registry.sentences import in_each_language
from registry.sentences import said as _
from registry.states import ImportState

_COPIED_AT_ONCE = 1024 * 1024
# So long the refused rows of a trial are kept with their cells, and what was before an import:
# both name people. Nothing is committed or undone after it.
KEPT = timedelta(days=30)


def bring(upload: UploadedFile[bytes], *, by: User, at: datetime) -> ImportJob:
    """Keep an uploaded extract, to be tried by the timetable.

    Refuses what `uploads.take` refuses, and a file that was committed or is being committed.
    """
    stored = uploads.take(upload, by=by, at=at, allowed=EXTRACTS)
    _refuse_committed(stored.sha256)
    return ImportJob.objects.create(file=stored, sha256=stored.sha256, by=by, uploaded_at=at)


@transaction.atomic
def commit(job: ImportJob, *, by: User, at: datetime) -> ImportJob:
    """Ask for a tried extract to be written; the timetable does it.

    Refuses one in any other state, so that the second of two clicks asks for nothing, and a file
    that another upload has brought in.
    """
    fresh = ImportJob.objects.select_for_update(of=("self",)).get(pk=job.pk)
    if fresh.state != ImportState.PREVIEWED:
        raise Refused(_("This import is not waiting to be committed now. Reload the page."))
    if Extract.objects.in_force().filter(sha256=fresh.sha256).exists():
        raise _committed_already()
    fresh.state = ImportState.COMMITTING
    fresh.committed_by = by
    fresh.done = 0
    fresh.heard_at = at
    try:
        with transaction.atomic():
            fresh.save(update_fields=["state", "committed_by", "done", "heard_at"])
    except IntegrityError:
        raise _committed_already() from None
    return fresh


@transaction.atomic
def undo(job: ImportJob, *, ground: str, by: User, at: datetime) -> ImportJob:
    """Ask for a committed import to be undone; the timetable does it, whole or not at all.

    Refuses one in any other state, so that the second of two clicks asks for nothing, one without
    a ground, and one on which something was built.
    """
    fresh = ImportJob.objects.select_for_update(of=("self",)).get(pk=job.pk)
    if fresh.state != ImportState.DONE or fresh.extract is None:
        raise Refused(_("This import is not one that can be undone now. Reload the page."))
    if not ground.strip():
        raise Refused(_("Say why the import is undone: an auditor and a court read it."))
    if found := built_on.obstacles(fresh.extract):
        raise Refused(" ".join(found))
    fresh.state = ImportState.UNDOING
    fresh.undone_by, fresh.undo_ground = by, ground.strip()
    fresh.total = fresh.extract.before.count()
    fresh.done, fresh.heard_at, fresh.reasons = 0, at, {}
    fresh.save()
    return fresh


def expire(*, at: datetime) -> int:
    """End what nobody committed in time, with its refused rows; forget what was before an import.

    Returns how many jobs ended. Safe to repeat.
    """
    before = at - KEPT
    old = ImportJob.objects.filter(uploaded_at__lt=before)
    ended = old.filter(state=ImportState.PREVIEWED).update(
        state=ImportState.EXPIRED, refusals=[], samples={}
    )
    old.filter(state=ImportState.FAILED).update(refusals=[], samples={})
    BeforeImport.objects.filter(extract__imported_at__lt=before).delete()
    return ended


def run_next(*, at: datetime) -> bool:
    """Try or write the oldest upload that waits; says whether there was one.

    While another import runs nothing is done: the row stays, and the next run takes it.
    """
    job = (
        ImportJob.objects.filter(state__in=WAITING)
        .select_related("file", "committed_by", "undone_by", "extract")
        .order_by("pk")
        .first()
    )
    if job is None:
        return False
    try:
        with _told(job) as progress:
            _run(job, at, progress)
    except AnotherIsRunning:
        return False
    except Refused as refusal:
        _give_up(job, refusal.args[0])
    except Exception:
        # One file that the program cannot take must not stop those behind it. Where the database
        # is away this fails too, and the row waits for the next run.
        _give_up(
            job,
            _("The program failed, nothing was written. Tell the operator, then try again."),
        )
        raise
    return True


def _run(job: ImportJob, at: datetime, progress: Progress) -> None:
    if job.state == ImportState.UNDOING:
        _undo(job, at, progress)
        return
    with _on_disk(job.file) as path:
        if job.state == ImportState.UPLOADED:
            _try(job, path, at, progress)
        else:
            _write(job, path, at, progress)


def _give_up(job: ImportJob, sentence: str) -> None:
    """An import has failed; one that could not be undone stands as it did, and says why."""
    reasons = in_each_language(sentence)
    if job.state == ImportState.UNDOING:
        _move(job, ImportState.DONE, reasons=reasons)
    else:
        _move(job, ImportState.FAILED, error=str(sentence), reasons=reasons)


def _try(job: ImportJob, path: Path, at: datetime, progress: Progress) -> None:
    outcome = import_extract(path, commit=False, by=job.by, at=at, progress=progress)
    _move(job, ImportState.PREVIEWED, **_found(outcome), total=outcome.read, done=outcome.read)


@transaction.atomic
def _write(job: ImportJob, path: Path, at: datetime, progress: Progress) -> None:
    """The rows and the job's end are one transaction: a job is done if its rows are there."""
    outcome = import_extract(path, commit=True, by=job.committed_by, at=at, progress=progress)
    extract = Extract.objects.filter(sha256=job.sha256, imported_at=at).latest("pk")
    # Refused rows of what was written are rows of their own from here on.
    found = _found(outcome) | {"refusals": []}
    if not _move(job, ImportState.DONE, **found, extract=extract, done=outcome.read):
        raise AnotherIsRunning(_("Another import is running. Wait for its end and start again."))


@transaction.atomic
def _undo(job: ImportJob, at: datetime, progress: Progress) -> None:
    """What is put back and the job's end are one transaction."""
    assert job.extract is not None  # noqa: S101 - a constraint of the row
    assert job.undone_by is not None  # noqa: S101 - likewise
    undo_import(job.extract, by=job.undone_by, at=at, decision=f"undo:{job.pk}", progress=progress)
    if not _move(job, ImportState.UNDONE, done=job.total):
        raise AnotherIsRunning(_("Another import is running. Wait for its end and start again."))


def _found(outcome: Outcome) -> dict[str, Any]:
    return {
        "as_of_on": outcome.as_of_on,
        "counts": outcome.columns(),
        "samples": outcome.samples,
        "refusals": [
            asdict(refusal) | {"sentences": in_each_language(refusal.sentence)}
            for refusal in outcome.refusals
        ],
    }


def _move(job: ImportJob, state: ImportState, **found: Any) -> bool:
    """On from the state that was read; False where another run was quicker."""
    rows = ImportJob.objects.filter(pk=job.pk, state=job.state)
    return rows.update(state=state, **found) == 1


@contextmanager
def _on_disk(stored: StoredFile) -> Iterator[Path]:
    """The file under its name: an import reads files, and the storage may be elsewhere."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / stored.name
        with uploads.uploads_storage().open(stored.path) as kept, path.open("wb") as copy:
            while part := kept.read(_COPIED_AT_ONCE):
                copy.write(part)
        yield path


@contextmanager
def _told(job: ImportJob) -> Iterator[Progress]:
    """Progress by a connection of its own: what the import's transaction writes is seen by
    nobody before its end."""
    with ThreadPoolExecutor(1) as pool:

        def tell(read: int) -> None:
            rows = ImportJob.objects.filter(pk=job.pk, state=job.state)
            rows.update(done=read, heard_at=timezone.now())

        def progress(read: int, _part: float) -> None:
            pool.submit(tell, read).result()

        def hang_up() -> None:
            connection.close()

        try:
            yield progress
        finally:
            pool.submit(hang_up).result()


def _refuse_committed(sha256: str) -> None:
    states = ImportState.COMMITTING, ImportState.DONE, ImportState.UNDOING
    if (
        ImportJob.objects.filter(sha256=sha256, state__in=states).exists()
        or Extract.objects.in_force().filter(sha256=sha256).exists()
    ):
        raise _committed_already()


def _committed_already() -> Refused:
    return Refused(_("This very file was imported already. Choose a newer extract."))

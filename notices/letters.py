"""Registered letters: a batch for printer and carrier, as one PDF and a list of what is in it.

Letters are claimed as e-mails are: a lease, then the work outside any transaction, then one short
one that records it. A killed run leaves letters that fall due again when the lease has run out,
and files that no batch names.
"""

from __future__ import annotations

import csv
import hashlib
import io
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from notices import dispatch, gate
from notices.dispatch import MAX_ATTEMPTS, move_all
from notices.documents.letters import Letter, Printed, Progress, Unprintable
from notices.models import Dispatch, LetterBatch
from notices.receipts import read_receipts
from notices.states import Channel, DispatchState
from registry.sequences import next_numbers

__all__ = ["make_batch", "make_due", "read_receipts"]

# What a task of the timetable prints at once: half a minute's work, far from its time limit.
SLICE = 5000
# The largest batch that was measured; it takes minutes, and so does a command.
LARGEST = 20_000
LEASE = timedelta(hours=2)
COLUMNS = (
    "batch",
    "position",
    "notice",
    "addressee",
    "address",
    "region",
    "language",
    "kind",
    "first_page",
    "pages",
    "sheets",
    "text_hash",
)

logger = logging.getLogger(__name__)

Printer = Callable[..., list[Printed]]


@dataclass(frozen=True)
class _Claimed:
    """A letter that is this run's own as long as its row still counts this attempt."""

    letter: Letter
    attempts: int


def make_due(*, at: datetime, budget: timedelta) -> list[LetterBatch]:
    """Put the letters that wait into batches of up to SLICE, until none is left or the budget is
    spent. Safe to repeat and to run twice at once: each letter is claimed by one run."""
    stops = time.monotonic() + budget.total_seconds()
    made = []
    while time.monotonic() < stops:
        batch = make_batch(at=at)
        if batch is None:
            break
        made.append(batch)
    return made


def make_batch(
    *, at: datetime, limit: int = SLICE, progress: Progress = lambda _count: None
) -> LetterBatch | None:
    """Print the next letters into one file for the carrier and mark them sent; None if none waits.

    Safe to repeat: a letter goes into one batch. A letter that cannot be typeset fails, and the
    others go without it. A production installation whose notices are not released makes none.
    """
    if gate.waits_for_release():
        return None
    while ids := dispatch.claim(Channel.LETTER, at=at, size=limit, lease=LEASE):
        claimed = _printable(ids, at=at)
        batch = _printed(claimed, at=at, progress=progress) if claimed else None
        if batch:
            return batch
    return None


def _printable(ids: Sequence[int], *, at: datetime) -> list[_Claimed]:
    """The claimed letters, without those on which several runs have ended without a word."""
    claimed = list(_claimed(ids))
    worn_out = [one for one in claimed if one.attempts > MAX_ATTEMPTS]
    if worn_out:
        why = _("Printing was cut off %(count)d times.") % {"count": MAX_ATTEMPTS}
        _fail({one.letter.key: why for one in worn_out}, at=at)
    return [one for one in claimed if one.attempts <= MAX_ATTEMPTS]


def _claimed(ids: Sequence[int]) -> Iterator[_Claimed]:
    rows = (
        Dispatch.objects.filter(pk__in=ids)
        .select_related("notice__text", "notice__organisation__region")
        .order_by("pk")
    )
    for row in rows.iterator(chunk_size=1000):
        notice = row.notice
        organisation = notice.organisation
        # Carriers read Kazakh and Russian only.
        spoken = "name_kk" if notice.language == "kk" else "name_ru"
        yield _Claimed(
            Letter(
                key=row.pk,
                notice=notice.number,
                addressee=row.addressee or getattr(organisation, spoken) or organisation.name_ru,
                address=row.address,
                region=getattr(organisation.region, spoken),
                place=organisation.place_id,
                language=notice.language,
                kind=notice.kind,
                subject=notice.text.subject,
                body=notice.text.body,
                text_hash=notice.text_hash,
                issued_at=notice.made_at,
            ),
            row.attempts,
        )


def _printed(
    claimed: Sequence[_Claimed], *, at: datetime, progress: Progress
) -> LetterBatch | None:
    """The batch of these letters; None if another run has taken one of them meanwhile."""
    number = f"L-{next_numbers('letter_batch_number')[0]:07d}"
    letters = [one.letter for one in claimed]
    with TemporaryDirectory(prefix="batch-") as folder:
        file = Path(folder) / "batch.pdf"
        while letters:
            try:
                placed = _printer()(letters, number=number, at=at, file=file, progress=progress)
            except Unprintable as found:
                logger.error("Letters that cannot be typeset: %s", found.reasons)
                _fail(found.reasons, at=at)
                letters = [letter for letter in letters if letter.key not in found.reasons]
            else:
                return _handed_over(claimed, placed, _stored(number, placed, file, at), at=at)
    return None


def _printer() -> Printer:
    printer: Printer = import_string(settings.LETTER_PRINTER)
    return printer


def _stored(number: str, placed: Sequence[Printed], file: Path, at: datetime) -> LetterBatch:
    """The batch with its two files stored, not yet saved."""
    name = f"TEST-{number}" if gate.is_test() else number
    manifest = _manifest(placed, number)
    batch = LetterBatch(
        number=number,
        made_at=at,
        count=len(placed),
        pages=sum(one.pages for one in placed),
        sheets=sum(one.sheets for one in placed),
        manifest_sha256=hashlib.sha256(manifest).hexdigest(),
    )
    with file.open("rb") as content:
        batch.sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        content.seek(0)
        batch.file.save(f"{name}.pdf", File(content), save=False)
    batch.manifest.save(f"{name}.csv", ContentFile(manifest), save=False)
    return batch


def _handed_over(
    claimed: Sequence[_Claimed], placed: Sequence[Printed], batch: LetterBatch, *, at: datetime
) -> LetterBatch | None:
    """Save the batch and mark its letters sent, if all of them are still this run's own.

    Else its files are thrown away, for a letter would be in two, and the others wait again.
    """
    printed = {one.letter.key for one in placed}
    attempts = {one.letter.key: one.attempts for one in claimed if one.letter.key in printed}
    with transaction.atomic():
        rows = list(Dispatch.objects.locked(attempts))
        ours = [
            row
            for row in rows
            if row.state == DispatchState.SENDING and row.attempts == attempts[row.pk]
        ]
        if len(ours) == len(attempts):
            batch.save()
            move_all(ours, DispatchState.SENT, sent_at=at, failure="", batch=batch)
            return batch
        move_all(ours, DispatchState.QUEUED, next_attempt_at=at)
    for file in (batch.file, batch.manifest):
        file.delete(save=False)
    return None


def _fail(reasons: dict[int, str], *, at: datetime) -> None:
    """These letters cannot go out: the next address of each is tried."""
    with transaction.atomic():
        rows = [
            row for row in Dispatch.objects.locked(reasons) if row.state == DispatchState.SENDING
        ]
        for row in rows:
            move_all([row], DispatchState.FAILED, ended_at=at, failure=reasons[row.pk])
        dispatch.queue_next(rows, at=at)


def _manifest(placed: Sequence[Printed], number: str) -> bytes:
    """What is in the batch, in the order of its pages."""
    text = io.StringIO(newline="")
    lines = csv.writer(text, delimiter=";")
    test = ["TEST"] if gate.is_test() else []
    lines.writerow([*COLUMNS, *test])
    for one in placed:
        letter = one.letter
        lines.writerow(
            [
                number,
                one.position,
                letter.notice,
                _harmless(letter.addressee),
                _harmless(letter.address),
                _harmless(letter.region),
                letter.language,
                letter.kind,
                one.first_page,
                one.pages,
                one.sheets,
                letter.text_hash,
                *test,
            ]
        )
    # The mark at the beginning tells spreadsheets that this is UTF-8.
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    """So that no spreadsheet takes a name for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell

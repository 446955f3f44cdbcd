"""Registered letters: the CSV batch for printer and carrier."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F

from notices import gate
from notices.dispatch import move_all
from notices.mailers import TEST_LINE, TEST_SUBJECT
from notices.models import Dispatch, LetterBatch
from notices.receipts import read_receipts
from notices.states import Channel, DispatchState
from registry.sequences import next_numbers

__all__ = ["make_batch", "read_receipts"]

COLUMNS = ("batch", "notice", "addressee", "address", "language", "subject", "text")


@transaction.atomic
def make_batch(*, at: datetime, limit: int = 5000) -> LetterBatch | None:
    """Write the next letters into one file for the carrier and mark them sent; None if none waits.

    One transaction: the file is stored first, under a number that is never given twice, so a
    crash leaves a file that no batch names and no letter claimed. Safe to repeat: a letter goes
    into one batch. A production installation whose notices are not released makes none.
    """
    if gate.waits_for_release():
        return None
    rows = _take(at, limit)
    if not rows:
        return None
    number = f"L-{next_numbers('letter_batch_number')[0]:07d}"
    content = _file(rows, number)
    batch = LetterBatch(
        number=number, made_at=at, count=len(rows), sha256=hashlib.sha256(content).hexdigest()
    )
    batch.file.save(f"{number}.csv", ContentFile(content), save=False)
    batch.save()
    move_all(rows, DispatchState.SENDING, attempts=F("attempts") + 1)
    move_all(rows, DispatchState.SENT, sent_at=at, batch=batch)
    return batch


def _take(at: datetime, limit: int) -> Sequence[Dispatch]:
    """Waiting letters, which no other worker is putting into a batch."""
    return list(
        Dispatch.objects.to_send(Channel.LETTER, at)
        .filter(state=DispatchState.QUEUED)
        .select_related("notice__text", "notice__organisation")
        .select_for_update(skip_locked=True, of=("self",))[:limit]
    )


def _file(rows: Sequence[Dispatch], number: str) -> bytes:
    text = io.StringIO(newline="")
    lines = csv.writer(text, delimiter=";")
    lines.writerow([*COLUMNS, "TEST"] if gate.is_test() else COLUMNS)
    for row in rows:
        *address, subject, body = _cells(row, number)
        if gate.is_test():
            # In the words themselves too: a printer may drop a column.
            subject, body = TEST_SUBJECT + subject, TEST_LINE + body
        cells = [*address, subject, body]
        lines.writerow([*cells, "TEST"] if gate.is_test() else cells)
    # The mark at the beginning tells spreadsheets that this is UTF-8.
    return text.getvalue().encode("utf-8-sig")


def _cells(row: Dispatch, number: str) -> Iterator[str]:
    notice = row.notice
    spoken = "name_kk" if notice.language == "kk" else "name_ru"
    yield number
    yield notice.number
    yield _harmless(getattr(notice.organisation, spoken))
    yield _harmless(row.address)
    yield notice.language
    yield _harmless(notice.text.subject)
    yield _harmless(notice.text.body)


def _harmless(cell: str) -> str:
    """So that no spreadsheet takes a name for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell

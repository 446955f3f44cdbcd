"""What does the carrier say of each registered letter?

Its file is a CSV with a heading: `notice;outcome;date`, or `batch;position;outcome;date` with the
places of our list. The outcome is `delivered` or `returned`, the date that of delivery or return,
ISO or dd.mm.yyyy; the carrier's own number is kept from a column `tracking`. Each row is judged
alone; what is refused is kept with its line and a sentence. One transaction a file: all of it or
nothing. Only a file is ever read: nobody types a receipt in.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import IO

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from notices import dispatch, service
from notices.models import Dispatch, LetterBatch, ReceiptFile
from notices.receipt_rows import Outcome, Row, rows_of
from notices.service import Proof
from notices.states import Channel, DispatchState, ServiceGround
from registry.calendar import ALMATY, day_of


class AlreadyRead(Refused):
    """The same file was read before: nothing changed."""


@dataclass
class _Found:
    """What a file comes to, row by row."""

    delivered: list[tuple[Dispatch, date]] = field(default_factory=list)
    returned: list[tuple[Dispatch, date]] = field(default_factory=list)
    # Those whose number at the carrier was not known.
    tracked: list[Dispatch] = field(default_factory=list)
    refused: list[dict[str, str | int]] = field(default_factory=list)
    repeated: int = 0


@transaction.atomic
def read_receipts(file: IO[bytes], *, name: str, by: User | None, at: datetime) -> ReceiptFile:
    """Record what the carrier's file says: a delivered letter serves its notice, one that came
    back makes the next address the next dispatch.

    Refuses a file that is empty, not UTF-8 or of another shape. Safe to repeat: the same file is
    read once (`AlreadyRead` says when), and a row that says what is known counts as repeated.
    """
    content = file.read()
    rows = _named(rows_of(content))
    sha256 = hashlib.sha256(content).hexdigest()
    receipt_file, is_new = ReceiptFile.objects.get_or_create(
        sha256=sha256, defaults={"name": name[:200], "read_at": at, "by": by}
    )
    if not is_new:
        raise AlreadyRead(
            _("This file was read on %(day)s as %(name)s. Nothing changed.")
            % {"day": f"{day_of(receipt_file.read_at):%d.%m.%Y}", "name": receipt_file.name}
        )
    found = _judged(rows, at)
    Dispatch.objects.bulk_update(found.tracked, ["provider_id"], batch_size=1000)
    _record_delivered(found.delivered, receipt_file, at)
    _record_returned(found.returned, name, at)
    receipt_file.read = len(rows)
    receipt_file.delivered = len(found.delivered)
    receipt_file.returned = len(found.returned)
    receipt_file.repeated = found.repeated
    receipt_file.refused = len(found.refused)
    receipt_file.refused_rows = found.refused
    # The database checks that the counts add up.
    receipt_file.save()
    return receipt_file


def _named(rows: Iterable[Row]) -> list[Row]:
    """The rows with the numbers of their notices, read from our lists where the file has none."""
    rows = list(rows)
    batches = {row.place[0] for row in rows if not row.notice}
    notices: dict[tuple[str, str], str] = {}
    for batch in LetterBatch.objects.filter(number__in=batches).exclude(manifest=""):
        with batch.manifest.open("rb") as file:
            listed = io.StringIO(file.read().decode("utf-8-sig"), newline="")
            for line in csv.DictReader(listed, delimiter=";"):
                notices[batch.number, line["position"]] = line["notice"]
    return [row if row.notice else replace(row, notice=notices.get(row.place, "")) for row in rows]


def _judged(rows: Iterable[Row], at: datetime) -> _Found:
    rows = list(rows)
    letters = _letters(row.notice for row in rows)
    found = _Found()
    told: dict[int, Outcome] = {}
    for row in rows:
        letter = letters.get(row.notice)
        why = row.fault or _fault(row, letter, at)
        if why or letter is None or row.on is None:
            found.refused.append({"line": row.line, "notice": row.notice, "sentence": why})
            continue
        known = told.get(letter.pk) or _known(letter)
        if known == row.outcome:
            found.repeated += 1
        elif known:
            sentence = _("The notice is already recorded as %(known)s. Ask the carrier.") % {
                "known": known
            }
            found.refused.append({"line": row.line, "notice": row.notice, "sentence": sentence})
        elif row.outcome == Outcome.DELIVERED:
            found.delivered.append((letter, row.on))
        else:
            found.returned.append((letter, row.on))
        if row.tracking and not letter.provider_id:
            letter.provider_id = row.tracking[:200]
            found.tracked.append(letter)
        told.setdefault(letter.pk, Outcome(row.outcome))
    return found


def _letters(numbers: Iterable[str]) -> dict[str, Dispatch]:
    """The letter of each notice, locked: the one sent last, where a seat moved between two."""
    asked = Dispatch.objects.filter(channel=Channel.LETTER, notice__number__in=set(numbers))
    rows = list(Dispatch.objects.locked(asked.values_list("pk", flat=True)))
    never = datetime.min.replace(tzinfo=UTC)
    return {row.notice.number: row for row in sorted(rows, key=lambda row: row.sent_at or never)}


def _known(letter: Dispatch) -> Outcome | None:
    if letter.state == DispatchState.DELIVERED:
        return Outcome.DELIVERED
    return Outcome.RETURNED if letter.state == DispatchState.BOUNCED else None


def _fault(row: Row, letter: Dispatch | None, at: datetime) -> str:
    """Why the row cannot be true; empty if it can."""
    if letter is None:
        return _("No letter was made for this notice. Check the number.")
    if letter.sent_at is None or row.on is None:
        return _("The letter of this notice was not given to the carrier yet. Check the number.")
    if row.on > day_of(at):
        return _("The date lies ahead. Check it.")
    if row.on < day_of(letter.sent_at):
        return _("The date lies before the day on which the letter was sent. Check it.")
    return ""


def _record_delivered(
    delivered: Iterable[tuple[Dispatch, date]], receipt_file: ReceiptFile, at: datetime
) -> None:
    for noon, letters in _by_day(delivered):
        dispatch.move_all(letters, DispatchState.DELIVERED, ended_at=min(noon, at))
        service.record_all(
            [
                Proof(
                    letter.notice,
                    ServiceGround.CARRIER_RECEIPT,
                    _served_at(letter, noon, at),
                    dispatch=letter,
                    receipt_file=receipt_file,
                )
                for letter in letters
            ],
            at=at,
        )


def _record_returned(returned: Iterable[tuple[Dispatch, date]], name: str, at: datetime) -> None:
    reason = _("Returned by the carrier (%(file)s).") % {"file": name}
    for noon, letters in _by_day(returned):
        # The day on which it came back is evidence; the day of the file is not.
        dispatch.come_back(letters, at=at, reason=reason, ended_at=min(noon, at))


def _by_day(letters: Iterable[tuple[Dispatch, date]]) -> Iterator[tuple[datetime, list[Dispatch]]]:
    """Noon of each of the carrier's days, which are dates only, with its letters."""
    by_day: dict[date, list[Dispatch]] = {}
    for letter, on in letters:
        by_day.setdefault(on, []).append(letter)
    for on, found in by_day.items():
        yield datetime.combine(on, time(12), tzinfo=ALMATY), found


def _served_at(letter: Dispatch, noon: datetime, at: datetime) -> datetime:
    """Noon of the carrier's day, which gives a date only; yet never before the letter was sent,
    nor after the file was read."""
    return min(max(noon, letter.sent_at or noon), at)

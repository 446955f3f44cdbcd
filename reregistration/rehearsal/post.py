"""The post of a rehearsal: e-mail that bounces, a carrier that brings receipts."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, ClassVar

from django.core.files.base import ContentFile
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from accounts.models import User
from notices import dispatch, receipts, tasks
from notices.documents.letters import Letter, Printed, Progress
from notices.models import Dispatch, LetterBatch
from notices.states import Channel, DispatchState
from registry.calendar import ALMATY, day_of
from reregistration.rehearsal import plan


class Swallow(BaseEmailBackend):
    """Takes every message and sends none: a rehearsal's letters leave the process nowhere."""

    # How many this process has taken.
    taken: ClassVar[int] = 0

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        Swallow.taken += len(email_messages)
        return len(email_messages)


def print_nothing(
    letters: Sequence[Letter], *, file: Path, progress: Progress, **_batch: Any
) -> list[Printed]:
    """Puts letters in a row as if each were printed on one page."""
    file.write_bytes(b"")
    progress(2 * len(letters))
    return [
        Printed(letter, position, first_page=2 * position - 1, pages=1)
        for position, letter in enumerate(letters, start=1)
    ]


def waiting(*, at: datetime) -> int:
    """How many e-mails are due by then, those among them that will travel in a digest."""
    return Dispatch.objects.filter(
        channel=Channel.EMAIL, state=DispatchState.QUEUED, next_attempt_at__lte=at
    ).count()


def deliver(*, at: datetime) -> int:
    """Send all that is due by then; the timetable would come back every minute. Returns how many
    e-mails this process sent."""
    before = Swallow.taken
    tasks.deliver_due(at=at)
    while Dispatch.objects.to_send(Channel.EMAIL, at).exists():
        tasks.deliver_due(at=at)
    return Swallow.taken - before


def bounce_todays(*, since: datetime, at: datetime, seed: int) -> int:
    """Let the mail that went out since then to a bouncing address come back."""
    sent = Dispatch.objects.filter(
        channel=Channel.EMAIL, state=DispatchState.SENT, sent_at__gte=since
    ).values_list("pk", "address")
    back = [pk for pk, address in sent if plan.bounces(address, seed)]
    for pk in back:
        dispatch.bounce(pk, at=at, reason="550 no such mailbox (rehearsal)")
    return len(back)


def bring_receipts(*, on: date, by: User, at: datetime, seed: int) -> int:
    """Read the carrier's files for the batches whose receipts come that day; returns how many
    letters they tell of."""
    batches = [
        batch
        for batch in LetterBatch.objects.filter(made_at__gte=at - timedelta(days=10))
        if day_of(batch.made_at) + timedelta(days=plan.carrier_days(batch.number, seed)) == on
    ]
    return sum(
        receipts.read_receipts(
            ContentFile(_receipts(batch, on, seed)),
            name=f"receipts-{batch.number}.csv",
            by=by,
            at=at,
        ).read
        for batch in batches
    )


def _receipts(batch: LetterBatch, on: date, seed: int) -> bytes:
    """The carrier's file: each letter's outcome two days before it is brought; lost ones lack."""
    text = io.StringIO()
    lines = csv.writer(text, delimiter=";")
    lines.writerow(["notice", "outcome", "date"])
    sent = batch.dispatches.values_list(
        "notice__number", "notice__organisation__number", "notice__kind"
    )
    for number, organisation, kind in sent:
        fate = plan.letter_to(organisation, kind, seed)
        if fate != plan.Letter.LOST:
            lines.writerow([number, fate.value, (on - timedelta(days=2)).isoformat()])
    return text.getvalue().encode()


def moment(on: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(on, time(hour, minute), tzinfo=ALMATY)

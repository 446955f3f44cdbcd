"""What the timetable runs: deliver queued e-mail and SMS, put queued letters into batches."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from celery import shared_task
from django.utils import timezone

from notices import dispatch, letters
from notices.states import Channel

logger = logging.getLogger(__name__)


@shared_task(name="notices.tasks.deliver_due", ignore_result=True)
def deliver_due(at: datetime | None = None) -> None:
    """Send the e-mails that are due, for most of the minute until the next run."""
    at = at or timezone.now()
    counts = dispatch.deliver_due(at=at, budget=timedelta(seconds=50))
    logger.info("Delivered what was due: %s", counts)


@shared_task(name="notices.tasks.deliver_short_messages", ignore_result=True)
def deliver_short_messages(at: datetime | None = None) -> None:
    """Send the SMS that are due, for most of the minute until the next run."""
    at = at or timezone.now()
    counts = dispatch.deliver_due(at=at, budget=timedelta(seconds=50), channel=Channel.SMS)
    logger.info("Delivered the SMS that were due: %s", counts)


@shared_task(name="notices.tasks.make_letter_batch", ignore_result=True)
def make_letter_batch(at: datetime | None = None) -> None:
    """Put all waiting letters into batches for the carrier."""
    at = at or timezone.now()
    while batch := letters.make_batch(at=at):
        logger.info("Made batch %s of %d letters", batch.number, batch.count)

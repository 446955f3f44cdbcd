"""What the timetable runs: deliver e-mail and SMS, print letters, publish what reached nobody."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from celery import shared_task
from django.utils import timezone

from notices import dispatch, letters, mailbox, publication
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
    """Put waiting letters into batches for the carrier, well within a task's time limit.

    What is left waits for the next run, or for `manage.py make_letter_batch --all`.
    """
    at = at or timezone.now()
    for batch in letters.make_due(at=at, budget=timedelta(minutes=5)):
        logger.info("Made batch %s of %d letters", batch.number, batch.count)


@shared_task(name="notices.tasks.read_bounces", ignore_result=True)
def read_bounces(at: datetime | None = None) -> None:
    """Read what came back to the bounce mailbox, where there is one."""
    at = at or timezone.now()
    if mailbox.is_set():
        counts = mailbox.read_new(at=at)
        logger.info("Read the bounce mailbox: %s", {key.value: n for key, n in counts.items()})


@shared_task(name="notices.tasks.publish", ignore_result=True)
def publish(at: datetime | None = None) -> None:
    """Put on the public page what reached no address, and record what has been there its days."""
    at = at or timezone.now()
    taken_down = publication.take_down_answered(at=at)
    published = publication.publish_due(at=at)
    served = publication.settle(at=at)
    logger.info("Taken down %d, published %d, served %d", taken_down, published, served)

"""What the timetable runs for the register: the nightly seal, uploaded extracts."""

from __future__ import annotations

import logging
from datetime import datetime

from celery import shared_task
from django.utils import timezone

from registry import seals
from registry.imports import jobs

logger = logging.getLogger(__name__)


@shared_task(name="registry.tasks.seal", ignore_result=True)
def seal(at: datetime | None = None) -> None:
    """Seal what was written since the last seal; a missed night is in the next one."""
    made = seals.seal(at=at or timezone.now())
    logger.info("Made seal %s of %d rows", made, made.count if made else 0)


@shared_task(name="registry.tasks.expire_imports", ignore_result=True)
def expire_imports(at: datetime | None = None) -> None:
    """End imports that nobody committed in time, with the rows that they hold."""
    logger.info("Ended %d imports", jobs.expire(at=at or timezone.now()))


# An extract of the whole register is minutes of work.
@shared_task(
    name="registry.tasks.run_imports", ignore_result=True, time_limit=3600, soft_time_limit=3540
)
def run_imports(at: datetime | None = None) -> None:
    """Try and commit what clerks uploaded; what a killed worker left is taken anew."""
    at = at or timezone.now()
    ran = 0
    while jobs.run_next(at=at):
        ran += 1
    if ran:
        logger.info("Ran %d imports", ran)

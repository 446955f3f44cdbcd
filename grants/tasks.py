"""What the timetable runs for grants: each task reads the clock and calls one verb."""

from __future__ import annotations

import logging
from datetime import datetime

from celery import shared_task
from django.utils import timezone

from grants import reminders, standing
from registry.calendar import day_of

log = logging.getLogger(__name__)


@shared_task(name="grants.tasks.remind_of_reports", ignore_result=True)
def remind_of_reports(at: datetime | None = None) -> None:
    """Queue the notices of reports that are due soon or have not come."""
    at = at or timezone.now()
    log.info("grants: %d notices of reports", reminders.queue_due(on=day_of(at), at=at))


@shared_task(name="grants.tasks.watch_standing", ignore_result=True)
def watch_standing(at: datetime | None = None) -> None:
    """Warn the officers whose grants' organisations have lost their standing."""
    at = at or timezone.now()
    log.info("grants: %d warnings", standing.watch(on=day_of(at), at=at))

"""What the timetable runs for the register: the nightly seal."""

from __future__ import annotations

import logging
from datetime import datetime

from celery import shared_task
from django.utils import timezone

from registry import seals

logger = logging.getLogger(__name__)


@shared_task(name="registry.tasks.seal", ignore_result=True)
def seal(at: datetime | None = None) -> None:
    """Seal what was written since the last seal; a missed night is in the next one."""
    made = seals.seal(at=at or timezone.now())
    logger.info("Made seal %s of %d rows", made, made.count if made else 0)

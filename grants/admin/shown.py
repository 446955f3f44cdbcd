"""How days and moments are shown in the tables of these pages."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format


def day(on: date | None) -> str:
    return date_format(on) if on else "—"


def moment(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT") if at else "—"

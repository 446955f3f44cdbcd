"""The files that stand in a schedule: their fingerprint, and striking one out.

Locks, here and wherever a referral changes: Obligation, Referral, ReferralSchedule, in this order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from accounts.models import User
from reregistration.models import Referral, ReferralSchedule, ScheduleLine
from reregistration.states import ScheduleState


def fingerprint(files: Iterable[str]) -> str:
    """Hexadecimal SHA-256 over the fingerprints of files in their order, a line each."""
    return hashlib.sha256("\n".join(files).encode()).hexdigest()


def standing_files(schedule: ReferralSchedule) -> list[str]:
    """The fingerprints of the files that stand in a schedule, in their order."""
    standing = schedule.lines.filter(struck_at__isnull=True).order_by("position")
    return list(standing.values_list("referral__sha256", flat=True))


def lock_schedule(schedule_id: int) -> ReferralSchedule:
    """The schedule read under its lock."""
    row: ReferralSchedule = ReferralSchedule.objects.select_for_update(no_key=True).get(
        pk=schedule_id
    )
    return row


def strike_out_of_its_schedule(
    referral: Referral, *, by: User | None, at: datetime, reason: str
) -> None:
    """Strike a file out of the schedule in which it waits to be sent, if there is one.

    For a caller that holds the referral's lock. `by` is None for the organisation's own step.
    """
    waiting = {"struck_at__isnull": True, "sent_at__isnull": True}
    line = referral.lines.filter(**waiting).first()
    if line:
        strike_out(line, lock_schedule(line.schedule_id), by=by, at=at, reason=reason)


def strike_out(
    line: ScheduleLine,
    schedule: ReferralSchedule,
    *,
    by: User | None,
    at: datetime,
    reason: str,
) -> None:
    """Strike a line, which was not sent, out of its schedule, whose lock the caller holds.

    What stands in it is something else then, and is signed anew by whoever signed it before. Not
    where two people have signed and the organisation's own step strikes it out, or sending has
    begun: no more is sent than they signed, and the others do not wait.
    """
    line.struck_at, line.struck_by, line.strike_reason = at, by, reason
    line.save(update_fields=["struck_at", "struck_by", "strike_reason"])
    if schedule.state == ScheduleState.SIGNED and (by is None or _has_begun(schedule)):
        return
    schedule.state = ScheduleState.DRAFTED
    schedule.content_hash = fingerprint(standing_files(schedule))
    void_signatures(schedule)


def void_signatures(schedule: ReferralSchedule) -> None:
    schedule.first_signed_by = schedule.first_signed_at = None
    schedule.second_signed_by = schedule.second_signed_at = None
    schedule.first_signed_hash = schedule.second_signed_hash = ""
    schedule.save()


def _has_begun(schedule: ReferralSchedule) -> bool:
    return schedule.lines.filter(sent_at__isnull=False).exists()

"""At which hours can organisations be heard? Slots, opened and withdrawn by staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from registry.calendar import add_working_days, day_of, end_of, is_protected, is_working_day
from registry.models import DayOverride, Region
from reregistration.models import HearingSlot, Obligation

# What one opening makes at most, and what a page offers at most.
MOST_AT_ONCE = 40
_MOST_OFFERED = 60


@transaction.atomic
def open_slots(
    begins_at: datetime,
    *,
    count: int,
    minutes: int,
    place: str,
    video_link: str = "",
    region: Region | None = None,
    capacity: int = 1,
    by: User,
    at: datetime,
) -> list[HearingSlot]:
    """Open so many slots of that length, one after another from that moment; all of its day.

    Refuses a moment that has passed, a day off or a protected day, hours past the end of the day,
    and slots that are nowhere. Safe to repeat: what stands open is not opened twice.
    """
    ends_at = begins_at + timedelta(minutes=minutes * count)
    if not (0 < count <= MOST_AT_ONCE and minutes > 0 and capacity > 0):
        raise Refused(
            _("Open between 1 and %(most)d slots at once, each of a minute at least.")
            % {"most": MOST_AT_ONCE}
        )
    if begins_at <= at:
        raise Refused(_("This moment has passed. Choose a later one."))
    if ends_at > end_of(day_of(begins_at)):
        raise Refused(_("The last hearing would end on another day. Open fewer, or begin earlier."))
    if not may_be_held(day_of(begins_at)):
        raise Refused(
            _(
                "%(day)s is a day off or a protected day (25 December to 10 January, 20 to "
                "25 March). Choose another day."
            )
            % {"day": date_format(day_of(begins_at))}
        )
    if not (place.strip() or video_link):
        raise Refused(_("Say where: a place, a video link, or both."))
    made = [
        HearingSlot(
            region=region,
            begins_at=begins_at + timedelta(minutes=minutes * number),
            minutes=minutes,
            place=place.strip(),
            video_link=video_link,
            capacity=capacity,
            opened_by=by,
            opened_at=at,
        )
        for number in range(count)
    ]
    HearingSlot.objects.bulk_create(made, ignore_conflicts=True)
    return list(
        HearingSlot.objects.filter(
            region=region,
            begins_at__in=[row.begins_at for row in made],
            place=place.strip(),
            video_link=video_link,
            withdrawn_at__isnull=True,
        )
    )


@transaction.atomic
def withdraw(slot: HearingSlot, *, by: User, at: datetime) -> HearingSlot:
    """Withdraw a slot that nobody has been given. Safe to repeat.

    Refuses one in which a hearing is set: that is moved first, so that its organisation is told.
    """
    fresh = HearingSlot.objects.select_for_update(of=("self",), no_key=True).get(pk=slot.pk)
    if fresh.withdrawn_at is not None:
        return fresh
    if fresh.dates.filter(freed_at__isnull=True).exists():
        raise Refused(_("A hearing is set in this slot. Move the hearing first."))
    fresh.withdrawn_by, fresh.withdrawn_at = by, at
    fresh.save(update_fields=["withdrawn_by", "withdrawn_at"])
    return fresh


def may_be_held(on: date) -> bool:
    """Whether a hearing may be held that day: a working day that is not protected."""
    return not is_protected(on) and is_working_day(on, DayOverride.objects.as_overrides())


def earliest_on(obligation: Obligation, on: date) -> date:
    """The first day for which an organisation can be invited that day."""
    return add_working_days(
        on, obligation.campaign.hearing_notice_days, DayOverride.objects.as_overrides()
    )


def offered(obligation: Obligation, *, on: date) -> Sequence[HearingSlot]:
    """The free slots that an organisation can be given that day, the nearest first.

    Days off and protected days are left out here too: the table of days may have changed since
    the slots were opened.
    """
    first_at = end_of(earliest_on(obligation, on) - timedelta(days=1))
    free = (
        HearingSlot.objects.free(first_at)
        .filter(Q(region__isnull=True) | Q(region=obligation.organisation.region_id))
        .select_related("region")
        .order_by("begins_at", "pk")[:_MOST_OFFERED]
    )
    overrides = DayOverride.objects.as_overrides()
    return [
        row
        for row in free
        if not is_protected(day_of(row.begins_at))
        and is_working_day(day_of(row.begins_at), overrides)
    ]


def told(slot: HearingSlot) -> str:
    """Day, hour and place in a line, as a person reads it."""
    begins_at = timezone.localtime(slot.begins_at)
    return _("%(day)s, %(hour)s: %(where)s") % {
        "day": date_format(begins_at),
        "hour": f"{begins_at:%H:%M}",
        "where": where(slot),
    }


def where(slot: HearingSlot) -> str:
    """The place, the link, or both."""
    return ", ".join(part for part in (slot.place, slot.video_link) if part)

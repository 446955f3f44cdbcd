"""Hearings: the slots that staff open, the days set in them, and what was said."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from registry.ledger import AppendOnly
from registry.models import Region, StoredFile
from reregistration.models.appeals import Hearing
from reregistration.querysets import HearingSlotQuerySet


class HearingSlot(models.Model):
    """A day and an hour at which organisations can be heard, at a place or over a video link.

    What was opened is not changed: a wrong one is withdrawn, and another opened.
    """

    # Empty: for the organisations of every region.
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("region")
    )
    begins_at = models.DateTimeField(_("begins"))
    minutes = models.PositiveSmallIntegerField(_("length in minutes"))
    place = models.CharField(_("place of the hearing"), max_length=300, blank=True)
    video_link = models.URLField(_("video link"), max_length=300, blank=True)
    # So many organisations are heard at once, each by somebody else.
    capacity = models.PositiveSmallIntegerField(_("hearings at once"), default=1)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("opened by")
    )
    opened_at = models.DateTimeField(_("opened"))
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("withdrawn by"),
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = HearingSlotQuerySet.as_manager()

    class Meta:
        verbose_name = _("hearing slot")
        verbose_name_plural = _("hearing slots")
        ordering = ["begins_at", "id"]
        permissions = [("hold_hearing", "Open hearing slots, set hearings and write their minutes")]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "begins_at", "place", "video_link"],
                condition=Q(withdrawn_at__isnull=True),
                nulls_distinct=False,
                name="hearing_slot_opened_once",
            ),
            # What the days set in it refer to, so that no seat lies beyond the capacity.
            models.UniqueConstraint(fields=["id", "capacity"], name="hearing_slot_with_capacity"),
            models.CheckConstraint(
                condition=~Q(place="", video_link=""), name="hearing_slot_is_somewhere"
            ),
            models.CheckConstraint(
                condition=Q(minutes__gt=0, capacity__gt=0), name="hearing_slot_has_room"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="hearing_slot_withdrawn_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.begins_at:%Y-%m-%d %H:%M}"

    @property
    def ends_at(self) -> datetime:
        return self.begins_at + timedelta(minutes=self.minutes)


class HearingDate(models.Model):
    """The slot that a wish to be heard was given. One that was moved stays, and frees its seat."""

    hearing = models.ForeignKey(Hearing, models.PROTECT, related_name="dates")
    slot = models.ForeignKey(HearingSlot, models.PROTECT, related_name="dates")
    # The slot's, so that the database refuses a seat that there is not.
    capacity = models.PositiveSmallIntegerField(_("hearings at once"))
    seat = models.PositiveSmallIntegerField(_("seat"))
    is_own_choice = models.BooleanField(_("chosen by the organisation"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))
    freed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("moved by"),
    )
    freed_at = models.DateTimeField(_("moved"), null=True, blank=True)
    freed_because = models.TextField(_("why it was moved"), blank=True)

    class Meta:
        verbose_name = _("day of a hearing")
        verbose_name_plural = _("days of hearings")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["hearing"],
                condition=Q(freed_at__isnull=True),
                name="hearing_date_one_a_wish",
            ),
            models.UniqueConstraint(
                fields=["slot", "seat"],
                condition=Q(freed_at__isnull=True),
                name="hearing_date_one_a_seat",
            ),
            models.CheckConstraint(
                condition=Q(seat__gte=1, seat__lte=F("capacity")),
                name="hearing_date_within_capacity",
            ),
            models.CheckConstraint(
                condition=Q(freed_at__isnull=True, freed_by__isnull=True, freed_because="")
                | (Q(freed_at__isnull=False, freed_by__isnull=False) & ~Q(freed_because="")),
                name="hearing_date_freed_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hearing} {self.slot}"


class HearingMinutes(AppendOnly):
    """What became of a hearing: who was there and what was said, or that nobody came.

    Append-only: what the organisation has to say of it is a remark of its own.
    """

    hearing = models.OneToOneField(Hearing, models.PROTECT, related_name="minutes")
    date = models.OneToOneField(HearingDate, models.PROTECT, related_name="minutes")
    came = models.BooleanField(_("the organisation came"))
    present = models.TextField(_("who was present"), blank=True)
    text = models.TextField(_("what was said"))
    document = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("document"),
    )
    # The last day on which the organisation may remark on it.
    remark_until_on = models.DateField(_("remarks until"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("minutes of a hearing")
        verbose_name_plural = _("minutes of hearings")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="hearing_minutes_say_something"),
            models.CheckConstraint(
                condition=Q(came=False) | ~Q(present=""), name="hearing_minutes_name_who_was_there"
            ),
        ]

    def __str__(self) -> str:
        return str(self.hearing)


class HearingRemark(AppendOnly):
    """What the organisation has to say of the minutes."""

    minutes = models.ForeignKey(HearingMinutes, models.PROTECT, related_name="remarks")
    text = models.TextField(_("text"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("remark on the minutes")
        verbose_name_plural = _("remarks on the minutes")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="hearing_remark_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} {self.at:%Y-%m-%d}"

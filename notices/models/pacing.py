"""How fast notices go out: in waves, or not at all for a while."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notices.states import Channel, Kind


class Wave(models.Model):
    """Notices of one kind that go out together: so many, and then a pause before the next wave.

    `source` says what sends them, as text: "campaign:2026". A stopped wave sends nothing more, and
    no wave follows it until it is resumed.
    """

    source = models.CharField(_("source"), max_length=60)
    kind = models.CharField(_("kind"), max_length=30, choices=Kind.choices)
    number = models.PositiveIntegerField(_("number"))
    # How many it may hold, and how many it does.
    size = models.PositiveIntegerField(_("size"))
    count = models.PositiveIntegerField(_("notices"), default=0)
    begun_at = models.DateTimeField(_("begun"))
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    stop_reason = models.TextField(_("why it was stopped"), blank=True)

    class Meta:
        verbose_name = _("wave of notices")
        verbose_name_plural = _("waves of notices")
        ordering = ["-id"]
        constraints = [
            # Two workers that begin the next wave at once begin one.
            models.UniqueConstraint(fields=["source", "kind", "number"], name="wave_once"),
            models.CheckConstraint(
                condition=Q(count__lte=models.F("size")), name="wave_holds_no_more_than_its_size"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, stopped_by__isnull=True)
                | (Q(stopped_at__isnull=False, stopped_by__isnull=False) & ~Q(stop_reason="")),
                name="wave_stopped_by_somebody_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.kind} {self.number}"


class Pause(models.Model):
    """While it lasts nothing of that channel and kind is sent; what is queued waits."""

    # Empty: every channel; every kind.
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices, blank=True)
    kind = models.CharField(_("kind"), max_length=30, choices=Kind.choices, blank=True)
    reason = models.TextField(_("reason"))
    since_at = models.DateTimeField(_("since"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("pause in sending")
        verbose_name_plural = _("pauses in sending")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "kind"], condition=Q(ended_at__isnull=True), name="pause_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="pause_ended_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="pause_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.channel or '*'}/{self.kind or '*'}"

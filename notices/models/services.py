"""Proof that a notice reached its addressee."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notices.models.dispatches import Dispatch, ReceiptFile
from notices.models.notices import Notice
from notices.states import ServiceGround
from registry.ledger import AppendOnly


class Service(AppendOnly):
    """One proof of service. Append-only. Only what the campaign counts as service counts."""

    notice = models.ForeignKey(
        Notice, models.PROTECT, related_name="services", verbose_name=_("notice")
    )
    dispatch = models.ForeignKey(Dispatch, models.PROTECT, null=True, related_name="services")
    ground = models.CharField(_("proof"), max_length=30, choices=ServiceGround.choices)
    # When it reached the addressee (not when the proof reached us): the clock starts here.
    served_at = models.DateTimeField(_("served"))
    recorded_at = models.DateTimeField(_("recorded"))
    receipt_file = models.ForeignKey(
        ReceiptFile, models.PROTECT, null=True, related_name="services"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "ground"], name="service_once_a_ground"),
            models.CheckConstraint(
                condition=~Q(ground=ServiceGround.CARRIER_RECEIPT)
                | Q(receipt_file__isnull=False, dispatch__isnull=False),
                name="carrier_receipt_needs_its_file",
            ),
            models.CheckConstraint(
                condition=~Q(ground=ServiceGround.OPENED) | Q(by__isnull=False),
                name="opened_needs_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.ground}"

"""Referrals taken back: whom the receiving body must still acknowledge, the late ones first."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, OuterRef, QuerySet, Subquery
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from accounts.admin_verbs import Verb, arrived_at
from accounts.models import User
from notices.models import Dispatch
from notices.states import TO_THE_RECEIVING_BODY
from registry import uploads
from registry.calendar import day_of
from registry.models import StoredFile
from registry.uploads import UploadField
from reregistration.admin.columns import column
from reregistration.admin.filters import ANY, Question, WhichRegion
from reregistration.admin.marking import SENTENCE, VERB_PAGE
from reregistration.admin.organisations import OrganisationRowsAdmin
from reregistration.models import ReferralWithdrawal, WithdrawalChase
from reregistration.referral import withdrawals

ACKNOWLEDGE = "reregistration.acknowledge_withdrawal"


class AcknowledgeForm(forms.Form):
    """What the body answered: its number, its paper, or both."""

    reference = forms.CharField(
        label=gettext_lazy("Number of the body's answer"),
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget(),
    )
    file = UploadField(
        label=gettext_lazy("Its paper"), required=False, widget=UnfoldAdminFileFieldWidget()
    )


class Acknowledge(Verb):
    name = "acknowledge"
    label = gettext_lazy("Record the acknowledgement…")
    permission = ACKNOWLEDGE
    template = VERB_PAGE
    form_class = AcknowledgeForm
    explanation = gettext_lazy(
        "The body knows that the materials were taken back, and has said so in writing. It is "
        "reminded no more."
    )

    def suits(self, row: ReferralWithdrawal) -> bool:
        return row.acknowledged_at is None

    def run(
        self, row: ReferralWithdrawal, answers: dict[str, Any], *, by: User, at: datetime
    ) -> str:
        upload = answers["file"]
        withdrawals.acknowledge(
            row,
            reference=answers["reference"],
            file=uploads.take(upload, by=by, at=at) if upload else None,
            by=by,
            at=at,
        )
        return _("Recorded: the body is reminded no more.")


class Acknowledged(Question):
    title = gettext_lazy("Acknowledged?")
    parameter_name = "acknowledged"
    answers: ClassVar = {
        "no": gettext_lazy("not yet"),
        "late": gettext_lazy("not yet, and late"),
        "yes": gettext_lazy("yes"),
        ANY: gettext_lazy("show all"),
    }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.answer == ANY:
            return queryset
        if self.answer == "late":
            return queryset.filter(withdrawals.late(arrived_at(request)))
        return queryset.filter(acknowledged_at__isnull=self.answer == "no")


@admin.register(ReferralWithdrawal)
class ReferralWithdrawalAdmin(OrganisationRowsAdmin):
    region = "referral__obligation__organisation__region"
    to_organisation = "referral.obligation.organisation"
    also_read = ("referral__receiving_body", "by", "acknowledged_by", "file")
    page = "admin/reregistration/withdrawal.html"
    list_before_template: Any = SENTENCE
    verbs = (Acknowledge(),)
    list_display = (
        "number",
        "organisation_name",
        "body_name",
        "reason",
        "due",
        "was_sent",
        "last_chase",
        "acknowledged",
    )
    list_filter = (Acknowledged, WhichRegion)
    # Who waits longest comes first, so that the late ones stand above the others.
    ordering = ("due_at", "pk")

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        newest = WithdrawalChase.objects.filter(withdrawal=OuterRef("pk")).order_by("-at")
        late = withdrawals.late(arrived_at(request))
        annotated: QuerySet[Any] = (
            super()
            .seen_with(request, permission)
            .annotate(
                chased_at=Subquery(newest.values("at")[:1]),
                is_late=ExpressionWrapper(late, output_field=BooleanField()),
            )
        )
        return annotated

    @column(gettext_lazy("number"))
    def number(self, row: ReferralWithdrawal) -> str:
        return row.referral.number

    @column(gettext_lazy("receiving body"))
    def body_name(self, row: ReferralWithdrawal) -> str:
        return row.referral.receiving_body.name

    @column(gettext_lazy("to be told by"), ordering="due_at", label={"late": "danger"})
    def due(self, row: Any) -> tuple[str, str]:
        return "late" if row.is_late else "in time", date_format(_due_on(row), "SHORT_DATE_FORMAT")

    @column(gettext_lazy("sent"), ordering="sent_at")
    def was_sent(self, row: ReferralWithdrawal) -> str:
        return _moment(row.sent_at)

    @column(gettext_lazy("last reminder"))
    def last_chase(self, row: Any) -> str:
        return _moment(row.chased_at)

    @column(gettext_lazy("acknowledged"), ordering="acknowledged_at")
    def acknowledged(self, row: ReferralWithdrawal) -> str:
        return _moment(row.acknowledged_at)

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<path:object_id>/file/",
            self.admin_site.admin_view(self.file_view),
            name="reregistration_referralwithdrawal_file",
        )
        return [own, *super().get_urls()]

    def file_view(self, request: HttpRequest, object_id: str) -> FileResponse:
        """The paper of an acknowledgement, for whoever may see the withdrawal in its region."""
        row = self.fetch(request, object_id, "reregistration.view_referralwithdrawal")
        return uploads.download(get_object_or_404(StoredFile, pk=row.file_id))

    def about(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {
            "title": _("Referral %(number)s taken back") % {"number": row.referral},
            "organisation": row.referral.obligation.organisation,
            "due_on": _due_on(row),
            "sendings": _sendings(row),
            "chases": row.chases.select_related("by"),
        }


def _due_on(row: ReferralWithdrawal) -> date:
    """The day by whose end the body was to be told."""
    return day_of(row.due_at - timedelta(seconds=1))


def _sendings(row: ReferralWithdrawal) -> QuerySet[Dispatch]:
    """What went to the body of this obligation, in the referral's cycle."""
    return (
        Dispatch.objects.filter(
            notice__source=row.referral.obligation.source,
            notice__cycle=row.referral.cycle,
            notice__kind__in=TO_THE_RECEIVING_BODY,
        )
        .select_related("notice")
        .order_by("pk")
    )


def _moment(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT") if at else "—"

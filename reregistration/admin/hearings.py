"""Wishes to be heard, from the day that is set to the minutes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from accounts.admin_verbs import Verb
from accounts.models import User
from registry import uploads
from registry.models import StoredFile
from registry.uploads import UploadField
from reregistration import hearing_slots, hearings
from reregistration.admin.answers import AppealAdmin, Decide, StillOpen
from reregistration.admin.columns import column
from reregistration.admin.filters import ANY, Question, WhichCampaign, WhichRegion
from reregistration.admin.hearing_slots import HOLD
from reregistration.models import Appeal, Hearing, HearingDate, HearingMinutes, HearingSlot


class SlotForm(forms.Form):
    slot = forms.TypedChoiceField(
        label=gettext_lazy("Day, hour and place"),
        help_text=gettext_lazy(
            "The free slots of its region, far enough ahead for the invitation to arrive. If there "
            "is none, open slots first."
        ),
        coerce=int,
        widget=UnfoldAdminSelectWidget,
    )


class MoveForm(SlotForm):
    reason = forms.CharField(
        label=gettext_lazy("Why it is moved"),
        help_text=gettext_lazy("It is kept with the day that was set before."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    field_order = ("slot", "reason")


class _OfAHearing(Verb):
    permission = HOLD

    def context(self, row: Hearing, *, on: date) -> dict[str, Any]:
        standing = hearings.date_of(row)
        return {
            "facts": [
                (_("Organisation"), row.obligation.organisation.name),
                (_("Day of the hearing"), hearing_slots.told(standing.slot) if standing else "—"),
                (_("To be decided by"), date_format(row.decision_by_on)),
            ]
        }


class SetHearing(_OfAHearing):
    name = "set"
    label: ClassVar[Any] = gettext_lazy("Set the hearing…")
    form_class: ClassVar[type[forms.Form]] = SlotForm
    explanation: ClassVar[Any] = gettext_lazy(
        "The organisation gets an invitation by e-mail and by registered letter, and sees the day "
        "on its page."
    )

    def suits(self, row: Hearing) -> bool:
        return row.decided_at is None and hearings.date_of(row) is None

    def prepare(self, form: Any, row: Hearing, *, on: date) -> None:
        form.fields["slot"].choices = [
            (slot.pk, hearing_slots.told(slot))
            for slot in hearing_slots.offered(row.obligation, on=on)
        ]

    def run(self, row: Hearing, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        slot = HearingSlot.objects.get(pk=answers["slot"])
        made = hearings.set_date(row, slot, by=by, at=at)
        return _("The hearing is set: %(told)s. The invitation goes out.") % {
            "told": hearing_slots.told(made.slot)
        }


class MoveHearing(SetHearing):
    name = "move"
    label = gettext_lazy("Move the hearing…")
    form_class = MoveForm
    explanation = gettext_lazy(
        "The organisation gets a new invitation. The hour that was set before is free again."
    )

    def suits(self, row: Hearing) -> bool:
        is_set = row.decided_at is None and hearings.date_of(row) is not None
        return is_set and hearings.minutes_of(row) is None

    def run(self, row: Hearing, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        slot = HearingSlot.objects.get(pk=answers["slot"])
        made = hearings.move(row, slot, reason=answers["reason"], by=by, at=at)
        return _("The hearing is moved: %(told)s. A new invitation goes out.") % {
            "told": hearing_slots.told(made.slot)
        }


class MinutesForm(forms.Form):
    present = forms.CharField(
        label=gettext_lazy("Who was present"),
        help_text=gettext_lazy("Names and positions, of the ministry too."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    text = forms.CharField(
        label=gettext_lazy("What was said"),
        help_text=gettext_lazy("The organisation gets it as you write it. It never changes."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 10}),
    )
    document = UploadField(
        label=gettext_lazy("Signed minutes or a recording's transcript"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(),
    )


class WriteMinutes(_OfAHearing):
    name = "minutes"
    label: ClassVar[Any] = gettext_lazy("Write the minutes…")
    form_class: ClassVar[type[forms.Form]] = MinutesForm
    explanation: ClassVar[Any] = gettext_lazy(
        "They are written by somebody who did not draft, sign or review anything against this "
        "organisation. It gets them by letter, and may remark on them."
    )

    def suits(self, row: Hearing) -> bool:
        return MoveHearing().suits(row)

    def run(self, row: Hearing, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        upload = answers.pop("document", None)
        document = uploads.take(upload, by=by, at=at) if upload else None
        hearings.write_minutes(row, **answers, document=document, by=by, at=at)
        return _("The minutes are written, and the organisation is told.")


class AbsenceForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What you saw"),
        help_text=gettext_lazy("How long you waited, whether anybody called."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class RecordAbsence(WriteMinutes):
    name = "absence"
    label = gettext_lazy("Nobody came…")
    form_class = AbsenceForm
    explanation = gettext_lazy(
        "The wish is then decided on the papers. It is recorded only where it is proven that the "
        "organisation knew the day; otherwise move the hearing."
    )

    def run(self, row: Hearing, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        hearings.record_absence(row, text=answers["text"], by=by, at=at)
        return _("It is recorded that nobody came, and the organisation is told.")


class WhereItStands(Question):
    title = gettext_lazy("Where does it stand?")
    parameter_name = "step"
    answers: ClassVar = {
        ANY: gettext_lazy("show all"),
        "unset": gettext_lazy("no day is set"),
        "set": gettext_lazy("a day is set"),
        "heard": gettext_lazy("minutes are written"),
    }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.answer == ANY:
            return queryset
        if self.answer == "heard":
            return queryset.filter(minutes__isnull=False)
        is_set = Exists(HearingDate.objects.filter(hearing=OuterRef("pk"), freed_at__isnull=True))
        waiting = queryset.filter(minutes__isnull=True)
        return waiting.filter(is_set if self.answer == "set" else ~is_set)


@admin.register(Hearing)
class HearingAdmin(AppealAdmin):
    page = "admin/reregistration/hearing.html"
    verbs = (SetHearing(), MoveHearing(), WriteMinutes(), RecordAbsence(), Decide())
    list_display: tuple[str, ...] = (*AppealAdmin.list_display[:-1], "heard_at", "outcome_label")
    list_filter = (StillOpen, WhereItStands, WhichRegion, WhichCampaign)

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        standing = HearingDate.objects.filter(hearing=OuterRef("pk"), freed_at__isnull=True)
        rows: QuerySet[Any] = super().seen_with(request, permission)
        dated: QuerySet[Any] = rows.annotate(hearing_at=standing.values("slot__begins_at")[:1])
        return dated

    @column(gettext_lazy("day of the hearing"), ordering="hearing_at")
    def heard_at(self, row: Any) -> str:
        if row.hearing_at is None:
            return "—"
        return date_format(timezone.localtime(row.hearing_at), "SHORT_DATETIME_FORMAT")

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<int:pk>/minutes/document/",
            self.admin_site.admin_view(self.minutes_document),
            name="reregistration_hearing_minutes_document",
        )
        return [own, *super().get_urls()]

    def minutes_document(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The file of the minutes, for those who may read the wish."""
        row = self.fetch(request, str(pk), "reregistration.view_hearing")
        of_minutes = HearingMinutes.objects.filter(hearing=row.pk).values("document")
        return uploads.download(get_object_or_404(StoredFile, pk__in=of_minutes))

    def about(self, request: HttpRequest, row: Appeal) -> dict[str, Any]:
        minutes = HearingMinutes.objects.filter(hearing=row.pk).select_related("by", "document")
        dates = HearingDate.objects.filter(hearing=row.pk).select_related("slot", "by", "freed_by")
        found = minutes.first()
        link = "admin:reregistration_hearing_minutes_document"
        return {
            **super().about(request, row),
            "dates": [(date, hearing_slots.told(date.slot)) for date in dates],
            "minutes": found,
            "remarks": found.remarks.select_related("by") if found else [],
            "minutes_url": reverse(link, args=[row.pk]) if found and found.document else "",
        }

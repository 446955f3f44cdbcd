"""The evidence log: entries are logged on the case's page, and replaced here, never changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from accounts.admin_verbs import ReasonForm, Verb
from accounts.models import User
from notices.models import Dispatch
from notices.states import Channel
from registry import uploads
from registry.models import Organisation, StoredFile
from registry.uploads import UploadField
from reregistration.admin.columns import column
from reregistration.admin.filters import ANY, Question, WhichRegion
from reregistration.admin.marking import SENTENCE, VERB_PAGE
from reregistration.admin.organisations import OrganisationRowsAdmin
from reregistration.models import EvidenceItem
from reregistration.referral import evidence
from reregistration.states import LOGGED, EvidenceKind

LOG = "reregistration.log_evidence"


class EvidenceForm(forms.Form):
    """What was found. A paper is asked for where the kind proves nothing without it."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[(kind.value, kind.label) for kind in LOGGED if kind != EvidenceKind.NOTHING],
        widget=UnfoldAdminRadioSelectWidget,
    )
    on = forms.DateField(label=gettext_lazy("Day of the fact"), widget=UnfoldAdminDateWidget())
    address = forms.CharField(
        label=gettext_lazy("Address"),
        help_text=gettext_lazy("Where the letter went, the visit was made, or people were sought."),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    words = forms.CharField(
        label=gettext_lazy("What was found, by whom and how"),
        help_text=gettext_lazy("A court reads it. Leave personal numbers (IIN) out."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
    )
    somebody_found = forms.BooleanField(
        label=gettext_lazy("Somebody of the organisation was found"),
        help_text=gettext_lazy(
            "Then it is not absent: nothing from before that day counts, and no file for the court "
            "can be made of this time."
        ),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )
    dispatch = forms.ModelChoiceField(
        label=gettext_lazy("Our letter, if it is one that came back"),
        help_text=gettext_lazy("What the carrier's file says is there already: do not type it in."),
        queryset=Dispatch.objects.none(),
        required=False,
        empty_label=gettext_lazy("none of ours"),
        widget=UnfoldAdminSelectWidget,
    )
    file = UploadField(
        label=gettext_lazy("Signed act or another paper"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(),
    )


def letters_to(organisation: Organisation) -> QuerySet[Dispatch]:
    """The organisation's letters that were given to the carrier."""
    return (
        Dispatch.objects.filter(
            notice__organisation=organisation, channel=Channel.LETTER, sent_at__isnull=False
        )
        .select_related("notice")
        .order_by("-sent_at")
    )


def offer_letters(form: Any, organisation: Organisation) -> None:
    """Let the form choose among the organisation's own letters, by number, kind and address."""
    field = form.fields["dispatch"]
    field.queryset = letters_to(organisation)
    field.label_from_instance = lambda row: (
        f"{row.notice.number}, {row.notice.get_kind_display()}: {row.address}"
    )


def found_in(answers: dict[str, Any], *, by: User, at: datetime) -> evidence.Found:
    """What the form says; its file is checked and kept first, outside any transaction."""
    upload = answers["file"]
    return evidence.Found(
        EvidenceKind(answers["kind"]),
        answers["on"],
        answers["words"],
        address=answers["address"],
        file=uploads.take(upload, by=by, at=at) if upload else None,
        dispatch=answers["dispatch"],
        somebody_found=answers["somebody_found"],
    )


class Replace(Verb):
    name = "replace"
    label = gettext_lazy("Replace…")
    permission = LOG
    template = VERB_PAGE
    form_class = EvidenceForm
    explanation = gettext_lazy(
        "The new entry stands in this one's place; both stay in the log. Without a new paper it "
        "keeps that of the first."
    )

    def suits(self, row: EvidenceItem) -> bool:
        return row.kind != EvidenceKind.NOTHING and not hasattr(row, "replaced_by")

    def empty_form(self, row: EvidenceItem, asked: Any) -> forms.Form:
        return self.form(
            row,
            initial={
                "kind": row.kind,
                "on": row.on,
                "address": row.text.address,
                "words": row.text.words,
                "somebody_found": row.somebody_found,
                "dispatch": row.dispatch_id,
            },
        )

    def prepare(self, form: Any, row: EvidenceItem, *, on: date) -> None:
        offer_letters(form, row.organisation)

    def run(self, row: EvidenceItem, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        evidence.replace(row, found_in(answers, by=by, at=at), by=by, at=at)
        return _("Replaced. Both entries stay in the log.")


class Strike(Verb):
    name = "strike"
    label = gettext_lazy("Entered in error…")
    permission = LOG
    template = VERB_PAGE
    form_class = ReasonForm
    is_grave = True
    explanation = gettext_lazy("The entry counts no more. It stays in the log, with your reason.")

    def suits(self, row: EvidenceItem) -> bool:
        return row.kind != EvidenceKind.NOTHING and not hasattr(row, "replaced_by")

    def run(self, row: EvidenceItem, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        evidence.strike(row, reason=answers["reason"], by=by, at=at)
        return _("The entry counts no more.")


class StillCounts(Question):
    title = gettext_lazy("Does it count?")
    parameter_name = "counts"
    answers: ClassVar = {
        "yes": gettext_lazy("yes"),
        "no": gettext_lazy("no, replaced or an error"),
        ANY: gettext_lazy("show all"),
    }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.answer == ANY:
            return queryset
        standing = evidence.standing().values("pk")
        if self.answer == "yes":
            return queryset.filter(pk__in=standing)
        return queryset.exclude(pk__in=standing)


@admin.register(EvidenceItem)
class EvidenceItemAdmin(OrganisationRowsAdmin):
    region = "organisation__region"
    also_read = ("text", "file", "dispatch__notice", "by", "replaces", "replaced_by")
    page = "admin/reregistration/evidence.html"
    list_before_template: Any = SENTENCE
    verbs = (Replace(), Strike())
    list_display = ("organisation_number", "organisation_name", "kind", "on", "logged_by", "at")
    list_filter = (StillCounts, "kind", WhichRegion)
    ordering = ("-pk",)

    @column(gettext_lazy("logged by"))
    def logged_by(self, row: EvidenceItem) -> str:
        return str(row.by)

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<path:object_id>/file/",
            self.admin_site.admin_view(self.file_view),
            name="reregistration_evidenceitem_file",
        )
        return [own, *super().get_urls()]

    def file_view(self, request: HttpRequest, object_id: str) -> FileResponse:
        """The paper of one entry, for whoever may see the entry in its region."""
        row = self.fetch(request, object_id, "reregistration.view_evidenceitem")
        return uploads.download(get_object_or_404(StoredFile, pk=row.file_id))

    def about(self, request: HttpRequest, row: EvidenceItem) -> dict[str, Any]:
        return {
            "title": capfirst(row.get_kind_display()),
            "organisation": row.organisation,
            "file_url": file_url(row),
        }


def file_url(row: EvidenceItem) -> str:
    """Where the paper of an entry is downloaded; empty where it has none."""
    if row.file_id is None:
        return ""
    return reverse("admin:reregistration_evidenceitem_file", args=[row.pk])

"""The front desk: filings on paper to type in, to confirm against the scan, and contested ones."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from accounts import access
from accounts.admin_verbs import ReasonForm, Verb, arrived_at, person, today
from accounts.models import User
from accounts.refusals import Refused
from registry import uploads
from registry.models import Organisation, StoredFile
from registry.uploads import UploadField
from reregistration import answers, paper
from reregistration.admin.answers import DECIDE, DecisionForm
from reregistration.admin.columns import column
from reregistration.admin.filters import ANY, Question, WhichRegion
from reregistration.admin.organisations import OrganisationRowsAdmin
from reregistration.drafts import SavedElsewhere
from reregistration.models import Campaign, Obligation, PaperFiling
from reregistration.sections import saves
from reregistration.sections.sheet import Sheet, with_rows
from reregistration.sections.table import sections_of
from reregistration.states import (
    PAPER_WAITS,
    AnswerOutcome,
    CampaignState,
    FilingKind,
    FilingState,
    PaperState,
)

TYPE = "reregistration.type_paper"
VERB_PAGE = "admin/reregistration/paper_verb.html"


class FormOfPaperForm(forms.Form):
    """What the paper answers, and which form it is."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What the paper says"),
        choices=[(kind.value, kind.label) for kind in FilingKind if kind != FilingKind.UNCHANGED],
        initial=FilingKind.DETAILS,
        widget=UnfoldAdminRadioSelectWidget,
    )
    size = forms.ChoiceField(
        label=gettext_lazy("Which form it is"),
        choices=[
            ("short", gettext_lazy("the short form")),
            ("full", gettext_lazy("the full form")),
        ],
        initial="short",
        widget=UnfoldAdminRadioSelectWidget,
    )


class ReceiveForm(FormOfPaperForm):
    """A paper as it lies on the desk: whose it is, its days, its scan."""

    organisation = forms.CharField(
        label=gettext_lazy("BIN or register number"),
        max_length=30,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True}),
    )
    campaign = forms.ModelChoiceField(
        label=gettext_lazy("Campaign"),
        queryset=Campaign.objects.filter(state=CampaignState.OPEN),
        widget=UnfoldAdminSelectWidget,
    )
    received_on = forms.DateField(
        label=gettext_lazy("Day of receipt"), widget=UnfoldAdminDateWidget()
    )
    posted_on = forms.DateField(
        label=gettext_lazy("Day of the postmark"),
        help_text=gettext_lazy(
            "It decides whether the filing is on time. Leave it empty if it was handed in."
        ),
        required=False,
        widget=UnfoldAdminDateWidget(),
    )
    incoming = forms.CharField(
        label=gettext_lazy("Incoming number"),
        max_length=40,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )
    scan = UploadField(
        label=gettext_lazy("Scan of the paper and its envelope"),
        widget=UnfoldAdminFileFieldWidget(),
    )
    field_order = (
        "organisation",
        "campaign",
        "received_on",
        "posted_on",
        "incoming",
        "kind",
        "size",
        "scan",
    )


class RevisionForm(forms.Form):
    """The revision that was compared with the scan."""

    revision = forms.IntegerField(widget=forms.HiddenInput)


class _OfPaper(Verb):
    permission = TYPE
    template = VERB_PAGE

    def suits(self, row: PaperFiling) -> bool:
        return row.state in self.states

    states: ClassVar[tuple[PaperState, ...]] = (PaperState.TO_TYPE,)


class FormOfPaper(_OfPaper):
    name = "form"
    label = gettext_lazy("Another form…")
    form_class = FormOfPaperForm
    explanation = gettext_lazy("What was typed into sections of both forms stays.")

    def empty_form(self, row: PaperFiling, asked: Any) -> forms.Form:
        draft = row.filing
        size = "short" if draft.is_short else "full"
        return self.form(row, initial={"kind": draft.kind, "size": size})

    def run(self, row: PaperFiling, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        kind, is_short = FilingKind(answers["kind"]), answers["size"] == "short"
        paper.choose(row, kind=kind, is_short=is_short, by=by, at=at)
        return _("Saved. Type in its sections.")


class Finish(_OfPaper):
    name = "finish"
    label = gettext_lazy("All is typed in")
    at_once = True
    explanation = gettext_lazy(
        "A second person then compares it with the scan. What is missing on the paper may be "
        "missing here."
    )

    def run(self, row: PaperFiling, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        paper.finish(row, by=by, at=at)
        return _("Typed in. Another person confirms it.")


class Confirm(_OfPaper):
    name = "confirm"
    label = gettext_lazy("Compare and confirm…")
    form_class = RevisionForm
    is_grave = True
    states = (PaperState.TO_CONFIRM,)
    explanation = gettext_lazy(
        "Compare each answer, the day of receipt and the postmark with the scan. Once you confirm, "
        "it is filed as of the postmark, and every known address of the organisation is told."
    )

    def empty_form(self, row: PaperFiling, asked: Any) -> forms.Form:
        return self.form(row, initial={"revision": row.filing.revision})

    def context(self, row: PaperFiling, *, on: Any) -> dict[str, Any]:
        return {"sections": answers.by_section(row.filing), "scan_url": scan_url(row)}

    def run(self, row: PaperFiling, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        filed = paper.confirm(row, revision=answers["revision"], by=by, at=at)
        return _("Confirmed: filing %(number)s. The organisation is told.") % {"number": filed}


class SendBack(_OfPaper):
    name = "send-back"
    label = gettext_lazy("Send back to be typed anew…")
    form_class = ReasonForm
    states = (PaperState.TO_CONFIRM,)
    explanation = gettext_lazy("Write what differs from the scan, and in which section.")

    def run(self, row: PaperFiling, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        paper.send_back(row, reason=answers["reason"], by=by, at=at)
        return _("Sent back to be typed anew.")


class Drop(_OfPaper):
    name = "drop"
    label = gettext_lazy("Logged in error…")
    form_class = ReasonForm
    is_grave = True
    states = PAPER_WAITS
    explanation = gettext_lazy(
        "It is no filing of this organisation, and protects it no more. Somebody says so who did "
        "not log it."
    )

    def run(self, row: PaperFiling, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        paper.drop(row, reason=answers["reason"], by=by, at=at)
        return _("It counts no more. It stays in the list, with your reason.")


class DecideContest(Verb):
    name = "decide"
    label = gettext_lazy("Decide on the contest…")
    permission = DECIDE
    template = VERB_PAGE
    form_class = DecisionForm
    is_grave = True
    explanation = gettext_lazy(
        "Somebody decides who neither logged, typed in nor confirmed it. Upheld, the filing is set "
        "aside: the version before it is under review again, or the organisation gets the term of "
        "a return to file. Dismissed, the review goes on. The organisation gets a letter."
    )

    def suits(self, row: PaperFiling) -> bool:
        return row.is_contested

    def run(self, row: PaperFiling, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        paper.decide(
            row,
            outcome=AnswerOutcome(answers["outcome"]),
            decision=answers["decision"],
            by=by,
            at=at,
        )
        return _("The decision on %(number)s is recorded.") % {"number": row}


class WhatIsToBeDone(Question):
    title = gettext_lazy("What is to be done?")
    parameter_name = "todo"
    answers: ClassVar = {
        "waits": gettext_lazy("type in, confirm or decide"),
        PaperState.TO_TYPE.value: gettext_lazy("type in"),
        PaperState.TO_CONFIRM.value: gettext_lazy("confirm"),
        "contested": gettext_lazy("decide on a contest"),
        ANY: gettext_lazy("show all"),
    }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        contested = queryset.filter(contested_at__isnull=False, decided_at__isnull=True)
        if self.answer == "contested":
            return contested
        if self.answer == "waits":
            return queryset.filter(state__in=PAPER_WAITS) | contested
        if self.answer == ANY:
            return queryset
        return queryset.filter(state=self.answer)


@admin.register(PaperFiling)
class PaperFilingAdmin(OrganisationRowsAdmin):
    """What lies longest comes first."""

    region = "obligation__organisation__region"
    to_organisation = "obligation.organisation"
    also_read = ("obligation__campaign", "filing", "scan", "received_by", "typed_by")
    page = "admin/reregistration/paper.html"
    verbs = (FormOfPaper(), Finish(), Confirm(), SendBack(), Drop(), DecideContest())
    list_display = (
        "title",
        "organisation_number",
        "organisation_name",
        "received_on",
        "posted_on",
        "where",
        "typed_by_whom",
    )
    list_display_links = ("title",)
    list_filter = (WhatIsToBeDone, WhichRegion)
    ordering = ("received_on", "pk")

    @column(gettext_lazy("paper"))
    def title(self, row: PaperFiling) -> str:
        return str(row)

    @column(
        gettext_lazy("state"),
        label={
            PaperState.TO_TYPE: "info",
            PaperState.TO_CONFIRM: "warning",
            PaperState.CONFIRMED: "success",
            "contested": "danger",
        },
    )
    def where(self, row: PaperFiling) -> tuple[str, str]:
        if row.is_contested:
            return "contested", _("contested")
        return row.state, row.get_state_display()

    @column(gettext_lazy("typed in by"))
    def typed_by_whom(self, row: PaperFiling) -> str:
        return str(row.typed_by or "—")

    def get_urls(self) -> list[URLPattern]:
        prefix = "reregistration_paperfiling"
        own = [
            path(
                "<path:object_id>/scan/",
                self.admin_site.admin_view(self.scan_view),
                name=f"{prefix}_scan",
            ),
            path(
                "<path:object_id>/type/",
                self.admin_site.admin_view(self.type_view),
                name=f"{prefix}_type",
            ),
        ]
        return [*own, *super().get_urls()]

    def scan_view(self, request: HttpRequest, object_id: str) -> FileResponse:
        """The scan of one paper, for whoever may see the paper in its region."""
        row = self.fetch(request, object_id, "reregistration.view_paperfiling")
        return uploads.download(get_object_or_404(StoredFile, pk=row.scan_id))

    def about(self, request: HttpRequest, row: PaperFiling) -> dict[str, Any]:
        row.filing.obligation = row.obligation
        may_type = row.state == PaperState.TO_TYPE and person(request).has_perm(TYPE)
        return {
            "title": _("Paper filing %(number)s") % {"number": row},
            "organisation": row.obligation.organisation,
            "filed": row.filing if row.filing.state != FilingState.DRAFT else None,
            "steps": row.steps.select_related("by"),
            "scan_url": scan_url(row),
            "sections": [
                (told, f"{type_url(row)}?section={told.section.code}" if may_type else "")
                for told in answers.by_section(row.filing)
            ],
        }

    def has_add_permission(self, request: HttpRequest) -> bool:
        return person(request).has_perm("reregistration.add_paperfiling")

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Log a paper that was received, with its scan."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        is_post = request.method == "POST"
        form = (
            ReceiveForm(request.POST, request.FILES)
            if is_post
            else ReceiveForm(
                initial={
                    "received_on": today(request),
                    "campaign": Campaign.objects.filter(state=CampaignState.OPEN).last(),
                }
            )
        )
        if is_post and form.is_valid():
            try:
                made = self._received(request, form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(
                    request, _("Logged: no step is taken against the organisation from now on.")
                )
                return HttpResponseRedirect(type_url(made))
        return self.render(
            request,
            "admin/reregistration/receive_paper.html",
            None,
            title=_("Log a paper filing"),
            form=form,
        )

    def _received(self, request: HttpRequest, said: dict[str, Any]) -> PaperFiling:
        by, at = person(request), arrived_at(request)
        asked = Organisation.objects.numbered(said["organisation"])
        seen = access.within(
            Obligation.objects.filter(campaign=said["campaign"], organisation__in=asked),
            "organisation__region",
            user=by,
            permission=TYPE,
            on=today(request),
        )
        found = seen.first()
        if found is None:
            raise Refused(
                _(
                    "No organisation of your regions with this BIN or number has to file in this "
                    "campaign. Look for it in the register."
                )
            )
        return paper.receive(
            found,
            scan=uploads.take(said["scan"], by=by, at=at),
            received_on=said["received_on"],
            posted_on=said["posted_on"],
            incoming=said["incoming"],
            kind=FilingKind(said["kind"]),
            is_short=said["size"] == "short",
            by=by,
            at=at,
        )

    def type_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """One section of the form, as it stands on the paper: Enter saves it and goes on."""
        row = self.fetch(request, object_id, TYPE)
        if row.state != PaperState.TO_TYPE:
            messages.error(request, _("That is not possible now: look at the state of the row."))
            return HttpResponseRedirect(self.row_url(row))
        draft = row.filing
        draft.obligation = row.obligation
        sections = sections_of(draft)
        code = request.GET.get("section", "")
        asked = next((one for one in sections if one.code == code), sections[0])
        sheet, refusal = Sheet(asked, draft), ""
        revision = saves.last(draft, asked.code).revision
        if request.method == "POST":
            rows = {name: request.POST.get(f"{name}_row", "") for name in ("add", "remove")}
            sheet = Sheet(asked, draft, with_rows(request.POST, **rows))
            try:
                sheet.filing = draft = paper.save_section(
                    row,
                    asked,
                    sheet.entry,
                    revision=_number(request.POST.get("revision", "")),
                    by=person(request),
                    at=arrived_at(request),
                )
                revision = saves.last(draft, asked.code).revision
            except SavedElsewhere as elsewhere:
                # Saving once more takes what stands on this page.
                refusal, revision = str(elsewhere), elsewhere.revision
            except Refused as refused:
                messages.error(request, str(refused))
                return HttpResponseRedirect(self.row_url(row))
            if not (refusal or any(rows.values()) or sheet.faults()):
                messages.success(request, _("Saved: %(section)s.") % {"section": asked.title})
                return HttpResponseRedirect(self._after(row, asked, sections))
        return self.render(
            request,
            "admin/reregistration/type_paper.html",
            row,
            title=asked.title,
            asked=asked,
            sheet=sheet,
            sections=[(one, f"{type_url(row)}?section={one.code}") for one in sections],
            revision=revision,
            refusal=refusal,
            faults=sheet.faults(),
            scan_url=scan_url(row),
            organisation=row.obligation.organisation,
        )

    def _after(self, row: PaperFiling, asked: Any, sections: Any) -> str:
        """The next section, or the paper's page."""
        place = list(sections).index(asked) + 1
        if place < len(sections):
            return f"{type_url(row)}?section={sections[place].code}"
        return self.row_url(row)


def type_url(row: PaperFiling) -> str:
    return reverse("admin:reregistration_paperfiling_type", args=[row.pk])


def scan_url(row: PaperFiling) -> str:
    return reverse("admin:reregistration_paperfiling_scan", args=[row.pk])


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0

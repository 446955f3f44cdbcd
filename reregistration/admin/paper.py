"""The front desk: filings on paper to type in, to confirm against the scan, and contested ones."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_verbs import arrived_at, person, today
from accounts.refusals import Refused
from registry import uploads
from registry.models import StoredFile
from reregistration import answers
from reregistration.admin.columns import column
from reregistration.admin.filters import ANY, Question, WhichRegion
from reregistration.admin.organisations import OrganisationRowsAdmin
from reregistration.admin.paper_addresses import scan_url, type_url
from reregistration.admin.paper_forms import ReceiveForm
from reregistration.admin.paper_receiving import receive
from reregistration.admin.paper_typing import TypingPage
from reregistration.admin.paper_verbs import (
    TYPE,
    Confirm,
    DecideContest,
    Drop,
    Finish,
    FormOfPaper,
    SendBack,
)
from reregistration.models import Campaign, PaperFiling
from reregistration.states import PAPER_WAITS, CampaignState, FilingState, PaperState


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
                made = receive(
                    form.cleaned_data,
                    by=person(request),
                    at=arrived_at(request),
                    on=today(request),
                )
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

    def type_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """One section of the form: Enter saves it and goes on."""
        row = self.fetch(request, object_id, TYPE)
        if row.state != PaperState.TO_TYPE:
            messages.error(request, _("That is not possible now: look at the state of the row."))
            return HttpResponseRedirect(self.row_url(row))
        page = TypingPage(row, request.GET.get("section", ""))
        if request.method == "POST":
            try:
                is_done = page.save(request.POST, by=person(request), at=arrived_at(request))
            except Refused as refused:
                messages.error(request, str(refused))
                return HttpResponseRedirect(self.row_url(row))
            if is_done:
                messages.success(request, _("Saved: %(section)s.") % {"section": page.asked.title})
                return HttpResponseRedirect(page.next_url or self.row_url(row))
        return self.render(request, "admin/reregistration/type_paper.html", row, **page.context())

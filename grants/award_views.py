"""Pages of an organisation's people about what was awarded: the agreement, and its reports."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.limits import refuse_beyond
from accounts.refusals import Refused
from grants import access, award, eligibility, reports
from grants.access import SignedInRequest
from grants.forms import ReasonForm
from grants.models import Award, Report
from grants.states import (
    REPORT_ALLOWED,
    AwardEventKind,
    AwardState,
    InstalmentState,
    ReportState,
)
from registry import uploads
from registry.calendar import day_of
from registry.fields import MoneyField
from registry.file_types import DOCUMENTS, accepted_by_browsers
from registry.uploads import UploadField

_LONG = {"class": "form-control", "rows": 5}


class _Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class _FilesField(UploadField):
    """Several at once: a phone takes a photo of each receipt."""

    def __init__(self, **options: Any) -> None:
        accepted = accepted_by_browsers(DOCUMENTS)
        widget = _Files({"class": "form-control", "accept": accepted})
        super().__init__(widget=widget, **options)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(_FilesField, self).clean(one, initial) for one in data or ()]


class ReportForm(forms.Form):
    """What was done, what has changed, and what was spent on each line of the budget."""

    text = forms.CharField(
        label=gettext_lazy("What was done"), widget=forms.Textarea(_LONG), max_length=20_000
    )
    results = forms.CharField(
        label=gettext_lazy("What has changed"), widget=forms.Textarea(_LONG), max_length=20_000
    )

    def __init__(self, report: Report, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(report.award.application.lines.order_by("position"))
        said = {row.budget_line_id: row.spent for row in report.lines.all()}
        self.fields["text"].initial, self.fields["results"].initial = report.text, report.results
        for line in self.lines:
            self.fields[f"spent_{line.pk}"] = MoneyField(
                label=_("Spent: %(line)s") % {"line": line},
                initial=said.get(line.pk),
                required=False,
            )
            self.fields[f"spent_{line.pk}"].widget.attrs["class"] = "form-control"
        self.fields["file"] = _FilesField(label=_("Files or photos"), required=False)

    def spent(self) -> dict[int, Any]:
        """By line; a line without a sum is one on which nothing was spent."""
        return {line.pk: self.cleaned_data[f"spent_{line.pk}"] or 0 for line in self.lines}


@require_safe
@login_required
def page(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    """What was awarded, what was paid, what is to be done and by when."""
    found = access.award_of(request.user, number, pk)
    on = day_of(request.arrived_at)
    return _page(
        request,
        "award",
        found,
        may_write=access.may_write_for(request.user, found.organisation),
        may_answer=found.state == AwardState.OFFERED and on <= found.accept_by_on,
        blocks=eligibility.payment_blocks(found.organisation, on),
        instalments=found.instalments.exclude(state=InstalmentState.CANCELLED),
        demands=found.demands.with_left(),
        reports=found.reports.exclude(state=ReportState.DROPPED).order_by("due_on"),
        # What the officer is warned of is not the log's to tell: the page says what is so now.
        events=found.events.exclude(kind=AwardEventKind.WARNED),
    )


@require_POST
@login_required
def accept(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    access.organisation_to_write_for(request.user, number)
    found = access.award_of(request.user, number, pk)
    try:
        award.accept(found, by=request.user, at=request.arrived_at)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The agreement is in force."))
    return redirect("grants_award", number, pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def refuse(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    access.organisation_to_write_for(request.user, number)
    found = access.award_of(request.user, number, pk)
    if found.state != AwardState.OFFERED:
        return redirect("grants_award", number, pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            award.refuse(
                found, reason=form.cleaned_data["reason"], by=request.user, at=request.arrived_at
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("You have not accepted the grant."))
            return redirect("grants_award", number, pk)
    return _page(request, "refuse", found, form=form)


@require_safe
@login_required
def agreement(request: SignedInRequest, number: str, pk: int) -> FileResponse:
    found = access.award_of(request.user, number, pk)
    if found.agreement_file is None:
        raise Http404
    return uploads.download(found.agreement_file)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def report(request: SignedInRequest, number: str, pk: int, position: int) -> HttpResponse:
    """A report that is due or was returned: written and handed in on one page. One that is handed
    in, or that the person only reads: what it says, and what the operator says of it."""
    found = access.award_of(request.user, number, pk)
    row = found.reports.filter(position=position).first()
    if row is None:
        raise Http404
    row.award = found
    is_sent = request.method == "POST"
    if is_sent:
        access.organisation_to_write_for(request.user, number)
    is_open = ReportState.SUBMITTED in REPORT_ALLOWED[row.state]
    if is_sent and not is_open:
        messages.info(request, _("This report is handed in already."))
        return redirect("grants_report", number, pk, position)
    if not is_open or not access.may_write_for(request.user, found.organisation):
        return _page(
            request,
            "reported",
            found,
            report=row,
            lines=row.lines.select_related("budget_line"),
            papers=row.papers.select_related("file"),
        )
    form = ReportForm(row, *([request.POST, request.FILES] if is_sent else []))
    if is_sent and form.is_valid():
        files = form.cleaned_data["file"]
        if files:
            refuse_beyond(request, "upload", "60/h")
        try:
            reports.refuse_too_many(row, len(files))
            reports.submit(
                row,
                text=form.cleaned_data["text"],
                results=form.cleaned_data["results"],
                spent=form.spent(),
                papers=[
                    uploads.take(file, by=request.user, at=request.arrived_at) for file in files
                ],
                by=request.user,
                at=request.arrived_at,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Your report has arrived."))
            return redirect("grants_award", number, pk)
    papers = row.papers.select_related("file")
    return _page(request, "report", found, form=form, report=row, papers=papers)


def _page(request: SignedInRequest, name: str, found: Award, **context: Any) -> HttpResponse:
    return render(
        request,
        f"grants/{name}.html",
        {"section": "my", "award": found, "organisation": found.organisation, **context},
    )

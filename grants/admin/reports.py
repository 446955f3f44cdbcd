"""Reports on grants: read, accepted, returned for correction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.admin_verbs import CaseAdmin, Verb
from accounts.models import User
from grants import reports
from grants.admin import shown
from grants.admin.papers import PapersMixin
from grants.models import Report
from grants.states import ReportState
from registry.money import tenge


class WordsForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("In words"),
        help_text=gettext_lazy("The organisation reads it."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class _OfTheSubmitted(Verb):
    permission = "grants.review_report"

    def suits(self, row: Report) -> bool:
        return row.state == ReportState.SUBMITTED


class Accept(_OfTheSubmitted):
    name = "accept"
    label = gettext_lazy("Accept…")

    def run(self, row: Report, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        reports.accept(row, by=by, at=at)
        return _("The report is accepted.")


class SendBack(_OfTheSubmitted):
    name = "send_back"
    label = gettext_lazy("Return for correction…")
    form_class = WordsForm
    explanation = gettext_lazy("The organisation has five working days to correct it.")

    def run(self, row: Report, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        reports.send_back(row, words=answers["words"], by=by, at=at)
        return _("The report is returned.")


@admin.register(Report)
class ReportAdmin(PapersMixin, CaseAdmin):  # type: ignore[misc]
    region = region_path = "award__organisation__region"
    page = "admin/grants/case.html"
    verbs = (Accept(), SendBack())
    list_display = ("award_shown", "kind", "due_on", "state", "submitted_at", "spent_shown")
    list_filter = ("state", "kind")
    list_select_related = ("award",)

    def get_ordering(self, request: HttpRequest) -> Any:
        """What waits for its review first, then what is late or due, the nearest day first."""
        order = (ReportState.SUBMITTED, ReportState.RETURNED, ReportState.DUE)
        places = [When(state=state, then=place) for place, state in enumerate(order)]
        return (Case(*places, default=len(order)), "due_on", "pk")

    @admin.display(description=gettext_lazy("Grant"))
    def award_shown(self, row: Report) -> str:
        return f"{row.award}".replace("-", "\N{NON-BREAKING HYPHEN}")

    @admin.display(description=gettext_lazy("Spent"))
    def spent_shown(self, row: Report) -> str:
        return tenge(row.spent)

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        rows = super().seen_with(request, permission)
        return rows.select_related("award__organisation")

    def papers_of(self, row: Report) -> QuerySet[Any]:
        return row.papers.all()

    def about(self, request: HttpRequest, row: Report) -> dict[str, Any]:
        lines = row.lines.select_related("budget_line")
        return {
            "title": f"{row.award} · {row.get_kind_display()}",
            "under": f"{row.award.organisation.name} · {capfirst(row.get_state_display())}",
            "facts": [
                (_("Period from"), shown.day(row.period_from_on)),
                (_("Period until and including"), shown.day(row.period_until_on)),
                (_("Due date"), shown.day(row.due_on)),
                (_("Submitted"), shown.moment(row.submitted_at)),
                (_("What was done"), row.text or "—"),
                (_("What has changed"), row.results or "—"),
                (_("Spent"), tenge(row.spent)),
                (_("Paid"), tenge(row.award.paid)),
                (_("In the operator's words"), row.review_words or "—"),
            ],
            "tables": [
                (
                    _("Spent by line of the budget"),
                    [_("Line"), _("Planned, tenge"), _("Spent, tenge")],
                    [
                        (held.budget_line, tenge(held.budget_line.amount), tenge(held.spent))
                        for held in lines
                    ],
                ),
                self.papers_table(row),
            ],
        }

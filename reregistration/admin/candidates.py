"""The candidates of marking rounds, and the marks with the evidence they rest on."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextareaWidget

from accounts.admin_verbs import ReasonForm, Verb, person, today
from accounts.models import User
from registry.calendar import day_of
from reregistration.admin.columns import column
from reregistration.admin.filters import WhichRegion
from reregistration.admin.marking import MANAGE, SENTENCE, VERB_PAGE
from reregistration.admin.organisations import OrganisationRowsAdmin
from reregistration.admin.reasons import liquidable_today
from reregistration.marking import reversal, rounds, rule
from reregistration.models import Mark, RoundCandidate
from reregistration.states import CandidateState, ReversalReason, State


class TakeOut(Verb):
    name = "take-out"
    label = gettext_lazy("Take out…")
    permission = MANAGE
    template = VERB_PAGE
    form_class = ReasonForm
    explanation = gettext_lazy("The organisation leaves this round. Nothing can be put in.")

    def suits(self, row: RoundCandidate) -> bool:
        return row.state == CandidateState.WAITING

    def run(self, row: RoundCandidate, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        rounds.take_out(row, by=by, at=at, reason=answers["reason"])
        return _("Taken out of the round.")


@admin.register(RoundCandidate)
class RoundCandidateAdmin(OrganisationRowsAdmin):
    region = "obligation__organisation__region"
    to_organisation = "obligation.organisation"
    also_read = ("round", "obligation__campaign")
    page = "admin/reregistration/candidate.html"
    list_before_template: Any = SENTENCE
    verbs = (TakeOut(),)
    list_display = (
        "position",
        "organisation_number",
        "organisation_name",
        "region_name",
        "due_on",
        "state_label",
        "reason",
    )
    list_display_links = ("position", "organisation_number")
    list_filter = ("state", WhichRegion)
    ordering = ("-round", "position")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "round" or bool(super().lookup_allowed(lookup, value, request))

    @column(gettext_lazy("due date"), ordering="obligation__due_on")
    def due_on(self, row: RoundCandidate) -> date:
        return row.obligation.due_on

    @column(
        gettext_lazy("state"),
        ordering="state",
        label={CandidateState.MARKED: "danger", CandidateState.WAITING: "info"},
    )
    def state_label(self, row: RoundCandidate) -> tuple[str, str]:
        return row.state, row.get_state_display()

    def about(self, request: HttpRequest, row: RoundCandidate) -> dict[str, Any]:
        return {
            "title": row.obligation.organisation.name,
            "organisation": row.obligation.organisation,
            "reason_text": reason_text(row),
            "reasons": liquidable_today(row.obligation, today(request)),
            "today": today(request),
        }


def reason_text(row: RoundCandidate) -> str:
    """The reason in sentences: a re-check stores the codes of the conditions that failed."""
    if row.state != CandidateState.NO_LONGER:
        return row.reason
    sentences = {
        condition.code: str(condition.sentence)
        for condition in rule.conditions(row.obligation.campaign, row.round.on)
    }
    return " ".join(sentences.get(code, code) for code in row.reason.split(", "))


class ReversalForm(forms.Form):
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The organisation reads it in the letter, the public on its page."),
        # A complaint is upheld by whoever decides on it.
        choices=[
            (reason.value, reason.label)
            for reason in ReversalReason
            if reason != ReversalReason.COMPLAINT_UPHELD
        ],
        widget=UnfoldAdminRadioSelectWidget,
    )
    ground = forms.CharField(
        label=gettext_lazy("Ground"),
        help_text=gettext_lazy("It is kept, and shown to an auditor and a court."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class Reverse(Verb):
    name = "reverse"
    label = gettext_lazy("Reverse the mark…")
    permission = MANAGE
    template = VERB_PAGE
    form_class = ReversalForm
    is_grave = True
    explanation = gettext_lazy(
        "The organisation is overdue again and gets a letter. Its earlier warnings no longer "
        "count. If the mark was public, its public page shows both dates."
    )

    def suits(self, row: Mark) -> bool:
        obligation = row.obligation
        return obligation.state == State.MARKED and obligation.cycle == row.cycle

    def context(self, row: Mark, *, on: date) -> dict[str, Any]:
        organisation = row.obligation.organisation
        return {
            "facts": [
                (_("Organisation"), f"{organisation.number} · {organisation.name}"),
                (_("Day of the mark"), date_format(day_of(row.at))),
            ]
        }

    def run(self, row: Mark, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        reversal.reverse(
            row,
            by=by,
            at=at,
            ground=answers["ground"],
            reason=ReversalReason(answers["reason"]),
        )
        return _("The mark is reversed. The organisation is told.")


@admin.register(Mark)
class MarkAdmin(OrganisationRowsAdmin):
    """Marks, each with the evidence it rests on, and with its reversal if there is one."""

    region = "obligation__organisation__region"
    to_organisation = "obligation.organisation"
    also_read = (
        "round__campaign",
        "obligation__campaign",
        "warning_service__notice",
        "warning_service__dispatch",
        "warning_service__receipt_file",
        "decision_service__notice",
        "decision_service__dispatch",
        "decision_service__receipt_file",
        "reversal__by",
    )
    page = "admin/reregistration/mark.html"
    list_before_template: Any = SENTENCE
    verbs = (Reverse(),)
    list_display = (
        "organisation_number",
        "organisation_name",
        "region_name",
        "round",
        "at",
        "reversed_at",
    )
    list_filter = (WhichRegion,)
    ordering = ("-pk",)

    @column(gettext_lazy("reversed"), ordering="reversal__at")
    def reversed_at(self, row: Mark) -> datetime | None:
        return row.reversal.at if hasattr(row, "reversal") else None

    def about(self, request: HttpRequest, row: Mark) -> dict[str, Any]:
        return {
            "title": row.obligation.organisation.name,
            "organisation": row.obligation.organisation,
            "services": [row.warning_service, row.decision_service],
            "may_see_services": person(request).has_perm("notices.view_service"),
            "facts": sorted(row.facts.items()),
            "reversal": getattr(row, "reversal", None),
        }

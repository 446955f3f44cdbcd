"""Applications as the operator sees them: checked, given to reviewers, awarded or passed over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from accounts.admin_verbs import CaseAdmin, ReasonForm, Verb, person, today
from accounts.models import User
from accounts.roles import PERMISSIONS
from grants import award, checks, commission, eligibility, evaluation
from grants.admin import shown
from grants.admin.papers import PapersMixin
from grants.models import Application
from grants.states import (
    APPLICATION_ALLOWED,
    ApplicationState,
    CallState,
    FormalGround,
    FormalOutcome,
)
from registry.money import tenge

_TEXTS = ("summary", "problem", "goal", "activities", "results")


class CheckForm(forms.Form):
    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"),
        choices=FormalOutcome.choices,
        widget=UnfoldAdminSelectWidget,
    )
    grounds = forms.MultipleChoiceField(
        label=gettext_lazy("Grounds against it"),
        choices=FormalGround.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    words = forms.CharField(
        label=gettext_lazy("In words"),
        help_text=gettext_lazy("The organisation reads it."),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class Check(Verb):
    name = "check"
    label = gettext_lazy("Formal check…")
    permission = "grants.check_application"
    form_class = CheckForm
    explanation = gettext_lazy(
        "A returned application may be corrected for five working days. A rejected one is "
        "admitted by another check, if a complaint is upheld."
    )

    def suits(self, row: Application) -> bool:
        return row.state in (
            ApplicationState.SUBMITTED,
            ApplicationState.RETURNED,
            ApplicationState.REJECTED,
        )

    def run(self, row: Application, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        outcome = FormalOutcome(answers["outcome"])
        checks.check(row, outcome, grounds=answers["grounds"], words=answers["words"], by=by, at=at)
        return _("The check is recorded: %(outcome)s.") % {"outcome": outcome.label}


class AssignForm(forms.Form):
    reviewer = forms.ModelChoiceField(
        label=gettext_lazy("Reviewer"),
        queryset=User.objects.none(),
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [role for role, held in PERMISSIONS.items() if evaluation.EVALUATE in held]
        self.fields["reviewer"].queryset = (  # type: ignore[attr-defined]
            User.objects.filter(is_active=True, role_grants__role__in=roles).distinct()
        )


class Assign(Verb):
    name = "assign"
    label = gettext_lazy("Give to a reviewer…")
    permission = "grants.assign_evaluation"
    form_class = AssignForm
    explanation = gettext_lazy("Two reviewers without a conflict of interest at least score it.")

    def suits(self, row: Application) -> bool:
        return row.state == ApplicationState.ADMITTED and row.score is None

    def run(self, row: Application, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        evaluation.assign(row, answers["reviewer"], by=by, at=at)
        return _("The reviewer has it.")


class _OfTheDecision(Verb):
    permission = "grants.manage_award"

    def suits(self, row: Application) -> bool:
        return (
            row.lot.call.state == CallState.DECIDED
            and ApplicationState.AWARDED in APPLICATION_ALLOWED[row.state]
        )


class GiveAward(_OfTheDecision):
    name = "award"
    label = gettext_lazy("Award…")
    explanation = gettext_lazy(
        "The lot's money is taken, and the agreement is offered. Eligibility is asked now."
    )

    def run(self, row: Application, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        made = award.award(row, by=by, at=at)
        return _("Awarded: %(number)s.") % {"number": made.number}


class PassOver(_OfTheDecision):
    name = "pass_over"
    label = gettext_lazy("Pass over…")
    form_class = ReasonForm
    is_grave = True
    explanation = gettext_lazy(
        "Only whom something speaks against, or whose amount the lot has not left. The next one "
        "of the reserve moves up."
    )

    def run(self, row: Application, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        award.pass_over(row, reason=answers["reason"], by=by, at=at)
        return _("It gets no grant.")


@admin.register(Application)
class ApplicationAdmin(PapersMixin, CaseAdmin):  # type: ignore[misc]
    region = region_path = "organisation__region"
    page = "admin/grants/case.html"
    verbs = (Check(), Assign(), GiveAward(), PassOver())
    names_itself = True
    list_display = ("number", "organisation", "lot", "state", "amount", "score", "submitted_at")
    list_filter = ("state", "lot__call")
    search_fields = ("number", "organisation__number", "organisation__bin")
    list_select_related = ("organisation", "lot__call")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Application]:
        rows: QuerySet[Application] = super().get_queryset(request)
        return rows.handed_in().select_related("organisation", "lot__call")  # type: ignore[attr-defined,no-any-return]

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        """A draft is the organisation's own."""
        rows = super().seen_with(request, permission).exclude(state=ApplicationState.DRAFT)
        return rows.select_related("organisation", "lot__call")

    def papers_of(self, row: Application) -> QuerySet[Any]:
        return row.papers.all()

    def about(self, request: HttpRequest, row: Application) -> dict[str, Any]:
        call = row.lot.call
        reasons = eligibility.reasons_against(row.organisation, call, today(request))
        decision = commission.signed_award(row)
        held = [
            (str(capfirst(str(Application._meta.get_field(name).verbose_name))), getattr(row, name))  # type: ignore[union-attr]
            for name in _TEXTS
        ]
        return {
            "under": f"{row.organisation.name} · {capfirst(row.get_state_display())}",
            "facts": [
                (_("Call"), call),
                (_("Lot"), row.lot),
                (_("Title of the project"), row.title),
                (_("The project begins"), shown.day(row.starts_on)),
                (_("The project ends"), shown.day(row.ends_on)),
                (_("Amount asked for"), tenge(row.amount)),
                (_("Given by the commission"), tenge(decision.amount) if decision else "—"),
                (_("Left in the lot"), tenge(row.lot.left)),
                (_("Formal check due"), shown.day(call.check_due_on)),
                (_("Decision due"), shown.day(call.decide_due_on)),
                (_("To be corrected by"), shown.day(row.correct_by_on)),
                (_("Score"), "—" if row.score is None else row.score),
                *held,
            ],
            "tables": [
                (
                    _("What speaks against it now"),
                    [_("What"), _("Ground"), _("What cures it")],
                    [(reason.words, reason.ground, reason.cure) for reason in reasons],
                ),
                (
                    _("Budget"),
                    [_("Line"), _("Pays for"), _("Sum, tenge")],
                    [
                        (line, line.get_category_display(), tenge(line.amount))
                        for line in row.lines.all()
                    ],
                ),
                self.papers_table(row),
                (
                    _("Formal checks"),
                    [_("Outcome"), _("In words"), _("By"), _("At")],
                    [
                        (check.get_outcome_display(), check.words, check.by, shown.moment(check.at))
                        for check in row.checks.select_related("by")
                    ],
                ),
                (
                    _("Reviewers"),
                    [_("Reviewer"), _("Locked"), _("Why it was taken back")],
                    [
                        (held_.reviewer, shown.moment(held_.locked_at), held_.taken_reason or "—")
                        for held_ in row.evaluations.select_related("reviewer")
                    ],
                ),
                (
                    _("Scores, once all are locked"),
                    [_("Reviewer"), _("Points"), _("Conclusion")],
                    [
                        (
                            held_.reviewer,
                            ", ".join(str(score) for score in held_.scores.all()),
                            held_.words,
                        )
                        for held_ in evaluation.shown_to(person(request), row)
                        .select_related("reviewer")
                        .prefetch_related("scores")
                    ],
                ),
                (
                    _("History"),
                    [_("Became"), _("Reason"), _("By"), _("At")],
                    [
                        (event.shown, event.reason, event.by or "", shown.moment(event.at))
                        for event in row.events.select_related("by")
                    ],
                ),
            ],
        }

"""What was given to a reviewer: declared, scored alone, locked. A reviewer sees their own alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.admin_verbs import CaseAdmin, ReasonForm, Verb, person
from accounts.models import User
from grants import evaluation
from grants.admin import shown
from grants.admin.papers import PapersMixin
from grants.models import Evaluation
from grants.states import MOST_POINTS
from registry.money import tenge


class DeclareForm(forms.Form):
    has_conflict = forms.TypedChoiceField(
        label=gettext_lazy("Does anything bind you to the organisation?"),
        choices=[("no", gettext_lazy("no")), ("yes", gettext_lazy("yes"))],
        coerce=lambda said: said == "yes",
        widget=UnfoldAdminSelectWidget,
    )
    words = forms.CharField(
        label=gettext_lazy("What"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )


class _OwnVerb(Verb):
    permission = evaluation.EVALUATE

    def suits(self, row: Evaluation) -> bool:
        return row.locked_at is None and row.taken_at is None


class Declare(_OwnVerb):
    name = "declare"
    label = gettext_lazy("Declare interests…")
    form_class = DeclareForm
    explanation = gettext_lazy("Said once, before the first score.")

    def suits(self, row: Evaluation) -> bool:
        return super().suits(row) and not hasattr(row, "conflict")

    def run(self, row: Evaluation, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        evaluation.declare(row, **answers, by=by, at=at)
        return _("Your declaration is recorded.")


class GiveScores(_OwnVerb):
    name = "score"
    label = gettext_lazy("Give points…")
    explanation = gettext_lazy("Nobody else sees them before all who score it have locked.")

    def form(self, row: Any, **kwargs: Any) -> forms.Form:
        form, given = forms.Form(**kwargs), {held.criterion_id: held for held in row.scores.all()}
        for criterion in row.application.lot.call.criteria.all():
            form.fields[f"points_{criterion.pk}"] = forms.IntegerField(
                label=f"{criterion} ({criterion.weight} %)",
                min_value=0,
                max_value=MOST_POINTS,
                required=False,
                initial=given[criterion.pk].points if criterion.pk in given else None,
                widget=UnfoldAdminTextInputWidget(),
            )
        form.fields["words"] = forms.CharField(
            label=_("Conclusion"),
            required=False,
            initial=row.words,
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        )
        return form

    def run(self, row: Evaluation, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        points = {
            int(name.removeprefix("points_")): given
            for name, given in answers.items()
            if name.startswith("points_") and given is not None
        }
        evaluation.score(row, points, words=answers["words"], by=by, at=at)
        return _("Your points are kept. Lock them when you are done.")


class LockScores(_OwnVerb):
    name = "lock"
    label = gettext_lazy("Lock…")
    explanation = gettext_lazy("From now on your points change no more.")

    def run(self, row: Evaluation, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        evaluation.lock(row, by=by, at=at)
        return _("Your scores are locked.")


class TakeAway(Verb):
    name = "take_away"
    label = gettext_lazy("Take back from the reviewer…")
    permission = "grants.assign_evaluation"
    form_class = ReasonForm
    explanation = gettext_lazy(
        "For one who cannot score it. It counts for nothing, and another reviewer is given it."
    )

    def suits(self, row: Evaluation) -> bool:
        return row.locked_at is None and row.taken_at is None

    def run(self, row: Evaluation, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        evaluation.take_away(row, reason=answers["reason"], by=by, at=at)
        return _("It is taken back. Give the application to another reviewer.")


@admin.register(Evaluation)
class EvaluationAdmin(PapersMixin, CaseAdmin):  # type: ignore[misc]
    region = region_path = "application__organisation__region"
    page = "admin/grants/case.html"
    verbs = (Declare(), GiveScores(), LockScores(), TakeAway())
    list_display = ("application", "reviewer", "assigned_at", "locked_at")
    list_filter = ("application__lot__call",)
    list_select_related = ("application", "reviewer")

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        """The officer sees who has what; a reviewer their own."""
        rows = super().seen_with(request, permission)
        user = person(request)
        if permission == evaluation.EVALUATE or not user.has_perm("grants.view_application"):
            rows = rows.filter(reviewer=user)
        return rows.select_related(
            "application__lot__call", "application__organisation", "reviewer", "conflict"
        )

    def papers_of(self, row: Evaluation) -> QuerySet[Any]:
        return row.application.papers.all()

    def about(self, request: HttpRequest, row: Evaluation) -> dict[str, Any]:
        application = row.application
        visible = (
            evaluation.shown_to(person(request), application)
            .select_related("reviewer")
            .prefetch_related("scores__criterion")
        )
        scores = [
            (held.reviewer, score.criterion, score.points)
            for held in visible
            for score in held.scores.all()
        ]
        return {
            "title": str(application),
            "under": application.organisation.name,
            "facts": [
                (_("Title of the project"), application.title),
                (_("The project in short"), application.summary),
                (_("Which problem it meets"), application.problem),
                (_("Its aim"), application.goal),
                (_("What will be done"), application.activities),
                (_("What will have changed"), application.results),
                (_("Amount asked for"), tenge(application.amount)),
                (_("Reviewer"), row.reviewer),
                (_("Locked"), shown.moment(row.locked_at)),
                (_("Why it was taken back"), row.taken_reason or "—"),
            ],
            "tables": [
                (
                    _("Budget"),
                    [_("Line"), _("Pays for"), _("Sum, tenge")],
                    [
                        (line, line.get_category_display(), tenge(line.amount))
                        for line in application.lines.all()
                    ],
                ),
                self.papers_table(row),
                (
                    _("Scores that you may see"),
                    [_("Reviewer"), _("criterion"), _("Points")],
                    scores,
                ),
                (
                    _("Conclusions that you may see"),
                    [_("Reviewer"), _("Conclusion")],
                    [(held.reviewer, held.words) for held in visible],
                ),
            ],
        }

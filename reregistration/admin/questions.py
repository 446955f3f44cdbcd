"""The helpline's queue: who waits longest comes first; answers given often are kept ready."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.admin_verbs import Verb
from accounts.models import User
from reregistration import questions
from reregistration.admin.columns import column
from reregistration.admin.filters import ANY, WhichRegion
from reregistration.admin.filters import Question as Asked
from reregistration.admin.organisations import OrganisationRowsAdmin
from reregistration.models import Question, SavedAnswer

ANSWER = "reregistration.answer_question"


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Answer"),
        help_text=gettext_lazy("It is sent by e-mail as you write it."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}),
    )


class Answer(Verb):
    name = "answer"
    label = gettext_lazy("Answer…")
    permission = ANSWER
    form_class = AnswerForm
    template = "admin/reregistration/answer_question.html"
    ends_on_list = True

    def suits(self, row: Question) -> bool:
        return True

    def empty_form(self, row: Question, asked: Mapping[str, Any]) -> forms.Form:
        """With `?saved=` the text begins as a saved answer, in the language of who asked."""
        chosen = str(asked.get("saved", ""))
        saved = SavedAnswer.objects.filter(pk=chosen).first() if chosen.isdecimal() else None
        text = saved.text_in(row.opened_by.language) if saved else ""
        return self.form(row, initial={"text": text})

    def context(self, row: Question, *, on: date) -> dict[str, Any]:
        return {
            "thread": row.messages.select_related("by"),
            "saved_answers": SavedAnswer.objects.all(),
            "language": row.opened_by.get_language_display(),
        }

    def run(self, row: Question, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        questions.answer(row, text=answers["text"], by=by, at=at)
        return _("The answer is sent.")


class Close(Verb):
    name = "close"
    label = gettext_lazy("Close")
    permission = ANSWER
    explanation = gettext_lazy("Nothing is left to answer. Whoever asked may write again.")
    at_once = True
    ends_on_list = True

    def suits(self, row: Question) -> bool:
        return row.closed_at is None and row.waiting_since is None

    def run(self, row: Question, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        questions.close(row, at=at)
        return _("The question is closed.")


class WaitsForAnswer(Asked):
    title = gettext_lazy("Waits for an answer?")
    parameter_name = "waits"
    answers: ClassVar = {
        "yes": gettext_lazy("yes"),
        "no": gettext_lazy("no, answered"),
        ANY: gettext_lazy("show all"),
    }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.answer == ANY:
            return queryset
        return queryset.filter(waiting_since__isnull=self.answer == "no")


@admin.register(Question)
class QuestionAdmin(OrganisationRowsAdmin):
    region = "organisation__region"
    also_read = ("opened_by",)
    names_itself = True
    page = "admin/reregistration/question.html"
    verbs = (Answer(), Close())
    list_display = ("subject", "organisation_name", "region_name", "asked_by", "waits_since")
    list_filter = (WaitsForAnswer, WhichRegion)

    def get_ordering(self, request: HttpRequest) -> Any:
        return (F("waiting_since").asc(nulls_last=True), "-pk")

    @column(gettext_lazy("asked by"))
    def asked_by(self, row: Question) -> str:
        return str(row.opened_by)

    @column(gettext_lazy("waiting since"), ordering="waiting_since")
    def waits_since(self, row: Question) -> str:
        at = row.waiting_since
        return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT") if at else ""

    def about(self, request: HttpRequest, row: Question) -> dict[str, Any]:
        return {"thread": row.messages.select_related("by"), "organisation": row.organisation}


@admin.register(SavedAnswer)
class SavedAnswerAdmin(ModelAdmin):
    """Answers are reworded or added; what was sent stays as it was sent."""

    list_display = ("title", "text_ru")
    search_fields = ("title",)

    def has_delete_permission(self, request: HttpRequest, obj: SavedAnswer | None = None) -> bool:
        return False

"""Questions about calls: who waits longest comes first; each is answered once, for all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.admin_verbs import CaseAdmin, Verb
from accounts.models import User
from grants import questions
from grants.models import CallQuestion


def _text(label: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


class AnswerForm(forms.Form):
    question_kk = _text(gettext_lazy("Question as published, Kazakh"))
    question_ru = _text(gettext_lazy("Question as published, Russian"))
    answer_kk = _text(gettext_lazy("Answer, Kazakh"))
    answer_ru = _text(gettext_lazy("Answer, Russian"))


class Answer(Verb):
    name = "answer"
    label = gettext_lazy("Answer…")
    permission = "grants.answer_callquestion"
    form_class = AnswerForm
    ends_on_list = True
    explanation = gettext_lazy(
        "Question and answer are published on the call's page, without who asked. Leave out of the "
        "question what would name them. What all have read is not changed any more."
    )

    def suits(self, row: CallQuestion) -> bool:
        return row.published_at is None

    def empty_form(self, row: CallQuestion, asked: Mapping[str, Any]) -> forms.Form:
        return AnswerForm(initial={"question_kk": row.text, "question_ru": row.text})

    def context(self, row: CallQuestion, *, on: date) -> dict[str, Any]:
        return {"facts": [(_("Call"), str(row.call)), (_("Question"), row.text)]}

    def run(self, row: CallQuestion, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        questions.answer(row, **answers, by=by, at=at)
        return _("The answer is published.")


@admin.register(CallQuestion)
class CallQuestionAdmin(CaseAdmin):
    page = "admin/grants/question.html"
    verbs = (Answer(),)
    list_display = ("call_shown", "text", "at", "published_at")
    list_select_related = ("call",)

    @admin.display(description=gettext_lazy("Call"), ordering="call")
    def call_shown(self, row: CallQuestion) -> str:
        return str(row.call)

    def get_ordering(self, request: HttpRequest) -> Any:
        return (F("published_at").asc(nulls_first=True), "at")

    def about(self, request: HttpRequest, row: CallQuestion) -> dict[str, Any]:
        return {"title": str(row.call), "call": row.call}

"""An organisation's questions to the ministry."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import limits
from accounts.refusals import Refused
from registry.access import acting_for
from registry.models import Organisation
from reregistration import access, questions
from reregistration.access import SignedInRequest
from reregistration.case_forms import MessageForm, QuestionForm
from reregistration.models import Obligation, Question

DOOR, RATE = "question", "20/h"


@login_required
def asked(request: SignedInRequest, number: str) -> HttpResponse:
    """The organisation's threads, and a form for a new one."""
    organisation = acting_for(request.user, number)
    form = QuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        limits.refuse_beyond(request, DOOR, RATE)
        try:
            question = questions.ask(
                organisation,
                **form.cleaned_data,
                obligation=Obligation.objects.filter(organisation=organisation).last(),
                by=request.user,
                at=request.arrived_at,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Your question is sent. The answer comes by e-mail too."))
            return redirect("question", number, question.pk)
    return _page(
        request,
        "questions",
        organisation,
        form=form,
        questions=Question.objects.filter(organisation=organisation),
    )


@login_required
def thread(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    """One thread; a further message is added under it."""
    found = access.question_of(request.user, number, pk)
    form = MessageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        limits.refuse_beyond(request, DOOR, RATE)
        try:
            questions.write_again(
                found, text=form.cleaned_data["text"], by=request.user, at=request.arrived_at
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Your message is sent."))
            return redirect("question", number, pk)
    return _page(
        request,
        "question",
        found.organisation,
        form=form,
        question=found,
        thread=found.messages.select_related("by"),
    )


def _page(
    request: HttpRequest, name: str, organisation: Organisation, **context: object
) -> HttpResponse:
    return render(
        request,
        f"reregistration/{name}.html",
        {"section": "my", "organisation": organisation, **context},
    )

"""After the formal check of a call: the evaluation begins, protocols are drafted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.admin_verbs import Verb
from accounts.models import User
from accounts.refusals import Refused
from grants import commission, evaluation
from grants.admin.fields import money
from grants.commission import Decided
from grants.models import Application, Call
from grants.states import ApplicationState, CallState, CommissionOutcome
from registry.money import tenge


class _GroundForm(forms.Form):
    ground = forms.CharField(
        label=gettext_lazy("Ground of the decision"),
        help_text=gettext_lazy("The order's number and date. It is kept with the decision."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )


class SittingForm(forms.Form):
    held_on = forms.DateField(label=gettext_lazy("Held"), widget=UnfoldAdminDateWidget())
    present = forms.CharField(
        label=gettext_lazy("Who was there"),
        help_text=gettext_lazy("A name a line."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )


class BeginEvaluation(Verb):
    name = "evaluate"
    label = gettext_lazy("Begin the evaluation…")
    permission = "grants.manage_call"
    is_nationwide = True
    form_class = _GroundForm
    explanation = gettext_lazy("Every application has been checked. Now they go to reviewers.")

    def suits(self, row: Call) -> bool:
        return row.state == CallState.CLOSED

    def run(self, row: Call, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        evaluation.begin(row, ground=answers["ground"], by=by, at=at)
        return _("The evaluation has begun.")


class DraftEvaluation(Verb):
    name = "score"
    label = gettext_lazy("Draft the protocol of the evaluation…")
    permission = "grants.draft_protocol"
    is_nationwide = True
    form_class = SittingForm
    explanation = gettext_lazy("The scores are reckoned and kept. Another person signs it.")

    def suits(self, row: Call) -> bool:
        return row.state == CallState.EVALUATING

    def run(self, row: Call, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        made = commission.draft_evaluation(row, **answers, by=by, at=at)
        return _("The protocol %(number)s waits for its signature.") % {"number": made.number}


class DraftDecision(Verb):
    name = "decide"
    label = gettext_lazy("Draft the protocol of the commission…")
    permission = "grants.draft_protocol"
    is_nationwide = True
    form_class = SittingForm
    explanation = gettext_lazy(
        "One decision for each application that was admitted. They take effect when another "
        "person signs."
    )

    def suits(self, row: Call) -> bool:
        return row.state == CallState.EVALUATING

    def form(self, row: Any, **kwargs: Any) -> forms.Form:
        form = SittingForm(**kwargs)
        for held in _admitted(row):
            title = (
                f"{held.number} {held.organisation.name}: {tenge(held.amount)}, {held.score or '—'}"
            )
            form.fields[f"outcome_{held.pk}"] = forms.ChoiceField(
                label=title,
                choices=CommissionOutcome.choices,
                widget=UnfoldAdminSelectWidget,
            )
            form.fields[f"amount_{held.pk}"] = money(
                _("Amount, tenge"), initial=held.amount, required=False
            )
            form.fields[f"rank_{held.pk}"] = forms.IntegerField(
                label=_("Place in the reserve"),
                min_value=1,
                max_value=9999,
                required=False,
                widget=UnfoldAdminTextInputWidget(),
            )
            form.fields[f"words_{held.pk}"] = forms.CharField(
                label=_("Why"), required=False, widget=UnfoldAdminTextInputWidget()
            )
        return form

    def run(self, row: Call, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        decided = {}
        for held in _admitted(row):
            if f"outcome_{held.pk}" not in answers:
                raise Refused(_("Another application was admitted. Open the page again."))
            outcome = CommissionOutcome(answers[f"outcome_{held.pk}"])
            is_no, is_reserve = (
                outcome == CommissionOutcome.DECLINE,
                outcome == CommissionOutcome.RESERVE,
            )
            decided[held.pk] = Decided(
                outcome,
                amount=None if is_no else answers[f"amount_{held.pk}"],
                reserve_rank=answers[f"rank_{held.pk}"] if is_reserve else None,
                words=answers[f"words_{held.pk}"],
            )
        made = commission.draft_decision(
            row, decided, held_on=answers["held_on"], present=answers["present"], by=by, at=at
        )
        return _("The protocol %(number)s waits for its signature.") % {"number": made.number}


def _admitted(call: Call) -> list[Application]:
    return list(
        Application.objects.filter(lot__call=call, state=ApplicationState.ADMITTED)
        .select_related("organisation")
        .order_by("lot__position", "-score", "pk")
    )

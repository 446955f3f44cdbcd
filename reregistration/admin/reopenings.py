"""Reopening a decision on a filing: the pages of the two verbs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.admin_verbs import Verb
from accounts.models import User
from reregistration import reopenings, review
from reregistration.models import Filing, ReopeningProposal


class ProposeForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("Why it is reopened"),
        help_text=gettext_lazy("It stands in the letter as you write it."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )


class ProposeReopening(Verb):
    name = "propose-reopening"
    label = gettext_lazy("Propose to reopen…")
    permission = review.REVIEW
    form_class = ProposeForm
    is_grave = True
    explanation = gettext_lazy(
        "Nothing happens before a senior reviewer confirms it, who is not you and took no part in "
        "the decision. An acceptance is taken back: the organisation files again, in 30 working "
        "days at least. A refusal is set aside: the same filing is reviewed again."
    )

    def suits(self, row: Filing) -> bool:
        return reopenings.may_be(row, row.obligation)

    def run(self, row: Filing, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        reopenings.propose(row, words=answers["words"], by=by, at=at)
        return _("Proposed. A senior reviewer confirms the reopening.")


class ConfirmForm(forms.Form):
    """Names the proposal that was read, so that no other one is confirmed."""

    proposal = forms.ModelChoiceField(
        queryset=ReopeningProposal.objects.none(), widget=forms.HiddenInput
    )


class ConfirmReopening(Verb):
    name = "confirm-reopening"
    label = gettext_lazy("Confirm the reopening…")
    permission = reopenings.CONFIRM
    form_class = ConfirmForm
    is_grave = True
    explanation = gettext_lazy(
        "The decision is taken back and a letter says why. Of an acceptance, the certificate holds "
        "no more and the organisation files again; of a refusal, the filing is reviewed again."
    )

    def suits(self, row: Filing) -> bool:
        return reopenings.may_be(row, row.obligation) and reopenings.standing(row) is not None

    def prepare(self, form: Any, row: Filing, *, on: date) -> None:
        proposals = ReopeningProposal.objects.filter(review__filing=row)
        form.fields["proposal"].queryset = proposals
        form.fields["proposal"].initial = reopenings.standing(row)

    def context(self, row: Filing, *, on: date) -> dict[str, Any]:
        proposal = reopenings.standing(row)
        if proposal is None or row.review is None:
            return {}
        return {
            "facts": [
                (_("Decision"), f"{row.review.get_decision_display()}, {row.review.by}"),
                (_("Why it is reopened"), proposal.words),
                (_("Proposed by"), f"{proposal.by}, {_when(proposal.at)}"),
            ]
        }

    def run(self, row: Filing, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        reopenings.confirm(answers["proposal"], by=by, at=at)
        return _("%(number)s is reopened.") % {"number": row}


def _when(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")


VERBS = (ProposeReopening(), ConfirmReopening())

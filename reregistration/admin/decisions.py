"""What reviewers decide on a filing: the pages of the verbs."""

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
from reregistration import closures, refusals, review
from reregistration.models import Filing, RefusalGround, RefusalProposal, ReturnReason
from reregistration.states import REPORTS, FilingState, State

REVIEW, REVIEW_AGAIN = review.REVIEW, review.REVIEW_AGAIN


class _Decision(Verb):
    permission = REVIEW
    ends_on_list = True

    def suits(self, row: Filing) -> bool:
        return row.state == FilingState.SUBMITTED and row.obligation.state == State.FILED


class Accept(_Decision):
    name = "accept"
    label = gettext_lazy("Accept")
    shortcut = "a"
    explanation = gettext_lazy(
        "The organisation is re-registered, the register is written, and a letter tells them so."
    )
    at_once = True

    def suits(self, row: Filing) -> bool:
        return row.kind in REPORTS and super().suits(row) and not row.incomplete

    def run(self, row: Filing, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        review.accept(row, by=by, at=at)
        return _("%(number)s is accepted.") % {"number": row}


class VerifyForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("What you checked"),
        help_text=gettext_lazy("The state register, the court, whom you asked. It is kept."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class Verify(_Decision):
    name = "verify"
    label = gettext_lazy("Verify…")
    form_class = VerifyForm
    explanation = gettext_lazy(
        "What the filing states is so. Nothing changes yet: if nobody contradicts in the "
        "campaign's days after this, the timetable releases the organisation."
    )

    def suits(self, row: Filing) -> bool:
        is_closure = row.kind not in REPORTS
        return is_closure and super().suits(row) and closures.verification_of(row) is None

    def run(self, row: Filing, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        verified = closures.verify(row, note=answers["note"], by=by, at=at)
        return _("Verified. Without contradiction it is released on %(on)s.") % {
            "on": date_format(closures.releases_on(verified))
        }


class ContradictForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Who said what is not so, and how"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class Contradict(_Decision):
    name = "contradict"
    label = gettext_lazy("Record a contradiction…")
    form_class = ContradictForm
    ends_on_list = False
    explanation = gettext_lazy(
        "Somebody wrote or phoned that the filing is not so. A verification is undone by it, and a "
        "person decides."
    )

    def run(self, row: Filing, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        closures.contradict(row, text=answers["text"], by=by, at=at, is_by_staff=True)
        return _("The contradiction of %(number)s is recorded.") % {"number": row}


class ReturnForm(forms.Form):
    """Why a filing is returned: the letter is made from the reasons."""

    reasons = forms.MultipleChoiceField(
        label=gettext_lazy("Reasons"),
        error_messages={"required": gettext_lazy("Choose at least one reason.")},
    )
    note = forms.CharField(
        label=gettext_lazy("Note for the organisation"),
        help_text=gettext_lazy("It stands in the letter as you write it."),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = list(ReturnReason.objects.all())
        field = self.fields["reasons"]
        field.choices = [(reason.code, reason.name) for reason in self.known]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> list[str]:
        """The codes ticked so far, so that a refused page keeps them."""
        return list(self["reasons"].value() or [])


class Return(_Decision):
    name = "return"
    label = gettext_lazy("Return for correction")
    shortcut = "r"
    form_class = ReturnForm
    template = "admin/reregistration/return.html"
    explanation = gettext_lazy(
        "Give all reasons now: a second return is a senior reviewer's, a third is not possible."
    )

    def suits(self, row: Filing) -> bool:
        return super().suits(row) and row.obligation.returns == 0

    def run(self, row: Filing, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        review.return_for_correction(
            row, reasons=answers["reasons"], note=answers["note"], by=by, at=at
        )
        return _("%(number)s is returned for correction.") % {"number": row}


class ReturnAgain(Return):
    name = "return-again"
    label = gettext_lazy("Return a second time")
    permission = REVIEW_AGAIN
    explanation = gettext_lazy(
        "It was returned once already. This is the last return that there can be: after it the "
        "filing is accepted, or refused on a legal ground."
    )

    def suits(self, row: Filing) -> bool:
        return _Decision.suits(self, row) and row.obligation.returns == 1


class ProposeForm(forms.Form):
    ground = forms.ModelChoiceField(
        label=gettext_lazy("Ground of the refusal"),
        queryset=RefusalGround.objects.none(),
    )
    words = forms.CharField(
        label=gettext_lazy("Why the ground is met"),
        help_text=gettext_lazy("It stands in the letter as you write it."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )


class ProposeRefusal(_Decision):
    name = "propose-refusal"
    label = gettext_lazy("Propose to refuse…")
    form_class = ProposeForm
    template = "admin/reregistration/propose.html"
    is_grave = True
    ends_on_list = False
    explanation = gettext_lazy(
        "Nothing happens before a senior reviewer, who is not you, confirms it. What can be put "
        "right is returned, not refused."
    )

    def prepare(self, form: Any, row: Filing, *, on: date) -> None:
        form.fields["ground"].queryset = RefusalGround.objects.in_force(on)

    def hindrance(self, row: Filing, *, on: date) -> str:
        if RefusalGround.objects.in_force(on).exists():
            return ""
        nothing = _("No ground is in force today: nothing can be refused.")
        way = _(
            "A campaign manager enters one, with its article and its text, as a lawyer confirms it."
        )
        return f"{nothing} {way}"

    def run(self, row: Filing, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        refusals.propose(row, ground=answers["ground"], words=answers["words"], by=by, at=at)
        return _("Proposed. A senior reviewer confirms the refusal, or decides otherwise.")


class ConfirmForm(forms.Form):
    """Names the proposal that was read, so that no other one is confirmed."""

    proposal = forms.ModelChoiceField(
        queryset=RefusalProposal.objects.none(), widget=forms.HiddenInput
    )


class ConfirmRefusal(_Decision):
    name = "confirm-refusal"
    label = gettext_lazy("Confirm the refusal…")
    permission = refusals.CONFIRM
    form_class = ConfirmForm
    is_grave = True
    explanation = gettext_lazy(
        "The filing is refused on the ground that is named here. The letter names the ground, both "
        "of you, and how the organisation may complain. It may file again."
    )

    def suits(self, row: Filing) -> bool:
        return super().suits(row) and refusals.standing(row) is not None

    def prepare(self, form: Any, row: Filing, *, on: date) -> None:
        form.fields["proposal"].queryset = row.refusal_proposals.all()
        form.fields["proposal"].initial = refusals.standing(row)

    def context(self, row: Filing, *, on: date) -> dict[str, Any]:
        proposal = refusals.standing(row)
        if proposal is None:
            return {}
        return {
            "facts": [
                (_("Ground of the refusal"), proposal.ground.name),
                (_("Where it stands in the law"), proposal.ground.article),
                (_("Text of the article"), proposal.ground.quoted),
                (_("Why the ground is met"), proposal.words),
                (_("Proposed by"), f"{proposal.by}, {_when(proposal.at)}"),
            ]
        }

    def run(self, row: Filing, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        refusals.confirm(answers["proposal"], by=by, at=at)
        return _("%(number)s is refused.") % {"number": row}


def _when(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")


VERBS = (
    Accept(),
    Verify(),
    Return(),
    ReturnAgain(),
    ProposeRefusal(),
    ConfirmRefusal(),
    Contradict(),
)

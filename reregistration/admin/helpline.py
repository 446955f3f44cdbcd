"""The helpline: sees what the organisation sees, writes calls down, sends codes again. No more."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.admin_verbs import Verb
from accounts.models import User
from accounts.refusals import Refused
from notices import code_letters
from notices.models import Dispatch
from registry.calendar import end_of
from registry.contacts import masked
from reregistration import calls, certificates, claimants, next_steps, tasklist, timeline
from reregistration.access import all_notices_to
from reregistration.admin.columns import column
from reregistration.admin.filters import WhichRegion
from reregistration.admin.organisations import OrganisationRowsAdmin
from reregistration.models import CallNote, Obligation
from reregistration.states import CallTopic, FilingState


class SeeAsOrganisation(Verb):
    """The organisation's own page, from the functions that its own page is made by."""

    name = "as-seen"
    label = gettext_lazy("As the organisation sees it")
    permission = "reregistration.see_as_organisation"
    template = "admin/reregistration/as_seen.html"

    def suits(self, row: Obligation) -> bool:
        return True

    def context(self, row: Obligation, *, on: date) -> dict[str, Any]:
        filings = list(row.filings.exclude(state=FilingState.DRAFT).order_by("-version"))
        returned = tasklist.last_return(filings[0] if filings else None)
        # As `access.draft_of` gives it to a representative: not what clerks type in from a paper.
        drafts = row.filings.filter(claimants.OF_THE_ORGANISATION, state=FilingState.DRAFT)
        draft = drafts.order_by("-saved_at").first()
        notices = all_notices_to(row.organisation).filter(source=row.source)
        return {
            "step": next_steps.of(row, on),
            "filings": filings,
            "certified": next(filter(certificates.belongs_to, filings), None),
            "returned": returned,
            "draft": draft,
            "tasks": tasklist.tasks_of(draft, returned) if draft else [],
            "ahead": timeline.ahead(row, on),
            "timeline": timeline.past(row, on, notices=notices),
            "calls": row.organisation.calls.select_related("by", "words")[:20],
        }

    def run(self, row: Obligation, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        raise Refused(_("This page is to read alone."))


class CallForm(forms.Form):
    caller = forms.CharField(
        label=gettext_lazy("Who called"),
        help_text=gettext_lazy("As they said it: name, position, number."),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
    )
    about = forms.MultipleChoiceField(
        label=gettext_lazy("What about"),
        choices=CallTopic.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    said = forms.CharField(
        label=gettext_lazy("What was said"),
        help_text=gettext_lazy("It is kept and never changed. No code, no password, no IIN."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
    )


class LogCall(Verb):
    name = "log-call"
    label = gettext_lazy("Log a call…")
    permission = "reregistration.log_call"
    form_class = CallForm

    def suits(self, row: Obligation) -> bool:
        return True

    def run(self, row: Obligation, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        calls.log(row.organisation, **answers, by=by, at=at)
        return _("The call is logged.")


class CodeForm(forms.Form):
    dispatch = forms.ModelChoiceField(
        Dispatch.objects.none(),
        label=gettext_lazy("Which letter, to which address"),
        empty_label=None,
        widget=UnfoldAdminSelectWidget,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Who asked for it, and how you know them."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class SendCodeAgain(Verb):
    name = "resend-code"
    label = gettext_lazy("Send the code again…")
    permission = "notices.resend_code"
    form_class = CodeForm
    explanation = gettext_lazy(
        "The same letter goes to the same address, if the register holds it. You never see the "
        "code, and never tell anybody one. Three a day to one organisation."
    )

    def suits(self, row: Obligation) -> bool:
        return True

    def prepare(self, form: Any, row: Obligation, *, on: date) -> None:
        # The page offers every letter with a code; the verb asks again what may be sent now.
        field = form.fields["dispatch"]
        field.queryset = code_letters.letters_of(row.organisation, end_of(on))
        field.label_from_instance = _letter

    def hindrance(self, row: Obligation, *, on: date) -> str:
        if code_letters.letters_of(row.organisation, end_of(on)).exists():
            return ""
        return _(
            "No letter with a code that can still be used went to an address that the register "
            "holds. Whoever cannot read there brings documents instead."
        )

    def run(self, row: Obligation, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        code_letters.send_code_again(answers["dispatch"], reason=answers["reason"], by=by, at=at)
        return _("The letter is sent again.")


def _letter(row: Dispatch) -> str:
    return f"{row.notice.number}, {row.notice.get_kind_display()}: {masked(row.address)}"


@admin.register(CallNote)
class CallNoteAdmin(OrganisationRowsAdmin):
    region = "organisation__region"
    also_read = ("by", "words")
    page = "admin/reregistration/call.html"
    list_display = ("organisation_number", "organisation_name", "topics", "by", "at")
    list_display_links = ("organisation_number",)
    list_filter: ClassVar[Any] = (WhichRegion,)
    ordering = ("-pk",)

    @column(gettext_lazy("about"))
    def topics(self, row: CallNote) -> str:
        return ", ".join(row.topics())

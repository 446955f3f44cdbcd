"""What is done with a paper filing: typed in, confirmed against the scan, a contest decided on."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_verbs import ReasonForm, Verb
from accounts.models import User
from reregistration import answers, paper
from reregistration.admin.answers import DECIDE, DecisionForm
from reregistration.admin.paper_addresses import scan_url
from reregistration.admin.paper_forms import FormOfPaperForm, RevisionForm
from reregistration.models import PaperFiling
from reregistration.states import PAPER_WAITS, AnswerOutcome, FilingKind, PaperState

TYPE = "reregistration.type_paper"
VERB_PAGE = "admin/reregistration/paper_verb.html"


class _OfPaper(Verb):
    permission = TYPE
    template = VERB_PAGE

    states: ClassVar[tuple[PaperState, ...]] = (PaperState.TO_TYPE,)

    def suits(self, row: PaperFiling) -> bool:
        return row.state in self.states


class FormOfPaper(_OfPaper):
    name = "form"
    label = gettext_lazy("Another form…")
    form_class = FormOfPaperForm
    explanation = gettext_lazy("What was typed into sections of both forms stays.")

    def empty_form(self, row: PaperFiling, asked: Any) -> forms.Form:
        draft = row.filing
        size = "short" if draft.is_short else "full"
        return self.form(row, initial={"kind": draft.kind, "size": size})

    def run(self, row: PaperFiling, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        kind, is_short = FilingKind(answers["kind"]), answers["size"] == "short"
        paper.choose(row, kind=kind, is_short=is_short, by=by, at=at)
        return _("Saved. Type in its sections.")


class Finish(_OfPaper):
    name = "finish"
    label = gettext_lazy("All is typed in")
    at_once = True
    explanation = gettext_lazy(
        "A second person then compares it with the scan. What is missing on the paper may be "
        "missing here."
    )

    def run(self, row: PaperFiling, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        paper.finish(row, by=by, at=at)
        return _("Typed in. Another person confirms it.")


class Confirm(_OfPaper):
    name = "confirm"
    label = gettext_lazy("Compare and confirm…")
    form_class = RevisionForm
    is_grave = True
    states = (PaperState.TO_CONFIRM,)
    explanation = gettext_lazy(
        "Compare each answer, the day of receipt and the postmark with the scan. Once you confirm, "
        "it is filed as of the postmark, and every known address of the organisation is told."
    )

    def empty_form(self, row: PaperFiling, asked: Any) -> forms.Form:
        return self.form(row, initial={"revision": row.filing.revision})

    def context(self, row: PaperFiling, *, on: Any) -> dict[str, Any]:
        return {"sections": answers.by_section(row.filing), "scan_url": scan_url(row)}

    def run(self, row: PaperFiling, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        filed = paper.confirm(row, revision=answers["revision"], by=by, at=at)
        return _("Confirmed: filing %(number)s. The organisation is told.") % {"number": filed}


class SendBack(_OfPaper):
    name = "send-back"
    label = gettext_lazy("Send back to be typed anew…")
    form_class = ReasonForm
    states = (PaperState.TO_CONFIRM,)
    explanation = gettext_lazy("Write what differs from the scan, and in which section.")

    def run(self, row: PaperFiling, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        paper.send_back(row, reason=answers["reason"], by=by, at=at)
        return _("Sent back to be typed anew.")


class Drop(_OfPaper):
    name = "drop"
    label = gettext_lazy("Logged in error…")
    form_class = ReasonForm
    is_grave = True
    states = PAPER_WAITS
    explanation = gettext_lazy(
        "It is no filing of this organisation, and protects it no more. Somebody says so who did "
        "not log it."
    )

    def run(self, row: PaperFiling, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        paper.drop(row, reason=answers["reason"], by=by, at=at)
        return _("It counts no more. It stays in the list, with your reason.")


class DecideContest(Verb):
    name = "decide"
    label = gettext_lazy("Decide on the contest…")
    permission = DECIDE
    template = VERB_PAGE
    form_class = DecisionForm
    is_grave = True
    explanation = gettext_lazy(
        "Somebody decides who neither logged, typed in nor confirmed it. Upheld, the filing is set "
        "aside: the version before it is under review again, or the organisation gets the term of "
        "a return to file. Dismissed, the review goes on. The organisation gets a letter."
    )

    def suits(self, row: PaperFiling) -> bool:
        return row.is_contested

    def run(self, row: PaperFiling, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        paper.decide(
            row,
            outcome=AnswerOutcome(answers["outcome"]),
            decision=answers["decision"],
            by=by,
            at=at,
        )
        return _("The decision on %(number)s is recorded.") % {"number": row}

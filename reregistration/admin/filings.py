"""The reviewer's list, a filing's page, and the two decisions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import DateField, QuerySet, Value
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.admin_verbs import Verb, arrived_at, person, today
from accounts.models import User
from accounts.refusals import Refused
from registry.calendar import day_of
from reregistration import answers, closures, review
from reregistration.admin import comparison, papers
from reregistration.admin.columns import column
from reregistration.admin.filters import (
    CorrectedFiling,
    FiledOnTime,
    WaitingForReview,
    WhichCampaign,
    WhichRegion,
)
from reregistration.admin.organisations import OrganisationRowsAdmin
from reregistration.admin.papers import PapersMixin
from reregistration.admin.queue import (
    Assign,
    GiveBack,
    PastOurDeadline,
    QueueMixin,
    Take,
    WhoHolds,
)
from reregistration.filing import fingerprint
from reregistration.models import Filing, ReturnReason, Review
from reregistration.sections import remarks
from reregistration.states import REPORTS, Decision, FilingState, State

REVIEW = "reregistration.review"


class _Decision(Verb):
    permission = REVIEW
    ends_on_list = True

    def suits(self, row: Filing) -> bool:
        return row.state == FilingState.SUBMITTED and row.obligation.state == State.FILED


class Accept(_Decision):
    name = "accept"
    label = gettext_lazy("Accept")
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
    form_class = ReturnForm
    template = "admin/reregistration/return.html"

    def run(self, row: Filing, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        review.return_for_correction(
            row, reasons=answers["reasons"], note=answers["note"], by=by, at=at
        )
        return _("%(number)s is returned for correction.") % {"number": row}


@admin.register(Filing)
class FilingAdmin(PapersMixin, QueueMixin, OrganisationRowsAdmin):  # type: ignore[misc]
    """Submitted filings; a draft is its author's alone until it is submitted."""

    region = "obligation__organisation__region"
    names_itself = True
    campaign = "obligation__campaign"
    to_organisation = "obligation.organisation"
    also_read = (
        "obligation__campaign",
        "obligation__organisation",
        "declaration",
        "submitted_by",
        "review",
    )
    page = "admin/reregistration/filing.html"
    verbs = (Accept(), Verify(), Return(), Contradict(), Take(), GiveBack(), Assign())
    actions: Any = ["accept_selected"]
    # A reviewer accepts what stands before the eyes, never all pages at once.
    list_disable_select_all = True
    list_display = (
        "number",
        "organisation_name",
        "region_name",
        "submitted",
        "days_waiting",
        "was_on_time",
        "decided_by",
        "holder",
        "state_label",
    )
    list_filter = (
        WaitingForReview,
        WhoHolds,
        PastOurDeadline,
        WhichRegion,
        WhichCampaign,
        FiledOnTime,
        CorrectedFiling,
    )
    search_help_text = gettext_lazy("BIN, name, register number or filing number")
    ordering = ("submitted_at", "pk")

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        rows: QuerySet[Any] = (
            super()
            .seen_with(request, permission)
            .exclude(state=FilingState.DRAFT)
            .annotate(asked_on=Value(today(request), DateField()))
        )
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        if text.upper().startswith("F-"):
            return queryset.filter(number__istartswith=text), False
        return super().get_search_results(request, queryset, text)

    @column(gettext_lazy("submitted"), ordering="submitted_at")
    def submitted(self, row: Filing) -> str:
        return date_format(timezone.localtime(row.submitted_at), "SHORT_DATETIME_FORMAT")

    @column(gettext_lazy("days waiting"), ordering="-submitted_at")
    def days_waiting(self, row: Any) -> int | None:
        return _days_waiting(row, row.asked_on)

    @column(gettext_lazy("on time"), boolean=True, ordering="obligation__on_time")
    def was_on_time(self, row: Filing) -> bool | None:
        return row.obligation.on_time

    @column(
        gettext_lazy("state"),
        ordering="state",
        label={
            FilingState.SUBMITTED: "info",
            FilingState.ACCEPTED: "success",
            FilingState.RETURNED: "warning",
        },
    )
    def state_label(self, row: Filing) -> tuple[str, str]:
        return row.state, row.get_state_display()

    def has_review_permission(self, request: HttpRequest) -> bool:
        return person(request).has_perm(REVIEW)

    @admin.action(description=gettext_lazy("Accept the selected filings"), permissions=["review"])
    def accept_selected(self, request: HttpRequest, rows: QuerySet[Filing]) -> None:
        """Accept one by one, each in its own transaction; what is refused is named with why."""
        reviewable = self.seen_with(request, REVIEW).filter(pk__in=rows.values("pk"))
        may_decide = set(reviewable.values_list("pk", flat=True))
        accepted, refused = 0, []
        for row in rows.order_by("submitted_at", "pk"):
            try:
                _refuse_in_bulk(row, may_decide)
                review.accept(row, by=person(request), at=arrived_at(request))
            except Refused as refusal:
                refused.append(f"{row}: {refusal}")
            else:
                accepted += 1
        self.message_user(
            request, _summary(accepted, refused), messages.WARNING if refused else messages.SUCCESS
        )

    def about(self, request: HttpRequest, row: Filing) -> dict[str, Any]:
        return {
            **super().about(request, row),
            "title": row.obligation.organisation.name,
            "lines": comparison.lines(row),
            "told": answers.by_section(row),
            "missing": answers.missing_in_words(row),
            "remarks": remarks.of_filing(row),
            "accepted": comparison.last_accepted(row),
            "days_waiting": _days_waiting(row, today(request)),
            "is_unchanged": fingerprint(row) == row.sha256,
            "takes_over": comparison.takes_over(row),
            "is_closure": row.kind not in REPORTS,
            "verification": closures.verification_of(row),
            "contradictions": row.contradictions.select_related("by"),
            "versions": _reviewed_versions(row),
            **papers.about(row),
        }


def _days_waiting(row: Filing, on: date) -> int | None:
    """Days from the submission to the decision, or to today; none for a replaced version."""
    if row.state == FilingState.SUPERSEDED or row.submitted_at is None:
        return None
    decided: Review | None = getattr(row, "review", None)
    return ((day_of(decided.at) if decided else on) - day_of(row.submitted_at)).days


def _refuse_in_bulk(row: Filing, may_decide: set[int]) -> None:
    if row.pk not in may_decide:
        raise Refused(_("it is not in one of your regions."))
    if row.contradictions.exists():
        raise Refused(_("somebody says that it is not so. Open it and decide on it alone."))
    if comparison.takes_over(row):
        raise Refused(_("it changes the head, e-mail or phone. Open it and decide on it alone."))


def _summary(accepted: int, refused: list[str]) -> str:
    done = ngettext("%(count)d accepted", "%(count)d accepted", accepted) % {"count": accepted}
    if not refused:
        return f"{done}."
    left = ngettext("%(count)d refused", "%(count)d refused", len(refused)) % {
        "count": len(refused)
    }
    return f"{done}, {left}: {' '.join(refused)}"


def _reviewed_versions(row: Filing) -> list[dict[str, Any]]:
    """Every submitted version of the obligation with its decision, newest first."""
    reasons = {reason.code: reason.name for reason in ReturnReason.objects.all()}
    versions = (
        row.obligation.filings.exclude(state=FilingState.DRAFT)
        .select_related("review__by", "submitted_by")
        .order_by("-version")
    )
    return [
        {
            "filing": version,
            "review": getattr(version, "review", None),
            "is_return": hasattr(version, "review") and version.review.decision == Decision.RETURN,
            "reasons": [reasons.get(code, code) for code in version.review.reasons]
            if hasattr(version, "review")
            else [],
        }
        for version in versions
    ]

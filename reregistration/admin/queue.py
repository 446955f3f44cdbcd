"""The queue on the reviewer's list and page: take the next one, give it back, assign it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import DateTimeField, QuerySet, Value
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.admin_verbs import CaseAdmin, Verb, arrived_at, person, today
from accounts.models import User
from reregistration import queue
from reregistration.admin.columns import column
from reregistration.admin.filters import ANY, Question
from reregistration.models import Filing, Lease
from reregistration.states import FilingState, State


class WhoHolds(Question):
    title = gettext_lazy("Who holds it?")
    parameter_name = "holder"
    answers: ClassVar = {
        ANY: gettext_lazy("show all"),
        "me": gettext_lazy("I do"),
        "nobody": gettext_lazy("nobody"),
    }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = cast("Any", queryset)
        if self.answer == "me":
            return cast("QuerySet[Any]", rows.held_by(person(request), arrived_at(request)))
        if self.answer == "nobody":
            return cast("QuerySet[Any]", rows.held_by_nobody(arrived_at(request)))
        return queryset


class PastOurDeadline(Question):
    title = gettext_lazy("Past our own deadline?")
    parameter_name = "late"
    answers: ClassVar = {ANY: gettext_lazy("show all"), "yes": gettext_lazy("yes")}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.answer == "yes":
            rows = cast("Any", queryset).past_our_deadline(today(request))
            return cast("QuerySet[Any]", rows)
        return queryset


def lease_of(row: Any) -> Lease | None:
    """The lease that holds the row when the page is asked for."""
    lease: Lease | None = getattr(row, "lease", None)
    return lease if lease and lease.until_at > row.asked_at else None


class _OfTheQueue(Verb):
    permission = queue.REVIEW

    def suits(self, row: Any) -> bool:
        return bool(row.state == FilingState.SUBMITTED and row.obligation.state == State.FILED)


class Take(_OfTheQueue):
    name = "take"
    label = gettext_lazy("Take")
    explanation = gettext_lazy("You hold it for a while: nobody else decides on it meanwhile.")
    at_once = True

    def suits(self, row: Any) -> bool:
        return super().suits(row) and lease_of(row) is None

    def run(self, row: Filing, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        return _taken(row, queue.take(row, by=by, at=at))


class GiveBack(_OfTheQueue):
    name = "give-back"
    label = gettext_lazy("Give back")
    explanation = gettext_lazy("You hold it no longer: it is the next one for somebody else.")
    at_once = True
    ends_on_list = True

    def suits(self, row: Any) -> bool:
        return super().suits(row) and lease_of(row) is not None

    def run(self, row: Filing, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        queue.give_back(row, by=by, at=at)
        return _("%(number)s is given back.") % {"number": row}


class AssignForm(forms.Form):
    to = forms.ModelChoiceField(
        label=gettext_lazy("Reviewer"),
        help_text=gettext_lazy("Reviewers of its region who do not act for the organisation."),
        queryset=User.objects.none(),
        widget=UnfoldAdminSelectWidget,
    )


class Assign(_OfTheQueue):
    name = "assign"
    label = gettext_lazy("Assign…")
    permission = queue.ASSIGN
    form_class = AssignForm
    explanation = gettext_lazy(
        "The person you choose holds it until the end of the next working day, whoever holds it "
        "now."
    )

    def prepare(self, form: Any, row: Filing, *, on: date) -> None:
        form.fields["to"].queryset = queue.candidates(row, on)

    def run(self, row: Filing, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        queue.assign(row, to=answers["to"], by=by, at=at)
        return _("%(number)s is assigned to %(person)s.") % {"number": row, "person": answers["to"]}


class QueueMixin(CaseAdmin):
    """What the queue adds to the reviewer's list and page."""

    list_before_template: Any = "admin/reregistration/queue.html"

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().seen_with(request, permission)
        asked_at = Value(arrived_at(request), DateTimeField())
        seen: QuerySet[Any] = rows.select_related("lease__taken_by").annotate(asked_at=asked_at)
        return seen

    @column(gettext_lazy("held by"))
    def holder(self, row: Any) -> str:
        lease = lease_of(row)
        return str(lease.taken_by) if lease else "—"

    @column(
        gettext_lazy("to be decided by"),
        ordering="review_due_on",
        label={"late": "danger", "ahead": "info"},
    )
    def decided_by(self, row: Any) -> tuple[str, str] | str:
        """Marked once the ministry's own term is over."""
        if row.review_due_on is None or row.state != FilingState.SUBMITTED:
            return "—"
        which = "late" if row.review_due_on < row.asked_on else "ahead"
        return which, date_format(row.review_due_on, "SHORT_DATE_FORMAT")

    def get_urls(self) -> list[URLPattern]:
        page = path(
            "take-next/",
            self.admin_site.admin_view(self.take_next_view),
            name="reregistration_filing_take-next",
        )
        return [page, *super().get_urls()]

    def take_next_view(self, request: HttpRequest) -> HttpResponse:
        """Take the oldest free filing and go to its page. Only a POST takes."""
        if not person(request).has_perm(queue.REVIEW):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseRedirect(self.list_url())
        row = queue.take_next(by=person(request), at=arrived_at(request))
        if row is None:
            messages.info(request, _("Nothing waits that nobody holds. Look again later."))
            return HttpResponseRedirect(self.list_url())
        messages.success(request, _taken(row, row.lease))
        return HttpResponseRedirect(self.row_url(row))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        may_take = person(request).has_perm(queue.REVIEW)
        context: dict[str, Any] = {**(extra_context or {}), "may_take": may_take}
        return super().changelist_view(request, context)

    def verbs_for(self, request: HttpRequest, row: Any) -> list[tuple[Verb, str]]:
        """Without giving back what another holds, for who may not assign."""
        lease, user = lease_of(row), person(request)
        is_anothers = lease is not None and lease.taken_by_id != user.pk
        verbs = super().verbs_for(request, row)
        if not is_anothers or user.has_perm(queue.ASSIGN):
            return verbs
        return [(verb, url) for verb, url in verbs if not isinstance(verb, GiveBack)]

    def about(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        lease = lease_of(row) if row.state == FilingState.SUBMITTED else None
        return {
            **super().about(request, row),
            "lease": lease,
            "is_mine": lease is not None and lease.taken_by_id == person(request).pk,
            "is_late": row.state == FilingState.SUBMITTED
            and row.review_due_on is not None
            and row.review_due_on < today(request),
            "may_take": person(request).has_perm(queue.REVIEW),
        }


def _taken(row: Filing, lease: Lease) -> str:
    return _("You hold %(number)s until %(until)s.") % {
        "number": row,
        "until": date_format(localtime(lease.until_at), "SHORT_DATETIME_FORMAT"),
    }

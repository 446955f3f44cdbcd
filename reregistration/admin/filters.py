"""Filters of the lists, worded as questions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.admin_verbs import person, today
from registry.models import Region
from reregistration import agreement
from reregistration.models import Campaign, Contradiction, RefusalProposal
from reregistration.obligations import past_due
from reregistration.states import FilingState, State

ANY = "any"


class Question(admin.SimpleListFilter):
    """A question with its answers; each answer is a condition. The first one is the default."""

    answers: ClassVar[dict[str, str | Promise]] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.answers.items())

    @property
    def answer(self) -> str:
        value = self.value()
        return str(value) if value in self.answers else next(iter(self.answers))

    def choices(self, changelist: Any) -> Iterator[Any]:
        for value, label in self.lookup_choices:
            yield {
                "selected": self.answer == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }


class WaitingForReview(Question):
    title = _("Waiting for review?")
    parameter_name = "waiting"
    answers: ClassVar = {"yes": _("yes"), "no": _("no, decided or replaced"), ANY: _("show all")}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.answer == "yes":
            return queryset.filter(state=FilingState.SUBMITTED)
        if self.answer == "no":
            return queryset.exclude(state=FilingState.SUBMITTED)
        return queryset


class FiledOnTime(Question):
    title = _("Filed on time?")
    parameter_name = "on_time"
    answers: ClassVar = {ANY: _("show all"), "yes": _("yes"), "no": _("no, late")}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.answer == ANY:
            return queryset
        return queryset.filter(obligation__on_time=self.answer == "yes")


class CorrectedFiling(Question):
    title = _("Corrected after a return?")
    parameter_name = "corrected"
    answers: ClassVar = {ANY: _("show all"), "yes": _("yes"), "no": _("no")}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.answer == ANY:
            return queryset
        return queryset.filter(obligation__returned_on__isnull=self.answer == "no")


class CleanFiling(Question):
    """As it was found at submission, without what somebody has contradicted or wants refused."""

    title = _("Clean?")
    parameter_name = "clean"
    answers: ClassVar = {ANY: _("show all"), "yes": _("yes"), "no": _("no")}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.answer == ANY:
            return queryset
        doubted = Q(
            Exists(Contradiction.objects.filter(filing=OuterRef("pk")))
            | Exists(RefusalProposal.objects.filter(filing=OuterRef("pk")))
        )
        if self.answer == "yes":
            return queryset.filter(~doubted, was_clean=True)
        return queryset.filter(Q(was_clean=False) | Q(was_clean__isnull=True) | doubted)


class OverdueAndNeverFiled(Question):
    title = _("Overdue and never filed?")
    parameter_name = "silent"
    answers: ClassVar = {ANY: _("show all"), "yes": _("yes"), "no": _("no")}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        silent = {"state": State.OVERDUE, "first_filed_at__isnull": True}
        if self.answer == "yes":
            return queryset.filter(**silent)
        if self.answer == "no":
            return queryset.exclude(**silent)
        return queryset


class PastDueAndNotMoved(Question):
    """None is right: the timetable moves them in the first minutes of a day."""

    title = _("Past due and not moved?")
    parameter_name = "not_moved"
    answers: ClassVar = {ANY: _("show all"), "yes": _("yes")}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.answer == "yes":
            return past_due.not_moved(queryset, today(request))
        return queryset


class DiffersFromTheLog(Question):
    title = _("Differs from its log?")
    parameter_name = "differs"
    answers: ClassVar = {ANY: _("show all"), "yes": _("yes")}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return agreement.differing(queryset) if self.answer == "yes" else queryset


class ReturnedAndBack(Question):
    title = _("Returned and back?")
    parameter_name = "returned"
    answers: ClassVar = {
        ANY: _("show all"),
        "back": _("yes, filed again"),
        "away": _("returned, not filed again"),
    }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.answer == "back":
            return queryset.filter(
                returned_on__isnull=False, state__in=[State.FILED, State.FULFILLED]
            )
        if self.answer == "away":
            return queryset.filter(returned_on__isnull=False).exclude(
                state__in=[State.FILED, State.FULFILLED]
            )
        return queryset


class WhichRegion(admin.SimpleListFilter):
    """Only the regions that the person may see are offered."""

    title = _("Which region?")
    parameter_name = "region"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        opts = model_admin.opts
        seen = access.within(
            Region.objects.all(),
            "pk",
            user=person(request),
            permission=f"{opts.app_label}.view_{opts.model_name}",
            on=today(request),
        )
        self.path = model_admin.region
        return [(region.pk, region.name) for region in seen]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.path: self.value()}) if self.value() else queryset


class WhichCampaign(admin.SimpleListFilter):
    title = _("Which campaign?")
    parameter_name = "campaign"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        self.path = model_admin.campaign
        return [(campaign.code, campaign.name) for campaign in Campaign.objects.all()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.path}__code": self.value()}) if self.value() else queryset

"""Filters of the lists, worded as questions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin_verbs import arrived_at
from notices import service
from notices.models import Dispatch, Service
from notices.states import Channel, DispatchState
from notices.templates import rows_in_force


class _YesOrNo(admin.SimpleListFilter):
    """A question that a condition answers."""

    condition: Q | Exists

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("yes")), ("no", _("no"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "yes":
            return queryset.filter(self.condition)
        if self.value() == "no":
            return queryset.exclude(self.condition)
        return queryset


class IsServed(_YesOrNo):
    title = _("Served?")
    parameter_name = "served"
    condition = Exists(Service.objects.filter(service.STANDS, notice=OuterRef("pk")))


class IsInForce(_YesOrNo):
    """Asks by the moment, so its condition is made for each request."""

    title = _("In force?")
    parameter_name = "in_force"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        self.condition = Q(pk__in=rows_in_force(arrived_at(request)).values("pk"))
        return super().queryset(request, queryset)


class WaitsForApproval(_YesOrNo):
    title = _("Waiting for approval?")
    parameter_name = "waiting"
    # A proposal that came with the portal is never approved itself: one drafts from it.
    condition = Q(approved_at__isnull=True, drafted_by__isnull=False)


class CameBack(_YesOrNo):
    title = _("Came back?")
    parameter_name = "came_back"
    condition = Q(state=DispatchState.BOUNCED)


class IsWaiting(_YesOrNo):
    title = _("Waiting?")
    parameter_name = "waiting"
    condition = Q(state__in=[DispatchState.QUEUED, DispatchState.SENDING])


class HasFailed(_YesOrNo):
    title = _("Failed?")
    parameter_name = "failed"
    condition = Q(state=DispatchState.FAILED)


class FailedAndNothingFollows(_YesOrNo):
    """Failed or back, and neither another sending of that notice is on its way or arrived, nor
    anything else proves its service: a person must do something. An SMS only goes beside."""

    title = _("Failed and nothing follows?")
    parameter_name = "nothing_follows"
    condition = (
        Q(state__in=[DispatchState.FAILED, DispatchState.BOUNCED])
        & ~Q(channel=Channel.SMS)
        & ~Exists(
            Dispatch.objects.filter(
                notice=OuterRef("notice"),
                state__in=[
                    DispatchState.QUEUED,
                    DispatchState.SENDING,
                    DispatchState.SENT,
                    DispatchState.DELIVERED,
                ],
            ).exclude(channel=Channel.SMS)
        )
        & ~Exists(Service.objects.filter(service.STANDS, notice=OuterRef("notice")))
    )


class PastItsLease(_YesOrNo):
    """Asks by the moment, so its condition is made for each request."""

    title = _("Stuck in a worker?")
    parameter_name = "past_lease"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        stuck = Dispatch.objects.past_lease(arrived_at(request))
        self.condition = Q(pk__in=stuck.values("pk"))
        return super().queryset(request, queryset)


class IsHeldBack(_YesOrNo):
    title = _("Held back?")
    parameter_name = "held_back"
    condition = Q(state=DispatchState.SUPPRESSED)

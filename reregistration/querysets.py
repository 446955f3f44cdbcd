"""Which obligations, which filings, and which hearing slots?"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Least

from accounts.models import User
from registry.models import Representative
from reregistration.states import FilingState, State

if TYPE_CHECKING:
    from reregistration.models import (  # noqa: F401 - names the rows below
        Filing,
        HearingSlot,
        LegalGround,
        Obligation,
        ReceivingBody,
        RefusalGround,
    )


class ObligationQuerySet(models.QuerySet["Obligation"]):
    def past_due(self, on: date) -> ObligationQuerySet:
        """Due or returned, and the effective due date has passed; where it is held, before that."""
        # PostgreSQL's LEAST passes over what is null.
        clock = Least(Value(on, models.DateField()), F("held_since_on"))
        return self.filter(state__in=[State.DUE, State.RETURNED], due_on__lt=clock)

    def of_running_clock(self) -> ObligationQuerySet:
        """Those that no hold covers."""
        return self.filter(held_since_on__isnull=True)


class FilingQuerySet(models.QuerySet["Filing"]):
    def waiting(self) -> FilingQuerySet:
        """Those that a reviewer can decide on."""
        return self.filter(state=FilingState.SUBMITTED, obligation__state=State.FILED)

    def held_by(self, user: User, at: datetime) -> FilingQuerySet:
        return self.filter(lease__taken_by=user, lease__until_at__gt=at)

    def held_by_nobody(self, at: datetime) -> FilingQuerySet:
        lease = self.model._meta.get_field("lease").related_model
        living = lease._default_manager.filter(filing=OuterRef("pk"), until_at__gt=at)
        return self.filter(~Exists(living))

    def not_let_go_by(self, user: User, since_at: datetime, at: datetime) -> FilingQuerySet:
        """Without what the person held last, since that moment, and gave back or let run out."""
        lease = self.model._meta.get_field("lease").related_model
        let_go = lease._default_manager.filter(
            filing=OuterRef("pk"), taken_by=user, until_at__gt=since_at, until_at__lte=at
        )
        return self.filter(~Exists(let_go))

    def not_own(self, people: Collection[int]) -> FilingQuerySet:
        """Without those that `review.refuse_own` refuses to the person whom these accounts are: it
        decides, this only looks ahead."""
        acts_for_it = Representative.objects.filter(
            organisation=OuterRef("obligation__organisation"),
            user__in=people,
            until_at__isnull=True,
        )
        # What has no author is nobody's own, which `<>` would not say.
        not_theirs = (Q(submitted_by__isnull=True) | ~Q(submitted_by__in=people)) & (
            Q(saved_by__isnull=True) | ~Q(saved_by__in=people)
        )
        typed_it = Q(paper__received_by__in=people) | Q(paper__typed_by__in=people)
        not_typed = Q(paper__isnull=True) | ~(typed_it | Q(paper__confirmed_by__in=people))
        return self.filter(not_theirs, not_typed).filter(~Exists(acts_for_it))

    def past_our_deadline(self, on: date) -> FilingQuerySet:
        """Those that wait for longer than the ministry's own term."""
        return self.filter(state=FilingState.SUBMITTED, review_due_on__lt=on)


# The seats of a hearing slot that are taken.
TAKEN = Count("dates", filter=Q(dates__freed_at__isnull=True))


class HearingSlotQuerySet(models.QuerySet["HearingSlot"]):
    def with_taken(self) -> HearingSlotQuerySet:
        """With the number of seats that are taken, as `taken`."""
        return self.annotate(taken=TAKEN)

    def free(self, first_at: datetime) -> HearingSlotQuerySet:
        """Those from that moment on that were not withdrawn and have a seat left."""
        ahead = self.filter(begins_at__gte=first_at, withdrawn_at__isnull=True)
        has_seat: Q = Q(taken__lt=F("capacity"))
        return ahead.with_taken().filter(has_seat)


def _in_force(on: date) -> Q:
    return Q(from_on__lte=on) & (Q(until_on__isnull=True) | Q(until_on__gt=on))


class LegalGroundQuerySet(models.QuerySet["LegalGround"]):
    def in_force(self, on: date) -> LegalGroundQuerySet:
        """Those that may be relied on that day."""
        return self.filter(_in_force(on))


class RefusalGroundQuerySet(models.QuerySet["RefusalGround"]):
    def in_force(self, on: date) -> RefusalGroundQuerySet:
        """Those that a filing may be refused on that day."""
        return self.filter(_in_force(on))


class ReceivingBodyQuerySet(models.QuerySet["ReceivingBody"]):
    def in_charge(self, on: date) -> ReceivingBodyQuerySet:
        """Those that take files that day."""
        return self.filter(_in_force(on))

"""Which rows of the register?"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import models
from django.db.models import Q

from registry.calendar import Overrides
from registry.folding import as_cyrillic, fold
from registry.states import GOOD_ALWAYS, GOOD_RELEASES, GOOD_UNTIL_DUE, HELD, StandingState

if TYPE_CHECKING:
    from registry.models import (  # noqa: F401 - names the rows below
        Claim,
        DayOverride,
        Extract,
        Organisation,
        SignOfLife,
        Standing,
    )


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def listed(self) -> OrganisationQuerySet:
        """The register as it is counted and shown: without those merged into another, and those
        that an import entered which was undone."""
        return self.filter(merged_into__isnull=True, taken_out_at__isnull=True)

    def search(self, text: str) -> OrganisationQuerySet:
        """Organisations with every word of the text, or a word that begins so, in a name,
        the BIN or the register number. Forgives letters (Қ/К, Ё/Е), case and quotes."""
        words = re.findall(r"\w+", fold(text))
        if not words:
            return self
        # A word typed in Latin letters may stand in the name in Cyrillic ones that look the same.
        either = (
            f"{word}:*" if word == as_cyrillic(word) else f"({word}:* | {as_cyrillic(word)}:*)"
            for word in words
        )
        query = SearchQuery(" & ".join(either), config="simple", search_type="raw")
        vector: Any = SearchVector("search_text", config="simple")
        return self.alias(vector=vector).filter(vector=query)

    def numbered(self, text: str) -> OrganisationQuerySet:
        """The one with that BIN or register number, as people type it: any case, with spaces."""
        typed = re.sub(r"\s", "", text).upper().replace("Р-", "R-")
        return self.filter(Q(bin=typed) | Q(number=typed))

    def acted_for_by(self, user: Any) -> OrganisationQuerySet:
        """Organisations that the person represents now."""
        return self.filter(representatives__user=user, representatives__until_at__isnull=True)

    def claimed_by(self, user: Any) -> OrganisationQuerySet:
        """Organisations that the person has asked to act for, not decided yet."""
        return self.filter(claims__user=user, claims__state="waiting")


class ExtractQuerySet(models.QuerySet["Extract"]):
    def in_force(self) -> ExtractQuerySet:
        """Those whose import was not undone, the newest first."""
        return self.filter(undone_at__isnull=True).order_by("-as_of_on", "-pk")


class ClaimQuerySet(models.QuerySet["Claim"]):
    def waiting(self) -> ClaimQuerySet:
        """Not decided and not withdrawn: each protects its organisation."""
        return self.filter(state="waiting")

    def unopposed(self, on: date) -> ClaimQuerySet:
        """Waiting ones that came by a code, whose days to object have passed in silence."""
        return self.waiting().filter(
            means__in=["code", "register_email"],
            object_until_on__lt=on,
            objections__isnull=True,
        )


def late_on(on: date, prefix: str = "") -> Q:
    """The condition under which a standing's date has passed that day. Never while it is held."""
    return Q(**{f"{prefix}state__in": GOOD_UNTIL_DUE, f"{prefix}effective_due_on__lt": on}) & ~Q(
        **{f"{prefix}reason": HELD}
    )


def good_on(on: date, prefix: str = "") -> Q:
    """The condition under which a standing is good that day (design.md section 4)."""
    return (
        Q(**{f"{prefix}state__in": GOOD_ALWAYS})
        | Q(**{f"{prefix}state__in": GOOD_UNTIL_DUE, f"{prefix}effective_due_on__gte": on})
        | Q(**{f"{prefix}state__in": GOOD_UNTIL_DUE, f"{prefix}reason": HELD})
        | Q(**{f"{prefix}state": StandingState.RELEASED, f"{prefix}reason__in": GOOD_RELEASES})
    )


class StandingQuerySet(models.QuerySet["Standing"]):
    def in_good_standing(self, on: date) -> StandingQuerySet:
        return self.filter(good_on(on))

    def reading(self, state: StandingState, on: date) -> StandingQuerySet:
        """Standings that read as `state` that day, whatever job has run."""
        late = late_on(on)
        if state == StandingState.OVERDUE:
            return self.filter(Q(state=state) | late)
        return self.filter(Q(state=state) & ~late)


class SignOfLifeQuerySet(models.QuerySet["SignOfLife"]):
    def unresolved(self, on: date) -> SignOfLifeQuerySet:
        """In force that day, and no person has looked at it yet."""
        return self.filter(
            Q(until_on__isnull=True) | Q(until_on__gte=on),
            from_on__lte=on,
            resolved_at__isnull=True,
        )


class DayOverrideQuerySet(models.QuerySet["DayOverride"]):
    def as_overrides(self) -> Overrides:
        """The whole table as `registry.calendar` takes it."""
        return dict(self.values_list("on", "is_working"))

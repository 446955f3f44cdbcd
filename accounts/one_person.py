"""Do two acts count as two people's? The one home of that question.

A delegate stands in for the delegator, so where two people are needed the two count as one: as long
as the delegation is in force, for all that either of them ever did; and afterwards, for what either
did while it was. Two delegates of the same person count as one through them. Every verb that takes
two people asks here; a plain check of the database cannot see a delegation, and refuses only what
one account does twice (docs/decisions/0041-delegation.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from accounts.models import Delegation, User


@dataclass(frozen=True)
class Spell:
    """Days on which what somebody else did counts as the person's own, both included."""

    person_id: int
    from_on: date
    until_on: date


@dataclass(frozen=True)
class OnePerson:
    """A person at a moment, with all who count as the same one."""

    ids: frozenset[int]
    spells: tuple[Spell, ...] = ()

    def did(self, who: int | None, when: datetime | None) -> bool:
        """Whether an act of that account at that moment counts as this person's own."""
        if who is None:
            return False
        if who in self.ids:
            return True
        on = timezone.localdate(when) if when else None
        return on is not None and any(
            spell.person_id == who and spell.from_on <= on <= spell.until_on
            for spell in self.spells
        )

    def acts(self, who: str, when: str) -> Q:
        """The same as a condition on rows: `who` and `when` are the columns of an act."""
        found = Q(**{f"{who}__in": sorted(self.ids)})
        for spell in self.spells:
            found |= Q(
                **{
                    who: spell.person_id,
                    f"{when}__date__gte": spell.from_on,
                    f"{when}__date__lte": spell.until_on,
                }
            )
        return found


def of(user: User, at: datetime) -> OnePerson:
    """Who counts as the same person as that user at that moment. One query where nothing was ever
    delegated to or by them, else two."""
    on = timezone.localdate(at)
    theirs = list(Delegation.objects.of(user).filter(from_on__lte=on))
    if not theirs:
        return OnePerson(frozenset({user.pk}))
    ids = frozenset({user.pk}).union(
        *({row.delegator_id, row.delegate_id} for row in theirs if on <= _last_day(row))
    )
    around = Delegation.objects.filter(
        Q(delegator__in=ids) | Q(delegate__in=ids), from_on__lte=on
    ).order_by("pk")
    return OnePerson(ids, tuple(spell for row in around for spell in _spells(row, ids)))


def _spells(row: Delegation, ids: frozenset[int]) -> list[Spell]:
    last_on = _last_day(row)
    others = {row.delegator_id, row.delegate_id} - ids
    return [Spell(other, row.from_on, last_on) for other in others if row.from_on <= last_on]


def _last_day(row: Delegation) -> date:
    """Its last day on which anything may have been done by it: the day of an early end too."""
    return min(row.until_on, row.ended_on) if row.ended_on else row.until_on

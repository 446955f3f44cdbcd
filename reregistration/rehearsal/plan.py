"""How does each organisation, address and letter behave in a rehearsal?

The response curve is that of design.md section 1. Every choice comes from a generator seeded by
the rehearsal's seed and the row's own number: the same in every run, whatever process asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from random import Random

from registry.calendar import ALMATY

# Shares of those in scope.
FILE_BY_DUE = 0.30
FILE_LATE = 0.40
# Of those who file by the due date, how many do so in the last week.
IN_LAST_WEEK = 0.80
# Of the late, how many only wake up after marking has begun.
AFTER_MARKING = 0.06
RETURNED = 0.08
# Of the returned, how many never correct.
NEVER_CORRECT = 0.15
# Of the silent, how many begin a draft and leave it.
LEAVE_A_DRAFT = 0.03
BOUNCING = 0.05
MARKING_BEGINS_AFTER = 76
# Of those who get a preliminary decision, how many object, and how many wish to be heard.
OBJECT = 0.04
WISH_TO_BE_HEARD = 0.02
# Of those who were served with their mark, how many complain, and how many file after all.
COMPLAIN = 0.06
CURE = 0.08
# Of what is decided on such answers: upheld, dismissed; the rest still waits when it all ends.
UPHELD = 0.30
DISMISSED = 0.50


@dataclass(frozen=True)
class Period:
    """The days of a rehearsal: it opens, filings are due, it ends."""

    opens_on: date
    due_on: date
    ends_on: date


class Letter(Enum):
    """What becomes of a registered letter."""

    DELIVERED = "delivered"
    RETURNED = "returned"
    LOST = "lost"


class Fate(Enum):
    """What becomes of an objection, a complaint, a wish to be heard."""

    UPHELD = "upheld"
    DISMISSED = "dismissed"
    WAITS = "waits"


@dataclass(frozen=True)
class Plan:
    """What one organisation will do."""

    # When it files; None: it never does.
    files_at: datetime | None
    is_returned: bool
    # After a return, in how many days it corrects; None: it never does.
    corrects_after_days: int | None
    # Silent, but for a draft begun on this day.
    drafts_on: date | None
    # After a preliminary decision, in how many days it objects, or wishes to be heard.
    objects_after_days: int | None = None
    wishes_after_days: int | None = None
    # After its mark was served, in how many days it complains, or files after all.
    complains_after_days: int | None = None
    cures_after_days: int | None = None

    @property
    def stays_silent(self) -> bool:
        return self.files_at is None and self.drafts_on is None


def plan_of(number: str, seed: int, period: Period) -> Plan:
    """The plan of the organisation with that register number."""
    dice = Random(f"{seed}/{number}")
    filed_on = _filing_day(dice, period)
    returned = dice.random() < RETURNED
    corrects = None if dice.random() < NEVER_CORRECT else dice.randint(1, 8)
    drafts = dice.random() < LEAVE_A_DRAFT
    return Plan(
        files_at=_moment(dice, filed_on) if filed_on else None,
        is_returned=returned,
        corrects_after_days=corrects,
        drafts_on=None if filed_on or not drafts else period.due_on + timedelta(days=10),
        objects_after_days=_some(dice, OBJECT, 3, 12),
        wishes_after_days=_some(dice, WISH_TO_BE_HEARD, 3, 12),
        complains_after_days=_some(dice, COMPLAIN, 5, 80),
        cures_after_days=_some(dice, CURE, 5, 80),
    )


def _some(dice: Random, share: float, first: int, last: int) -> int | None:
    """For that share of them a number of days; for the others none."""
    days = dice.randint(first, last)
    return days if dice.random() < share else None


def _filing_day(dice: Random, period: Period) -> date | None:
    kind = dice.random()
    if kind < FILE_BY_DUE:
        if dice.random() < IN_LAST_WEEK:
            return period.due_on - timedelta(days=dice.randint(0, 6))
        return period.opens_on + timedelta(
            days=dice.randint(1, (period.due_on - period.opens_on).days - 7)
        )
    if kind < FILE_BY_DUE + FILE_LATE:
        if dice.random() < AFTER_MARKING:
            return period.due_on + timedelta(days=MARKING_BEGINS_AFTER + dice.randint(1, 3))
        return period.due_on + timedelta(days=dice.randint(1, 60))
    return None


def _moment(dice: Random, on: date) -> datetime:
    """Between 07:00 and 23:59:59: many file late in the evening."""
    seconds = dice.randint(7 * 3600, 24 * 3600 - 1)
    return datetime.combine(on, time.min, tzinfo=ALMATY) + timedelta(seconds=seconds)


def fate_of(answer: str, seed: int) -> Fate:
    """What is decided on the objection, complaint or wish to be heard of that number."""
    fate = Random(f"{seed}/fate/{answer}").random()
    if fate < UPHELD:
        return Fate.UPHELD
    return Fate.DISMISSED if fate < UPHELD + DISMISSED else Fate.WAITS


def bounces(address: str, seed: int) -> bool:
    return Random(f"{seed}/mail/{address}").random() < BOUNCING


def letter_to(number: str, kind: str, seed: int) -> Letter:
    """The fate of a registered letter; mostly the same for every letter to one organisation."""
    fate = Random(f"{seed}/letter/{number}").random()
    if fate < 0.86:
        return Letter.DELIVERED
    if fate < 0.93:
        return Letter.RETURNED
    if fate < 0.97:
        # Moved away after the first letter.
        return Letter.DELIVERED if kind == "final_warning" else Letter.RETURNED
    return Letter.LOST


def carrier_days(batch_number: str, seed: int) -> int:
    """Days from a batch of letters to the carrier's receipts for it."""
    return Random(f"{seed}/carrier/{batch_number}").randint(4, 7)

"""What the rounds give and to how many: a year's money as grants, its calls, and who applies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from grants.demo import stage
from grants.demo.words import FRAMES, Frame

# Of a year's money in a hundred; what is left is for short-term grants.
LONG, MEDIUM = 15, 35
# The programmes whose calls give them.
_GIVES = {"long": (1,), "medium": (1, 4), "short": (0, 1, 2, 3, 4)}
# Applications for each ten that are awarded.
ASKED = 14


@dataclass(frozen=True)
class CallPlan:
    """A call that is to be written: its programme, its type, and the amounts that it awards."""

    frame: Frame
    kind: str
    drawn: list[Decimal]

    @property
    def applications(self) -> int:
        awarded = len(self.drawn)
        return awarded + max(1, awarded * (ASKED - 10) // 10)


def spread(ids: Sequence[int], count: int) -> list[int]:
    """So many of them, from everywhere in the register, in its order."""
    dice = Random("spread")  # noqa: S311 - the same demo everywhere
    return sorted(dice.sample(list(ids), min(count, len(ids))))


def plan(year: int, total: Decimal, ids: Sequence[int]) -> tuple[list[CallPlan], list[int]]:
    """The calls of a year, and who applies."""
    dice = Random(f"round/{year}")  # noqa: S311 - the same demo everywhere
    made: list[CallPlan] = []
    for kind, drawn in amounts(year, total, dice).items():
        frames = [FRAMES[place] for place in _GIVES[kind]]
        parts: dict[str, list[Decimal]] = {frame.code: [] for frame in frames}
        shares = [frame.share for frame in frames]
        for amount in drawn:
            parts[dice.choices(frames, shares)[0].code].append(amount)
        made += [CallPlan(frame, kind, parts[frame.code]) for frame in frames if parts[frame.code]]
    return made, _chosen(ids, sum(call.applications for call in made), dice)


def amounts(year: int, total: Decimal, dice: Random) -> dict[str, list[Decimal]]:
    """A year's money as grants of the three types, within the limits of the law that year. They
    come to the total exactly, unless that is less than one grant."""
    index = stage.mci_of(year).amount
    least = {"short": 500 * index, "medium": 3000 * index, "long": 10000 * index}
    likely = {"short": (5.9, 1.4), "medium": (3, 1.3), "long": (2, 1.2)}
    made: dict[str, list[Decimal]] = {}
    left = total
    for kind, percent in (("long", LONG), ("medium", MEDIUM), ("short", 100)):
        budget = min(left, total * percent / 100)
        made[kind] = []
        most, mode = likely[kind]
        while budget >= least[kind]:
            drawn = Decimal(int(dice.triangular(1000, most * 1000, mode * 1000))) / 1000
            amount = min((least[kind] * drawn // 1000 + 1) * 1000, budget)
            made[kind].append(amount)
            budget -= amount
            left -= amount
    # What is too little for a grant of its own makes another one larger.
    if left and made["short"]:
        smallest = min(range(len(made["short"])), key=made["short"].__getitem__)
        made["short"][smallest] += left
    return made


def _chosen(ids: Sequence[int], count: int, dice: Random) -> list[int]:
    """Who applies in a year: everybody once before anybody twice."""
    picked: list[int] = []
    while len(picked) < count:
        picked += dice.sample(list(ids), min(len(ids), count - len(picked)))
    return picked

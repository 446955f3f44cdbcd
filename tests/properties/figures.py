"""What the runs came to, and what they must have met: else they would prove nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

# Each of these must have come about at least once in all runs together.
MUST_BE_MET = (
    "marks made",
    "done: a mark is reversed",
    "marks cured by a filing",
    "senders killed",
    "marking workers killed",
    "rounds stopped by an error",
    "acts in the midst of marking",
    "stop in the midst of marking",
    "hold in the midst of marking",
    "proofs that came back after all",
    "letters delivered",
    "letters returned",
    "done: a notice is opened",
    "done: a filing is accepted",
    "done: a filing is returned",
    "done: a closure is verified",
    "done: more time is asked for",
    "done: more time is granted",
    "done: the due date is moved",
    "done: a hold of one",
    "done: a hold of region",
    "done: a hold of campaign",
    "done: a hold ends",
    "done: objection upheld",
    "done: objection dismissed",
    "done: hearing upheld",
    "done: hearing dismissed",
    "done: complaint upheld",
    "done: complaint dismissed",
    "done: a round is stopped",
    "done: a candidate is taken out",
    "refused: a round is signed",
    "refused: objection upheld",
    # Of each condition of the marking rule, that it alone kept somebody out. Not of the days of
    # grace: the terms of the two notices are longer, and a later date begins both anew.
    *(
        f"kept out of a round by {code} alone"
        for code in (
            "in_scope",
            "in_newest_extract",
            "warning_served",
            "decision_served",
            "no_draft",
            "no_claim",
            "no_sign_of_life",
            "no_objection",
            "no_hearing",
            "no_objection_upheld",
            "no_hearing_upheld",
            "no_hold",
        )
    ),
    # And under the lock, somebody who had been frozen.
    *(
        f"kept from the mark under its lock by {code}"
        for code in ("never_filed", "no_draft", "no_sign_of_life", "no_objection", "no_hold")
    ),
)


def lines(figures: Mapping[str, int]) -> Iterator[str]:
    """The figures, one a line, and what was not met."""
    for what, number in sorted(figures.items()):
        yield f"{number:>7,}  {what}"


def not_met(figures: Mapping[str, int]) -> list[str]:
    return [what for what in MUST_BE_MET if not figures.get(what)]


def added(parts: Iterator[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return total

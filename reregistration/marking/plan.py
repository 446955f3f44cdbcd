"""How many cases of a round must people check, and which? Arithmetic alone.

The plan accepts no error. It rests on one bound: of N candidates, n are checked. If D of the N
were wrong, the chance that the sample shows none of them is C(N-D, n) / C(N, n), the
hypergeometric; that is never more than (1 - n/N)^D. So the sample is the smallest n for which
(1 - n/N)^D is at most 5 %, where D is the least number that is 1 % of the candidates or more: no
error among n says with 95 % confidence that fewer than 1 % of the round are wrong. Of 600 that is
236 (D = 6; the exact hypergeometric would do with 235), as design.md section 9 asks.

The same formula for ever more candidates comes to 300, the 300 of the pool: once three rounds were
done without error, 50 cases of a new one are judged together with those found right before, as
draws from one stream. (The bound is the f-binomial of Schilling's lot sensitive plans, Journal of
Quality Technology 10, 1978.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

# One in twenty: 95 % confidence.
_RISK = 20
# One in a hundred wrong is too many.
_SHARE = 100
FULL_ROUNDS = 3
REDUCED = 50
POOL = 300


def full(candidates: int) -> int:
    """How many of so many candidates are checked where nothing is known of earlier rounds."""
    errors = max(1, -(-candidates // _SHARE))
    return next(
        checked
        for checked in range(candidates + 1)
        if _RISK * (candidates - checked) ** errors <= candidates**errors
    )


def size(candidates: int, *, clean_rounds: int, pooled: int) -> int:
    """How many are checked after `clean_rounds` rounds done since the last error, in which and
    beside which `pooled` cases were found right.

    Three full rounds first, then 50; more where the pool would not reach 300 with them (the rounds
    before were small), never more than a full check.
    """
    whole = full(candidates)
    if clean_rounds < FULL_ROUNDS:
        return whole
    return min(whole, max(REDUCED, POOL - pooled))


def order(seed: str, positions: Iterable[int]) -> list[int]:
    """The candidates' positions in the order of the draw; the sample is the first of them.

    By the SHA-256 of "seed:position", smallest first: whoever has the seed and the frozen list
    repeats the draw with any tool, years later.
    """
    return sorted(
        positions, key=lambda position: hashlib.sha256(f"{seed}:{position}".encode()).digest()
    )

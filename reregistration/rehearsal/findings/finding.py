"""One line of what was found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One invariant: what it says, how many rows break it, an example."""

    sentence: str
    broken: int
    example: str = ""

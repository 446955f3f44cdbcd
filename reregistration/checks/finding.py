"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`code` is kept with the review; the others are shown, in the reader's language."""

    code: str
    sentence: str
    # Why it is worth a look.
    reason: str
    # Which register, fact or rule it is known from.
    source: str

"""How wide and of which colour is a part of a whole?"""

from __future__ import annotations

from registry.states import StandingState

# How a list or a bar colours a state; words always stand beside the colour.
TONES: dict[str, str] = {
    StandingState.DUE: "wait",
    StandingState.RETURNED: "wait",
    StandingState.FILED: "good",
    StandingState.FULFILLED: "good",
    StandingState.OVERDUE: "bad",
    StandingState.MARKED: "bad",
    StandingState.REFERRED: "bad",
    StandingState.TERMINATED: "bad",
    StandingState.REFUSED: "bad",
    StandingState.RELEASED: "other",
}


def percent(part: int, whole: int) -> str:
    """A share as a number of CSS and SVG, which have a point in every language."""
    return f"{100 * part / whole:.3f}" if whole else "0"

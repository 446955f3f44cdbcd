"""The automatic checks of a filing. They inform, people decide: nothing is refused by a check.

Each check is a function of what is known (`known.Known`, a fixed number of queries) that gives
findings: what, why it matters, and where that is known from.
"""

from __future__ import annotations

from reregistration.checks import figures, numbers, others, papers, register
from reregistration.checks.finding import Finding
from reregistration.checks.known import Known

CHECKS = (
    *numbers.CHECKS,
    *register.CHECKS,
    *others.CHECKS,
    *figures.CHECKS,
    *papers.CHECKS,
)


def of(known: Known) -> list[Finding]:
    """What the checks find, each thing once."""
    return list(dict.fromkeys(finding for check in CHECKS for finding in check(known)))

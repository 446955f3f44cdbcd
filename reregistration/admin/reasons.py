"""Why is an organisation liquidable today, or why not, and what would cure it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reregistration.marking import rule
from reregistration.models import Obligation

FILING_CURES = _("A filing takes it out of the process at any moment.")
# What would make each condition hold; where nothing should, what is done instead.
CURES: dict[str, str | Promise] = {
    "in_scope": _("Nothing: it is not asked to file. Release it if its obligation still stands."),
    "in_newest_extract": _(
        "Ask the state register whether it still exists, and wait for its answer."
    ),
    "overdue": _("It can still file. The timetable moves it when its date has passed."),
    "grace_over": _("Wait until the days of grace are over. It can still file."),
    "warning_served": _("Serve the final warning (receipt, opening, publication), then wait."),
    "decision_served": _("Serve the preliminary decision with its hearing offer, then wait."),
    "never_filed": _("Review its filing, or return to it: a task never marks it."),
    "no_draft": _("Ask the organisation to submit what it began."),
    "no_claim": _("Decide the claim first, in the list of claims."),
    "no_sign_of_life": _("Look into the sign, then resolve it in the list of signs of life."),
    "no_objection": _("Somebody who took no part decides on the objection."),
    "no_complaint": _("Somebody who took no part decides on the complaint."),
    "no_hold": _("Wait until the hold ends. Its end starts a new cycle of notices."),
    "not_found_wrong": _(
        "Nothing in this cycle. A person mends what was found, gives more time or releases it."
    ),
    "no_hearing": _("Hear the organisation, and record what came of it."),
}


@dataclass(frozen=True)
class Reason:
    sentence: str | Promise
    cure: str | Promise


def liquidable_today(obligation: Obligation, on: date) -> list[Reason]:
    """The reasons against marking it that day, each with what cures it; none means liquidable."""
    return [
        Reason(condition.sentence, CURES.get(condition.code, ""))
        for condition in rule.reasons_against(obligation, on)
    ]

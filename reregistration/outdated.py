"""Is a notice of ours still true, so that it may be sent again?

The notices themselves know no obligation; the setting NOTICE_OUTDATED names this module's answer,
beside that of the grants.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from notices.models import Notice
from notices.states import Kind
from reregistration import obligations
from reregistration.models import Obligation
from reregistration.states import State

# What says nothing true while the dates are held.
ABOUT_DATES = (
    Kind.REMINDER,
    Kind.OVERDUE,
    Kind.FINAL_WARNING,
    Kind.PRELIMINARY_DECISION,
    Kind.DUE_DATE_MOVED,
)
# The states in which a kind that asks for something, or warns of it, still says the truth. What
# is not named tells of something done, and stays true.
TRUE_WHILE: dict[str, frozenset[str]] = {
    Kind.ANNOUNCEMENT: frozenset({State.DUE}),
    Kind.REMINDER: frozenset({State.DUE, State.RETURNED}),
    Kind.DUE_DATE_MOVED: frozenset({State.DUE, State.RETURNED}),
    Kind.OVERDUE: frozenset({State.OVERDUE}),
    Kind.FINAL_WARNING: frozenset({State.OVERDUE}),
    Kind.PRELIMINARY_DECISION: frozenset({State.OVERDUE}),
    Kind.MARKED: frozenset({State.MARKED, State.REFERRED}),
    Kind.REFERRED: frozenset({State.REFERRED}),
}


def why(notice: Notice) -> str:
    """Why the notice may not be sent again, in a sentence; empty: it may.

    Reads the obligation under its lock, which a filing takes too: whoever comes second sees what
    the first did.
    """
    named, _sign, key = notice.source.partition(":")
    if named != "obligation" or notice.kind not in TRUE_WHILE:
        return ""
    try:
        obligation = obligations.lock(int(key))
    except Obligation.DoesNotExist:
        return _("What it is about is not in the register any more.")
    if obligation.state not in TRUE_WHILE[notice.kind]:
        return _("The obligation is now: %(state)s.") % {"state": obligation.get_state_display()}
    if obligation.held_since_on and notice.kind in ABOUT_DATES:
        return _("The dates are held: no day is counted.")
    if obligation.cycle != notice.cycle:
        return _("The clock has started anew since.")
    return ""

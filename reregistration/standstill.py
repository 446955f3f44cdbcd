"""What stops every further step against an organisation until it is decided or over?

An objection, a complaint, a wish to be heard (design.md section 9), and a hold, which staff begin
and end. The marking rule, the timetable of warnings and the door of obligations all ask here.
"""

from __future__ import annotations

from functools import reduce
from operator import and_

from django.db.models import Exists, OuterRef, Q

from reregistration.models import Appeal, Complaint, Hearing, Objection, Obligation

STOPPING: tuple[type[Appeal], ...] = (Objection, Complaint, Hearing)


# No hold covers it, as a condition on obligations.
NOT_HELD = Q(held_since_on__isnull=True)


def none_open(model: type[Appeal]) -> Q:
    """None of that kind waits for its decision, as a condition on obligations."""
    waiting = model._default_manager.filter(obligation=OuterRef("pk"), decided_at__isnull=True)
    return ~Q(Exists(waiting))


def lifted() -> Q:
    """Nothing stops further steps, as a condition on obligations."""
    return reduce(and_, (none_open(model) for model in STOPPING), NOT_HELD)


def stands(obligation: Obligation) -> bool:
    """Whether something stops further steps against this obligation now."""
    return not Obligation.objects.filter(lifted(), pk=obligation.pk).exists()

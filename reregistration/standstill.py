"""What stops every further step against an organisation until it is decided or over?

An objection, a complaint, a wish to be heard (design.md section 9), a hold, which staff begin and
end, and a filing on paper that was received and is not confirmed yet. The marking rule, the
timetable of warnings and the door of obligations all ask here.
"""

from __future__ import annotations

from functools import reduce
from operator import and_

from django.db.models import Exists, OuterRef, Q

from reregistration.models import (
    Appeal,
    Complaint,
    Hearing,
    Objection,
    Obligation,
    PaperFiling,
)
from reregistration.states import PAPER_WAITS

STOPPING: tuple[type[Appeal], ...] = (Objection, Complaint, Hearing)


# No hold covers it, as a condition on obligations.
NOT_HELD = Q(held_since_on__isnull=True)


def none_open(model: type[Appeal]) -> Q:
    """None of that kind waits for its decision, as a condition on obligations."""
    waiting = model._default_manager.filter(obligation=OuterRef("pk"), decided_at__isnull=True)
    return ~Q(Exists(waiting))


def no_paper() -> Q:
    """No filing on paper waits to be typed in and confirmed, as a condition on obligations."""
    waiting = PaperFiling.objects.filter(obligation=OuterRef("pk"), state__in=PAPER_WAITS)
    return ~Q(Exists(waiting))


def lifted() -> Q:
    """Nothing stops further steps, as a condition on obligations."""
    return reduce(and_, (none_open(model) for model in STOPPING), NOT_HELD & no_paper())


def stands(obligation: Obligation) -> bool:
    """Whether something stops further steps against this obligation now."""
    return not Obligation.objects.filter(lifted(), pk=obligation.pk).exists()

"""Which answers of an organisation stop every further step against it until they are decided?

An objection, a complaint, a wish to be heard (design.md section 9). The marking rule, the
timetable of warnings and the door of obligations all ask here.
"""

from __future__ import annotations

from functools import reduce
from operator import and_

from django.db.models import Exists, OuterRef, Q

from reregistration.models import Appeal, Complaint, Hearing, Objection, Obligation

STOPPING: tuple[type[Appeal], ...] = (Objection, Complaint, Hearing)


def none_open(model: type[Appeal]) -> Q:
    """None of that kind waits for its decision, as a condition on obligations."""
    waiting = model._default_manager.filter(obligation=OuterRef("pk"), decided_at__isnull=True)
    return ~Q(Exists(waiting))


def lifted() -> Q:
    """Nothing stops further steps, as a condition on obligations."""
    return reduce(and_, (none_open(model) for model in STOPPING))


def stands(obligation: Obligation) -> bool:
    """Whether something stops further steps against this obligation now."""
    return not Obligation.objects.filter(lifted(), pk=obligation.pk).exists()

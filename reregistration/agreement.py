"""Which obligations are not what their log says, or read otherwise in the register?

The admin's first page counts them (none is right), its list shows them, and tests ask the same.
"""

from __future__ import annotations

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When

from registry.models import Standing
from registry.states import GOOD_UNTIL_DUE, HELD
from reregistration.models import Cycle, Obligation, ObligationEvent
from reregistration.states import IN_PROCESS

# Its clock stands still since a day before its date had passed: the register says so.
_IS_HELD = Q(state__in=GOOD_UNTIL_DUE, held_since_on__lte=F("due_on"))
_SAYS_IF_IN_PROCESS = Q(in_process=True, state__in=IN_PROCESS) | (
    Q(in_process=False) & ~Q(state__in=IN_PROCESS)
)


def differing(rows: QuerySet[Obligation]) -> QuerySet[Obligation]:
    """Those of the obligations whose last event, cycle or standing says something else."""
    later = ObligationEvent.objects.filter(obligation=OuterRef("obligation"), pk__gt=OuterRef("pk"))
    last_event = ObligationEvent.objects.filter(
        ~Exists(later),
        obligation=OuterRef("pk"),
        to_state=OuterRef("state"),
        cycle=OuterRef("cycle"),
        due_on=OuterRef("due_on"),
    )
    cycle = Cycle.objects.filter(obligation=OuterRef("pk"), number=OuterRef("cycle"))
    mirror = Standing.objects.filter(
        _SAYS_IF_IN_PROCESS,
        organisation=OuterRef("organisation"),
        campaign=OuterRef("campaign__code"),
        state=OuterRef("state"),
        reason=OuterRef("said_reason"),
        effective_due_on=OuterRef("due_on"),
    )
    # Never filed is empty on both sides, which `=` would not say.
    is_mirrored = Exists(mirror.filter(on_time=OuterRef("on_time"))) | (
        Q(on_time__isnull=True) & Exists(mirror.filter(on_time__isnull=True))
    )
    said_reason = Case(
        When(_IS_HELD, then=Value(HELD)), default="release_reason", output_field=CharField()
    )
    return rows.alias(said_reason=said_reason).filter(
        ~(Exists(last_event) & Exists(cycle) & is_mirrored)
    )

"""What may the public read of an organisation's standing, and from when?

Overdue is shown from the day after the due date. Marked (and what follows from it) is shown only
once the notice of it was served in the present cycle; until then it reads as overdue, so that
nobody learns of it from this page before the organisation does (design.md section 9).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat

from notices import service
from notices.models import Service
from notices.states import Kind
from public.shares import TONES
from registry.calendar import day_of
from registry.models import Organisation, Standing
from registry.querysets import late_on
from registry.states import StandingState
from reregistration.models import Campaign, Obligation

# States that are shown only once the notice of the mark was served.
NEED_SERVICE = (StandingState.MARKED, StandingState.REFERRED)
# Pages and lists that search engines leave alone.
NOT_INDEXED = frozenset({StandingState.OVERDUE, StandingState.MARKED, StandingState.REFERRED})


@dataclass(frozen=True)
class Shown:
    """A standing as the public reads it that day."""

    campaign: Campaign
    state: StandingState
    due_on: date
    since_on: date | None
    on_time: bool | None

    @property
    def tone(self) -> str:
        return TONES[self.state]


def unserved(campaign: Campaign) -> QuerySet[Any, Any]:
    """Organisations whose mark must not be shown yet, as a subquery of their keys."""
    served = Service.objects.filter(
        service.STANDS,
        notice__organisation=OuterRef("organisation"),
        notice__source=OuterRef("source_text"),
        notice__cycle=OuterRef("cycle"),
        notice__kind=Kind.MARKED,
        ground__in=campaign.service_grounds,
    )
    hidden: QuerySet[Any, Any] = (
        Obligation.objects.filter(campaign=campaign, state__in=NEED_SERVICE)
        .annotate(source_text=Concat(Value("obligation:"), Cast("pk", CharField())))
        .filter(~Exists(served))
        .values_list("organisation_id", flat=True)
    )
    return hidden


def reading(campaign: Campaign, state: StandingState, on: date) -> QuerySet[Standing]:
    """Standings of a campaign that the public reads as `state` that day."""
    standings = Standing.objects.filter(campaign=campaign.code)
    if state in NEED_SERVICE:
        return standings.filter(state=state).exclude(organisation__in=unserved(campaign))
    rows = standings.reading(state, on)
    if state == StandingState.OVERDUE:
        hidden = standings.filter(state__in=NEED_SERVICE, organisation__in=unserved(campaign))
        return rows | hidden
    return rows


def as_shown(campaign: Campaign, on: date, prefix: str = "") -> Case:
    """The state as the public reads it that day, as a database expression on a standing."""
    return Case(
        When(
            late_on(on, prefix)
            | Q(
                **{
                    f"{prefix}state__in": NEED_SERVICE,
                    f"{prefix}organisation__in": unserved(campaign),
                }
            ),
            then=Value(StandingState.OVERDUE.value),
        ),
        default=F(f"{prefix}state"),
        output_field=CharField(null=True),
    )


def of_organisation(organisation: Organisation, on: date) -> list[Shown]:
    """Its standing in each campaign, the newest first, as the public reads it that day."""
    standings = {row.campaign: row for row in organisation.standings.all()}
    campaigns = Campaign.objects.filter(code__in=standings)
    return [_shown(standings[campaign.code], campaign, on) for campaign in campaigns]


def _shown(standing: Standing, campaign: Campaign, on: date) -> Shown:
    state = standing.state_on(on)
    since_on: date | None = day_of(standing.since_at)
    if state in NEED_SERVICE and standing.organisation_id in set(unserved(campaign)):
        # Since when would tell what the state does not.
        state, since_on = StandingState.OVERDUE, None
    if state != standing.state:
        since_on = None
    return Shown(campaign, state, standing.effective_due_on, since_on, standing.on_time)


def states_of(
    organisations: Sequence[Organisation], campaign: Campaign | None, on: date
) -> dict[int, StandingState]:
    """The states of a page of organisations as the public reads them; one query."""
    if campaign is None:
        return {}
    rows = (
        Standing.objects.filter(campaign=campaign.code, organisation__in=organisations)
        .annotate(shown=as_shown(campaign, on))
        .values_list("organisation_id", "shown")
    )
    return {organisation_id: StandingState(shown) for organisation_id, shown in rows}

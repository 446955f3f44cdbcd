"""How far is a campaign? Numbers that sum to the register, from one grouped query."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, FilteredRelation, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from public.shares import TONES, percent
from public.standing import as_shown
from registry.models import Organisation, Region
from registry.states import StandingState
from reregistration.models import Campaign
from reregistration.states import CampaignState

# Not a state: no obligation in this campaign.
OUT_OF_SCOPE = "out_of_scope"
OUT_OF_SCOPE_LABEL = _("out of scope")
# The order in which states are told: the good, the waiting, the bad, the rest.
ORDER = (
    StandingState.FULFILLED,
    StandingState.FILED,
    StandingState.DUE,
    StandingState.RETURNED,
    StandingState.OVERDUE,
    StandingState.MARKED,
    StandingState.REFERRED,
    StandingState.REFUSED,
    StandingState.TERMINATED,
    StandingState.RELEASED,
)


@dataclass(frozen=True)
class Part:
    """One state's share of the register."""

    code: str
    label: str | Promise
    count: int
    tone: str


@dataclass
class Counts:
    """How many organisations read as each state; the register's total, or one region's."""

    by_state: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def total(self) -> int:
        return sum(self.by_state.values())

    @property
    def in_scope(self) -> int:
        return self.total - self.by_state[OUT_OF_SCOPE]

    @property
    def filed(self) -> int:
        """Those whose filing is here: under review or accepted."""
        return self.by_state[StandingState.FILED] + self.by_state[StandingState.FULFILLED]

    @property
    def overdue(self) -> int:
        return self.by_state[StandingState.OVERDUE]

    @property
    def out_of_scope(self) -> int:
        return self.by_state[OUT_OF_SCOPE]

    @property
    def others(self) -> int:
        return self.in_scope - self.filed - self.by_state[StandingState.DUE] - self.overdue

    @property
    def due(self) -> int:
        return self.by_state[StandingState.DUE]

    def parts(self) -> list[Part]:
        """The parts in the order they are told, the empty ones left out."""
        return [
            Part(state, state.label, self.by_state[state], TONES[state])
            for state in ORDER
            if self.by_state[state]
        ]

    def strips(self) -> list[tuple[Part, str]]:
        """The parts of those in scope for a bar, each with where it begins, in per cent."""
        strips, before = [], 0
        for part in self.parts():
            strips.append((part, percent(before, self.in_scope)))
            before += part.count
        return strips


@dataclass(frozen=True)
class Progress:
    campaign: Campaign
    on: date
    # Counted apart from the parts, so that the sum below can be seen to hold.
    register_total: int
    all: Counts
    by_region: list[tuple[Region, Counts]]

    @property
    def sums(self) -> bool:
        """Whether out of scope and all the states make up the register."""
        return self.register_total == self.all.total


def of(campaign: Campaign, on: date) -> Progress:
    """A campaign's numbers as they read that day."""
    rows = (
        Organisation.objects.listed()
        .annotate(
            standing=FilteredRelation("standings", condition=Q(standings__campaign=campaign.code))
        )
        .annotate(shown=as_shown(campaign, on, "standing__"))
        .order_by()
        .values_list("region_id", "shown")
        .annotate(count=Count("pk"))
    )
    everywhere, regions = Counts(), defaultdict[str, Counts](Counts)
    for region, shown, count in rows:
        everywhere.by_state[shown or OUT_OF_SCOPE] += count
        regions[region].by_state[shown or OUT_OF_SCOPE] += count
    return Progress(
        campaign,
        on,
        Organisation.objects.listed().count(),
        everywhere,
        [(region, regions[region.pk]) for region in Region.objects.all() if region.pk in regions],
    )


def current_campaign() -> Campaign | None:
    """The newest campaign that was opened; none before the first."""
    return Campaign.objects.exclude(state=CampaignState.DRAFT).order_by("-opens_on", "-pk").first()

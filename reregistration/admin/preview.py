"""What would opening a campaign do? How many get an obligation, and why the others do not.

Every organisation of the register has exactly one answer, so that the numbers sum to it. Whether
one is in scope is asked of `scope` alone; only the reasons are told apart here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from registry.models import LegalForm, Organisation, Region
from registry.states import IN_SCOPE_STATUSES
from reregistration import scope
from reregistration.models import Campaign, Obligation
from reregistration.states import CampaignState, State

IN_SCOPE = "in_scope"
HELD = "held"
# Why not, in the order of asking: the first that holds is told.
REASONS: dict[str, str | Promise] = {
    "merged": _("merged into another organisation"),
    "taken_out": _("taken out of the register: its import was undone"),
    "status": _("legal status: suspended, in liquidation or liquidated"),
    "legal_form": _("legal form not in scope"),
    "cut_off": _("registered on the cut-off day or later"),
    "state_founded": _("founded by the state"),
    "political_party": _("political party"),
    "trade_union": _("trade union"),
    HELD: _("has its obligation already"),
    "other": _("another reason of the scope"),
}


@dataclass(frozen=True)
class Preview:
    """Numbers of a dry run. `total` is the register; enrolled and left out sum to it."""

    total: int
    enrolled: int
    by_region: list[tuple[str, int]]
    by_form: list[tuple[str, int]]
    left_out: list[tuple[str | Promise, int]]

    @property
    def left_out_total(self) -> int:
        return sum(count for _reason, count in self.left_out)


def dry_run(campaign: Campaign) -> Preview:
    """Count what opening the campaign would do; writes nothing."""
    counted = _counted(campaign)
    outcomes: Counter[str] = Counter()
    regions: Counter[str] = Counter()
    forms: Counter[str] = Counter()
    for outcome, region, form, count in counted:
        outcomes[outcome] += count
        if outcome == IN_SCOPE:
            regions[region] += count
            forms[form] += count
    return Preview(
        total=Organisation.objects.count(),
        enrolled=outcomes[IN_SCOPE],
        by_region=[(r.name, regions[r.pk]) for r in Region.objects.all() if regions[r.pk]],
        by_form=[(f.name, forms[f.pk]) for f in LegalForm.objects.all() if forms[f.pk]],
        left_out=[(label, outcomes[code]) for code, label in REASONS.items() if outcomes[code]],
    )


def _counted(campaign: Campaign) -> QuerySet[Organisation, tuple[str, str, str, int]]:
    held = Obligation.objects.filter(campaign=campaign, organisation=OuterRef("pk"))
    outcome = Case(
        When(scope.condition(campaign) & ~Exists(held), then=Value(IN_SCOPE)),
        When(Exists(held), then=Value(HELD)),
        When(merged_into__isnull=False, then=Value("merged")),
        When(taken_out_at__isnull=False, then=Value("taken_out")),
        When(~Q(status__in=IN_SCOPE_STATUSES), then=Value("status")),
        When(~Q(legal_form__in=campaign.legal_forms.values("pk")), then=Value("legal_form")),
        When(registered_on__gte=campaign.cut_off_on, then=Value("cut_off")),
        When(state_founded=True, then=Value("state_founded")),
        When(political_party=True, then=Value("political_party")),
        When(trade_union=True, then=Value("trade_union")),
        default=Value("other"),
        output_field=CharField(),
    )
    return (
        Organisation.objects.annotate(outcome=outcome)
        .order_by()
        .values_list("outcome", "region_id", "legal_form_id")
        .annotate(count=Count("pk"))
    )


@dataclass(frozen=True)
class Numbers:
    """An opened campaign by state: no obligation and all the states sum to the register."""

    total: int
    by_state: list[tuple[str | Promise, str, int]]
    enrolled: int

    @property
    def left_out(self) -> int:
        return self.total - self.enrolled


def numbers(campaign: Campaign) -> Numbers | None:
    """The obligations of a campaign by state; none for a draft."""
    if campaign.state == CampaignState.DRAFT:
        return None
    counts = dict(campaign.obligations.order_by().values_list("state").annotate(count=Count("pk")))
    return Numbers(
        total=Organisation.objects.count(),
        by_state=[(state.label, state.value, counts.get(state, 0)) for state in State],
        enrolled=sum(counts.values()),
    )

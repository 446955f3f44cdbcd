"""What the checks of a filing look at: read once, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Value
from django.db.models.functions import MD5

from registry.models import AnnualFigures, Organisation, SignOfLife
from registry.querysets import OrganisationQuerySet
from registry.states import SignKind
from reregistration import contact_changes
from reregistration.accepted import last_accepted
from reregistration.models import Filing

# As many others as are worth a look: in the region with a head of the same name, whom many share
# without being one person; and anywhere at the same address, which few share by chance.
MANY_HEADED, MANY_AT_ONE_ADDRESS = 10, 5
_SHOWN = 20


@dataclass(frozen=True)
class Known:
    """A filing that comes with its obligation, campaign and organisation, and what is around it."""

    filing: Filing
    accepted: Filing | None
    # Register numbers of others, at most so many as are shown; of head and name, in its region.
    of_same_head: Sequence[str]
    of_same_address: Sequence[str]
    of_same_name: Sequence[str]
    # References of live grants, as the grants' side writes them.
    grants: Sequence[str]
    # The register's money of the year before the reporting year.
    figures_before: Mapping[str, Decimal]
    # Which of e-mail, phone and head are not those of the register.
    stated_anew: Sequence[str]

    @property
    def organisation(self) -> Organisation:
        organisation: Organisation = self.filing.obligation.organisation
        return organisation


def of(filing: Filing, *, on: date) -> Known:
    organisation = filing.obligation.organisation
    others = Organisation.objects.listed().exclude(pk=organisation.pk)
    near = others.filter(region=organisation.region_id)
    year = filing.obligation.campaign.reporting_year - 1
    money = AnnualFigures.objects.filter(organisation=organisation, year=year).first()
    live = SignOfLife.objects.unresolved(on).filter(organisation=organisation, kind=SignKind.AWARD)
    return Known(
        filing=filing,
        accepted=last_accepted(filing),
        of_same_head=_numbers(_same(near, "head_name", filing.head_name), filing.head_name),
        of_same_address=_numbers(_same(others, "address", filing.address), filing.address),
        of_same_name=_numbers(near.filter(match_ru=organisation.match_ru), organisation.match_ru),
        grants=list(live.values_list("reference", flat=True)),
        figures_before={"income": money.income, "spending": money.spending} if money else {},
        stated_anew=contact_changes.stated_anew(filing),
    )


def _same(others: OrganisationQuerySet, field: str, stated: str) -> OrganisationQuerySet:
    """Those whose field says the same, found by the index on its digest."""
    return others.alias(digest=MD5(field)).filter(digest=MD5(Value(stated)), **{field: stated})


def _numbers(same: OrganisationQuerySet, stated: str) -> list[str]:
    """Nothing that is empty is the same as anything."""
    if not stated.strip(" —-"):
        return []
    return list(same.order_by().values_list("number", flat=True)[:_SHOWN])

"""Whom does a campaign ask? Legal form and flags, legal status, registered before the cut-off.

Article 41(5) of the Law on Non-commercial Organisations names the forms that report; the forms in
scope are the campaign's data. Foreign branches and offices are in scope.
"""

from __future__ import annotations

from django.db.models import Q

from registry.models import Extract, Organisation
from registry.querysets import OrganisationQuerySet
from registry.states import IN_SCOPE_STATUSES
from reregistration.models import Campaign


def condition(campaign: Campaign, prefix: str = "") -> Q:
    """In scope, as a condition on an organisation reached through `prefix`."""
    return Q(
        **{
            f"{prefix}merged_into__isnull": True,
            f"{prefix}taken_out_at__isnull": True,
            f"{prefix}status__in": IN_SCOPE_STATUSES,
            f"{prefix}registered_on__lt": campaign.cut_off_on,
            f"{prefix}legal_form__in": campaign.legal_forms.values("pk"),
            f"{prefix}state_founded": False,
            f"{prefix}political_party": False,
            f"{prefix}trade_union": False,
        }
    )


def in_newest_extract(prefix: str = "") -> Q:
    """Named by the newest extract, as a condition on an organisation reached through `prefix`.
    Who is absent from it is reported, and never warned or marked by a task."""
    newest = Extract.objects.in_force().values("pk")[:1]
    return Q(**{f"{prefix}last_seen_extract": newest})


def in_scope(campaign: Campaign) -> OrganisationQuerySet:
    return Organisation.objects.filter(condition(campaign))

"""Which organisations does the ministry look for, and since when? Never why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from notices import publication, verify
from notices.models import Dispatch
from registry.models import Organisation
from registry.querysets import OrganisationQuerySet


@dataclass(frozen=True)
class Sought:
    """Since when an organisation is looked for, and the notice that waits for it."""

    since_at: datetime
    notice: str


def organisations(typed: str = "") -> OrganisationQuerySet:
    """Those on the page, with `since_at` and `notice_number`; of them the ones that are asked for
    by name, BIN, register number or the number of the notice."""
    own = publication.shown().filter(notice__organisation=OuterRef("pk"))
    rows: OrganisationQuerySet = (
        Organisation.objects.listed()
        .select_related("region")
        .annotate(
            since_at=Subquery(own.order_by("sent_at", "pk").values("sent_at")[:1]),
            notice_number=Subquery(own.order_by("-sent_at", "-pk").values("notice__number")[:1]),
        )
        .filter(since_at__isnull=False)
    )
    number = verify.normalised(typed)
    if number:
        return rows.filter(
            pk__in=publication.shown()
            .filter(notice__number=number)
            .values("notice__organisation_id")
        )
    return rows.search(typed)


def of(organisation: Organisation) -> Sought | None:
    """Whether this one is looked for."""
    rows = publication.shown().filter(notice__organisation=organisation).order_by("sent_at", "pk")
    own = list(rows.values_list("sent_at", "notice__number"))
    return Sought(own[0][0], own[-1][1]) if own and own[0][0] else None


def changes() -> QuerySet[Dispatch, Any]:
    """All that was ever put on the page or taken off it; `changed_at` is when it last was. The
    newest first."""
    return (
        publication.published()
        .filter(notice__organisation__merged_into__isnull=True)
        .annotate(changed_at=Coalesce("taken_down_at", "sent_at"))
        .order_by("-changed_at", "-pk")
        .select_related("notice__organisation__region")
    )

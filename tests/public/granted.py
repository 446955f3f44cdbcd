"""Awards of every public state, for the pages and the files."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from grants.models import Award, Lot
from grants.states import AwardState
from registry.bin import check_digit
from registry.models import Region
from tests.factories.grants import AwardFactory, InstalmentFactory, paid


@transaction.atomic
def terminated(*, received: Decimal, **fields: Any) -> Award:
    """An award of which that much was paid before it was terminated."""
    award: Award = AwardFactory.create(**fields)
    if received:
        paid(InstalmentFactory.create(award=award, amount=received))
    award.refresh_from_db()
    lot = Lot.objects.get(pk=award.lot_id)
    lot.committed += received - award.committed
    lot.save(update_fields=["committed"])
    award.state, award.committed = AwardState.TERMINATED, received
    award.ended_at = datetime(2026, 11, 20, 6, tzinfo=UTC)
    award.save(update_fields=["state", "committed", "ended_at"])
    return award


def placed(award: Award, *katos: str) -> Award:
    """The award, with the regions of its project."""
    award.application.regions.set(Region.objects.filter(pk__in=katos))
    return award


def iin() -> str:
    """A well-formed personal number of nobody."""
    first_eleven = "85010130001"
    return f"{first_eleven}{check_digit(first_eleven)}"

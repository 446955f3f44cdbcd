"""Past awards, as a file brings them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from grants.models import AwardFile, PastAward


class AwardFileFactory(DjangoModelFactory[AwardFile]):
    class Meta:
        model = AwardFile

    name = "grants.csv"
    sha256 = factory.Sequence(lambda n: f"{n:064d}")
    mapping = "360giving"
    read_at = datetime(2026, 10, 1, 6, tzinfo=UTC)


class PastAwardFactory(DjangoModelFactory[PastAward]):
    """In tenge, of a recipient whom the register does not know."""

    class Meta:
        model = PastAward

    identifier = factory.Sequence(lambda n: f"old-{n}")
    file = factory.SubFactory(AwardFileFactory)
    recipient_name = "Старый фонд"
    title = "Старый проект"
    currency = "KZT"
    amount = Decimal(1_000_000)
    awarded_on = date(2024, 5, 6)

"""A decided call with too little money for all who were chosen."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from grants.models import Application, CommissionDecision
from tests.factories.accounts import UserFactory
from tests.factories.files import StoredFileFactory
from tests.factories.grants import ApplicationFactory, CallFactory, ProtocolFactory
from tests.factories.registry import OrganisationFactory, RepresentativeFactory

BEGINS = datetime(2026, 10, 20, 6, tzinfo=UTC)
LOT = Decimal(10_000_000)
ASKED = Decimal(6_000_000)


def chosen() -> list[Application]:
    """Two lots of ten millions; in each one that is to be awarded and two in its reserve, each of
    six millions: a second award never fits beside the first."""
    call = CallFactory.create(state="decided", budget=2 * LOT, lots=(LOT, LOT))
    protocol = ProtocolFactory.create(call=call)
    protocol.signed_by, protocol.signed_at = UserFactory.create(), BEGINS
    protocol.file = StoredFileFactory.create(uploaded_by=protocol.drafted_by)
    protocol.save()
    rows = []
    for lot in call.lots.all():
        for rank in (None, 1, 2):
            organisation = OrganisationFactory.create()
            acting = RepresentativeFactory.create(organisation=organisation)
            row = ApplicationFactory.create(
                lot=lot,
                organisation=organisation,
                started_by=acting.user,
                amount=ASKED,
                state="admitted" if rank is None else "reserve",
                reserve_rank=rank,
            )
            CommissionDecision.objects.create(
                protocol=protocol,
                application=row,
                outcome="award" if rank is None else "reserve",
                amount=ASKED,
                reserve_rank=rank,
                by=protocol.drafted_by,
                at=BEGINS,
            )
            rows.append(row)
    return rows

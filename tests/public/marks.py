"""Marked organisations whose notice was served, and such whose was not."""

from __future__ import annotations

from datetime import datetime

from notices import notice, service
from notices.states import Kind, ServiceGround
from reregistration import decisions, letters, obligations
from reregistration.models import Campaign, Obligation
from reregistration.states import State
from tests.factories.accounts import UserFactory
from tests.factories.registry import RepresentativeFactory
from tests.factories.reregistration import ObligationFactory


def marked(campaign: Campaign, *, at: datetime, is_served: bool) -> Obligation:
    """An obligation moved to marked, its notice registered and, where asked, opened."""
    row: Obligation = ObligationFactory.create(campaign=campaign, overdue=True)
    row = obligations.move(row, State.MARKED, by=None, at=at)
    signed = [(UserFactory.create(), at) for _ in range(2)]
    draft = letters.draft(
        row,
        Kind.MARKED,
        "mark",
        {
            "marked_on": at.date().isoformat(),
            **decisions.signed_by(*signed, permission="reregistration.sign_marking"),
        },
    )
    (told,) = notice.register([draft], at=at)
    if is_served:
        user = UserFactory.create()
        RepresentativeFactory.create(organisation=row.organisation, user=user)
        service.record(told, ground=ServiceGround.OPENED, served_at=at, at=at, by=user)
    return row

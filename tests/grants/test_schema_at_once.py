"""Two connections at once: the database alone keeps a lot within its budget."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.db import IntegrityError, transaction

from grants.models import Application, Award, Lot
from tests.concurrency import together
from tests.factories.grants import BUDGET, ApplicationFactory, CallFactory

AT = datetime(2026, 11, 5, 6, tzinfo=UTC)


def take(award_of: Application) -> Award:
    """What a verb does, without its lock: the database alone holds the budget."""
    with transaction.atomic():
        lot = Lot.objects.get(pk=award_of.lot_id)
        award = Award.objects.create(
            number=f"W-8{award_of.pk:06d}",
            application=award_of,
            lot=lot,
            organisation=award_of.organisation,
            state="offered",
            amount=award_of.amount,
            committed=award_of.amount,
            awarded_by=award_of.started_by,
            awarded_at=AT,
            accept_by_on=date(2026, 11, 20),
            starts_on=date(2026, 11, 2),
            ends_on=date(2027, 6, 1),
        )
        lot.committed += award.amount
        lot.save(update_fields=["committed"])
        return award


def test_two_awards_at_once_without_a_lock_do_not_overspend(real_commits: None) -> None:
    with transaction.atomic():
        lot = CallFactory.create().lots.get()
        rows = [
            ApplicationFactory.create(lot=lot, state="awarded", amount=BUDGET) for _ in range(2)
        ]
    outcomes = together(*(lambda row=row: take(row) for row in rows))
    assert sum(isinstance(outcome, Award) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, IntegrityError) for outcome in outcomes) == 1
    lot.refresh_from_db()
    assert lot.committed == BUDGET

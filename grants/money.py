"""What verbs on an award share: its locks in their order, its log, what is still demanded
and what was not spent."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from accounts.models import User
from grants.models import Award, AwardEvent, Lot, Payment
from grants.states import AwardEventKind, ReportKind
from registry.models import Organisation


def lock(award: Award) -> tuple[Organisation, Lot, Award]:
    """Organisation, lot and award, fresh and locked in that order."""
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=award.organisation_id)
    lot = Lot.objects.select_for_update(no_key=True).get(pk=award.lot_id)
    fresh = Award.objects.select_for_update(no_key=True).get(pk=award.pk)
    fresh.organisation, fresh.lot = organisation, lot
    return organisation, lot, fresh


def record(
    award: Award,
    kind: AwardEventKind,
    before: str,
    *,
    by: User | None,
    at: datetime,
    amount: Decimal | None = None,
    reference: str = "",
    reason: str = "",
) -> AwardEvent:
    return AwardEvent.objects.create(
        award=award,
        kind=kind,
        from_state=before,
        to_state=award.state,
        amount=amount,
        reference=reference,
        reason=reason,
        by=by,
        at=at,
    )


def demanded_of(award: Award) -> Decimal:
    """What was demanded and has not come back; money that came unasked does not count for it."""
    demanded = award.demands.aggregate(all=Sum("amount"))["all"] or Decimal(0)
    came = award.repayments.filter(demand__isnull=False).aggregate(all=Sum("amount"))["all"]
    return Decimal(demanded) - Decimal(came or 0)


def unspent_of(award: Award) -> Decimal:
    """What by the final report was not spent and is not back. A last instalment that was paid
    after the report is not in it."""
    final = award.reports.filter(kind=ReportKind.FINAL, submitted_at__isnull=False).first()
    if final is None:
        return Decimal(0)
    had = Payment.objects.filter(instalment__award=award, at__lte=final.submitted_at)
    return Decimal(had.aggregate(all=Sum("amount"))["all"] or 0) - final.spent - award.returned

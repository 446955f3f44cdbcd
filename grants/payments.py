"""Instalments of an award, payments as they were made, and money that comes back.

A payment is refused while the organisation is suspended, in liquidation or liquidated, or an
exclusion of the law was found (`eligibility.payment_blocks`); a trigger refuses it too. A loss of
standing stops none: eligibility was bound at the award.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from grants import eligibility, money
from grants.models import Award, Instalment, Payment, Repayment, RepaymentDemand
from grants.states import (
    INSTALMENT_ALLOWED,
    AwardEventKind,
    AwardState,
    InstalmentState,
)
from registry import access, signs
from registry.calendar import day_of
from registry.money import tenge
from registry.states import SignKind

_PLANS = (AwardState.OFFERED, AwardState.ACTIVE, AwardState.SUSPENDED)
_RETURNS = (
    AwardState.ACTIVE,
    AwardState.SUSPENDED,
    AwardState.COMPLETED,
    AwardState.TERMINATED,
)


@transaction.atomic
def plan(
    award: Award, parts: Sequence[tuple[Decimal, date]], *, by: User, at: datetime
) -> list[Instalment]:
    """Plan what is not paid yet: each part's amount and day. What was planned before is cancelled.
    Refuses parts that do not come to what is left to pay. The same plan again changes nothing."""
    organisation, _lot, fresh = money.lock(award)
    access.refuse_the_partial(organisation, by, at)
    if fresh.state not in _PLANS:
        raise Refused(_("Nothing is paid of this award any more."))
    if any(amount <= 0 for amount, _due_on in parts):
        raise Refused(_("Each instalment is more than nothing."))
    total = sum((amount for amount, _due_on in parts), Decimal(0))
    if total != fresh.left:
        raise Refused(
            _("The instalments come to %(sum)s; %(left)s are to be paid.")
            % {"sum": tenge(total), "left": tenge(fresh.left)}
        )
    planned = fresh.instalments.filter(state=InstalmentState.PLANNED)
    if [(row.amount, row.due_on) for row in planned] == list(parts):
        return list(planned)
    planned.update(state=InstalmentState.CANCELLED)
    last = fresh.instalments.aggregate(last=Max("position"))["last"] or 0
    made = Instalment.objects.bulk_create(
        Instalment(award=fresh, position=last + place, amount=amount, due_on=due_on)
        for place, (amount, due_on) in enumerate(parts, 1)
    )
    money.record(fresh, AwardEventKind.PLANNED, fresh.state, amount=total, by=by, at=at)
    return made


@transaction.atomic
def pay(
    instalment: Instalment, *, order_number: str, paid_on: date, by: User, at: datetime
) -> Payment:
    """Record the payment of an instalment, as the payment order says.

    Refuses an award that is not in force, what blocks payment, an order that paid something else,
    and a day that lies ahead. Safe to repeat: the same order pays once.
    """
    organisation, _lot, fresh = money.lock(instalment.award)
    access.refuse_the_partial(organisation, by, at)
    part = Instalment.objects.select_for_update(no_key=True).get(pk=instalment.pk)
    number, on = order_number.strip(), day_of(at)
    made = Payment.objects.filter(instalment=part).first()
    if made and (made.order_number, made.paid_on) == (number, paid_on):
        return made
    if InstalmentState.PAID not in INSTALMENT_ALLOWED[part.state]:
        raise Refused(
            _("This instalment is “%(state)s”. It is not paid again.")
            % {"state": part.get_state_display()}
        )
    if fresh.state != AwardState.ACTIVE:
        raise Refused(
            _("The award %(number)s is “%(state)s”. Only an agreement in force is paid.")
            % {"number": fresh.number, "state": fresh.get_state_display()}
        )
    blocks = eligibility.payment_blocks(organisation, on)
    if blocks:
        raise Refused(" ".join(f"{reason.words} {reason.cure}" for reason in blocks))
    if not number or paid_on > on:
        raise Refused(_("Give the number of the payment order, and a day that has come."))
    assert fresh.accepted_at is not None  # noqa: S101 - the database's check says so
    if paid_on < day_of(fresh.accepted_at):
        raise Refused(
            _("The agreement is in force since %(on)s. Nothing was paid on it before.")
            % {"on": date_format(day_of(fresh.accepted_at))}
        )
    if Payment.objects.filter(order_number=number, paid_on=paid_on).exists():
        raise Refused(_("This payment order of that day has paid another instalment."))
    payment = Payment.objects.create(
        instalment=part,
        amount=part.amount,
        paid_on=paid_on,
        order_number=number,
        by=by,
        at=at,
    )
    part.state = InstalmentState.PAID
    part.save(update_fields=["state"])
    fresh.paid += part.amount
    fresh.save(update_fields=["paid"])
    money.record(
        fresh,
        AwardEventKind.PAID,
        fresh.state,
        amount=part.amount,
        reference=f"payment:{payment.pk}",
        by=by,
        at=at,
    )
    # Noted anew with each payment: a person may have resolved the sign of the award.
    signs.note(
        [(organisation, f"payment:{payment.pk}")],
        kind=SignKind.AWARD,
        on=on,
        until_on=max(on, fresh.ends_on),
    )
    return payment


@transaction.atomic
def demand(
    award: Award, *, amount: Decimal, due_on: date, ground: str, by: User, at: datetime
) -> RepaymentDemand:
    """Demand money back by a day. Refuses more than was paid and neither came back nor is demanded
    already, a day that has passed, and without a ground. Safe to repeat: the same sum on the same
    ground by the same day is demanded once."""
    organisation, _lot, fresh = money.lock(award)
    access.refuse_the_partial(organisation, by, at)
    same = fresh.demands.filter(amount=amount, due_on=due_on, ground=ground.strip()).first()
    if same:
        return same
    _refuse_unless_returning(fresh)
    if due_on <= day_of(at):
        raise Refused(_("Give the organisation a day to come, until which it may return it."))
    most = fresh.paid - fresh.returned - money.demanded_of(fresh)
    if not 0 < amount <= most:
        raise Refused(
            _("At most %(most)s may be demanded: what was paid, and is not back or demanded yet.")
            % {"most": tenge(most)}
        )
    if not ground.strip():
        raise Refused(_("Give the ground of the demand: the organisation reads it."))
    made = RepaymentDemand.objects.create(
        award=fresh, amount=amount, due_on=due_on, ground=ground.strip(), by=by, at=at
    )
    money.record(
        fresh,
        AwardEventKind.DEMANDED,
        fresh.state,
        amount=amount,
        reference=f"demand:{made.pk}",
        reason=made.ground,
        by=by,
        at=at,
    )
    return made


@transaction.atomic
def take_back(
    award: Award,
    *,
    amount: Decimal,
    received_on: date,
    reference: str,
    answers: RepaymentDemand | None = None,
    by: User,
    at: datetime,
) -> Repayment:
    """Record money that came back, as the bank's document says. It goes to the state budget and
    is not granted again. Refuses more than is out, more than the demand that it answers asks for,
    and unasked what is demanded, for then no money could meet the demand. Safe to repeat: a
    document counts once."""
    organisation, _lot, fresh = money.lock(award)
    access.refuse_the_partial(organisation, by, at)
    document = reference.strip()
    made = fresh.repayments.filter(reference=document).first()
    if made and made.amount == amount:
        return made
    if made:
        raise Refused(_("This document of the bank was recorded with another amount."))
    _refuse_unless_returning(fresh)
    if not document or received_on > day_of(at):
        raise Refused(_("Give the number of the bank's document, and a day that has come."))
    out, asked = fresh.paid - fresh.returned, money.demanded_of(fresh)
    if answers is not None:
        came = answers.repayments.aggregate(all=Sum("amount"))["all"] or 0
        out = min(out, answers.amount - came) if answers.award_id == fresh.pk else Decimal(0)
    elif out - asked < amount <= out:
        raise Refused(
            _("%(asked)s are demanded of it. Choose the demand that this money answers.")
            % {"asked": tenge(asked)}
        )
    if not 0 < amount <= out:
        raise Refused(_("At most %(most)s can come back.") % {"most": tenge(out)})
    row = Repayment.objects.create(
        award=fresh,
        demand=answers,
        amount=amount,
        received_on=received_on,
        reference=document,
        by=by,
        at=at,
    )
    fresh.returned += amount
    fresh.save(update_fields=["returned"])
    money.record(
        fresh,
        AwardEventKind.RETURNED,
        fresh.state,
        amount=amount,
        reference=f"repayment:{row.pk}",
        by=by,
        at=at,
    )
    return row


def _refuse_unless_returning(award: Award) -> None:
    if award.state not in _RETURNS:
        raise Refused(_("Nothing was paid of this award."))

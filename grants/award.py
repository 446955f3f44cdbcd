"""Awarding, and what becomes of an award: the one door of its state.

Lock order: Organisation, Call, Lot, Application, Award. The lot's money is taken under its lock;
a CHECK (`lot_is_never_overspent`) and a deferred trigger hold it whatever code writes.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from grants import (
    agreements,
    applications,
    calls,
    commission,
    drafts,
    eligibility,
    letters,
    money,
)
from grants.models import Application, Award, Lot, Payment, Report
from grants.states import (
    AWARD_ALLOWED,
    REPORT_ALLOWED,
    ApplicationState,
    AwardEventKind,
    AwardState,
    CallState,
    InstalmentState,
    ReportKind,
    ReportState,
)
from notices import dispatch, notice
from notices.states import POINTLESS_ONCE_REPORTED, Kind
from registry import access, signs
from registry.calendar import add_working_days, day_of
from registry.models import DayOverride, Organisation
from registry.money import tenge
from registry.sequences import next_numbers
from registry.states import SignKind

# So long the organisation may accept, and so long after its end the final report may take.
ACCEPT_WORKING_DAYS = 10
REPORT_WORKING_DAYS = 10


@transaction.atomic
def award(application: Application, *, by: User, at: datetime) -> Award:
    """Award what the commission's signed decision gives this application, offer the agreement, and
    tell the organisation.

    Of the reserve the first place alone, once the lot has money for it. Refuses any reason against
    the organisation: eligibility binds here, and its facts are kept; more than the lot has left;
    a call that is not decided. Safe to repeat: a second click gets the award of the first.
    """
    organisation, lot, fresh = _lock(application)
    if fresh.state == ApplicationState.AWARDED:
        return fresh.award
    access.refuse_the_partial(organisation, by, at)
    decision = commission.signed_award(fresh)
    if decision is None or lot.call.state != CallState.DECIDED:
        raise Refused(_("The commission's signed protocol gives this application no grant."))
    _refuse_unless_next(fresh)
    amount = decision.amount
    assert amount is not None  # noqa: S101 - the database's check says so
    on = day_of(at)
    reasons = eligibility.reasons_against(organisation, lot.call, on)
    if reasons:
        raise Refused(" ".join(f"{reason.words} {reason.cure}" for reason in reasons))
    if amount > lot.left:
        raise Refused(
            _("The lot has %(left)s left; this grant is %(amount)s.")
            % {"left": tenge(lot.left), "amount": tenge(amount)}
        )
    rank = fresh.reserve_rank if fresh.state == ApplicationState.RESERVE else None
    applications.move_locked(fresh, ApplicationState.AWARDED, by=by, at=at)
    lot.committed += amount
    lot.save(update_fields=["committed"])
    assert fresh.starts_on is not None  # noqa: S101 - as above
    assert fresh.ends_on is not None  # noqa: S101 - as above
    made = Award.objects.create(
        number=f"W-{next_numbers('award_number')[0]:07d}",
        application=fresh,
        lot=lot,
        organisation=organisation,
        amount=amount,
        committed=amount,
        from_reserve_rank=rank,
        starts_on=fresh.starts_on,
        ends_on=fresh.ends_on,
        awarded_at=at,
        awarded_by=by,
        facts=eligibility.facts(organisation, on),
        accept_by_on=add_working_days(on, ACCEPT_WORKING_DAYS, DayOverride.objects.as_overrides()),
    )
    agreements.issue(made, by=by, at=at)
    notice.register([letters.offered(made)], at=at)
    money.record(made, AwardEventKind.OFFERED, "", amount=amount, by=by, at=at)
    signs.note(
        [(organisation, made.source)], kind=SignKind.AWARD, on=on, until_on=max(on, made.ends_on)
    )
    return made


@transaction.atomic
def pass_over(application: Application, *, reason: str, by: User, at: datetime) -> Application:
    """One that the commission chose, or that is first in the reserve, gets no grant after all:
    something speaks against it, or its lot has not the money. The next one moves up.

    Refuses one that could be awarded now. Safe to repeat.
    """
    organisation, lot, fresh = _lock(application)
    if fresh.state == ApplicationState.DECLINED:
        return fresh
    access.refuse_the_partial(organisation, by, at)
    decision = commission.signed_award(fresh)
    if decision is None or decision.amount is None or lot.call.state != CallState.DECIDED:
        raise Refused(_("The commission's signed protocol gives this application no grant."))
    _refuse_unless_next(fresh)
    if not reason.strip():
        raise Refused(_("Say why: the organisation reads it."))
    is_clear = not eligibility.reasons_against(organisation, lot.call, day_of(at))
    if is_clear and decision.amount <= lot.left:
        raise Refused(_("Nothing speaks against this grant, and the lot has the money. Award it."))
    return applications.move_locked(
        fresh, ApplicationState.DECLINED, reason=reason.strip(), by=by, at=at
    )


@transaction.atomic
def accept(award: Award, *, by: User, at: datetime) -> Award:
    """The organisation accepts the agreement: it is in force, and its final report is asked for.
    Refuses after the last day for it, and who does not act for the organisation. Safe to repeat."""
    organisation, _lot, fresh = money.lock(award)
    drafts.refuse_unless_acting(organisation, by)
    if fresh.state == AwardState.ACTIVE:
        return fresh
    if fresh.state != AwardState.OFFERED:
        # Else an old tab would lift a suspension, which only the operator does.
        raise _cannot_become(fresh, AwardState.ACTIVE)
    if day_of(at) > fresh.accept_by_on:
        raise Refused(
            _("The grant could be accepted until %(on)s.") % {"on": date_format(fresh.accept_by_on)}
        )
    fresh.accepted_at, fresh.accepted_by = at, by
    _move(fresh, AwardState.ACTIVE, AwardEventKind.ACCEPTED, by=by, at=at)
    Report.objects.create(
        award=fresh,
        position=1 + fresh.reports.count(),
        kind=ReportKind.FINAL,
        period_from_on=fresh.starts_on,
        period_until_on=fresh.ends_on,
        due_on=add_working_days(
            fresh.ends_on, REPORT_WORKING_DAYS, DayOverride.objects.as_overrides()
        ),
    )
    return fresh


@transaction.atomic
def refuse(award: Award, *, reason: str, by: User, at: datetime) -> Award:
    """The organisation does not accept: its money is free for the reserve list. Safe to repeat."""
    organisation, lot, fresh = money.lock(award)
    drafts.refuse_unless_acting(organisation, by)
    if fresh.state == AwardState.REFUSED:
        return fresh
    if not reason.strip():
        raise Refused(_("Say why you do not accept it: the operator reads it."))
    return _free(fresh, lot, AwardState.REFUSED, AwardEventKind.REFUSED, reason, by=by, at=at)


@transaction.atomic
def lapse(award: Award, *, reason: str, by: User, at: datetime) -> Award:
    """It was not accepted in time: its money is free for the reserve list. Refuses before the
    last day has passed. Safe to repeat."""
    organisation, lot, fresh = money.lock(award)
    access.refuse_the_partial(organisation, by, at)
    if fresh.state == AwardState.REFUSED:
        return fresh
    if day_of(at) <= fresh.accept_by_on:
        raise Refused(
            _("The organisation may accept it until %(on)s.")
            % {"on": date_format(fresh.accept_by_on)}
        )
    return _free(fresh, lot, AwardState.REFUSED, AwardEventKind.REFUSED, reason, by=by, at=at)


@transaction.atomic
def suspend(award: Award, *, reason: str, by: User, at: datetime) -> Award:
    """Nothing is paid until it is resumed. Safe to repeat."""
    return _officer_moves(
        award, AwardState.SUSPENDED, AwardEventKind.SUSPENDED, reason, by=by, at=at
    )


@transaction.atomic
def resume(award: Award, *, reason: str, by: User, at: datetime) -> Award:
    """A suspended award is in force again. Safe to repeat."""
    if Award.objects.get(pk=award.pk).state == AwardState.OFFERED:
        raise Refused(_("The organisation has not accepted this grant yet."))
    return _officer_moves(award, AwardState.ACTIVE, AwardEventKind.RESUMED, reason, by=by, at=at)


@transaction.atomic
def terminate(award: Award, *, reason: str, by: User, at: datetime) -> Award:
    """End the agreement early: what is not paid yet is free again, and no report is asked for that
    is not handed in. What is to come back is demanded apart. Safe to repeat."""
    organisation, lot, fresh = money.lock(award)
    access.refuse_the_partial(organisation, by, at)
    if fresh.state == AwardState.TERMINATED:
        return fresh
    return _free(fresh, lot, AwardState.TERMINATED, AwardEventKind.TERMINATED, reason, by=by, at=at)


@transaction.atomic
def complete(award: Award, *, by: User, at: datetime) -> Award:
    """All is paid, spent or back, and reported. Refuses money that is not paid, a demand that is
    not met, a report that is not accepted, and money that by the final report was not spent and
    is not back. Safe to repeat."""
    organisation, _lot, fresh = money.lock(award)
    access.refuse_the_partial(organisation, by, at)
    if fresh.state == AwardState.COMPLETED:
        return fresh
    if fresh.left:
        raise Refused(
            _("%(left)s are not paid yet. Pay them, or terminate the agreement.")
            % {"left": tenge(fresh.left)}
        )
    if money.demanded_of(fresh) > 0:
        raise Refused(_("Money that was demanded has not come back yet."))
    if fresh.reports.exclude(state=ReportState.ACCEPTED).exists():
        raise Refused(_("A report is not accepted yet."))
    unspent = money.unspent_of(fresh)
    if unspent > 0:
        raise Refused(
            _("By the final report %(sum)s were not spent and are not back. Demand them back.")
            % {"sum": tenge(unspent)}
        )
    fresh.ended_at = at
    _move(fresh, AwardState.COMPLETED, AwardEventKind.COMPLETED, by=by, at=at)
    _end_signs(fresh, at)
    return fresh


def _officer_moves(
    award: Award, to: AwardState, kind: AwardEventKind, reason: str, *, by: User, at: datetime
) -> Award:
    organisation, _lot, fresh = money.lock(award)
    access.refuse_the_partial(organisation, by, at)
    if fresh.state == to:
        return fresh
    if not reason.strip():
        raise Refused(_("Say why: the organisation reads it."))
    return _move(fresh, to, kind, reason=reason.strip(), by=by, at=at)


def _free(
    award: Award,
    lot: Lot,
    to: AwardState,
    kind: AwardEventKind,
    reason: str,
    *,
    by: User,
    at: datetime,
) -> Award:
    """It ends, and what is not paid goes back to the lot."""
    if not reason.strip():
        raise Refused(_("Say why: the organisation reads it."))
    before, freed = award.committed, award.committed - award.paid
    award.ended_at, award.committed = at, award.paid
    _move(award, to, kind, reason=reason.strip(), amount=freed, by=by, at=at)
    lot.committed -= before - award.committed
    lot.save(update_fields=["committed"])
    award.instalments.filter(state=InstalmentState.PLANNED).update(state=InstalmentState.CANCELLED)
    droppable = [held for held, to_ in REPORT_ALLOWED.items() if ReportState.DROPPED in to_]
    dropped = list(award.reports.filter(state__in=droppable))
    award.reports.filter(state__in=droppable).update(state=ReportState.DROPPED)
    dispatch.withdraw_all(
        [award.source, *(report.source for report in dropped)],
        at=at,
        reason=_("The grant is “%(state)s”.") % {"state": award.get_state_display()},
        kinds=(Kind.GRANT_OFFERED, *POINTLESS_ONCE_REPORTED),
    )
    _end_signs(award, at)
    return award


def _end_signs(award: Award, at: datetime) -> None:
    """It is live grant money no longer: neither the award nor its payments keep from marking."""
    payments = Payment.objects.filter(instalment__award=award).values_list("pk", flat=True)
    references = [award.source, *(f"payment:{pk}" for pk in payments)]
    signs.end(award.organisation, kind=SignKind.AWARD, references=references, on=day_of(at))


def _move(
    award: Award,
    to: AwardState,
    kind: AwardEventKind,
    *,
    by: User,
    at: datetime,
    reason: str = "",
    amount: Decimal | None = None,
) -> Award:
    """The one door: asks `ALLOWED`, saves, appends the event. The caller holds the locks."""
    if to not in AWARD_ALLOWED[award.state]:
        raise _cannot_become(award, to)
    before, award.state = award.state, to
    award.save(update_fields=["state", "committed", "accepted_at", "accepted_by", "ended_at"])
    money.record(award, kind, before, amount=amount, reason=reason, by=by, at=at)
    return award


def _cannot_become(award: Award, to: AwardState) -> Refused:
    return Refused(
        _("The award %(number)s is “%(state)s”. It cannot become “%(to)s” now.")
        % {"number": award.number, "state": award.get_state_display(), "to": to.label}
    )


def _refuse_unless_next(application: Application) -> None:
    """Of those that the commission awarded, any; of the reserve, the first that is left, once no
    such award of its lot waits."""
    if application.state == ApplicationState.ADMITTED:
        return
    if application.state != ApplicationState.RESERVE:
        raise Refused(
            _("The application %(number)s is “%(state)s”. It cannot be awarded now.")
            % {"number": application.number, "state": application.get_state_display()}
        )
    of_the_lot = Application.objects.filter(lot=application.lot_id)
    first = of_the_lot.filter(state=ApplicationState.RESERVE).order_by("reserve_rank").first()
    if of_the_lot.filter(state=ApplicationState.ADMITTED).exists():
        raise Refused(_("Award first those that the commission chose, or pass them over."))
    if first is not None and first.pk != application.pk:
        raise Refused(
            _("%(number)s stands before it in the reserve. Award it or pass it over first.")
            % {"number": first.number}
        )


def _lock(application: Application) -> tuple[Organisation, Lot, Application]:
    organisation = Organisation.objects.select_for_update(no_key=True).get(
        pk=application.organisation_id
    )
    call = calls.lock(application.lot.call)
    lot = Lot.objects.select_for_update(no_key=True).get(pk=application.lot_id)
    fresh = Application.objects.select_for_update(no_key=True).get(pk=application.pk)
    lot.call = call
    fresh.lot, fresh.organisation = lot, organisation
    return organisation, lot, fresh

"""Leaving a ministry role to a colleague, and what is then done on one's behalf."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import DelegatedAct, Delegation, RoleGrant, User
from accounts.refusals import Refused
from accounts.roles import PERMISSIONS

MANAGE = "accounts.manage_delegation"


@transaction.atomic
def delegate(
    grant: RoleGrant,
    *,
    to: User,
    from_on: date,
    until_on: date,
    reason: str,
    by: User,
    at: datetime,
) -> Delegation:
    """Leave a role with its regions to a colleague from a day until the end of another.

    By its holder, or by an operator for somebody who cannot. Refuses without a reason, days that
    have passed, lie in the wrong order or outside the role's own, its holder as delegate, whoever
    is no active member of staff, an operator who names themselves, and days on which the role lies
    with somebody already. Safe to repeat: the same delegation is made once.
    """
    if not reason.strip():
        raise Refused(_("Say why, in a few words: an auditor reads it."))
    fresh = RoleGrant.objects.select_for_update(of=("self",), no_key=True).get(pk=grant.pk)
    if by.pk != fresh.user_id and not by.has_perm(MANAGE):
        raise Refused(_("This is not your role. Its holder delegates it, or an operator."))
    _refuse_wrong_days(fresh, from_on, until_on, timezone.localdate(at))
    _refuse_wrong_delegate(fresh, to, by)
    lies = fresh.delegations.filter(
        ended_on__isnull=True, from_on__lte=until_on, until_on__gte=from_on
    ).first()
    if lies and (lies.delegate_id, lies.from_on, lies.until_on) == (to.pk, from_on, until_on):
        return lies
    if lies:
        raise Refused(
            _("%(person)s stands in in this role until %(day)s. End that first.")
            % {"person": lies.delegate, "day": date_format(lies.until_on)}
        )
    return Delegation.objects.create(
        grant=fresh,
        delegator_id=fresh.user_id,
        delegate=to,
        from_on=from_on,
        until_on=until_on,
        reason=reason.strip(),
        made_by=by,
        made_at=at,
    )


@transaction.atomic
def end(delegation: Delegation, *, by: User, at: datetime) -> Delegation:
    """End a delegation before its day: from now on it gives nothing.

    By either of the two, or an operator. Refuses one that has ended by itself. Safe to repeat: the
    first end stands.
    """
    fresh = Delegation.objects.select_for_update(of=("self",), no_key=True).get(pk=delegation.pk)
    if by.pk not in (fresh.delegator_id, fresh.delegate_id) and not by.has_perm(MANAGE):
        raise Refused(_("This delegation is not yours. Either of the two ends it, or an operator."))
    if fresh.ended_on:
        return fresh
    on = timezone.localdate(at)
    if fresh.until_on < on:
        raise Refused(_("It ended by itself on %(day)s.") % {"day": date_format(fresh.until_on)})
    fresh.ended_on, fresh.ended_at, fresh.ended_by = on, at, by
    fresh.save(update_fields=["ended_on", "ended_at", "ended_by"])
    return fresh


def stands_in(
    user: User, permission: str, on: date, *, region: str | None = None
) -> Delegation | None:
    """The delegation by which alone the person may do that, there; None where they may by a role
    of their own. Without a region: anywhere."""
    if user.is_superuser:
        return None
    giving = [
        grant
        for grant in RoleGrant.objects.held_by(user, on).order_by("pk")
        if permission in PERMISSIONS[grant.role]
        and (region is None or not grant.regions or region in grant.regions)
    ]
    if not giving or any(grant.user_id == user.pk for grant in giving):
        return None
    return Delegation.objects.in_force(on).filter(delegate=user, grant=giving[0]).first()


@contextmanager
def recorded(
    user: User, permission: str, what: str, *, at: datetime, region: str | None = None
) -> Iterator[None]:
    """What is done within is recorded as done on another's behalf, if it is: in its transaction,
    so that neither stands without the other."""
    delegation = stands_in(user, permission, timezone.localdate(at), region=region)
    if delegation is None:
        yield
        return
    with transaction.atomic():
        yield
        note(delegation, permission, what, at=at)


def note(delegation: Delegation, permission: str, what: str, *, at: datetime) -> DelegatedAct:
    """Write down that the delegate did something on the delegator's behalf, in its transaction."""
    return DelegatedAct.objects.create(
        delegation=delegation, permission=permission, what=what[:100], at=at
    )


def _refuse_wrong_days(grant: RoleGrant, from_on: date, until_on: date, today: date) -> None:
    if until_on < from_on:
        raise Refused(_("The last day lies before the first. Check both days."))
    if from_on < today:
        raise Refused(_("A role is delegated from today on, not for days that have passed."))
    if from_on < grant.from_on or (grant.until_on and until_on > grant.until_on):
        raise Refused(
            _("The role itself is held from %(from)s until %(until)s. Delegate it within these.")
            % {
                "from": date_format(grant.from_on),
                "until": date_format(grant.until_on) if grant.until_on else "…",
            }
        )


def _refuse_wrong_delegate(grant: RoleGrant, to: User, by: User) -> None:
    if to.pk == grant.user_id:
        raise Refused(_("It is this person's own role already. Choose a colleague."))
    if not (to.is_active and to.is_staff):
        raise Refused(
            _("%(person)s is not a member of staff, who sign in with a second factor.")
            % {"person": to}
        )
    if to.pk == by.pk:
        raise Refused(_("Nobody gives themselves another's role. Another operator delegates it."))

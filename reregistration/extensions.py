"""More time for one organisation: asked for by itself, or granted by staff."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from notices import dispatch, notice
from notices.states import Kind
from registry.calendar import day_of
from registry.models import DayOverride
from reregistration import deadlines, letters, obligations
from reregistration.models import Extension, Obligation
from reregistration.obligations import new_dates
from reregistration.states import MAY_BE_EXTENDED, CampaignState


def days_on_request(obligation: Obligation, on: date) -> int:
    """How many more days the organisation gets that day by asking; none means it cannot ask.

    It can until the days of grace are over, as often as the campaign says, up to its cap. The
    obligation comes with its campaign.
    """
    campaign = obligation.campaign
    if obligation.state not in MAY_BE_EXTENDED or campaign.state != CampaignState.OPEN:
        return 0
    if obligation.held_since_on:
        # No day runs out, and the date that more days would lead to is not known yet.
        return 0
    grace_ends_on = deadlines.grace_ends_on(
        obligation.due_on, campaign.grace_days, DayOverride.objects.as_overrides()
    )
    asked = obligation.extensions.filter(is_self_service=True).count()
    if on > grace_ends_on or asked >= campaign.extensions_by_self:
        return 0
    return min(campaign.extension_days, days_left(obligation))


def days_left(obligation: Obligation) -> int:
    """How many days may still be given to the organisation in this campaign."""
    return max(0, obligation.campaign.extension_days_cap - obligation.extended_days)


@transaction.atomic
def request(
    obligation: Obligation, *, cycle: int, reason: str, by: User, at: datetime
) -> Extension:
    """Give an organisation the campaign's days because it asks.

    `cycle` is the one that the person saw. Refuses after the days of grace, when it has asked as
    often as it may, without a reason, and where the new date would not lie ahead. Safe to repeat:
    a second click in that cycle gets the extension that the first one made.
    """
    row = obligations.lock(obligation.pk)
    made = row.extensions.filter(cycle=cycle).first()
    if made:
        return made
    days = days_on_request(row, day_of(at))
    if not days:
        raise Refused(
            _(
                "You cannot ask for more time now. Your due date is %(due)s. You can still file: "
                "a late filing counts too. If you need help, ask us a question."
            )
            % {"due": date_format(row.due_on)}
        )
    return _extend(row, days, reason, is_self_service=True, by=by, at=at)


@transaction.atomic
def grant(
    obligation: Obligation, *, cycle: int, days: int, ground: str, by: User, at: datetime
) -> Extension:
    """Give an organisation more days on a recorded ground; for staff.

    `cycle` is the one that the person saw. Refuses beyond the campaign's cap, without a ground,
    where no date is to be met, and where the new date would not lie ahead. Safe to repeat: a
    second click in that cycle gets the extension that the first one made.
    """
    row = obligations.lock(obligation.pk)
    made = row.extensions.filter(cycle=cycle).first()
    if made:
        return made
    if not 0 < days <= days_left(row):
        raise Refused(
            _("At most %(days)d more days can be given to this organisation. Give fewer.")
            % {"days": days_left(row)}
        )
    return _extend(row, days, ground, is_self_service=False, by=by, at=at)


def _extend(
    row: Obligation, days: int, reason: str, *, is_self_service: bool, by: User, at: datetime
) -> Extension:
    """The new date, its row, and the notice; warnings and reminders that wait are withdrawn."""
    if not reason.strip():
        raise Refused(_("Say why more time is needed, in a few words."))
    ended_cycle = row.cycle
    new_dates.extend_locked(row, days, by=by, at=at, reason=f"extension of {days} days")
    made = Extension.objects.create(
        obligation=row,
        cycle=ended_cycle,
        days=days,
        due_on=row.due_on,
        is_self_service=is_self_service,
        reason=reason.strip(),
        by=by,
        at=at,
    )
    dispatch.withdraw(
        row.source, at=at, reason=_("More time was given, to %(due)s") % {"due": row.due_on}
    )
    notice.register(
        [letters.draft(row, Kind.EXTENDED, f"extension/{row.due_on}", {"days": str(days)})], at=at
    )
    return made

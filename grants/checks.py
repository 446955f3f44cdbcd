"""The operator's formal check: admitted to the evaluation, returned, or not admitted.

Within the working days of the call (`check_due_on`; grant rules, order No. 413). A check that comes
late is still made: the ministry's delay is never held against who applied.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from grants import applications, calls, eligibility
from grants.models import Application, Call, FormalCheck
from grants.states import ApplicationState, CallState, FormalGround, FormalOutcome
from registry import access
from registry.calendar import add_working_days, day_of
from registry.models import DayOverride, Organisation

# So long a returned application may be corrected.
CORRECT_WORKING_DAYS = 5
_BECOMES = {
    FormalOutcome.ADMIT: ApplicationState.ADMITTED,
    FormalOutcome.RETURN: ApplicationState.RETURNED,
    FormalOutcome.REJECT: ApplicationState.REJECTED,
}


@transaction.atomic
def check(
    application: Application,
    outcome: FormalOutcome,
    *,
    grounds: Collection[str] = (),
    words: str = "",
    by: User,
    at: datetime,
) -> FormalCheck:
    """Record the check and move the application.

    Refuses before the term for applications has ended, without a ground where it speaks against
    the organisation, an admission that eligibility speaks against, a rejection while the term to
    correct runs, and whoever acts for the organisation. Safe to repeat: a second click gets the
    check that the first one made.
    """
    organisation, call, fresh = lock(application)
    access.refuse_the_partial(organisation, by, at)
    newest = fresh.checks.order_by("-pk").first()
    if newest and newest.outcome == outcome and fresh.state == _BECOMES[outcome]:
        return newest
    if call.state not in (CallState.CLOSED, CallState.EVALUATING):
        raise Refused(
            _("The formal check begins when the call is closed. Now it is “%(state)s”.")
            % {"state": call.get_state_display()}
        )
    on = day_of(at)
    reasons = eligibility.reasons_against(organisation, call, on)
    _refuse_unless_founded(outcome, set(grounds), words.strip())
    if outcome == FormalOutcome.ADMIT and reasons:
        raise Refused(" ".join(f"{reason.words} {reason.cure}" for reason in reasons))
    if (
        fresh.state == ApplicationState.RETURNED
        and fresh.correct_by_on
        and on <= fresh.correct_by_on
    ):
        raise Refused(
            _("The organisation may correct it until %(on)s. Wait for that day to pass.")
            % {"on": date_format(fresh.correct_by_on)}
        )
    if outcome == FormalOutcome.RETURN:
        overrides = DayOverride.objects.as_overrides()
        fresh.correct_by_on = add_working_days(on, CORRECT_WORKING_DAYS, overrides)
        fresh.save(update_fields=["correct_by_on"])
    applications.move_locked(fresh, _BECOMES[outcome], reason=words.strip(), by=by, at=at)
    return FormalCheck.objects.create(
        application=fresh,
        outcome=outcome,
        grounds=sorted(set(grounds)),
        words=words.strip(),
        reasons=[reason.code for reason in reasons],
        by=by,
        at=at,
    )


def lock(application: Application) -> tuple[Organisation, Call, Application]:
    """Organisation, call and application, fresh and locked in that order."""
    organisation = Organisation.objects.select_for_update(no_key=True).get(
        pk=application.organisation_id
    )
    call = calls.lock(application.lot.call)
    fresh = (
        Application.objects.select_related("lot")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=application.pk)
    )
    fresh.organisation, fresh.lot.call = organisation, call
    return organisation, call, fresh


def _refuse_unless_founded(outcome: FormalOutcome, grounds: set[str], words: str) -> None:
    if outcome == FormalOutcome.ADMIT:
        if grounds:
            raise Refused(_("An application that is admitted has no ground against it."))
        return
    if not grounds:
        raise Refused(_("Choose the ground on which it is returned or not admitted."))
    if not words:
        raise Refused(_("Say in words what is wrong: the organisation reads it."))
    if not grounds <= set(FormalGround.values):
        raise Refused(_("Choose among the grounds that the rules name."))

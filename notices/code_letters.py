"""A letter with a code, sent again while somebody is on the telephone: to whom the register knows.

The same letter to the same address: no new code, no other address, and nobody at the desk reads the
code. What was sent again is kept like any other decision on a sending (DispatchDecision).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from notices import codes, people, resending
from notices.claims.redemption import MOST_A_DAY
from notices.models import Dispatch, DispatchDecision, Notice
from notices.states import Channel, Kind
from registry import contacts
from registry.calendar import day_of
from registry.models import Organisation

# By one member of staff: more is somebody trying.
MOST_AN_HOUR = 30


def letters_of(organisation: Organisation, at: datetime) -> QuerySet[Dispatch]:
    """The e-mails with a code that can still be used, to addresses that the register holds now."""
    known = {row.value for row in contacts.usable_emails([organisation])[organisation.pk]}
    return (
        Dispatch.objects.filter(
            notice__organisation=organisation,
            notice__kind__in=codes.LIFE,
            notice__claim_code__in=[code.pk for code in codes.open_ones(organisation.pk, at)],
            channel=Channel.EMAIL,
            address__in=known,
        )
        .select_related("notice")
        .order_by("-pk")
    )


@transaction.atomic
def send_code_again(row: Dispatch, *, reason: str, by: User, at: datetime) -> Dispatch:
    """Send a letter with a code again, to the address it went to; returns the fresh sending.

    Refuses an address that the register does not hold or knows not to work, a code that was used or
    has expired, more than three codes to an organisation in a day (those it asked for count), more
    than 30 by one person in an hour, and what `resending.resend` refuses. Safe for two at once.
    """
    organisation = people.lock(row.notice.organisation)
    if not letters_of(organisation, at).filter(pk=row.pk).exists():
        raise Refused(
            _(
                "A code is sent again only while it can be used, and only to an address that the "
                "register holds. Whoever cannot read there brings documents instead."
            )
        )
    if sent_on_the_day(organisation, at) >= MOST_A_DAY:
        raise Refused(_("Enough codes were sent to this NGO today. Try tomorrow."))
    own = _again().filter(by=by, at__gt=at - timedelta(hours=1), at__lte=at)
    if own.count() >= MOST_AN_HOUR:
        raise Refused(_("You sent many codes within an hour. Wait, or ask a colleague."))
    return resending.resend(row, by=by, at=at, reason=reason)


def sent_on_the_day(organisation: Organisation, at: datetime) -> int:
    """How many codes went to the organisation that day: asked for by people, and sent again."""
    asked = Notice.objects.filter(
        organisation=organisation, kind=Kind.CLAIM_CODE, made_at__date=day_of(at)
    )
    again = _again().filter(dispatch__notice__organisation=organisation, at__date=day_of(at))
    return asked.count() + again.count()


def _again() -> QuerySet[DispatchDecision]:
    return DispatchDecision.objects.filter(
        action=DispatchDecision.Action.RESENT, dispatch__notice__kind__in=codes.LIFE
    )

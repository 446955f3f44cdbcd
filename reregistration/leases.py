"""Who holds a filing now? The verbs that give one out are in `queue`."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from reregistration.models import Filing, Lease


def living(filing: Filing, at: datetime) -> Lease | None:
    """The lease that holds at that moment; one that ran out holds nothing."""
    leases = Lease.objects.select_related("taken_by")
    return leases.filter(filing=filing, until_at__gt=at).first()


def refuse_if_held(filing: Filing, by: User, at: datetime) -> None:
    """Refuse what only the holder does while somebody else holds it. The caller holds the
    filing's lock, so that nobody takes it in between."""
    lease = living(filing, at)
    if lease and lease.taken_by_id != by.pk:
        raise Refused(
            _("%(holder)s holds %(number)s until %(until)s. Take another one, or wait.")
            % {
                "holder": lease.taken_by,
                "number": filing,
                "until": date_format(localtime(lease.until_at), "SHORT_DATETIME_FORMAT"),
            }
        )


def give_back(filing: Filing, at: datetime) -> None:
    """Whoever holds it lets go of it. The row stays for the day, so that the same person is given
    what lies behind it first (`querysets.not_let_go_by`). Safe to repeat."""
    Lease.objects.filter(filing=filing, taken_at__gte=at).delete()
    Lease.objects.filter(filing=filing, until_at__gt=at).update(until_at=at)


def end(filing: Filing) -> None:
    """Nobody holds it any more: it was decided on. Safe to repeat."""
    Lease.objects.filter(filing=filing).delete()

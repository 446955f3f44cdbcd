"""Signs that an organisation lives: noted by whoever sees one, resolved by a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from registry import access
from registry.calendar import day_of
from registry.comparison import Comparison
from registry.models import Extract, Organisation, SignOfLife
from registry.states import SignKind

# So long a login counts: that of a day still counts on the 90th day after it.
LOGIN_DAYS = 90


def note(
    organisations: Iterable[tuple[Organisation, str]],
    *,
    kind: SignKind,
    on: date,
    until_on: date | None = None,
) -> None:
    """Note a sign of that kind, from that day on, for each organisation and its reference.

    It keeps the organisation from automatic marking until a person resolves it, or its last day
    has passed. Safe to repeat: one sign a kind and reference, by constraint; a resolved one stays
    resolved.
    """
    SignOfLife.objects.bulk_create(
        [
            SignOfLife(
                organisation=organisation,
                kind=kind,
                reference=reference,
                from_on=on,
                until_on=until_on,
            )
            for organisation, reference in organisations
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )


def end(organisation: Organisation, *, kind: SignKind, references: Iterable[str], on: date) -> None:
    """What the signs showed ended that day: they keep the organisation no longer from the next
    day on. Safe to repeat: a last day only moves nearer."""
    noted = SignOfLife.objects.filter(
        organisation=organisation, kind=kind, reference__in=list(references)
    )
    noted.filter(Q(until_on__isnull=True) | Q(until_on__gt=on)).update(until_on=on)


def seen(organisations: Sequence[Organisation], *, on: date) -> None:
    """Note that a representative of these organisations was on the portal that day.

    One row an organisation for as long as somebody comes within 90 days: the next login only moves
    its last day. Once a person has resolved it, or nobody came in time, a later login is a new
    sign. Safe to repeat: the second time of a day reads and writes nothing.
    """
    if not organisations:
        return
    until_on = on + timedelta(days=LOGIN_DAYS)
    standing = SignOfLife.objects.unresolved(on).filter(
        kind=SignKind.LOGIN, organisation__in=organisations
    )
    last_days = dict(standing.values_list("organisation", "until_on"))
    if any(last and last < until_on for last in last_days.values()):
        standing.filter(until_on__lt=until_on).update(until_on=until_on)
    new = [row for row in organisations if row.pk not in last_days]
    if new:
        reference = f"login:{on.isoformat()}"
        note(((row, reference) for row in new), kind=SignKind.LOGIN, on=on, until_on=until_on)


def seen_before_acting(organisation: Organisation, user: User, *, on: date) -> None:
    """Note the login of a person who acts for the organisation from that day on, if it counts."""
    if user.last_login is None:
        return
    came_on = day_of(user.last_login)
    if came_on <= on <= came_on + timedelta(days=LOGIN_DAYS):
        seen([organisation], on=came_on)


def note_employees(comparisons: Iterable[Comparison], *, extract: Extract) -> None:
    """Note the organisations for which an extract names employees, and not as many as were held.

    A number that is only repeated proves nothing; another one was reported by somebody. Safe to
    repeat: one sign an extract.
    """
    note(
        (
            (row.organisation, f"extract:{extract.pk}")
            for row in comparisons
            if row.changed.get("employees", (None, None))[1]
        ),
        kind=SignKind.EMPLOYEES,
        on=extract.as_of_on,
    )


@transaction.atomic
def resolve(sign: SignOfLife, *, reason: str, by: User, at: datetime) -> SignOfLife:
    """A person has looked at it: it keeps the organisation from marking no longer.

    Nothing is marked by this: a round may choose the organisation again. Refuses without words,
    and whoever acts for the organisation or asks to. Safe to repeat: the first resolution stands.
    """
    if not reason.strip():
        raise Refused(_("Write what you found: an auditor and a court read it."))
    access.refuse_the_partial(sign.organisation, by, at)
    SignOfLife.objects.filter(pk=sign.pk, resolved_at__isnull=True).update(
        resolved_at=at, resolved_by=by, resolution=reason.strip()
    )
    sign.refresh_from_db()
    return sign

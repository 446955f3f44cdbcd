"""Who may act for an organisation, from when until when?"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from registry import signs
from registry.calendar import day_of
from registry.models import Organisation, Representative


@transaction.atomic
def begin(
    organisation: Organisation,
    *,
    user: User,
    role: Representative.Role = Representative.Role.MANAGER,
    ground: str = "",
    at: datetime,
) -> Representative:
    """Let a person act for an organisation from now on.

    Refused when the person does so already. Safe to repeat for that reason.
    """
    if organisation.merged_into_id:
        raise Refused(
            _("This organisation was merged into another. Choose the one that it is part of now.")
        )
    if organisation.taken_out_at:
        raise Refused(
            _("The import that entered this organisation was undone. It is listed no more.")
        )
    try:
        with transaction.atomic():
            made = Representative.objects.create(
                organisation=organisation, user=user, role=role, ground=ground, from_at=at
            )
    except IntegrityError:
        raise Refused(
            _("%(person)s acts for this organisation already. End that first to change the role.")
            % {"person": user}
        ) from None
    # Whoever signed in to claim it has shown that it lives, before they acted for it.
    signs.seen_before_acting(organisation, user, on=day_of(at))
    return made


def end(representative: Representative, *, at: datetime) -> bool:
    """Let a person act for an organisation no longer; True if it was news. Safe to repeat."""
    open_rows = Representative.objects.filter(pk=representative.pk, until_at__isnull=True)
    ended = open_rows.update(until_at=at) == 1
    representative.refresh_from_db(fields=["until_at"])
    return ended

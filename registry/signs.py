"""Signs that an organisation lives: noted by whoever sees one, resolved by a person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from registry.models import Organisation, SignOfLife

REFUSED_CLAIM = "refused_claim"
IDLE_DRAFTS = "idle_drafts"


def note(organisations: Iterable[tuple[Organisation, str]], *, kind: str, on: date) -> None:
    """Note a sign of that kind, from that day on, for each organisation and its reference.

    It keeps the organisation from automatic marking until a person resolves it. Safe to repeat:
    one sign a kind and reference, by constraint; a resolved one stays resolved.
    """
    SignOfLife.objects.bulk_create(
        [
            SignOfLife(organisation=organisation, kind=kind, reference=reference, from_on=on)
            for organisation, reference in organisations
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )


def resolve(sign: SignOfLife, *, by: User, at: datetime) -> SignOfLife:
    """A person has looked at it: it keeps the organisation from marking no longer.

    Refuses whoever acts for the organisation. Safe to repeat: the first resolution stands.
    """
    acts = sign.organisation.representatives.filter(user=by, until_at__isnull=True)
    if acts.exists():
        raise Refused(_("You act for this organisation. Another person decides here."))
    SignOfLife.objects.filter(pk=sign.pk, resolved_at__isnull=True).update(
        resolved_at=at, resolved_by=by
    )
    sign.refresh_from_db()
    return sign

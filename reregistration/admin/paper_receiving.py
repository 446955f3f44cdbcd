"""A paper that was received: whose it is, and its scan."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts import access
from accounts.models import User
from accounts.refusals import Refused
from registry import uploads
from registry.models import Organisation
from reregistration import paper
from reregistration.admin.paper_verbs import TYPE
from reregistration.models import Obligation, PaperFiling
from reregistration.states import FilingKind


def receive(said: dict[str, Any], *, by: User, at: datetime, on: date) -> PaperFiling:
    """Log what the form says, of an organisation in the person's regions."""
    asked = Organisation.objects.numbered(said["organisation"])
    seen = access.within(
        Obligation.objects.filter(campaign=said["campaign"], organisation__in=asked),
        "organisation__region",
        user=by,
        permission=TYPE,
        on=on,
    )
    found = seen.first()
    if found is None:
        raise Refused(
            _(
                "No organisation of your regions with this BIN or number has to file in this "
                "campaign. Look for it in the register."
            )
        )
    return paper.receive(
        found,
        scan=uploads.take(said["scan"], by=by, at=at),
        received_on=said["received_on"],
        posted_on=said["posted_on"],
        incoming=said["incoming"],
        kind=FilingKind(said["kind"]),
        is_short=said["size"] == "short",
        by=by,
        at=at,
    )

"""Which filing of an organisation was accepted last?"""

from __future__ import annotations

from reregistration.models import Filing
from reregistration.states import FilingState


def last_accepted(filing: Filing) -> Filing | None:
    """The organisation's last accepted filing before this one, in any campaign."""
    return (
        Filing.objects.filter(
            obligation__organisation=filing.obligation.organisation_id,
            state=FilingState.ACCEPTED,
        )
        .exclude(pk=filing.pk)
        .order_by("-submitted_at")
        .first()
    )

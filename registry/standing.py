"""Writing what the register says of organisations in a campaign."""

from __future__ import annotations

from collections.abc import Iterable

from registry.models import Standing


def write(standings: Iterable[Standing]) -> None:
    """Write one row an organisation and campaign, replacing the one before it.

    Called by reregistration inside the transaction that moves the obligations.
    """
    Standing.objects.bulk_create(
        standings,
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["organisation", "campaign"],
        update_fields=["state", "reason", "effective_due_on", "on_time", "in_process", "since_at"],
    )

"""Signed by hand: the declaration on paper, photographed and attached to the draft."""

from __future__ import annotations

from reregistration.models import Filing
from reregistration.states import AttachmentKind


def signs(filing: Filing) -> bool:
    """Whether such a page is attached. Nobody compares the handwriting here: a reviewer looks."""
    return filing.attachments.filter(
        kind=AttachmentKind.SIGNED_DECLARATION, file__isnull=False
    ).exists()

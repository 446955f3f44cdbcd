"""Signed by declaration: the tick before the submission, and nothing more."""

from __future__ import annotations

from reregistration.models import Filing
from reregistration.states import FilingState


def signs(filing: Filing) -> bool:
    """Whether a person declared the answers: without it nothing is submitted."""
    return filing.state != FilingState.DRAFT and filing.submitted_by_id is not None

"""Each table names every state, and leads nowhere else."""

from __future__ import annotations

import pytest
from django.db import models

from grants.states import (
    APPLICATION_ALLOWED,
    AWARD_ALLOWED,
    CALL_ALLOWED,
    INSTALMENT_ALLOWED,
    PARTICIPANT_ALLOWED,
    REPORT_ALLOWED,
    ApplicationState,
    AwardState,
    CallState,
    InstalmentState,
    ParticipantState,
    ReportState,
)

TABLES: list[tuple[type[models.TextChoices], dict[str, frozenset[str]], set[str]]] = [
    # Expired is how a participant reads; it is never stored.
    (ParticipantState, PARTICIPANT_ALLOWED, {ParticipantState.EXPIRED}),
    (CallState, CALL_ALLOWED, set()),
    (ApplicationState, APPLICATION_ALLOWED, set()),
    (AwardState, AWARD_ALLOWED, set()),
    (InstalmentState, INSTALMENT_ALLOWED, set()),
    (ReportState, REPORT_ALLOWED, set()),
]


@pytest.mark.parametrize(("states", "allowed", "unstored"), TABLES)
def test_every_stored_state_has_its_line(
    states: type[models.TextChoices], allowed: dict[str, frozenset[str]], unstored: set[str]
) -> None:
    assert set(allowed) == set(states) - unstored
    assert frozenset().union(*allowed.values()) <= set(allowed)


@pytest.mark.parametrize(("states", "allowed", "unstored"), TABLES)
def test_no_state_follows_itself(
    states: type[models.TextChoices], allowed: dict[str, frozenset[str]], unstored: set[str]
) -> None:
    assert not [state for state, after in allowed.items() if state in after]

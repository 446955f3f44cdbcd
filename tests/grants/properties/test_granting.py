"""Whatever happens, in whatever order: no call is overspent, nobody ineligible is awarded, and
nobody is paid against a block (`make properties`)."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.grants.properties.machine import Granting

pytestmark = [pytest.mark.properties, pytest.mark.django_db]
# Another number is other runs; a failure is repeated with the number that it had.
START = int(os.environ.get("START", "1"))
RUNS = int(os.environ.get("RUNS", "60"))
STEPS = 60
MUST_BE_MET = (
    "awarded",
    "awarded: refused",
    "passed over",
    "accepted",
    "not accepted",
    "lapsed",
    "planned",
    "paid",
    "paid: refused",
    "demanded",
    "came back",
    "came back: refused",
    "suspend",
    "resume",
    "terminate",
)


def test_no_sequence_overspends_awards_wrongly_or_pays_against_a_block() -> None:
    Granting.met.clear()
    run_state_machine_as_test(
        seed(START)(Granting),
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(Granting.met.most_common())
    assert [what for what in MUST_BE_MET if not Granting.met[what]] == [], Granting.met

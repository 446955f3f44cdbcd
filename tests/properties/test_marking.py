"""Whatever happens, in whatever order: nobody is marked wrongly (`make properties`)."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date

import pytest
from pytest_django import DjangoDbBlocker

from tests.conftest import committed
from tests.properties import machine, world
from tests.properties.world import Stage

pytestmark = pytest.mark.properties
# Another number is another thousand of runs; a failure is repeated with the number it had.
START = int(os.environ.get("START", "1"))
STEPS = 60
# The terms end in autumn, and within the protected days of the turn of the year.
AUTUMN, WINTER = date(2026, 8, 17), date(2026, 10, 26)


@pytest.mark.usefixtures("django_db_setup")
@pytest.mark.parametrize(
    ("stage", "due_on", "runs"),
    [
        (Stage.DECIDED, AUTUMN, 20),
        (Stage.DECIDED, WINTER, 16),
        (Stage.OVERDUE, AUTUMN, 14),
        (Stage.OPENED, AUTUMN, 10),
    ],
    ids=["decided", "decided in winter", "overdue", "opened"],
)
def test_the_world_is_driven_in_random_order(
    django_db_blocker: DjangoDbBlocker,
    record_property: Callable[[str, object], None],
    stage: Stage,
    due_on: date,
    runs: int,
) -> None:
    with committed(django_db_blocker), machine.set_up():
        begins_with = world.begin(stage, due_on)
        figures = machine.drive(begins_with, runs=runs, steps=STEPS, start=START)
    for what, number in figures.items():
        record_property(what, number)

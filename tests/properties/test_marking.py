"""Whatever happens, in whatever order: nobody is marked wrongly (`make properties`)."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from pytest_django import DjangoDbBlocker

from tests.conftest import committed
from tests.properties import machine, world
from tests.properties.world import PARTS

pytestmark = pytest.mark.properties
# Another number is other runs; a failure is repeated with the number that it had.
START = int(os.environ.get("START", "1"))
STEPS = 60
# To find the shortest way to a failure takes minutes more.
SHRINKS = os.environ.get("SHRINK") != "no"


@pytest.mark.usefixtures("django_db_setup")
@pytest.mark.parametrize("part", range(len(PARTS)))
def test_the_world_is_driven_in_random_order(
    django_db_blocker: DjangoDbBlocker,
    record_property: Callable[[str, object], None],
    part: int,
) -> None:
    stage, due_on, runs = PARTS[part]
    with committed(django_db_blocker), machine.set_up():
        begins_with = world.begin(stage, due_on)
        figures = machine.drive(
            begins_with, runs=runs, steps=STEPS, start=START * 100 + part, shrinks=SHRINKS
        )
    for what, number in figures.items():
        record_property(what, number)

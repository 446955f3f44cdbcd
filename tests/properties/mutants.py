"""Which invariant catches each mutation, and after how many steps? (`make mutations`)"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.conftest import committed
from tests.properties import machine, world
from tests.properties.invariants import Broken
from tests.properties.mutations import MUTATIONS, Mutation, applied
from tests.properties.world import PARTS, World

# The same for each: so many steps at most, from the same number.
RUNS, STEPS, START = 200, 60, 7


@pytest.fixture(scope="module")
def begins_with(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    stage, due_on, _runs = PARTS[0]
    with committed(django_db_blocker), machine.set_up():
        yield world.begin(stage, due_on)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_it_is_caught(
    begins_with: World, mutation: Mutation, record_property: Callable[[str, object], None]
) -> None:
    broken: machine.Broken = []
    with applied(mutation):
        try:
            machine.drive(
                begins_with, runs=RUNS, steps=STEPS, start=START, shrinks=False, broken=broken
            )
        except Exception as error:
            # Whatever ended the runs is what caught it.
            broken.append((0, error))
    steps, caught = broken[0] if broken else (RUNS * STEPS, None)
    record_property("mutation", mutation.name)
    record_property("caught by", _words(caught) if caught else "SURVIVED")
    record_property("after", steps)
    assert caught, f"{mutation.name}: nothing noticed it in {steps:,} steps"


def _words(caught: Exception) -> str:
    if isinstance(caught, Broken):
        return caught.invariant
    said = str(caught).splitlines()[0] if str(caught) else ""
    return f"{type(caught).__name__}: {said}"[:120]

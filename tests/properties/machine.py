"""The machine: all rules together, over one of the worlds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings as portal
from django.test.utils import override_settings
from django.utils import translation
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties import world
from tests.properties.passing import Passing
from tests.properties.rounds import Rounds
from tests.properties.world import World


class Marking(Passing, Rounds):
    """A small world driven in random order."""


@contextmanager
def set_up() -> Iterator[None]:
    """The portal's settings for the world: its post is ours, and nothing is typeset or kept."""
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    with (
        override_settings(
            EMAIL_BACKEND=f"{world.__name__}.{world.Post.__name__}",
            LETTER_PRINTER="reregistration.rehearsal.post.print_nothing",
            NOTICE_ATTACHMENTS={},
            STORAGES={**portal.STORAGES, "default": memory, "uploads": memory},
        ),
        translation.override("en"),
    ):
        yield


def drive(
    begins_with: World, *, runs: int, steps: int, start: int, shrinks: bool = True
) -> Counter[str]:
    """Drive the world so often, each time for so many steps; returns the figures.

    The same start gives the same runs, whatever ran before.
    """
    figures: Counter[str] = Counter()
    machine: Any = type("Marking", (Marking,), {"world": begins_with, "figures": figures})
    phases = (Phase.generate, Phase.shrink) if shrinks else (Phase.generate,)
    run_state_machine_as_test(
        seed(start)(machine),
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=phases,
            report_multiple_bugs=False,
            verbosity=Verbosity.normal,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return figures

"""The machine: all rules together, over one of the worlds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time
from typing import Any, ClassVar

from django.conf import settings as portal
from django.test.utils import override_settings
from django.utils import translation
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from tests.properties import world
from tests.properties.passing import CLOCKS, Passing
from tests.properties.reckoning import Row
from tests.properties.rounds import Rounds
from tests.properties.world import World


class Marking(Passing, Rounds):
    """A small world driven in random order: most often towards a mark, and then against it."""

    WEIGHTS: ClassVar = {
        "days_pass": 4,
        "terms_end": 7,
        "the_carrier_brings_receipts": 3,
        "the_provider_delivers": 2,
        "mail_comes_back": 3,
        "an_organisation_files": 2,
        "an_organisation_objects": 3,
        "an_organisation_wishes_to_be_heard": 3,
        "an_organisation_complains": 3,
        "an_answer_is_decided": 6,
        "a_hearing_goes_its_way": 4,
        "a_filing_is_decided": 3,
        "a_hold_ends": 4,
        "signs_are_resolved": 5,
        "a_claim_is_refused": 4,
        "a_draft_is_begun": 2,
        "an_extract_comes": 2,
        "its_legal_status_changes": 2,
        "a_round_is_drafted": 5,
        "a_round_is_drafted_as_terms_end": 3,
        "a_sample_is_checked": 4,
        "a_warning_comes_back_before_a_round": 2,
        "a_round_is_authorised": 2,
        "a_round_goes_its_way": 4,
        "the_marking_task_runs": 3,
        "one_candidate_is_decided": 2,
        "a_candidate_is_taken_out": 2,
        "somebody_acts_behind_the_dry_run": 4,
        "somebody_acts_in_the_midst": 4,
        "a_person_acts_in_the_midst": 4,
        "a_marking_worker_breaks_off": 4,
        "a_mark_is_reversed": 2,
    }

    @precondition(lambda self: self.may_draft() and self._first_days())
    @rule(which=st.integers(0, 5), before=st.sampled_from([0, 1]), clock=st.sampled_from(CLOCKS))
    def a_round_is_drafted_as_terms_end(self, which: int, before: int, clock: time) -> None:
        """On the first day on which somebody may be marked, and on the last day of their term."""
        self.terms_end_on(which, before, clock)
        self.draft()

    @precondition(lambda self: self.may_draft() and self._warnings_of_the_silent())
    @rule(which=st.integers(0, 5))
    def a_warning_comes_back_before_a_round(self, which: int) -> None:
        """What proved the warning of somebody who could be marked came back after all."""
        rows = self._warnings_of_the_silent()
        self.come_back(rows[which % len(rows)])
        self.watch()
        self.draft()

    def _warnings_of_the_silent(self) -> list[Row]:
        """Delivered mails that warned those whom nothing keeps from the mark today."""
        may = {
            (f"obligation:{row.id}", row.cycle)
            for row in self.rows("overdue")
            if not self.log.against(row, self.today(), self.memory)
        }
        return [
            row
            for row in self._sent("email", "delivered")
            if (notice := self.log.notices[row.notice_id]).kind == "final_warning"
            and (notice.source, notice.cycle) in may
        ]


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


Broken = list[tuple[int, Exception]]


def drive(
    begins_with: World,
    *,
    runs: int,
    steps: int,
    start: int,
    shrinks: bool = True,
    broken: Broken | None = None,
) -> Counter[str]:
    """Drive the world so often, each time for so many steps; returns the figures.

    The same start gives the same runs, whatever ran before. `broken` takes what ended a run.
    """
    figures: Counter[str] = Counter()
    kept: Broken = [] if broken is None else broken
    ours = {"world": begins_with, "figures": figures, "broken": kept}
    machine: Any = type("Marking", (Marking,), ours)
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
            suppress_health_check=list(HealthCheck),
        ),
    )
    return figures

"""A rehearsed day: what happens on it happens in the order of its hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest

from reregistration import tasks
from reregistration.rehearsal import actors, ministry, post
from reregistration.rehearsal.crew import Task
from reregistration.rehearsal.days import Rehearsal
from reregistration.rehearsal.stopwatch import Account
from reregistration.states import State
from tests.factories.reregistration import MARKING_DAY, CampaignFactory, liquidable_obligation

pytestmark = pytest.mark.django_db


class Crew:
    """Writes down in which order things were done, and as of when."""

    def __init__(self) -> None:
        self.did: list[tuple[str, datetime]] = []

    def do(self, acts: Sequence[Task]) -> Counter[str]:
        self.did += [("files", at) for _, _, at in acts]
        return Counter(filed=len(acts))


@pytest.fixture
def crew(monkeypatch: pytest.MonkeyPatch) -> Crew:
    made = Crew()

    def write_down(what: str) -> Any:
        return lambda *_row, **fields: made.did.append((what, fields["at"]))

    # Of the day's other steps none is asked here.
    for step in ("_night", "_post", "_review", "_decide", "_refer"):
        monkeypatch.setattr(Rehearsal, step, lambda _self, _on: Counter[str]())
    for step in ("_notices", "_hold", "_deliver"):
        monkeypatch.setattr(Rehearsal, step, lambda _self, _at: None)
    monkeypatch.setattr(ministry, "authorise", write_down("authorised"))
    monkeypatch.setattr(tasks.mark_non_responders, "run", write_down("marks"))
    return made


def rehearsal_of(crew: Crew, acts: list[Task], on: date) -> Rehearsal:
    made = Rehearsal(
        campaign=CampaignFactory.create(),
        staff=None,  # type: ignore[arg-type] # nobody of the ministry acts here
        period=None,  # type: ignore[arg-type]
        seed=1,
        crew=crew,  # type: ignore[arg-type]
        account=Account(),
    )
    made.coming[on] = acts
    return made


def test_who_files_before_the_hour_of_marking_has_filed_before_it(crew: Crew) -> None:
    row = liquidable_obligation()
    assert row.state == State.OVERDUE
    hours = [(16, 0), (7, 10), (10, 29), (10, 31)]
    acts: list[Task] = [
        (actors.file, row.pk, post.moment(MARKING_DAY, hour, minute)) for hour, minute in hours
    ]
    day = rehearsal_of(crew, acts, MARKING_DAY)
    done = day.live(MARKING_DAY)
    moments = [at for _, at in crew.did]
    assert moments == sorted(moments)
    assert [what for what, _ in crew.did] == [
        "files",
        "authorised",
        "files",
        "marks",
        "files",
        "files",
    ]
    assert done["filed"] == len(hours)
    assert not day.coming.get(MARKING_DAY)

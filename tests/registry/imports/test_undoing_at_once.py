"""Two clicks and two workers: an import is undone once."""

from __future__ import annotations

from pathlib import Path

from accounts.refusals import Refused
from registry.imports import jobs
from registry.models import Organisation, RegisterEntry
from registry.states import EntryKind, ImportState
from tests.concurrency import together
from tests.factories.accounts import UserFactory
from tests.factories.extracts import IMPORTED_AT
from tests.registry.imports.test_undoing import done


def test_two_clicks_and_two_workers_at_once_undo_once(real_commits: None, tmp_path: Path) -> None:
    clerk = UserFactory.create()
    job = done(tmp_path, clerk)

    def click() -> bool:
        try:
            jobs.undo(job, ground="Не тот файл", by=clerk, at=IMPORTED_AT)
        except Refused:
            return False
        return True

    assert sorted(together(click, click)) == [False, True]
    together(lambda: jobs.run_next(at=IMPORTED_AT), lambda: jobs.run_next(at=IMPORTED_AT))
    job.refresh_from_db()
    assert job.state == ImportState.UNDONE
    assert not Organisation.objects.listed().exists()
    assert RegisterEntry.objects.filter(kind=EntryKind.TAKEN_OUT).count() == 1

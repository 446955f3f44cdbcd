"""Two clicks and two workers: an extract is committed once."""

from __future__ import annotations

from pathlib import Path

from accounts.refusals import Refused
from registry.imports import jobs
from registry.models import Extract, Organisation
from registry.states import ImportState
from tests.concurrency import together
from tests.factories.accounts import UserFactory
from tests.factories.extracts import IMPORTED_AT, row
from tests.registry.imports.test_jobs import tried


def test_two_clicks_and_two_workers_at_once_commit_once(real_commits: None, tmp_path: Path) -> None:
    clerk = UserFactory.create()
    job = tried(tmp_path, clerk, row())

    def click() -> bool:
        try:
            jobs.commit(job, by=clerk, at=IMPORTED_AT)
        except Refused:
            return False
        return True

    assert sorted(together(click, click)) == [False, True]
    together(lambda: jobs.run_next(at=IMPORTED_AT), lambda: jobs.run_next(at=IMPORTED_AT))
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == (ImportState.DONE, 1, 1)
    assert (Extract.objects.count(), Organisation.objects.count()) == (1, 1)
    assert job.heard_at is not None

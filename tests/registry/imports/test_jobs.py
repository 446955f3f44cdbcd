from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import translation

from accounts.models import User
from accounts.refusals import Refused
from registry.imports import extract as extracts
from registry.imports import jobs
from registry.models import Extract, ImportJob, Organisation, RefusedRow
from registry.states import ImportState
from registry.uploads import uploads_storage
from tests.factories.accounts import UserFactory
from tests.factories.extracts import IMPORTED_AT, import_file, row, write_extract
from tests.factories.registry import ExtractFactory, ImportJobFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def clerk() -> User:
    return UserFactory.create()


def bring(folder: Path, clerk: User, *rows: dict[str, str]) -> ImportJob:
    path = write_extract(folder / "extract.csv", *rows)
    upload = SimpleUploadedFile("extract.csv", path.read_bytes())
    return jobs.bring(upload, by=clerk, at=IMPORTED_AT)


def tried(folder: Path, clerk: User, *rows: dict[str, str]) -> ImportJob:
    job = bring(folder, clerk, *rows)
    assert jobs.run_next(at=IMPORTED_AT)
    job.refresh_from_db()
    return job


class TestTrial:
    def test_says_what_would_change_and_writes_nothing(self, tmp_path: Path, clerk: User) -> None:
        job = tried(tmp_path, clerk, row(1), row(1), row(2, status="???"))
        assert job.state == ImportState.PREVIEWED
        assert (job.counts["new"], job.counts["repeated"], job.counts["refused"]) == (1, 1, 1)
        assert not Organisation.objects.exists()

    def test_shows_a_few_of_each_kind(self, tmp_path: Path, clerk: User) -> None:
        import_file(write_extract(tmp_path / "before.csv", row(90), row(91), row(92)))
        september = {"as_of_on": "30.09.2026"}
        many = [row(n, **september) for n in range(1, 9)]
        known = [row(90, **september), row(91, employees="7", **september)]
        refused = row(50, status="???", **september)
        job = tried(tmp_path, clerk, *many, many[0], *known, refused)
        assert {kind: len(rows) for kind, rows in job.samples.items()} == {
            "new": 5,
            "changed": 1,
            "unchanged": 1,
            "repeated": 1,
            "refused": 1,
            "absent": 1,
        }
        assert job.samples["changed"][0].endswith(": employees")

    def test_a_broken_file_fails_with_its_sentence(self, tmp_path: Path, clerk: User) -> None:
        job = tried(tmp_path, clerk)
        assert (job.state, "no row" in job.error) == (ImportState.FAILED, True)

    def test_waits_while_another_import_runs(
        self, tmp_path: Path, clerk: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def busy(*, commit: bool) -> None:
            raise extracts.AnotherIsRunning(str(commit))

        job = bring(tmp_path, clerk, row())
        monkeypatch.setattr(extracts, "lock_out_others", busy)
        assert not jobs.run_next(at=IMPORTED_AT)
        job.refresh_from_db()
        assert job.state == ImportState.UPLOADED

    def test_a_fault_of_the_program_stops_one_file_and_is_raised(
        self, tmp_path: Path, clerk: User
    ) -> None:
        job = ImportJobFactory.create()
        uploads_storage().delete(job.file.path)
        behind = bring(tmp_path, clerk, row())
        with pytest.raises(FileNotFoundError):
            jobs.run_next(at=IMPORTED_AT)
        job.refresh_from_db()
        assert job.state == ImportState.FAILED
        assert jobs.run_next(at=IMPORTED_AT)
        behind.refresh_from_db()
        assert behind.state == ImportState.PREVIEWED


class TestCommit:
    def test_writes_the_rows_in_the_name_of_who_committed(
        self, tmp_path: Path, clerk: User
    ) -> None:
        job = tried(tmp_path, clerk, row(1), row(2, status="???"))
        other = UserFactory.create()
        jobs.commit(job, by=other, at=IMPORTED_AT)
        assert not Organisation.objects.exists()
        assert jobs.run_next(at=IMPORTED_AT)
        job.refresh_from_db()
        assert job.state == ImportState.DONE
        assert job.extract == Extract.objects.get(by=other, new=1, refused=1)
        assert (RefusedRow.objects.count(), job.refusals) == (1, [])
        assert Organisation.objects.get().entries.get().by == other

    def test_a_second_click_asks_for_nothing(self, tmp_path: Path, clerk: User) -> None:
        job = tried(tmp_path, clerk, row())
        jobs.commit(job, by=clerk, at=IMPORTED_AT)
        with pytest.raises(Refused, match="not waiting"):
            jobs.commit(job, by=clerk, at=IMPORTED_AT)

    def test_runs_once(self, tmp_path: Path, clerk: User) -> None:
        jobs.commit(tried(tmp_path, clerk, row()), by=clerk, at=IMPORTED_AT)
        assert jobs.run_next(at=IMPORTED_AT)
        assert not jobs.run_next(at=IMPORTED_AT)
        assert Extract.objects.count() == 1

    def test_what_a_killed_worker_left_is_taken_anew(
        self, tmp_path: Path, clerk: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Killed(BaseException):
            """As a worker that is stopped: nothing of the program catches it."""

        def killed(*_args: Any, **_options: Any) -> None:
            raise Killed

        job = tried(tmp_path, clerk, row())
        jobs.commit(job, by=clerk, at=IMPORTED_AT)
        with monkeypatch.context() as patched:
            patched.setattr(jobs, "_move", killed)
            with pytest.raises(Killed):
                jobs.run_next(at=IMPORTED_AT)
        assert not Organisation.objects.exists()
        assert jobs.run_next(at=IMPORTED_AT + timedelta(minutes=1))
        job.refresh_from_db()
        assert (job.state, Organisation.objects.count()) == (ImportState.DONE, 1)

    def test_two_uploads_of_one_file_are_committed_once(self, tmp_path: Path, clerk: User) -> None:
        first = tried(tmp_path, clerk, row())
        second = tried(tmp_path, clerk, row())
        jobs.commit(first, by=clerk, at=IMPORTED_AT)
        with pytest.raises(Refused, match="imported already"):
            jobs.commit(second, by=clerk, at=IMPORTED_AT)

    def test_a_file_that_the_command_imported_is_not_committed(
        self, tmp_path: Path, clerk: User
    ) -> None:
        job = tried(tmp_path, clerk, row())
        import_file(tmp_path / "extract.csv")
        with pytest.raises(Refused, match="imported already"):
            jobs.commit(job, by=clerk, at=IMPORTED_AT)


def test_a_file_that_was_imported_is_not_brought_again(tmp_path: Path, clerk: User) -> None:
    import_file(write_extract(tmp_path / "extract.csv", row()))
    with pytest.raises(Refused, match="imported already"):
        bring(tmp_path, clerk, row())


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("register.xls", b"\xd0\xcf\x11\xe0", "kind that is not taken"),
        ("register.xlsx", b"PK\x03\x04", "not what its name says"),
        ("register.csv", b"PK\x03\x04", "not what its name says"),
        ("register.xz", b"a;b\n", "really a CSV"),
        ("register.csv", b"", "is empty"),
        ("register.csv", b"a" * 2000, "Pack it with xz"),
    ],
)
def test_what_is_no_extract_is_refused(
    name: str, content: bytes, words: str, clerk: User, settings: Any
) -> None:
    settings.EXTRACT_MAX_BYTES = 1024
    with pytest.raises(Refused, match=words):
        jobs.bring(SimpleUploadedFile(name, content), by=clerk, at=IMPORTED_AT)
    assert not ImportJob.objects.exists()


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"state": "lost"}, "import_state_is_known"),
        ({"state": "done"}, "import_done_has_its_extract"),
        ({"state": "committing"}, "import_is_committed_by_somebody"),
        ({"error": "Broken"}, "import_error_is_of_a_failed_one"),
    ],
)
def test_the_database_refuses(values: dict[str, Any], constraint: str) -> None:
    if values.get("state") == "done":
        values = values | {"committed_by": UserFactory.create()}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ImportJobFactory.create(**values)


def test_the_database_refuses_a_file_twice(clerk: User) -> None:
    first = ImportJobFactory.create(
        state="done", extract=ExtractFactory.create(), committed_by=clerk
    )
    with pytest.raises(IntegrityError, match="import_once_a_file"), transaction.atomic():
        ImportJobFactory.create(state="committing", committed_by=clerk, sha256=first.sha256)

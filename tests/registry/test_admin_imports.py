"""The import desk over HTTP, as a register clerk uses it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts import staff
from accounts.roles import Role
from registry.imports import jobs
from registry.models import ImportJob, Organisation
from registry.states import ImportState
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.extracts import IMPORTED_AT, row, write_extract
from tests.factories.notices import NoticeFactory
from tests.factories.registry import ASTANA, ImportJobFactory
from tests.reregistration.desk import page_of, queries, signed_in, told, verb_of

pytestmark = pytest.mark.django_db
ADD = "admin:registry_importjob_add"


@pytest.fixture
def clerk() -> Client:
    return signed_in(staff_member(Role.REGISTER_CLERK))


def bring(client: Client, folder: Path, *rows: dict[str, str]) -> Any:
    content = write_extract(folder / "extract.csv", *rows).read_bytes()
    upload = SimpleUploadedFile("extract.csv", content, "text/csv")
    return client.post(reverse(ADD), {"file": upload}, follow=True)


def test_a_clerk_brings_looks_and_commits(clerk: Client, tmp_path: Path) -> None:
    page = bring(clerk, tmp_path, row(1), row(2, status="???"))
    job = ImportJob.objects.get()
    assert page.redirect_chain[-1][0] == page_of(job)
    assert 'hx-trigger="every 3s"' in page.content.decode()
    jobs.run_next(at=IMPORTED_AT)
    page = clerk.get(page_of(job))
    assert {str(kind["label"]): kind["count"] for kind in page.context["kinds"]} == {
        "new": 1,
        "changed": 0,
        "unchanged": 0,
        "repeated": 0,
        "refused": 1,
        "absent since the last extract": 0,
    }
    done = clerk.post(verb_of(job, "commit"), follow=True)
    assert told(done) == ["The import begins within a minute."]
    again = clerk.post(verb_of(job, "commit"), follow=True)
    assert told(again) == ["This import is not waiting to be committed now. Reload the page."]
    jobs.run_next(at=IMPORTED_AT)
    job.refresh_from_db()
    assert (job.state, Organisation.objects.count()) == (ImportState.DONE, 1)


def test_a_file_that_is_no_extract_is_refused_beside_its_field(clerk: Client) -> None:
    upload = SimpleUploadedFile("register.xls", b"\xd0\xcf\x11\xe0")
    page = clerk.post(reverse(ADD), {"file": upload})
    assert page.context["form"].errors["file"] == [
        "“register.xls” is of a kind that is not taken. Send CSV, CSV.XZ, XLSX."
    ]


class TestProgress:
    def test_is_asked_for_again_while_a_worker_works(self, clerk: Client) -> None:
        job = ImportJobFactory.create(
            state="committing", committed_by=UserFactory.create(), done=500, total=2000
        )
        part = clerk.get(verb_of(job, "progress"))
        assert 'value="25"' in part.content.decode()
        assert "every 3s" in part.content.decode()
        assert "HX-Refresh" not in part.headers

    def test_has_the_page_read_anew_at_the_end(self, clerk: Client) -> None:
        part = clerk.get(verb_of(ImportJobFactory.create(previewed=True), "progress"))
        assert part.headers["HX-Refresh"] == "true"
        assert "every 3s" not in part.content.decode()


class TestRefusedRows:
    @pytest.mark.parametrize("committed", [False, True])
    def test_are_a_file_whose_cells_are_no_formulas(
        self, clerk: Client, tmp_path: Path, committed: bool
    ) -> None:
        bring(clerk, tmp_path, row(1), row(2, status="???", head_name="=1+1"))
        jobs.run_next(at=IMPORTED_AT)
        job = ImportJob.objects.get()
        if committed:
            clerk.post(verb_of(job, "commit"))
            jobs.run_next(at=IMPORTED_AT)
        file: Any = clerk.get(verb_of(job, "refused"))
        lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()
        assert len(lines) == 2
        assert lines[1].startswith("3,unknown status,")
        assert ",'=1+1," in lines[1]
        assert LogEntry.objects.filter(change_message__startswith="export csv: 1 rows").exists()


class TestUndo:
    def test_is_looked_at_asked_for_and_done(self, clerk: Client, tmp_path: Path) -> None:
        bring(clerk, tmp_path, row(1))
        jobs.run_next(at=IMPORTED_AT)
        job = ImportJob.objects.get()
        clerk.post(verb_of(job, "commit"))
        jobs.run_next(at=IMPORTED_AT)
        number = Organisation.objects.get().number
        page = clerk.get(verb_of(job, "undo")).content.decode()
        assert number in page
        assert "It cannot be undone" not in page
        done = clerk.post(verb_of(job, "undo"), {"ground": "Не тот файл"}, follow=True)
        assert told(done) == ["The undo begins within a minute."]
        again = clerk.post(verb_of(job, "undo"), {"ground": "Не тот файл"})
        assert "not one that can be undone now" in again.content.decode()
        jobs.run_next(at=IMPORTED_AT)
        assert not Organisation.objects.listed().exists()
        assert "Не тот файл" in clerk.get(page_of(job)).content.decode()

    def test_what_stands_in_its_way_is_on_the_page(self, clerk: Client, tmp_path: Path) -> None:
        bring(clerk, tmp_path, row(1))
        jobs.run_next(at=IMPORTED_AT)
        job = ImportJob.objects.get()
        clerk.post(verb_of(job, "commit"))
        jobs.run_next(at=IMPORTED_AT)
        NoticeFactory.create(organisation=Organisation.objects.get())
        assert "Notices: 1 organisations" in clerk.get(verb_of(job, "undo")).content.decode()
        refused = clerk.post(verb_of(job, "undo"), {"ground": "Не тот файл"})
        assert "Notices: 1 organisations" in refused.content.decode()
        job.refresh_from_db()
        assert job.state == ImportState.DONE


class TestWhoMay:
    @pytest.mark.parametrize("role", [Role.AUDITOR, Role.CAMPAIGN_MANAGER])
    def test_others_look_alone(self, role: Role) -> None:
        client = signed_in(staff_member(role))
        job = ImportJobFactory.create(previewed=True)
        assert client.get(page_of(job)).status_code == 200
        assert client.get(reverse(ADD)).status_code == 403
        assert client.post(verb_of(job, "commit")).status_code == 403

    def test_a_clerk_of_one_region_commits_nothing(self) -> None:
        user = UserFactory.create(is_staff=True)
        staff.grant_role(
            user, role=Role.REGISTER_CLERK, by=None, on=date(2020, 1, 1), regions=[ASTANA]
        )
        client = signed_in(user)
        job = ImportJobFactory.create(previewed=True)
        assert client.get(page_of(job)).status_code == 200
        assert client.get(reverse(ADD)).status_code == 403
        assert client.post(verb_of(job, "commit")).status_code == 403


def test_queries_of_the_page_are_few(clerk: Client) -> None:
    job = ImportJobFactory.create(previewed=True)
    clerk.get(page_of(job))
    first = queries(clerk, page_of(job))
    ImportJobFactory.create_batch(5, previewed=True)
    assert queries(clerk, page_of(job)) == first

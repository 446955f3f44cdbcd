"""An import is undone whole, by new lines, while nothing was built on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from accounts.models import User
from accounts.refusals import Refused
from notices.models import Notice
from registry import merging, representatives
from registry.imports import built_on, jobs, undoing
from registry.models import (
    BeforeImport,
    Contact,
    Difference,
    Extract,
    ImportJob,
    Organisation,
    PersonalValue,
    RegisterEntry,
    SignOfLife,
)
from registry.states import EntryKind, ImportState
from reregistration import scope
from tests.factories.accounts import UserFactory
from tests.factories.extracts import IMPORTED_AT, import_rows, row
from tests.factories.grants import ParticipantFactory
from tests.factories.notices import NoticeFactory
from tests.factories.registry import ClaimFactory, valid_bin
from tests.factories.reregistration import CampaignFactory, FilingFactory, ObligationFactory
from tests.registry.imports.test_jobs import tried

pytestmark = pytest.mark.django_db
LATER = IMPORTED_AT + timedelta(days=1)
JUNE = row(1), row(None, name_ru="Без БИН"), row(3)
SEPTEMBER = {"as_of_on": "30.09.2026"}


@pytest.fixture(autouse=True)
def in_english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def clerk() -> User:
    return UserFactory.create()


def columns() -> list[Any]:
    """All that the register holds, but for organisations that were taken out."""
    return list(Organisation.objects.listed().order_by("pk").values())


def live_contacts() -> list[tuple[Any, ...]]:
    names = "organisation", "kind", "value", "source", "as_of_on"
    live = Contact.objects.filter(retired_at__isnull=True, organisation__taken_out_at=None)
    return list(live.order_by("pk").values_list(*names))


def imported(folder: Path, *changed: dict[str, str]) -> Extract:
    """June, and September on it."""
    import_rows(folder, *JUNE)
    import_rows(folder, *changed, at=LATER)
    return Extract.objects.latest("pk")


def undo(extract: Extract, by: User, **told: Any) -> int:
    return undoing.undo(
        extract,
        by=by,
        at=LATER + timedelta(hours=1),
        decision="undo:1",
        progress=told.get("progress", lambda _read, _part: None),
    )


def september() -> list[dict[str, str]]:
    return [
        row(
            1,
            head_name="Другой",
            email="new@mail.example",
            employees="7",
            status="Ликвидировано",
            name_ru="Фонд «Иной»",
            **SEPTEMBER,
        ),
        row(2, name_ru="Без БИН", **SEPTEMBER),
        row(3, **SEPTEMBER),
        row(4, name_ru="Новый", **SEPTEMBER),
    ]


class TestUndo:
    def test_the_register_is_as_it_was(self, tmp_path: Path, clerk: User) -> None:
        import_rows(tmp_path, *JUNE)
        held, contacts = columns(), live_contacts()
        import_rows(tmp_path, *september(), at=LATER)
        assert columns() != held
        assert Organisation.objects.filter(bin=valid_bin(2), name_ru="Без БИН").exists()
        assert undo(Extract.objects.latest("pk"), clerk) == 3
        assert columns() == held
        assert live_contacts() == contacts

    def test_nothing_is_deleted_and_new_lines_say_so(self, tmp_path: Path, clerk: User) -> None:
        extract = imported(tmp_path, *september())
        count = RegisterEntry.objects.count()
        undo(extract, clerk)
        assert RegisterEntry.objects.count() == count + 3
        assert Organisation.objects.count() == 4
        line = RegisterEntry.objects.get(kind=EntryKind.REVERTED, organisation__bin=valid_bin(1))
        assert line.changes["status"] == ["liquidated", "active"]
        assert line.changes["employees"] == [7, 1]
        assert (line.by, line.decision, line.source) == (clerk, "undo:1", "extract:2026-09-30")
        assert set(line.changes["head_name"]) == {"commitment"}
        values = dict(PersonalValue.objects.filter(entry=line).values_list("field", "value"))
        assert values["head_name"] == "Өтегенов Ержан"
        assert values["email"] == "office@mail.example"
        out = RegisterEntry.objects.get(kind=EntryKind.TAKEN_OUT)
        assert out.organisation.name_ru == "Новый"
        assert out.changes["taken_out"][0] is None

    def test_whom_it_entered_is_listed_and_in_scope_no_more(
        self, tmp_path: Path, clerk: User
    ) -> None:
        extract = imported(tmp_path, *september())
        undo(extract, clerk)
        new = Organisation.objects.get(name_ru="Новый")
        assert new.taken_out_at is not None
        assert new not in Organisation.objects.listed()
        assert new not in scope.in_scope(CampaignFactory.create())

    def test_its_signs_and_differences_are_resolved(self, tmp_path: Path, clerk: User) -> None:
        extract = imported(tmp_path, *september())
        Difference.objects.create(
            organisation=Organisation.objects.get(bin=valid_bin(3)),
            field="employees",
            source="extract:2026-09-30",
            opened_at=LATER,
        )
        sign = SignOfLife.objects.get(reference=f"extract:{extract.pk}")
        undo(extract, clerk)
        sign.refresh_from_db()
        assert sign.resolved_by == clerk
        assert Difference.objects.get().resolved_by == clerk

    def test_the_same_rows_bring_them_back_under_their_numbers(
        self, tmp_path: Path, clerk: User
    ) -> None:
        extract = imported(tmp_path, *september())
        number = Organisation.objects.get(name_ru="Новый").number
        undo(extract, clerk)
        import_rows(tmp_path, *september(), at=LATER + timedelta(days=1))
        new = Organisation.objects.get(name_ru="Новый")
        assert (new.number, new.taken_out_at) == (number, None)
        assert Organisation.objects.count() == 4

    def test_an_earlier_extract_is_the_newest_again(self, tmp_path: Path, clerk: User) -> None:
        extract = imported(tmp_path, *september())
        undo(extract, clerk)
        assert Extract.objects.in_force().get() != extract
        kept = Organisation.objects.filter(scope.in_newest_extract())
        assert kept.count() == 3

    def test_a_second_time_is_refused(self, tmp_path: Path, clerk: User) -> None:
        extract = imported(tmp_path, *september())
        undo(extract, clerk)
        with pytest.raises(Refused, match="undone already"):
            undo(extract, clerk)

    def test_two_are_undone_one_after_the_other(self, tmp_path: Path, clerk: User) -> None:
        extract = imported(tmp_path, *september())
        first = Extract.objects.earliest("pk")
        with pytest.raises(Refused, match="later import"):
            undo(first, clerk)
        undo(extract, clerk)
        undo(first, clerk)
        assert not Organisation.objects.listed().exists()

    def test_what_was_before_is_not_kept_after_it(self, tmp_path: Path, clerk: User) -> None:
        extract = imported(tmp_path, *september())
        undo(extract, clerk)
        assert not BeforeImport.objects.filter(extract=extract).exists()


def new_one() -> Organisation:
    return Organisation.objects.get(name_ru="Новый")


def changed_one() -> Organisation:
    return Organisation.objects.get(bin=valid_bin(1))


def merged() -> None:
    merging.merge(
        Organisation.objects.get(bin=valid_bin(2)),
        Organisation.objects.get(bin=valid_bin(3)),
        ground="Повтор",
        by=UserFactory.create(),
        at=LATER,
    )


def merged_into_new() -> None:
    other = Organisation.objects.get(bin=valid_bin(3))
    Organisation.objects.filter(pk=other.pk).update(bin=None)
    other.refresh_from_db()
    merging.merge(other, new_one(), ground="Повтор", by=UserFactory.create(), at=LATER)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: FilingFactory.create(obligation__organisation=new_one()), "Filings"),
        (lambda: ClaimFactory.create(organisation=new_one()), "Claims to act for an NGO"),
        (
            lambda: ClaimFactory.create(organisation=changed_one(), opened_at=LATER),
            "Claims to act for an NGO",
        ),
        (lambda: NoticeFactory.create(organisation=new_one()), "Notices"),
        (lambda: ParticipantFactory.create(organisation=new_one()), "Participants"),
        (
            lambda: representatives.begin(new_one(), user=UserFactory.create(), at=LATER),
            "Authorised representatives",
        ),
        (merged_into_new, "Found to be entered twice, and merged"),
    ],
)
def test_what_was_built_on_it_stands_in_the_way(
    build: Callable[[], Any], words: str, tmp_path: Path, clerk: User
) -> None:
    extract = imported(tmp_path, *september())
    build()
    found = built_on.obstacles(extract)
    assert [line for line in found if line.startswith(f"{words}: 1 organisations (R-")], found
    count = RegisterEntry.objects.count()
    with pytest.raises(Refused, match=words):
        undo(extract, clerk)
    assert RegisterEntry.objects.count() == count
    assert new_one().taken_out_at is None


def test_an_obligation_that_nobody_acted_on_does_not(tmp_path: Path, clerk: User) -> None:
    extract = imported(tmp_path, *september())
    ObligationFactory.create(organisation=new_one())
    assert built_on.obstacles(extract) == []


def test_what_came_to_others_does_not(tmp_path: Path, clerk: User) -> None:
    extract = imported(tmp_path, *september())
    FilingFactory.create(obligation__organisation=Organisation.objects.get(bin=valid_bin(3)))
    assert built_on.obstacles(extract) == []
    assert not Notice.objects.filter(organisation=new_one()).exists()


def test_the_names_are_the_first_few(tmp_path: Path) -> None:
    extract = imported(tmp_path, *[row(n, name_ru=f"Новый {n}", **SEPTEMBER) for n in range(4, 9)])
    for organisation in Organisation.objects.filter(name_ru__startswith="Новый"):
        NoticeFactory.create(organisation=organisation)
    [sentence] = [line for line in built_on.obstacles(extract) if line.startswith("Notices")]
    assert "5 organisations" in sentence
    assert sentence.count("R-") == 3


def test_the_preview_counts_and_writes_nothing(tmp_path: Path) -> None:
    extract = imported(tmp_path, *september())
    lines = RegisterEntry.objects.count()
    seen = undoing.preview(extract)
    assert (seen.taken_out, seen.put_back, seen.seen, seen.obstacles) == (1, 2, 1, [])
    assert [str(new.name_ru) for new, _facts in seen.samples["taken_out"]] == ["Новый"]
    assert "head_name" in seen.samples["put_back"][0][1]
    assert RegisterEntry.objects.count() == lines


def done(folder: Path, clerk: User) -> ImportJob:
    job = tried(folder, clerk, row(1), row(2, status="???"))
    jobs.commit(job, by=clerk, at=IMPORTED_AT)
    jobs.run_next(at=IMPORTED_AT)
    job.refresh_from_db()
    return job


class TestJob:
    def test_is_asked_for_and_done_by_the_timetable(self, tmp_path: Path, clerk: User) -> None:
        job = done(tmp_path, clerk)
        jobs.undo(job, ground="Не тот файл", by=clerk, at=LATER)
        assert Organisation.objects.listed().count() == 1
        assert jobs.run_next(at=LATER)
        job.refresh_from_db()
        assert (job.state, job.done, job.total) == (ImportState.UNDONE, 1, 1)
        assert not Organisation.objects.listed().exists()
        assert not jobs.run_next(at=LATER)

    def test_a_second_click_asks_for_nothing(self, tmp_path: Path, clerk: User) -> None:
        job = done(tmp_path, clerk)
        jobs.undo(job, ground="Не тот файл", by=clerk, at=LATER)
        with pytest.raises(Refused, match="Reload the page"):
            jobs.undo(job, ground="Не тот файл", by=clerk, at=LATER)

    def test_needs_a_ground(self, tmp_path: Path, clerk: User) -> None:
        with pytest.raises(Refused, match="why"):
            jobs.undo(done(tmp_path, clerk), ground=" ", by=clerk, at=LATER)

    def test_what_was_built_meanwhile_leaves_it_committed_and_says_why(
        self, tmp_path: Path, clerk: User
    ) -> None:
        job = done(tmp_path, clerk)
        jobs.undo(job, ground="Не тот файл", by=clerk, at=LATER)
        NoticeFactory.create(organisation=Organisation.objects.get())
        assert jobs.run_next(at=LATER)
        job.refresh_from_db()
        assert job.state == ImportState.DONE
        assert job.reason.startswith("Notices: 1 organisations")
        with translation.override("ru"):
            assert not job.reason.startswith("Notices")

    def test_the_file_may_be_imported_again(self, tmp_path: Path, clerk: User) -> None:
        job = done(tmp_path, clerk)
        jobs.undo(job, ground="Не тот файл", by=clerk, at=LATER)
        jobs.run_next(at=LATER)
        again = done(tmp_path, clerk)
        assert again.state == ImportState.DONE
        assert Organisation.objects.listed().count() == 1

    def test_a_killed_worker_leaves_nothing_half_done(
        self, tmp_path: Path, clerk: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Killed(BaseException):
            """As a worker that is stopped."""

        def killed(*_args: Any, **_options: Any) -> None:
            raise Killed

        job = done(tmp_path, clerk)
        jobs.undo(job, ground="Не тот файл", by=clerk, at=LATER)
        with monkeypatch.context() as patched:
            patched.setattr(jobs, "_move", killed)
            with pytest.raises(Killed):
                jobs.run_next(at=LATER)
        assert Organisation.objects.listed().count() == 1
        assert jobs.run_next(at=LATER)
        assert not Organisation.objects.listed().exists()


class TestTerm:
    def test_a_trial_that_nobody_committed_ends_with_its_rows(
        self, tmp_path: Path, clerk: User
    ) -> None:
        job = tried(tmp_path, clerk, row(1), row(2, status="???"))
        assert jobs.expire(at=IMPORTED_AT + jobs.KEPT) == 0
        assert jobs.expire(at=IMPORTED_AT + jobs.KEPT + timedelta(days=1)) == 1
        job.refresh_from_db()
        assert (job.state, job.refusals, job.samples) == (ImportState.EXPIRED, [], {})
        assert job.counts["refused"] == 1
        with pytest.raises(Refused, match="not waiting"):
            jobs.commit(job, by=clerk, at=LATER)

    def test_what_was_before_is_forgotten_and_not_undone_then(
        self, tmp_path: Path, clerk: User
    ) -> None:
        job = done(tmp_path, clerk)
        jobs.expire(at=IMPORTED_AT + jobs.KEPT + timedelta(days=1))
        assert not BeforeImport.objects.exists()
        with pytest.raises(Refused, match="not kept"):
            jobs.undo(job, ground="Не тот файл", by=clerk, at=LATER)


def test_a_refused_row_is_read_in_the_reader_language(tmp_path: Path, clerk: User) -> None:
    job = done(tmp_path, clerk)
    assert job.extract is not None
    refused = job.extract.refused_rows.get()
    said = set()
    for language in ("kk", "ru", "en"):
        with translation.override(language):
            said.add(refused.what_to_do)
    assert len(said) == 3
    assert all("???" in sentence for sentence in said)


def test_a_broken_file_is_told_in_the_reader_language(tmp_path: Path, clerk: User) -> None:
    job = tried(tmp_path, clerk)
    with translation.override("ru"):
        russian = job.reason
    assert russian != job.reason
    assert "no row" in job.reason

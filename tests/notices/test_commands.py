from __future__ import annotations

import io
import shutil
from functools import partial
from itertools import product
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from notices import templates
from notices.models import LetterBatch, NoticeTemplate, ReceiptFile
from notices.states import Kind
from notices.variables import WITH_SMS
from tests.factories.accounts import UserFactory
from tests.factories.notices import DispatchFactory

pytestmark = pytest.mark.django_db


def run(name: str, *args: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command(name, *args, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    number = DispatchFactory.create(letter=True, sent=True).notice.number
    path = tmp_path / "receipts.csv"
    path.write_text(f"notice;outcome;date\n{number};delivered;2026-09-10\nN-0;delivered;x\n")
    return path


def test_reading_receipts_ends_with_the_counts(file: Path) -> None:
    out, err = run("read_receipts", str(file))
    assert out.split()[-9:] == [
        "delivered", "1", "returned", "0", "repeated", "0", "refused", "1", "Done."
    ]  # fmt: skip
    assert err.startswith("line 3: N-0: ")


def test_reading_the_same_file_again_says_so_and_is_no_error(file: Path) -> None:
    run("read_receipts", str(file))
    assert "Nothing changed" in run("read_receipts", str(file))[0]
    assert ReceiptFile.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "code"), [(b"", 1), (b"\xff\xfe\x00", 1), (None, 2)], ids=["empty", "utf", "none"]
)
def test_a_bad_file_ends_with_its_exit_code(
    tmp_path: Path, content: bytes | None, code: int
) -> None:
    path = tmp_path / "receipts.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError) as refusal:
        run("read_receipts", str(path))
    assert refusal.value.returncode == code


def test_making_letter_batches_names_them(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    DispatchFactory.create(letter=True)
    out, _ = run("make_letter_batch")
    assert LetterBatch.objects.get().number in out
    assert run("make_letter_batch")[0] == "No letter waits.\n"


def test_loading_templates_says_which_are_in_force_and_which_are_proposals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [UserFactory.create() for _ in range(2)]
    NoticeTemplate.objects.create(
        kind="reminder",
        language="ru",
        version=2,
        subject="Своё",
        body="Своё",
        effective_from_at=timezone.now(),
        approved_at=timezone.now(),
        drafted_by=people[0],
        approved_by=people[1],
    )
    folder = tmp_path / "texts"
    shutil.copytree(templates.TEXTS, folder)
    for name in ("reminder.ru.txt", "overdue.kk.txt"):
        (folder / name).write_text("Subject: A\n\nB")
    load = partial(templates.load, folder=folder)
    monkeypatch.setattr(templates, "load", load)
    assert run("load_templates")[0].splitlines() == [
        "reminder/ru: version 3, a proposal beside the ministry's own",
        "overdue/kk: version 2, in force from now",
        "2 new versions, 1 of them proposals.",
    ]


def test_samples_are_written_of_every_kind_in_every_form(tmp_path: Path) -> None:
    out, _ = run("render_samples", str(tmp_path / "samples"))
    written = {file.name for file in (tmp_path / "samples").iterdir()}
    assert out == f"{len(written)} files in {tmp_path / 'samples'}.\n"
    for kind, language in product(Kind.values, templates.LANGUAGES):
        for whose, ending in product(("longest", "emptiest"), ("txt", "pdf")):
            assert f"{kind}.{language}.{whose}.{ending}" in written
    assert sum(name.endswith(".sms") for name in written) == len(WITH_SMS) * 3 * 2


def test_samples_are_the_same_at_every_run(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        run("render_samples", str(tmp_path / folder))
    for file in (tmp_path / "one").glob("*.txt"):
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_loading_templates_again_loads_nothing() -> None:
    assert run("load_templates")[0] == "0 new versions, 0 of them proposals.\n"

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from notices import dispatch, letters
from notices.documents.letters import Letter, Printed, Unprintable, print_letters
from notices.models import Dispatch, LetterBatch, Notice, Pause, Service
from notices.states import Channel, DispatchState, Kind
from registry.calendar import ALMATY
from tests.factories.accounts import UserFactory
from tests.factories.notices import DispatchFactory, NoticeFactory
from tests.factories.registry import ContactFactory, OrganisationFactory
from tests.notices.documents.pdfs import claims, fonts_without_file, opened, says

pytestmark = pytest.mark.django_db

HERE = "tests.notices.test_letters"
NEXT_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def make(at: datetime, **options: Any) -> LetterBatch:
    batch = letters.make_batch(at=at, **options)
    assert batch is not None
    return batch


def pdf_of(batch: LetterBatch) -> bytes:
    return Path(batch.file.path).read_bytes()


def rows_of(batch: LetterBatch) -> list[dict[str, str]]:
    text = Path(batch.manifest.path).read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def a_killed_run(_letters: Sequence[Letter], **_batch: Any) -> list[Printed]:
    raise KeyboardInterrupt


def one_cannot_be_printed(some: Sequence[Letter], **batch: Any) -> list[Printed]:
    if found := {letter.key: "no such glyph" for letter in some if "1-" in letter.address}:
        raise Unprintable(found)
    return print_letters(some, **batch)


def another_run_takes_one(some: Sequence[Letter], **batch: Any) -> list[Printed]:
    taken = Dispatch.objects.filter(pk__in=[letter.key for letter in some], address="1-")
    taken.update(attempts=F("attempts") + 1)
    return print_letters(some, **batch)


def test_waiting_letters_go_into_one_file_and_are_sent(at: datetime) -> None:
    waiting = DispatchFactory.create_batch(2, made_at=at, letter=True)
    DispatchFactory.create(made_at=at)
    batch = make(at)
    assert [row["notice"] for row in rows_of(batch)] == [row.notice.number for row in waiting]
    assert all(says(pdf_of(batch), row.notice.number) for row in waiting)
    assert set(Dispatch.objects.filter(batch=batch).values_list("state", "sent_at")) == {
        (DispatchState.SENT, at)
    }
    assert (batch.count, batch.pages, batch.sheets) == (2, 2, 2)


def test_second_run_makes_no_batch(at: datetime) -> None:
    DispatchFactory.create(made_at=at, letter=True)
    make(at)
    assert letters.make_batch(at=at) is None
    assert letters.make_batch(at=at + NEXT_DAY) is None


def test_the_list_carries_all_that_the_carrier_needs(at: datetime) -> None:
    row = DispatchFactory.create(made_at=at, letter=True)
    batch = make(at)
    assert rows_of(batch) == [
        {
            "batch": batch.number,
            "position": "1",
            "notice": row.notice.number,
            "addressee": row.notice.organisation.name_ru,
            "address": row.address,
            "region": row.notice.organisation.region.name_ru,
            "language": "ru",
            "kind": "reminder",
            "first_page": "1",
            "pages": "1",
            "sheets": "1",
            "text_hash": row.notice.text_hash,
            "TEST": "TEST",
        }
    ]


def test_outside_production_every_page_and_both_names_say_test(at: datetime) -> None:
    DispatchFactory.create(made_at=at, letter=True)
    batch = make(at)
    pages = opened(pdf_of(batch)).pages
    assert ["TEST" in page.extract_text() for page in pages] == [True, True]
    assert all(str(file.name).startswith("letters/TEST-") for file in (batch.file, batch.manifest))


@pytest.mark.usefixtures("production")
def test_in_production_nothing_says_test(at: datetime) -> None:
    DispatchFactory.create(made_at=at, letter=True)
    batch = make(at)
    assert "TEST" not in rows_of(batch)[0]
    assert not says(pdf_of(batch), "TEST")
    assert batch.file.name == f"letters/{batch.number}.pdf"


def test_an_archive_can_keep_the_file(at: datetime) -> None:
    DispatchFactory.create(made_at=at, letter=True)
    pdf = pdf_of(make(at))
    assert claims(pdf) == {"pdfaid:part": "2", "pdfaid:conformance": "U"}
    assert fonts_without_file(pdf) == []


def test_the_fingerprints_are_those_of_the_files(at: datetime) -> None:
    DispatchFactory.create(made_at=at, letter=True)
    batch = make(at)
    assert batch.sha256 == hashlib.sha256(pdf_of(batch)).hexdigest()
    manifest = Path(batch.manifest.path).read_bytes()
    assert batch.manifest_sha256 == hashlib.sha256(manifest).hexdigest()


def test_a_batch_is_no_larger_than_its_limit(at: datetime) -> None:
    DispatchFactory.create_batch(3, made_at=at, letter=True)
    assert [make(at, limit=2).count, make(at, limit=2).count] == [2, 1]


def test_a_batch_serves_nobody(at: datetime) -> None:
    DispatchFactory.create(made_at=at, letter=True)
    make(at)
    assert not Service.objects.exists()


def test_a_name_that_begins_like_a_formula_stays_text(at: datetime) -> None:
    organisation = OrganisationFactory.create(name_ru='=HYPERLINK("x")')
    DispatchFactory.create(
        notice=NoticeFactory.create(organisation=organisation), made_at=at, letter=True
    )
    assert rows_of(make(at))[0]["addressee"] == '\'=HYPERLINK("x")'


def test_a_killed_run_loses_no_letter_and_gives_none_twice(
    at: datetime, settings: Settings
) -> None:
    row = DispatchFactory.create(made_at=at, letter=True)
    settings.LETTER_PRINTER = f"{HERE}.a_killed_run"
    with pytest.raises(KeyboardInterrupt):
        make(at)
    settings.LETTER_PRINTER = f"{HERE}.print_letters"
    assert letters.make_batch(at=at + letters.LEASE - timedelta(seconds=1)) is None
    batch = make(at + letters.LEASE)
    row.refresh_from_db()
    assert (batch.count, row.state, row.batch) == (1, DispatchState.SENT, batch)


def test_a_letter_on_which_every_run_was_killed_fails_and_the_next_address_is_tried(
    at: datetime,
) -> None:
    worn_out = DispatchFactory.create(
        made_at=at, letter=True, attempts=dispatch.MAX_ATTEMPTS, state=DispatchState.SENDING
    )
    ContactFactory.create(organisation=worn_out.notice.organisation, value="office@ngo.example")
    whole = DispatchFactory.create(made_at=at, letter=True)
    assert [row["notice"] for row in rows_of(make(at))] == [whole.notice.number]
    worn_out.refresh_from_db()
    assert (worn_out.state, "cut off 5 times" in worn_out.failure) == (DispatchState.FAILED, True)
    assert worn_out.notice.dispatches.get(channel=Channel.EMAIL).address == "office@ngo.example"


def test_a_letter_that_cannot_be_typeset_fails_and_the_others_go(
    at: datetime, settings: Settings
) -> None:
    settings.LETTER_PRINTER = f"{HERE}.one_cannot_be_printed"
    broken, whole = (
        DispatchFactory.create(made_at=at, letter=True, address=address) for address in ("1-", "2")
    )
    assert [row["notice"] for row in rows_of(make(at))] == [whole.notice.number]
    broken.refresh_from_db()
    assert (broken.state, broken.failure, broken.batch) == (
        DispatchState.FAILED,
        "no such glyph",
        None,
    )


def test_a_batch_that_shares_a_letter_with_another_run_is_thrown_away(
    at: datetime, settings: Settings
) -> None:
    taken, ours = (
        DispatchFactory.create(made_at=at, letter=True, address=address) for address in ("1-", "2")
    )
    settings.LETTER_PRINTER = f"{HERE}.another_run_takes_one"
    assert [row["notice"] for row in rows_of(make(at))] == [ours.notice.number]
    taken.refresh_from_db()
    assert (taken.state, taken.batch) == (DispatchState.SENDING, None)
    assert LetterBatch.objects.count() == 1
    assert len(default_storage.listdir("letters")[1]) == 2


def test_an_unreleased_production_gives_out_no_letter(at: datetime, settings: Settings) -> None:
    settings.IS_PRODUCTION = True
    DispatchFactory.create(made_at=at, letter=True)
    assert letters.make_batch(at=at) is None
    assert Dispatch.objects.get().state == DispatchState.QUEUED


def test_what_is_paused_or_adverse_on_a_protected_day_waits() -> None:
    at = datetime(2026, 12, 28, 12, tzinfo=ALMATY)
    for kind in (Kind.REMINDER, Kind.OVERDUE, Kind.FINAL_WARNING):
        DispatchFactory.create(made_at=at, letter=True, notice__kind=kind)
    Pause.objects.create(
        channel=Channel.LETTER, kind=Kind.REMINDER, reason="x", since_at=at, by=UserFactory.create()
    )
    assert [row["kind"] for row in rows_of(make(at))] == ["overdue"]


def test_due_letters_go_into_batches_until_the_budget_is_spent(at: datetime) -> None:
    DispatchFactory.create_batch(2, made_at=at, letter=True)
    assert letters.make_due(at=at, budget=timedelta()) == []
    assert [batch.count for batch in letters.make_due(at=at, budget=timedelta(minutes=1))] == [2]
    assert letters.make_due(at=at, budget=timedelta(minutes=1)) == []


def test_the_letter_says_what_the_notice_says_with_its_code(at: datetime) -> None:
    row = DispatchFactory.create(made_at=at, letter=True)
    text = row.notice.text
    text.body = "Sender\n\nThe code is 7K4M-9QXD-2HTC.\nUse it."
    text.save()
    assert says(pdf_of(make(at)), "The code is 7K4M-9QXD-2HTC. Use it.")
    assert Notice.objects.get().text_hash == row.notice.text_hash


def test_the_queries_of_a_batch_do_not_grow_with_it(at: datetime) -> None:
    counts = []
    for size in (1, 10):
        DispatchFactory.create_batch(size, made_at=at, letter=True)
        with CaptureQueriesContext(connection) as queries:
            make(at)
        counts.append(len(queries))
    assert counts[0] == counts[1]

from __future__ import annotations

import csv
import hashlib
import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from notices import letters
from notices.mailers import TEST_LINE, TEST_SUBJECT
from notices.models import Dispatch, LetterBatch, Service
from notices.states import DispatchState
from tests.factories.notices import DispatchFactory, NoticeFactory
from tests.factories.registry import OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def make(at: datetime, **options: Any) -> LetterBatch:
    batch = letters.make_batch(at=at, **options)
    assert batch is not None
    return batch


def rows_of(batch: LetterBatch) -> list[dict[str, str]]:
    text = Path(batch.file.path).read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def test_waiting_letters_go_into_one_file_and_are_sent(at: datetime) -> None:
    waiting = DispatchFactory.create_batch(2, made_at=at, letter=True)
    DispatchFactory.create(made_at=at)
    batch = make(at)
    assert [row["notice"] for row in rows_of(batch)] == [row.notice.number for row in waiting]
    assert set(Dispatch.objects.filter(batch=batch).values_list("state", "sent_at")) == {
        (DispatchState.SENT, at)
    }
    assert batch.count == 2


def test_second_run_makes_no_batch(at: datetime) -> None:
    DispatchFactory.create(made_at=at, letter=True)
    make(at)
    assert letters.make_batch(at=at) is None


def test_the_file_carries_all_that_the_carrier_needs(at: datetime) -> None:
    row = DispatchFactory.create(made_at=at, letter=True)
    (cells,) = rows_of(make(at))
    assert cells == {
        "batch": LetterBatch.objects.get().number,
        "notice": row.notice.number,
        "addressee": row.notice.organisation.name_ru,
        "address": row.address,
        "language": "ru",
        "subject": TEST_SUBJECT + "Subject",
        "text": TEST_LINE + "Body",
        "TEST": "TEST",
    }


@pytest.mark.usefixtures("production")
def test_in_production_nothing_says_test(at: datetime) -> None:
    DispatchFactory.create(made_at=at, letter=True)
    assert "TEST" not in rows_of(make(at))[0]


def test_the_fingerprint_is_that_of_the_file(at: datetime) -> None:
    DispatchFactory.create(made_at=at, letter=True)
    batch = make(at)
    assert batch.sha256 == hashlib.sha256(Path(batch.file.path).read_bytes()).hexdigest()


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


def test_a_crash_after_the_file_was_stored_claims_no_letter(at: datetime) -> None:
    row = DispatchFactory.create(made_at=at, letter=True)

    def make_and_crash() -> None:
        with transaction.atomic():
            make(at)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_and_crash()
    row.refresh_from_db()
    assert (row.state, row.batch) == (DispatchState.QUEUED, None)
    assert make(at).count == 1
    assert len(default_storage.listdir("letters")[1]) == 2


def test_an_unreleased_production_gives_out_no_letter(at: datetime, settings: Settings) -> None:
    settings.IS_PRODUCTION = True
    DispatchFactory.create(made_at=at, letter=True)
    assert letters.make_batch(at=at) is None


def test_the_queries_of_a_batch_do_not_grow_with_it(at: datetime) -> None:
    counts = []
    for size in (1, 10):
        DispatchFactory.create_batch(size, made_at=at, letter=True)
        with CaptureQueriesContext(connection) as queries:
            make(at)
        counts.append(len(queries))
    assert counts[0] == counts[1]

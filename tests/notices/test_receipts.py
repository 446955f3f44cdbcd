from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.refusals import Refused
from notices import letters
from notices.models import Dispatch, ReceiptFile, Service
from notices.receipts import AlreadyRead
from notices.states import Channel, DispatchState, ServiceGround
from registry.calendar import ALMATY
from tests.factories.notices import DispatchFactory
from tests.factories.registry import ContactFactory

pytestmark = pytest.mark.django_db


def letter() -> Dispatch:
    """A letter given to the carrier on 1 September 2026."""
    return DispatchFactory.create(letter=True, sent=True)


def read(
    *rows: str, at: datetime, heading: str = "notice;outcome;date", name: str = "file.csv"
) -> ReceiptFile:
    content = "\n".join([heading, *rows]).encode()
    return letters.read_receipts(io.BytesIO(content), name=name, by=None, at=at)


def counts(file: ReceiptFile) -> tuple[int, int, int, int, int]:
    return (file.read, file.delivered, file.returned, file.repeated, file.refused)


def test_a_delivered_letter_serves_its_notice_on_the_carriers_day(at: datetime) -> None:
    row = letter()
    file = read(f"{row.notice.number};delivered;2026-09-10", at=at)
    proof = Service.objects.get()
    assert (proof.notice, proof.ground) == (row.notice, ServiceGround.CARRIER_RECEIPT)
    assert proof.served_at == datetime(2026, 9, 10, 12, tzinfo=ALMATY)
    assert (proof.dispatch, proof.receipt_file) == (row, file)
    row.refresh_from_db()
    assert row.state == DispatchState.DELIVERED


def test_a_returned_letter_serves_nobody_and_the_next_address_is_queued(
    at: datetime,
) -> None:
    row = letter()
    ContactFactory.create(organisation=row.notice.organisation, value="office@ngo.example")
    read(f"{row.notice.number};returned;2026-09-10", at=at)
    row.refresh_from_db()
    assert row.state == DispatchState.BOUNCED
    assert row.ended_at == datetime(2026, 9, 10, 12, tzinfo=ALMATY)
    assert not Service.objects.exists()
    following = row.notice.dispatches.get(channel=Channel.EMAIL)
    assert (following.address, following.state) == ("office@ngo.example", DispatchState.QUEUED)


def test_a_letter_is_never_served_before_it_was_sent_nor_after_the_file_was_read() -> None:
    at = datetime(2026, 9, 1, 9, 30, tzinfo=UTC)
    sent_late = letter()
    read(f"{sent_late.notice.number};delivered;2026-09-01", at=at)
    proof = Service.objects.get()
    assert sent_late.sent_at is not None
    assert sent_late.sent_at <= proof.served_at <= at


def test_the_same_file_again_changes_nothing_and_says_so(at: datetime) -> None:
    row = f"{letter().notice.number};delivered;2026-09-10"
    read(row, at=at)
    with pytest.raises(AlreadyRead, match=r"15\.09\.2026 as file\.csv"):
        read(row, at=at + timedelta(days=1), name="again.csv")
    assert (ReceiptFile.objects.count(), Service.objects.count()) == (1, 1)


def test_a_row_known_from_another_file_counts_as_repeated(at: datetime) -> None:
    first, second = letter().notice.number, letter().notice.number
    read(f"{first};delivered;2026-09-10", f"{second};returned;2026-09-10", at=at)
    again = read(f"{first};delivered;2026-09-10", f"{second};returned;2026-09-11", at=at)
    assert counts(again) == (2, 0, 0, 2, 0)
    assert Service.objects.count() == 1


def test_a_row_given_twice_in_a_file_counts_as_repeated(at: datetime) -> None:
    row = f"{letter().notice.number};delivered;2026-09-10"
    assert counts(read(row, row, at=at)) == (2, 1, 0, 1, 0)


def test_the_counts_of_a_mixed_file_add_up(at: datetime) -> None:
    one, two = letter().notice.number, letter().notice.number
    file = read(
        f"{one};delivered;2026-09-10",
        f"{two};returned;10.09.2026",
        f"{one};delivered;2026-09-10",
        "N-0000000;delivered;2026-09-10",
        "",
        at=at,
    )
    assert counts(file) == (4, 1, 1, 1, 1)


@pytest.mark.parametrize(
    ("outcome", "day", "sentence"),
    [
        ("lost", "2026-09-10", "outcome"),
        ("", "2026-09-10", "outcome"),
        ("delivered", "2026-13-10", "date"),
        ("delivered", "", "date"),
        ("delivered", "2026-09-16", "ahead"),
        ("delivered", "2026-08-31", "before the day"),
    ],
)
def test_a_row_that_cannot_be_true_is_refused_with_its_line(
    at: datetime, outcome: str, day: str, sentence: str
) -> None:
    row = letter()
    file = read(f"{row.notice.number};{outcome};{day}", at=at)
    (refused,) = file.refused_rows
    assert (refused["line"], refused["notice"]) == (2, row.notice.number)
    assert sentence in refused["sentence"]
    row.refresh_from_db()
    assert row.state == DispatchState.SENT


@pytest.mark.parametrize(
    ("row", "sentence"),
    [({}, "No letter"), ({"letter": True}, "not given to the carrier")],
    ids=["sent by e-mail only", "still waiting"],
)
def test_a_letter_that_was_not_sent_cannot_be_delivered(
    at: datetime, row: dict[str, bool], sentence: str
) -> None:
    number = DispatchFactory.create(**row).notice.number
    file = read(f"{number};delivered;2026-09-10", at=at)
    assert sentence in file.refused_rows[0]["sentence"]
    assert not Service.objects.exists()


@pytest.mark.parametrize("outcomes", [("delivered", "returned"), ("returned", "delivered")])
def test_a_carrier_that_contradicts_itself_is_refused_the_second_time(
    at: datetime, outcomes: tuple[str, str]
) -> None:
    number = letter().notice.number
    file = read(*(f"{number};{outcome};2026-09-10" for outcome in outcomes), at=at)
    assert file.refused == 1
    assert outcomes[0] in file.refused_rows[0]["sentence"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        ("notice;outcome;date\nқате".encode("utf-16"), "UTF-8"),
        (b"number;result\n1;2\n", "notice, outcome, date"),
        (b'notice;outcome;date\n"N-0000001;delivered', "Line 2"),
    ],
    ids=["empty", "blank", "encoding", "shape", "cut off"],
)
def test_a_bad_file_is_refused_whole(at: datetime, content: bytes, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        letters.read_receipts(io.BytesIO(content), name="bad.csv", by=None, at=at)
    assert not ReceiptFile.objects.exists()


@pytest.mark.parametrize("heading", ["\ufeffnotice,outcome,date", "Notice , OUTCOME,date"])
def test_commas_a_byte_order_mark_and_capitals_are_read(at: datetime, heading: str) -> None:
    row = f"{letter().notice.number},Delivered,2026-09-10"
    assert read(row, at=at, heading=heading).delivered == 1


def test_columns_may_stand_in_any_order_beside_others(at: datetime) -> None:
    row = f"2026-09-10;x;{letter().notice.number};delivered"
    assert read(row, at=at, heading="date;clerk;notice;outcome").delivered == 1


def test_a_letter_may_be_named_by_its_place_in_a_batch(
    at: datetime, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    rows = DispatchFactory.create_batch(2, letter=True)
    batch = letters.make_batch(at=rows[0].made_at)
    assert batch is not None
    file = read(
        f"{batch.number};1;delivered;2026-09-10",
        f"{batch.number.lower()};00002;returned;2026-09-10",
        f"{batch.number};3;delivered;2026-09-10",
        "L-9999999;1;delivered;2026-09-10",
        at=at,
        heading="batch;position;outcome;date",
    )
    assert counts(file) == (4, 1, 1, 0, 2)
    assert [row["line"] for row in file.refused_rows] == [4, 5]
    served = Service.objects.get()
    assert (served.dispatch, served.notice) == (rows[0], rows[0].notice)


def test_the_carriers_own_number_is_kept(at: datetime) -> None:
    row = letter()
    read(
        f"{row.notice.number};KZ001;delivered;2026-09-10",
        at=at,
        heading="notice;tracking;outcome;date",
    )
    row.refresh_from_db()
    assert (row.provider_id, row.state) == ("KZ001", DispatchState.DELIVERED)


def test_a_file_that_names_a_position_and_no_batch_is_refused(at: datetime) -> None:
    with pytest.raises(Refused, match="lacks the columns notice"):
        read("1;delivered;2026-09-10", at=at, heading="position;outcome;date")


def test_the_queries_of_a_file_do_not_grow_with_it(at: datetime, tmp_path: Path) -> None:
    numbers = []
    for size in (2, 20):
        rows = [
            f"{letter().notice.number};{outcome};2026-09-10"
            for outcome in ("delivered", "returned") * (size // 2)
        ]
        with CaptureQueriesContext(connection) as queries:
            read(*rows, at=at)
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]

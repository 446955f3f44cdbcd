"""The queue at 200,000 filings: by an index, and with the same queries as at 2,000."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, models
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from reregistration import queue
from reregistration.models import Filing, Lease
from reregistration.states import FilingState
from tests.factories.accounts import staff_member
from tests.factories.reregistration import FilingFactory
from tests.reregistration.desk import list_of, page_of, queries, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.scale]

FEW, MANY = 2_000, 200_000
# Of so many filings one waits, one was returned before; of so many that wait one is held, is late.
WAITS, BACK, HELD, LATE = 12, 10, 50, 25


def copy(row: models.Model, numbers: range, **columns: str) -> None:
    """Copies of a row, one a number `n`, with these columns by expressions."""
    table = row._meta.db_table
    columns_of = (field.column for field in row._meta.concrete_fields if not field.generated)
    names = [name for name in columns_of if name]
    chosen = ", ".join(columns.get(name, f't."{name}"') for name in names)
    quoted = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({quoted}) SELECT {chosen}"  # noqa: S608 - names of ours
            f" FROM {table} t, generate_series(%s, %s) n WHERE t.id = %s",
            [numbers.start, numbers.stop - 1, row.pk],
        )


def fill(first: Filing, numbers: range) -> None:
    """So many more organisations that filed as the first one did; one in `WAITS` waits."""
    copy(
        first.obligation.organisation,
        numbers,
        id="1000000 + n",
        number="'R-' || lpad(n::text, 7, '0')",
        bin="NULL",
    )
    copy(
        first.obligation,
        numbers,
        id="1000000 + n",
        organisation_id="1000000 + n",
        returned_on=f"CASE WHEN n %% {BACK} = 0 THEN date '2026-08-01' END",
    )
    copy(
        first,
        numbers,
        id="1000000 + n",
        obligation_id="1000000 + n",
        number="'F-' || lpad(n::text, 7, '0')",
        state=f"CASE WHEN n %% {WAITS} = 0 THEN 'submitted' ELSE 'accepted' END",
        submitted_at="t.submitted_at + n * interval '10 seconds'",
        review_due_on=f"current_date + CASE WHEN n %% {WAITS * LATE} = 0 THEN -3 ELSE 9 END",
    )
    holder, now = staff_member(Role.REVIEWER), timezone.now()
    waiting = Filing.objects.filter(
        pk__gte=1_000_000 + numbers.start, state=FilingState.SUBMITTED
    ).order_by("pk")
    Lease.objects.bulk_create(
        Lease(filing_id=pk, taken_by=holder, taken_at=now, until_at=now + timedelta(hours=2))
        for pk in waiting.values_list("pk", flat=True)[::HELD]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def indexes_of(rows: QuerySet[Any]) -> set[str]:
    """The indexes by which the rows are found; fails if all filings are read."""
    plan = list(nodes(json.loads(rows.explain(format="json"))[0]["Plan"]))
    read = {node["Relation Name"] for node in plan if node["Node Type"] == "Seq Scan"}
    assert Filing._meta.db_table not in read
    return {node["Index Name"] for node in plan if "Index Name" in node}


@pytest.fixture
def reviewer() -> User:
    return staff_member(Role.REVIEWER)


@pytest.fixture
def first() -> Filing:
    row: Filing = FilingFactory.create(submitted=True)
    return row


def test_each_question_of_the_queue_is_answered_by_an_index(first: Filing, reviewer: User) -> None:
    fill(first, range(1, MANY + 1))
    now = timezone.now()
    waiting = Filing.objects.filter(state=FilingState.SUBMITTED).order_by("submitted_at", "pk")
    listed = waiting.select_related("obligation__organisation__region", "lease__taken_by")
    to_take = queue._open_to(reviewer, now).held_by_nobody(now).order_by("submitted_at", "pk")
    late = Filing.objects.past_our_deadline(timezone.localdate()).order_by("submitted_at", "pk")
    back = listed.filter(obligation__returned_on__isnull=False)
    questions: dict[str, tuple[QuerySet[Any], str]] = {
        "the list": (listed[:50], "filing_to_review"),
        "take the next": (to_take[:1], "filing_to_review"),
        "waiting for me": (listed.held_by(reviewer, now)[:50], "lease_of_a_person"),
        "unassigned": (listed.held_by_nobody(now)[:50], "filing_to_review"),
        "returned and back": (back[:50], "filing_to_review"),
        "past our own deadline": (late[:50], "filing_by_review_due"),
    }
    met = {name: (indexes_of(rows), index) for name, (rows, index) in questions.items()}
    assert {name: found for name, (found, index) in met.items() if index not in found} == {}


def test_as_many_queries_as_at_two_thousand(first: Filing, reviewer: User) -> None:
    client = signed_in(reviewer)
    addresses = [
        list_of(Filing),
        *(f"{list_of(Filing)}?{asked}" for asked in ("holder=nobody", "late=yes")),
        page_of(first),
    ]
    fill(first, range(1, FEW + 1))
    few = [queries(client, address) for address in addresses]
    fill(first, range(FEW + 1, MANY + 1))
    assert [queries(client, address) for address in addresses] == few


def test_the_next_one_comes_at_once(first: Filing, reviewer: User) -> None:
    fill(first, range(1, MANY + 1))
    with CaptureQueriesContext(connection) as captured:
        assert queue.take_next(by=reviewer, at=timezone.now()) == first
    assert max(float(query["time"]) for query in captured) < 0.5

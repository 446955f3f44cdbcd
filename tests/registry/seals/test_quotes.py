"""Rows quoted with their lines and proofs: the same as one by one, in as many queries as one."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry import seals
from tests.registry.seals.conftest import Append

pytestmark = pytest.mark.django_db


def test_each_row_is_quoted_as_it_would_be_alone(append: Append, at: datetime) -> None:
    sealed = append(3)
    seals.seal(at=at)
    later = append(1)
    quotes = seals.quote([*sealed, *later])
    assert [quote.row for quote in quotes] == [*sealed, *later]
    for quote in quotes:
        assert quote.line == seals.line_at_issue(quote.row)
        assert quote.leaf == seals.hash_at_issue(quote.row)
        assert quote.proof == seals.of_row(quote.row)
    assert quotes[-1].proof is None
    assert seals.check(json.dumps(quotes[0].proof)).problem == ""


def test_many_rows_cost_as_many_queries_as_one(append: Append, at: datetime) -> None:
    rows = append(40)
    seals.seal(at=at)
    counts = []
    for some in (rows[:1], rows):
        with CaptureQueriesContext(connection) as queries:
            seals.quote(some)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_nothing_is_quoted_of_nothing(db: None) -> None:
    assert seals.quote([]) == []

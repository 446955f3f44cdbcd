"""The original of the test databases: made once, whole or not at all, anew for other code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests import databases
from tests.concurrency import together

NAME = "portal_originals_"


@pytest.fixture
def apart(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[str]]:
    """Originals of this test alone, made without migrations; the names of those made."""
    made: list[str] = []

    def make(name: str) -> None:
        databases._run(f'CREATE DATABASE "{name}"')
        made.append(name)

    monkeypatch.setattr(databases, "PREFIX", NAME)
    monkeypatch.setattr(databases, "_make", make)
    with django_db_blocker.unblock():
        yield made
        for name in databases._originals():
            databases._run(f'DROP DATABASE "{name}"')


def test_two_at_once_make_one(apart: list[str]) -> None:
    names = together(databases.original, databases.original)
    assert names == [apart[0], apart[0]]
    assert databases._originals() == apart == [apart[0]]


def test_other_code_gets_another_and_the_old_one_goes(
    apart: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = databases.original()
    monkeypatch.setattr(databases, "fingerprint", lambda: "other")
    assert databases.original() == f"{NAME}other" != old
    assert databases._originals() == [f"{NAME}other"]


def test_one_that_was_left_unfinished_is_made_anew(apart: list[str]) -> None:
    databases._run(f'CREATE DATABASE "{NAME}unfinished"')
    assert databases._originals() == [f"{NAME}unfinished"]
    assert databases.original() in apart
    assert databases._originals() == apart


def test_each_file_that_a_migration_may_read_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "registry").mkdir()
    (tmp_path / "requirements.txt").write_text("Django==1")
    monkeypatch.setattr(databases, "ROOT", tmp_path)
    seen = {databases.fingerprint()}
    for name, text in [("a.py", "1"), ("a.py", "2"), ("b.csv", "2")]:
        (tmp_path / "registry" / name).write_text(text)
        seen.add(databases.fingerprint())
    (tmp_path / "requirements.txt").write_text("Django==2")
    seen.add(databases.fingerprint())
    assert len(seen) == 5

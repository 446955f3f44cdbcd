"""Reviewers who clear a queue through the admin's pages, in one command, each in a process."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

from registry.codes import DATA

pytestmark = pytest.mark.scale
JUNE = DATA / "demo" / "register_2026-06.csv.xz"


def _rehearse(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "rehearse_desk", *arguments],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.local"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def printed() -> str:
    """What the rehearsal of a small queue printed, after it ended well."""
    ended = _rehearse(str(JUNE), "--filings", "90", "--reviewers", "5", "--workers", "1")
    broken = [line for line in ended.stdout.splitlines() if "BROKEN" in line]
    assert ended.returncode == 0, "\n".join(broken) or ended.stdout[-3000:] + ended.stderr[-3000:]
    return ended.stdout


def test_everything_holds_and_every_way_of_deciding_was_met(printed: str) -> None:
    assert "All invariants hold." in printed
    assert "BROKEN" not in printed


def test_the_queue_is_cleared_in_each_turn(printed: str) -> None:
    turns = re.findall(r"Turn \d: (\d+) waited, (\d+) left\.", printed)
    assert len(turns) == 3
    assert turns[0][0] == "90"
    assert {left for _waited, left in turns} == {"0"}


def test_fewer_reviewers_than_a_queue_needs_are_refused() -> None:
    ended = _rehearse(str(JUNE), "--reviewers", "3")
    assert ended.returncode == 2
    assert "needs 4 reviewers" in ended.stderr

"""A whole campaign through marking, in one command, on a sample of the real-size register."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from registry.calendar import day_of
from registry.codes import DATA
from reregistration.rehearsal import plan
from reregistration.rehearsal.plan import Period

pytestmark = pytest.mark.scale
JUNE = DATA / "demo" / "register_2026-06.csv.xz"
PERIOD = Period(date(2026, 7, 1), date(2026, 10, 5), date(2026, 12, 24))


def _rehearse(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "rehearse_campaign", *arguments],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.local"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def printed() -> str:
    """What the rehearsal of 2,000 rows printed, after it ended well."""
    ended = _rehearse(str(JUNE), "--sample", "2000", "--seed", "1", "--workers", "1")
    broken = [line for line in ended.stdout.splitlines() if "BROKEN" in line]
    assert ended.returncode == 0, "\n".join(broken) or ended.stdout[-3000:] + ended.stderr[-3000:]
    return ended.stdout


def test_every_invariant_holds_through_marking(printed: str) -> None:
    assert "All invariants hold." in printed
    assert "BROKEN" not in printed


def test_the_funnel_sums_to_the_register(printed: str) -> None:
    funnel = printed.split("Funnel\n")[1].split("\n\n")[0].splitlines()
    numbers = [int(line.split()[0].replace(",", "")) for line in funnel]
    assert sum(numbers[:-1]) == numbers[-1]
    new = re.search(r"new ([\d,]+)", printed)
    assert new is not None
    # The later extract names no organisation that the first did not.
    assert numbers[-1] == int(new.group(1).replace(",", ""))


def test_some_are_marked_and_some_of_them_are_cured(printed: str) -> None:
    days = [line.split() for line in printed.splitlines() if re.match(r"2026-\d\d-\d\d ", line)]
    assert days
    assert "marked for liquidation" in printed
    assert "holds   some marked organisations filed and were cured" in printed


def test_some_marks_are_complained_of_and_reversed(printed: str) -> None:
    ends = printed.split("What became of the marked\n")[1].split("\n\n")[0].splitlines()
    numbers = [int(line.split()[0].replace(",", "")) for line in ends]
    assert sum(numbers[:-1]) == numbers[-1] > 0
    for sentence in ("some complaints were dismissed", "some marks were reversed"):
        assert f"holds   {sentence}" in printed


def test_some_are_referred_and_the_court_decides(printed: str) -> None:
    for sentence in (
        "some are referred, the court ordered liquidation",
        "some are referred, then the referral was withdrawn",
        "some are referred and liquidated, then restored by a court",
        "nothing but a court's decision in force liquidates an organisation",
    ):
        assert f"holds   {sentence}" in printed


def test_every_night_is_sealed_and_the_ledger_verified(printed: str) -> None:
    found = re.search(r"The ledger: ([\d,]+) rows in (\d+) seals, 0 not sealed yet", printed)
    assert found is not None
    days = re.search(r"opened on (\S+): .* until (\S+)\.", printed)
    assert days is not None
    opened_on, ends_on = map(date.fromisoformat, days.groups())
    assert int(found.group(2)) == (ends_on - opened_on).days + 1
    assert "holds   the ledger is as it was sealed" in printed


def test_a_file_that_is_not_there_is_a_usage_error() -> None:
    ended = _rehearse("no-such-file.csv")
    assert ended.returncode == 2
    assert "There is no file no-such-file.csv" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_broken_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text("this is no extract\n")
    ended = _rehearse(str(broken))
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr


def test_a_plan_is_the_same_whoever_asks() -> None:
    assert plan.plan_of("R-0000007", 1, PERIOD) == plan.plan_of("R-0000007", 1, PERIOD)


def test_the_response_curve_is_that_of_the_design() -> None:
    plans = [plan.plan_of(f"R-{number:07d}", 1, PERIOD) for number in range(20_000)]
    filed = [day_of(p.files_at) for p in plans if p.files_at]
    by_due = [on for on in filed if on <= PERIOD.due_on]
    last_week = [on for on in by_due if (PERIOD.due_on - on).days < 7]
    assert len(by_due) / len(plans) == pytest.approx(0.30, abs=0.01)
    assert (len(filed) - len(by_due)) / len(plans) == pytest.approx(0.40, abs=0.01)
    assert len(last_week) / len(by_due) == pytest.approx(0.80, abs=0.02)
    assert sum(p.is_returned for p in plans) / len(plans) == pytest.approx(0.08, abs=0.01)

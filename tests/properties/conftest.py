"""The figures of all runs together: printed in the end, and looked at for what was never met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.properties import figures
from tests.properties.world import PARTS

_TOTAL = pytest.StashKey[Mapping[str, int]]()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """On the one process that has all reports: whoever met nothing has proved nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if hasattr(session.config, "workerinput") or reporter is None:
        return
    driven = list(_figures_of(reporter))
    total = figures.added(iter(driven))
    session.config.stash[_TOTAL] = total
    is_whole = len(driven) == len(PARTS)
    if is_whole and figures.not_met(total) and not session.testsfailed:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _figures_of(reporter: Any) -> Iterator[Mapping[str, int]]:
    for report in reporter.stats.get("passed", []):
        numbers = dict(report.user_properties)
        if "steps" in numbers:
            yield numbers


def pytest_terminal_summary(terminalreporter: Any) -> None:
    _tell_mutations(terminalreporter)
    total = terminalreporter.config.stash.get(_TOTAL, {})
    if not total:
        return
    terminalreporter.section("the world that was driven")
    for line in figures.lines(total):
        terminalreporter.write_line(line)
    for what in figures.not_met(total):
        terminalreporter.write_line(f"NEVER MET: {what}")


def _tell_mutations(reporter: Any) -> None:
    """The table that docs/mutations.md keeps."""
    reports = [*reporter.stats.get("passed", []), *reporter.stats.get("failed", [])]
    rows = [dict(report.user_properties) for report in reports]
    for row in sorted((row for row in rows if "mutation" in row), key=lambda row: row["mutation"]):
        reporter.write_line(f"| {row['mutation']} | {row['caught by']} | {row['after']:,} |")

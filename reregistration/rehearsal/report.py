"""What a rehearsal prints: a progress bar, the days, the funnel, the findings, the account."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Protocol

from reregistration.rehearsal.days import COLUMNS
from reregistration.rehearsal.findings.finding import Finding
from reregistration.rehearsal.stopwatch import Account


class Writes(Protocol):
    def write(self, text: str) -> object: ...


class Printer:
    """Writes to the command's output; the bar goes to the terminal alone."""

    def __init__(self, out: Writes) -> None:
        self.out = out

    def line(self, text: str = "") -> None:
        self.out.write(text)

    def head(self) -> None:
        self.line("day        T      " + "".join(f"{name:>9}" for name in COLUMNS))

    def day(self, on: date, due_on: date, counts: Counter[str], share: float) -> None:
        if any(counts.values()):
            cells = "".join(f"{counts[name] or '':>9}" for name in COLUMNS)
            self.line(f"{on} {(on - due_on).days:+5d}  {cells}")
        self.bar(share)

    @staticmethod
    def bar(share: float) -> None:
        if sys.stderr.isatty():
            filled = round(share * 40)
            sys.stderr.write(f"\r[{'#' * filled}{'.' * (40 - filled)}] {share:4.0%}\r")
            sys.stderr.flush()

    def table(self, title: str, rows: Iterable[tuple[str, int]]) -> None:
        self.line()
        self.line(title)
        for name, number in rows:
            self.line(f"  {number:>8,}  {name}")

    def findings(self, found: Iterable[Finding]) -> bool:
        """Print each, and say whether all held."""
        self.line()
        held = True
        for finding in found:
            held = held and not finding.broken
            word = "holds " if not finding.broken else f"BROKEN by {finding.broken}"
            self.line(f"  {word}  {finding.sentence} {finding.example if finding.broken else ''}")
        return held

    def verdict(self, *, held: bool) -> None:
        self.line("All invariants hold." if held else "NOT all invariants hold.")

    def account(self, title: str, account: Account, whole: float | None = None) -> None:
        """What the time went into; shares are of `whole` seconds, else of all in the account."""
        self.line()
        self.line(title)
        for line in account.lines(account.seconds if whole is None else whole):
            self.line(line)

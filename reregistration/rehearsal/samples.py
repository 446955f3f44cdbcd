"""Files that a rehearsal makes out of the extract it was given."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from random import Random

from registry.imports import files, workbook

Line = dict[str, str]


def some_rows(file: Path, count: int, seed: int, folder: Path) -> Path:
    """So many rows of an extract, chosen by the seed, in their order."""
    lines = _lines(file)
    chosen = sorted(Random(f"{seed}/sample").sample(range(len(lines)), min(count, len(lines))))
    return _write(folder / "sample.csv", [lines[place] for place in chosen])


def a_later_extract(file: Path, on: date, seed: int, folder: Path) -> Path:
    """The same register some weeks on: a few organisations gone, a few in liquidation."""
    dice = Random(f"{seed}/later")
    kept: list[Line] = []
    for line in _lines(file):
        fate = dice.random()
        if fate < 0.01:
            continue
        later = {**line, "Дата обновления": f"{on:%d.%m.%Y}"}
        if fate < 0.02:
            later["Статус"] = "В стадии ликвидации"
        kept.append(later)
    return _write(folder / "later.csv", kept)


def _lines(file: Path) -> list[Line]:
    titles = {name: title for title, name in files.COLUMNS.items()}
    with workbook.open_extract(file) as opened:
        return [{titles[name]: cell for name, cell in row.cells.items()} for row in opened.rows()]


def _write(path: Path, lines: list[Line]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, list(files.COLUMNS), delimiter=";")
        writer.writeheader()
        writer.writerows(lines)
    return path

"""How thousands of rows are written at once, under the same constraints and triggers as any."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from django.db import connection
from django.db.models import Model

from grants.models import (
    Application,
    Award,
    BudgetLine,
    Call,
    Criterion,
    Evaluation,
    ExclusionFinding,
    Instalment,
    Lot,
    Participant,
    Payment,
    Protocol,
    Repayment,
    RepaymentDemand,
    Report,
)
from registry.sequences import next_numbers

BATCH = 2000
# What the triggers and foreign keys look into, row by row.
GROWING = (
    Participant,
    Application,
    BudgetLine,
    Evaluation,
    Award,
    Instalment,
    Payment,
    Repayment,
    RepaymentDemand,
    Report,
    ExclusionFinding,
    Lot,
    Criterion,
    Call,
    Protocol,
)


@dataclass
class Rows:
    """Rows of one model after another, kept until they are written together."""

    held: dict[type[Model], list[Any]] = field(default_factory=lambda: defaultdict(list))

    def add(self, row: Model) -> None:
        self.held[type(row)].append(row)

    def write(self, *models: type[Model]) -> None:
        for model in models:
            copy(self.held.pop(model, []))


def copy(rows: Sequence[Any]) -> None:
    """Write new rows by COPY, and give them their ids: `bulk_create` takes minutes for so many.
    Triggers and constraints look at each as they do at any other row."""
    if not rows:
        return
    meta = type(rows[0])._meta
    fields = meta.concrete_fields
    for row, pk in zip(rows, next_numbers(f"{meta.db_table}_id_seq", len(rows)), strict=True):
        row.pk = pk
    names = [column.attname for column in fields]
    # A parent that was written after the row was made has its id since.
    parents = [column.name for column in fields if column.is_relation]
    lines = StringIO()
    for row in rows:
        for name in parents:
            if name in row._state.fields_cache:
                setattr(row, name, row._state.fields_cache[name])
        lines.write("\t".join([_copied(getattr(row, name)) for name in names]) + "\n")
    lines.seek(0)
    columns = ", ".join(f'"{column.column}"' for column in fields)
    with connection.cursor() as cursor:
        cursor.copy_expert(f'COPY "{meta.db_table}" ({columns}) FROM STDIN', lines)
    for row in rows:
        row._state.adding = False


def _copied(value: Any) -> str:
    """A value in the text format of COPY."""
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, bytes):
        return r"\\x" + value.hex()
    if isinstance(value, list):
        return "{" + ",".join(value) + "}"
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False)
    text = str(value)
    if "\\" in text or "\n" in text or "\t" in text:
        return text.replace("\\", r"\\").replace("\n", r"\n").replace("\t", r"\t")
    return text


def rewrite(rows: Sequence[Model], *fields: str) -> None:
    """Write those fields of rows that are there, in few statements."""
    if rows:
        type(rows[0])._default_manager.bulk_create(
            rows,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=list(fields),
        )


def check_sums() -> None:
    """What was written so far adds up, or it fails here.

    The triggers keep the plans that they made while the tables were all but empty, and would read
    a whole table for each row: they are told first how large the tables are now.
    """
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE " + ", ".join(model._meta.db_table for model in GROWING))
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

"""What exactly of a row is sealed?

Its line: one JSON object, {"row": {column: value}, "table": name}, in UTF-8, keys sorted, no
spaces. Its columns are those that the model has when it is sealed; the seal keeps their names, so
that a column added later changes no old line. Values: numbers, texts, truth values and lists of
them as JSON has them; a date as 2026-09-15; a moment in UTC as 2026-09-15T07:00:00.000000Z; a
decimal number and a JSON column as the text that the database gives; bytes, such as the salt, in
hexadecimal.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import connection, models

from registry.ledger import AppendOnly
from registry.models import Seal, SealedLeaf
from registry.seals.merkle import leaf_hash


def sealed_models() -> list[type[AppendOnly]]:
    """Every append-only model of every app, by the name of its table."""
    found = [model for model in apps.get_models() if issubclass(model, AppendOnly)]
    return sorted(found, key=lambda model: model._meta.db_table)


def columns_of(model: type[models.Model]) -> list[str]:
    """The names of a model's columns, sorted."""
    return sorted(str(field.column) for field in model._meta.concrete_fields)


def key_of(model: type[models.Model]) -> str:
    """The column that names a row; it stands in the line like every other."""
    return str(model._meta.pk.column)


def line_of(table: str, columns: Sequence[str], values: Iterable[Any]) -> bytes:
    """The line of a row, from its values as the database gives them."""
    row = dict(zip(columns, values, strict=True))
    return canonical({"row": row, "table": table})


def line_at_issue(row: AppendOnly) -> bytes:
    """The line of one saved row: over the columns it was sealed with, or will be tonight."""
    table = row._meta.db_table
    seal = Seal.objects.filter(
        number__in=SealedLeaf.objects.filter(table__name=table, row_id=row.pk).values("seal")
    ).first()
    columns = seal.columns[table] if seal else columns_of(type(row))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {quoted(columns)} FROM {quoted([table])} "  # noqa: S608
            f"WHERE {quoted([key_of(type(row))])} = %s",
            [row.pk],
        )
        return line_of(table, columns, cursor.fetchone())


def hash_at_issue(row: AppendOnly) -> str:
    """The leaf hash of one saved row, in hexadecimal, sealed or not yet."""
    return leaf_hash(line_at_issue(row)).hex()


def quoted(names: Iterable[str]) -> str:
    """Names of tables or columns as SQL takes them."""
    return ", ".join(connection.ops.quote_name(name) for name in names)


def canonical(content: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8, keys sorted, no spaces: what is hashed of a line and of a seal."""
    return _ENCODER.encode(content).encode()


def moment(at: datetime) -> str:
    """A moment in UTC, always with six places, so that one moment has one text."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    raise TypeError(f"No line says yet how a {type(value).__name__} is written.")


_ENCODER = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_text
)

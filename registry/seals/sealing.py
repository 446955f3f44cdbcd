"""The daily seal: every committed row that no seal has taken yet, under one Merkle root.

Keys are given out before rows are committed, so a row with a lower key may appear after a seal
took higher ones: a seal takes all that is unsealed, and never "all beyond the last".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.refusals import Refused
from registry.calendar import day_of
from registry.ledger import AppendOnly
from registry.models import Seal, SealedLeaf, SealedTable
from registry.seals.leaves import columns_of, key_of, line_of, quoted, sealed_models
from registry.seals.merkle import Growing, leaf_hash
from registry.seals.published import NOTHING_BEFORE, seal_hash

# "seal" in ASCII: no other advisory lock of the portal has this key.
_LOCK = 0x7365616C
_SLICE = 5000


@transaction.atomic
def seal(*, at: datetime) -> Seal | None:
    """Seal what is not sealed yet. Returns the seal, or None where nothing was to be done.

    A day on which nothing was written gets a seal too: an unbroken row of days shows that no seal
    was taken out. Refuses a moment before the last seal. Safe to repeat: what is sealed is not
    taken again, and a second empty seal of a day is not made. Two at once make one: the second
    waits, and finds nothing. One that is killed leaves nothing: it is all one transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    last = Seal.objects.order_by("number").last()
    if last and at < last.sealed_at:
        raise Refused(
            _("The last seal is of %(last)s, which is later than now. Put the clock right.")
            % {"last": last.sealed_at.isoformat(timespec="seconds")}
        )
    number = last.number + 1 if last else 1
    tree = Growing()
    columns = {}
    for model in sealed_models():
        table = _known(model)
        columns[table.name] = columns_of(model)
        _take(table, columns[table.name], number, tree)
    if last and not tree.count and day_of(at) == day_of(last.sealed_at):
        return None
    return _write(number, last.hash if last else NOTHING_BEFORE, columns, tree, at)


def _known(model: type[AppendOnly]) -> SealedTable:
    table, _made = SealedTable.objects.get_or_create(
        name=model._meta.db_table, defaults={"key": key_of(model)}
    )
    return table


def _take(table: SealedTable, columns: Sequence[str], number: int, tree: Growing) -> None:
    """Hash a table's unsealed rows into the tree and write their leaves, slice by slice."""
    for part in _unsealed(table, columns):
        first = tree.count
        hashes = [leaf_hash(line_of(table.name, columns, values)) for _key, *values in part]
        for one in hashes:
            tree.add(one)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {SealedLeaf._meta.db_table} "  # noqa: S608
                "(table_id, row_id, seal_id, position, hash) "
                "SELECT %s, row_id, %s, %s + place - 1, hash FROM "
                "unnest(%s::bigint[], %s::bytea[]) WITH ORDINALITY AS leaf(row_id, hash, place)",
                [table.pk, number, first, [key for key, *_values in part], hashes],
            )


def _unsealed(table: SealedTable, columns: Sequence[str]) -> Iterator[list[tuple[Any, ...]]]:
    """Slices of key and values, keys ascending; never the whole table in memory."""
    key = quoted([table.key])
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, {quoted(columns)} FROM {quoted([table.name])} AS line "  # noqa: S608
            f"WHERE NOT EXISTS (SELECT FROM {SealedLeaf._meta.db_table} AS leaf "
            f"WHERE leaf.table_id = %s AND leaf.row_id = line.{key}) ORDER BY {key}",
            [table.pk],
        )
        while part := cursor.fetchmany(_SLICE):
            yield part


def _write(
    number: int,
    previous_hash: str,
    columns: dict[str, list[str]],
    tree: Growing,
    at: datetime,
) -> Seal:
    root = tree.root.hex()
    return Seal.objects.create(
        number=number,
        sealed_at=at,
        previous_hash=previous_hash,
        root=root,
        hash=seal_hash(
            number=number,
            sealed_at=at,
            previous_hash=previous_hash,
            root=root,
            count=tree.count,
        ),
        count=tree.count,
        columns=columns,
        blocks=b"".join(tree.blocks),
    )

"""Rows of the ledger as somebody outside quotes them: each row's line, its leaf, its proof.

For many rows at once, whatever their tables: a few queries, however many rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection
from django.db.models import Q

from registry.ledger import AppendOnly
from registry.models import Seal, SealedLeaf
from registry.seals import merkle
from registry.seals.leaves import columns_of, key_of, line_of, quoted
from registry.seals.proofs import proof_of


@dataclass(frozen=True)
class Quote:
    """One row: its line and leaf, and the proof, None as long as no seal has taken it."""

    row: AppendOnly
    line: bytes
    leaf: str
    proof: dict[str, Any] | None


def quote(rows: Sequence[AppendOnly]) -> list[Quote]:
    """The rows, saved ones, in their order."""
    leaves = _leaves(rows)
    seals = Seal.objects.in_bulk({leaf.seal_id for leaf in leaves.values()})
    lines = _lines(rows, leaves, seals)
    proofs = _proofs(leaves, seals)
    return [
        Quote(row, lines[place], merkle.leaf_hash(lines[place]).hex(), proofs.get(place))
        for row in rows
        if (place := _place(row))
    ]


_Place = tuple[str, int]


def _place(row: AppendOnly) -> _Place:
    return row._meta.db_table, row.pk


def _leaves(rows: Iterable[AppendOnly]) -> dict[_Place, SealedLeaf]:
    by_table: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        by_table[row._meta.db_table].append(row.pk)
    if not by_table:
        return {}
    asked = reduce(or_, (Q(table__name=table, row_id__in=ids) for table, ids in by_table.items()))
    found = SealedLeaf.objects.filter(asked).select_related("table")
    return {(leaf.table.name, leaf.row_id): leaf for leaf in found}


def _lines(
    rows: Iterable[AppendOnly], leaves: dict[_Place, SealedLeaf], seals: dict[int, Seal]
) -> dict[_Place, bytes]:
    """The line of each row, over the columns it was sealed with, or will be."""
    alike: dict[tuple[str, str, tuple[str, ...]], list[int]] = defaultdict(list)
    for row in rows:
        table, model = row._meta.db_table, type(row)
        leaf = leaves.get(_place(row))
        columns = seals[leaf.seal_id].columns[table] if leaf else columns_of(model)
        alike[table, key_of(model), tuple(columns)].append(row.pk)
    lines = {}
    with connection.cursor() as cursor:
        for (table, key, columns), ids in alike.items():
            cursor.execute(
                f"SELECT {quoted([key])}, {quoted(columns)} FROM {quoted([table])} "  # noqa: S608
                f"WHERE {quoted([key])} = ANY(%s)",
                [ids],
            )
            for pk, *values in cursor.fetchall():
                lines[table, pk] = line_of(table, columns, values)
    return lines


def _proofs(
    leaves: dict[_Place, SealedLeaf], seals: dict[int, Seal]
) -> dict[_Place, dict[str, Any]]:
    blocks = _blocks({(leaf.seal_id, leaf.position // merkle.BLOCK) for leaf in leaves.values()})
    return {
        place: proof_of(
            leaf, seals[leaf.seal_id], blocks[leaf.seal_id, leaf.position // merkle.BLOCK]
        )
        for place, leaf in leaves.items()
    }


def _blocks(asked: Iterable[tuple[int, int]]) -> dict[tuple[int, int], list[bytes]]:
    """The hashes of the leaves of each block, a seal and a block's number, in their order."""
    found: dict[tuple[int, int], list[bytes]] = defaultdict(list)
    for seal_id, position, leaf in _leaves_of_blocks(list(asked)):
        found[seal_id, position // merkle.BLOCK].append(bytes(leaf))
    return found


def _leaves_of_blocks(
    asked: Sequence[tuple[int, int]],
) -> Iterator[tuple[int, int, Any]]:
    if not asked:
        return iter(())
    within = (
        Q(seal=seal, position__gte=block * merkle.BLOCK, position__lt=(block + 1) * merkle.BLOCK)
        for seal, block in asked
    )
    rows = SealedLeaf.objects.filter(reduce(or_, within)).order_by("seal_id", "position")
    return rows.values_list("seal_id", "position", "hash").iterator(chunk_size=10_000)

"""Does every sealed row still say what it said? Everything is computed anew, nothing believed.

Each row's leaf from the row, each root from the leaves, each seal's hash, the chain. A row and its
leaf, a leaf and its root, a root and its seal can be rewritten together; then what was published
tells, which is why a copy of it belongs elsewhere.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from registry.models import Seal, SealedLeaf, SealedTable
from registry.seals.leaves import line_of, quoted, sealed_models
from registry.seals.merkle import BLOCK, Growing, leaf_hash
from registry.seals.published import NOTHING_BEFORE, entry, seal_hash

_SLICE = 5000
# No transaction of the portal is open for so long: a row that is younger than its key was put in.
_LONGEST_TRANSACTION = timedelta(hours=1)
_LEAVES = SealedLeaf._meta.db_table
# The tables of the seals are append-only too.
_OWN: tuple[type[Model], ...] = (Seal, SealedLeaf, SealedTable)

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was sealed. `row` is empty where no single row is meant."""

    what: str
    table: str = ""
    row: int | None = None
    seal: int | None = None

    def __str__(self) -> str:
        where = f"{self.table} {self.row}: " if self.row is not None else ""
        where = where or (f"{self.table}: " if self.table else "")
        sealed = f" (seal {self.seal})" if where and self.seal else ""
        return f"{where}{self.what}{sealed}" if where else f"seal {self.seal}: {self.what}"


@dataclass
class Counts:
    """What was looked at. `late` rows have a key below sealed ones: the next seal takes them."""

    seals: int = 0
    leaves: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    unsealed: int = 0
    late: int = 0
    published: int | None = None


def verify(
    counts: Counts,
    *,
    published: Iterable[Mapping[str, Any]] | None = None,
    progress: Progress = lambda _what, _done: None,
) -> Iterator[Finding]:
    """Everything that is not as it was sealed; `counts` is filled in while it runs.

    One snapshot of the database, so that a seal taken meanwhile does not disturb; slices of
    rows, so that memory does not grow with the ledger.
    """
    with transaction.atomic():
        _freeze()
        seals = {row.number: row for row in Seal.objects.order_by("number")}
        tables = list(SealedTable.objects.order_by("name"))
        counts.seals = len(seals)
        yield from _open_doors()
        yield from _chain(list(seals.values()))
        if published is not None:
            yield from _against(published, seals, counts)
        yield from _trees(seals, counts, progress)
        for table in tables:
            yield from _rows(table, seals, counts, progress)
            yield from _not_sealed(table, seals, counts)


def _freeze() -> None:
    """One snapshot for all that follows. Inside a test's transaction there is one already."""
    with connection.cursor() as cursor:
        if len(connection.savepoint_ids) == 0:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _open_doors() -> Iterator[Finding]:
    """Tables whose triggers somebody switched off or removed."""
    guarded = {model._meta.db_table for model in (*sealed_models(), *_OWN)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger "
            "WHERE tgname IN ('append_only_rows', 'append_only_truncate') "
            "AND tgenabled IN ('O', 'A') GROUP BY tgrelid HAVING count(*) = 2"
        )
        guarded -= {name for (name,) in cursor.fetchall()}
    for table in sorted(guarded):
        yield Finding("the triggers that keep it append-only are off", table)


def _chain(seals: list[Seal]) -> Iterator[Finding]:
    before: Seal | None = None
    for row in seals:
        if row.number - (before.number if before else 0) != 1:
            yield Finding("the seal before it is missing", seal=row.number)
        elif row.previous_hash != (before.hash if before else NOTHING_BEFORE):
            yield Finding("is not chained to the seal before it", seal=row.number)
        if before and row.sealed_at < before.sealed_at:
            yield Finding("is dated before the seal before it", seal=row.number)
        if row.hash != _stated_hash(row):
            yield Finding("was changed: its hash is not that of what it states", seal=row.number)
        before = row


def _stated_hash(row: Seal) -> str:
    return seal_hash(
        number=row.number,
        sealed_at=row.sealed_at,
        previous_hash=row.previous_hash,
        root=row.root,
        count=row.count,
    )


def _against(
    published: Iterable[Mapping[str, Any]], seals: Mapping[int, Seal], counts: Counts
) -> Iterator[Finding]:
    counts.published = 0
    for stated in published:
        counts.published += 1
        number = stated["number"]
        row = seals.get(number)
        if row is None:
            yield Finding("was published, and is not there any more", seal=number)
        elif any(stated.get(name) != held for name, held in entry(row).items()):
            yield Finding("is not the one that was published", seal=number)


def _trees(seals: Mapping[int, Seal], counts: Counts, progress: Progress) -> Iterator[Finding]:
    """Each seal's root, and the roots of its blocks, from its leaves."""
    seen = set()
    for number, leaves in groupby(_leaves(counts, progress), key=itemgetter(0)):
        tree, is_whole = Growing(), True
        for _number, position, one in leaves:
            if is_whole and position != tree.count:
                is_whole = False
                yield Finding(f"its leaf {tree.count} is missing", seal=number)
            tree.add(bytes(one))
        seen.add(number)
        if number not in seals:
            yield Finding("is missing, though rows lie in it", seal=number)
        elif is_whole:
            yield from _tree(seals[number], tree)
    for number in seals.keys() - seen:
        yield from _tree(seals[number], Growing())


def _tree(seal: Seal, tree: Growing) -> Iterator[Finding]:
    if tree.count != seal.count:
        yield Finding(f"has {tree.count} leaves of {seal.count}", seal=seal.number)
    if tree.root.hex() == seal.root and b"".join(tree.blocks) == bytes(seal.blocks):
        return
    stated = [bytes(seal.blocks[at : at + 32]) for at in range(0, len(seal.blocks), 32)]
    wrong = [place for place, root in enumerate(tree.blocks) if [root] != stated[place : place + 1]]
    among = ", ".join(f"{place * BLOCK}-{(place + 1) * BLOCK - 1}" for place in wrong[:5])
    where = f" (look at leaves {among})" if wrong else ""
    yield Finding(f"its leaves do not give its root{where}", seal=seal.number)


def _leaves(counts: Counts, progress: Progress) -> Iterator[tuple[int, int, bytes]]:
    for part in _read(
        f"SELECT seal_id, position, hash FROM {_LEAVES} ORDER BY seal_id, position"  # noqa: S608
    ):
        yield from part
        counts.leaves += len(part)
        progress("leaves", counts.leaves)


class _Order:
    """Whether a row's key fits the seal that took it, or would: keys ascend, within an hour."""

    def __init__(self, table: int, seals: Mapping[int, Seal]) -> None:
        self._seals = seals
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT seal_id, max(row_id) FROM {_LEAVES} WHERE table_id = %s "  # noqa: S608
                "GROUP BY seal_id ORDER BY seal_id",
                [table],
            )
            found = cursor.fetchall()
        self._numbers = [number for number, _key in found]
        # The highest key that this seal or one before it took.
        self.highest = list(accumulate((key for _number, key in found), max))

    def passed_by(self, key: int, before: int) -> int | None:
        """The seal that took higher keys while this row, which a later seal took, was not there;
        None where a transaction that was open that night explains it. `before` is the seal
        before the one that took the row."""
        place = bisect_right(self.highest, key)
        if place == len(self._numbers) or self._numbers[place] >= before:
            return None
        earlier, later = self._seals.get(self._numbers[place]), self._seals.get(before)
        if not earlier or not later:
            return None
        is_explained = later.sealed_at - earlier.sealed_at <= _LONGEST_TRANSACTION
        return None if is_explained else earlier.number


def _rows(
    table: SealedTable, seals: Mapping[int, Seal], counts: Counts, progress: Progress
) -> Iterator[Finding]:
    """Each sealed row of a table against its leaf."""
    name = table.name
    union = sorted({column for seal in seals.values() for column in seal.columns.get(name, ())})
    gone = [column for column in union if column not in _columns_there(name)]
    if gone:
        yield Finding(f"its columns are gone, so its rows cannot be verified: {gone}", name)
        return
    order = _Order(table.pk, seals)
    picks = {
        number: (seal.columns[name], [union.index(column) for column in seal.columns[name]])
        for number, seal in seals.items()
        if name in seal.columns
    }
    named = ", ".join(f"line.{quoted([column])}" for column in [table.key, *union])
    for part in _read(
        f"SELECT leaf.row_id, leaf.seal_id, leaf.hash, {named} "  # noqa: S608
        f"FROM {_LEAVES} AS leaf LEFT JOIN {quoted([name])} AS line "
        f"ON line.{quoted([table.key])} = leaf.row_id "
        "WHERE leaf.table_id = %s ORDER BY leaf.row_id",
        [table.pk],
    ):
        for key, number, stated, found, *values in part:
            columns, places = picks.get(number, ((), ()))
            if found is None:
                yield Finding("was removed", name, key, number)
            elif leaf_hash(line_of(name, columns, (values[at] for at in places))) != bytes(stated):
                yield Finding("was changed", name, key, number)
            elif passed := order.passed_by(key, number - 1):
                yield Finding(f"was put in among the rows of seal {passed}", name, key, number)
        counts.rows[name] += len(part)
        progress(name, counts.rows[name])


def _not_sealed(table: SealedTable, seals: Mapping[int, Seal], counts: Counts) -> Iterator[Finding]:
    """Rows that no seal has taken yet: tonight's, and those put in where they cannot belong."""
    if not _columns_there(table.name):
        return
    order, key_column = _Order(table.pk, seals), quoted([table.key])
    last = max(seals, default=0)
    for part in _read(
        f"SELECT {key_column} FROM {quoted([table.name])} AS line WHERE NOT EXISTS ("  # noqa: S608
        f"SELECT FROM {_LEAVES} AS leaf WHERE leaf.table_id = %s "
        f"AND leaf.row_id = line.{key_column}) ORDER BY {key_column}",
        [table.pk],
    ):
        for (key,) in part:
            if passed := order.passed_by(key, last):
                yield Finding(f"was put in among the rows of seal {passed}", table.name, key)
            elif order.highest and key < order.highest[-1]:
                counts.late += 1
        counts.unsealed += len(part)


def _columns_there(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) "
            "AND attnum > 0 AND NOT attisdropped",
            [table],
        )
        return {name for (name,) in cursor.fetchall()}


def _read(statement: str, values: list[Any] | None = None) -> Iterator[list[tuple[Any, ...]]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, values)
        while part := cursor.fetchmany(_SLICE):
            yield part

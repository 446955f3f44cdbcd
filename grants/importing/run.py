"""One file of past awards on its way through: each slice judged, matched, compared and written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from grants.importing.mapping import Mapping
from grants.importing.rows import AwardRefused, Codes, Reason, Stated, judge
from grants.models import AwardFile, PastAward, RefusedAward
from registry.bin import without_iin
from registry.imports.files import Row
from registry.models import Organisation

FIELDS = (
    "organisation_id",
    "recipient_identifier",
    "recipient_name",
    "title",
    "description",
    "programme",
    "funder_name",
    "funder_identifier",
    "currency",
    "amount",
    "awarded_on",
    "starts_on",
    "ends_on",
    "region_id",
    "area_id",
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken: its line, why, and its cells as they came."""

    line: int
    reason: Reason
    sentence: str
    cells: dict[str, str]


@dataclass(slots=True)
class Outcome:
    """The counts of one reading."""

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    # Of the rows taken.
    not_in_register: int = 0
    without_amount: int = 0
    of_nothing: int = 0
    currencies: Counter[str] = field(default_factory=Counter)
    mended: int = 0
    covered: int = 0
    # Whether rows were written; a file read before that changes nothing writes none.
    is_written: bool = False

    @property
    def refused(self) -> int:
        return len(self.refusals)

    @property
    def refused_by_reason(self) -> Counter[Reason]:
        return Counter(refusal.reason for refusal in self.refusals)

    def check(self) -> None:
        """Fail loudly where a row was lost or counted twice: this is a fault of the program."""
        accounted = self.added + self.changed + self.unchanged + self.refused
        if self.read != accounted:
            raise RuntimeError(
                f"Rows were lost: read {self.read}, accounted for {accounted}. Nothing was "
                "written. Please report this with the file."
            )


class Run:
    """One file on its way through; without a file's row nothing is written."""

    def __init__(self, mapping: Mapping, file: AwardFile | None, today: date) -> None:
        self.mapping, self.file, self.today = mapping, file, today
        self.outcome = Outcome()
        self.codes = Codes.read()
        # What the file has stated so far: line and facts.
        self.before: dict[str, tuple[int, Stated]] = {}

    def take(self, rows: Sequence[Row]) -> None:
        self.outcome.read += len(rows)
        taken: list[Stated] = []
        for row in rows:
            try:
                stated = judge(row, self.mapping, self.codes, self.today)
                if self._is_first(row, stated):
                    taken.append(stated)
            except AwardRefused as refusal:
                self._refuse(row, refusal)
        self._write(taken)

    def finish(self) -> Outcome:
        """Check the sum and keep the refused rows with the file."""
        self.outcome.check()
        if self.file:
            self.file.refused_rows.all().delete()
            RefusedAward.objects.bulk_create(
                [
                    RefusedAward(file=self.file, line=row.line, reason=row.reason, cells=row.cells)
                    for row in self.outcome.refusals
                ],
                batch_size=2000,
            )
        return self.outcome

    def _is_first(self, row: Row, stated: Stated) -> bool:
        """Whether no row before it had its identifier; the same facts again change nothing."""
        identifier = stated.fields["identifier"]
        line, before = self.before.setdefault(identifier, (row.line, stated))
        if line == row.line:
            return True
        if before == stated:
            self.outcome.unchanged += 1
            return False
        raise AwardRefused(
            Reason.CONFLICT,
            _(
                "Line %(line)s has the same identifier with other facts and stands. Settle at the "
                "source which row is right."
            )
            % {"line": line},
        )

    def _refuse(self, row: Row, refusal: AwardRefused) -> None:
        cells = {header: without_iin(cell) for header, cell in row.cells.items()}
        self.outcome.refusals.append(Refusal(row.line, refusal.reason, refusal.sentence, cells))

    def _write(self, taken: Sequence[Stated]) -> None:
        organisations = _organisations(taken)
        held = PastAward.objects.in_bulk(
            [stated.fields["identifier"] for stated in taken], field_name="identifier"
        )
        added: list[PastAward] = []
        changed: list[PastAward] = []
        for stated in taken:
            key = stated.bin or stated.number
            fields = {**stated.fields, "organisation_id": organisations.get(key or "")}
            self._count(stated, fields["organisation_id"])
            row = held.get(fields["identifier"])
            if row is None:
                added.append(PastAward(**fields))
            elif any(getattr(row, name) != fields[name] for name in FIELDS):
                for name in FIELDS:
                    setattr(row, name, fields[name])
                changed.append(row)
            else:
                self.outcome.unchanged += 1
        self.outcome.added += len(added)
        self.outcome.changed += len(changed)
        if self.file is None:
            return
        for row in (*added, *changed):
            row.file = self.file
        PastAward.objects.bulk_create(added, batch_size=1000)
        PastAward.objects.bulk_update(changed, [*FIELDS, "file"], batch_size=500)

    def _count(self, stated: Stated, organisation: int | None) -> None:
        outcome, fields = self.outcome, stated.fields
        outcome.not_in_register += organisation is None
        outcome.without_amount += fields["amount"] is None
        outcome.of_nothing += fields["amount"] == 0
        outcome.currencies[fields["currency"]] += 1
        outcome.mended += stated.mended
        outcome.covered += stated.covered


def _organisations(taken: Sequence[Stated]) -> dict[str, int]:
    """Organisations by BIN and by register number. A merged one keeps what was its own."""
    bins = {stated.bin for stated in taken if stated.bin}
    numbers = {stated.number for stated in taken if stated.number}
    by_bin = Organisation.objects.filter(bin__in=bins).values_list("bin", "pk")
    by_number = Organisation.objects.filter(number__in=numbers).values_list("number", "pk")
    return {**{bin_: pk for bin_, pk in by_bin if bin_}, **dict(by_number)}

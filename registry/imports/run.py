"""One extract on its way through: each slice of rows judged, matched, compared and written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from hashlib import blake2b

from accounts.models import User
from registry import register, signs
from registry.comparison import Comparison, compare
from registry.facts import ExtractFacts, MatchKey
from registry.imports import matching
from registry.imports.counts import Outcome, Refusal
from registry.imports.files import Row
from registry.imports.reasons import Reason, RowRefused
from registry.imports.rows import Codes, judge, named_by
from registry.models import Extract, Organisation, RefusedRow
from registry.sentences import in_each_language
from registry.sentences import said as _

Stated = tuple[Row, ExtractFacts]


class Run:
    """One file on its way through; without an extract nothing is written."""

    def __init__(
        self, as_of_on: date, extract: Extract | None, by: User | None, at: datetime
    ) -> None:
        self.outcome = Outcome(as_of_on, is_committed=extract is not None)
        self.extract = extract
        self.by = by
        self.at = at
        self.codes = Codes.read()
        self.adopted = matching.adopted_by_key()
        # What the file has stated so far, by BIN or key: line and digest of the row.
        self.stated: dict[str | MatchKey, tuple[int, bytes]] = {}
        # Organisations that a row named; those of them that a row without BIN did.
        self.seen: set[int] = set()
        self.seen_without_bin: set[int] = set()
        self.waiting: list[Stated] = []
        self.refused_rows: list[tuple[Refusal, Row]] = []

    def take(self, rows: Sequence[Row]) -> None:
        """Judge, match and write a slice of rows."""
        self.outcome.read += len(rows)
        taken: list[Stated] = []
        for row in rows:
            try:
                facts = judge(row, self.codes, self.outcome.as_of_on)
                if self._is_first(row, facts):
                    taken.append((row, facts))
            except RowRefused as refusal:
                self._refuse(row, refusal)
        self._match(taken)

    def finish(self) -> None:
        """Settle the rows that wait, count the absent, check the sum, record the extract."""
        self._settle_waiting()
        self.outcome.refusals.sort(key=lambda refusal: refusal.line)
        records = self._refused_records()
        self.outcome.absent = self._count_absent()
        self.outcome.check()
        if self.extract:
            RefusedRow.objects.bulk_create(records, batch_size=2000)
            for name, count in self.outcome.columns().items():
                setattr(self.extract, name, count)
            self.extract.save()

    def _is_first(self, row: Row, facts: ExtractFacts) -> bool:
        """Whether no row before it had the same BIN, or without one the same names and date."""
        digest = blake2b(repr(facts).encode(), digest_size=16).digest()
        before = self.stated.setdefault(facts.bin or facts.key, (row.line, digest))
        if before == (row.line, digest):
            return True
        if before[1] == digest:
            self.outcome.repeated += 1
            self.outcome.show("repeated", f"{row.line}: {facts.bin or facts.name_ru}")
            return False
        raise RowRefused(
            Reason.CONFLICT,
            _(
                "Line %(line)s names the same organisation with other facts and stands. Settle at "
                "the source which row is right."
            )
            % {"line": before[0]},
        )

    def _refuse(self, row: Row, refusal: RowRefused) -> None:
        record = Refusal(row.line, refusal.reason, refusal.sentence, row.cells)
        self.outcome.refusals.append(record)
        said_in = in_each_language(refusal.sentence)
        self.outcome.show("refused", {k: f"{row.line}: {text}" for k, text in said_in.items()})
        self.refused_rows.append((record, row))

    def _match(self, taken: Sequence[Stated]) -> None:
        held = matching.by_bin(facts for _row, facts in taken)
        others = [facts for _row, facts in taken if facts.bin not in held]
        without_bin = matching.without_bin_by_key(others)
        new: list[ExtractFacts] = []
        known: list[tuple[Organisation, ExtractFacts]] = []
        for row, facts in taken:
            found = [held[facts.bin]] if facts.bin in held else without_bin.get(facts.key, [])
            if not found and facts.bin is None and facts.key in self.adopted:
                self._match_adopted(row, facts, self.adopted[facts.key], known)
            elif not found:
                new.append(facts)
            elif facts.bin and facts.bin not in held:
                self.waiting.append((row, facts))
            elif len(found) > 1:
                self._refuse(row, _ambiguous(found))
            else:
                known.append((found[0], facts))
        self._write(new, known)

    def _match_adopted(
        self,
        row: Row,
        facts: ExtractFacts,
        found: list[Organisation],
        known: list[tuple[Organisation, ExtractFacts]],
    ) -> None:
        """A row without BIN whose organisation has one by now: an older extract changes nothing,
        a newer one is asked for the BIN."""
        if len(found) == 1 and facts.as_of_on < found[0].as_of_on:
            known.append((found[0], facts))
        else:
            self._refuse(row, _ambiguous(found))

    def _settle_waiting(self) -> None:
        """Rows whose BIN is new: of an organisation that had none, or of a new one."""
        without_bin = matching.without_bin_by_key(facts for _row, facts in self.waiting)
        new: list[ExtractFacts] = []
        claims: dict[int, list[tuple[Row, Organisation, ExtractFacts]]] = defaultdict(list)
        for row, facts in self.waiting:
            found = [
                organisation
                for organisation in without_bin.get(facts.key, [])
                if organisation.pk not in self.seen_without_bin
            ]
            if not found:
                new.append(facts)
            elif len(found) > 1:
                self._refuse(row, _ambiguous(found))
            elif self._is_settled(kept := found[0].merged_into or found[0]):
                self._refuse(row, _merged(found[0], kept))
            else:
                claims[kept.pk].append((row, kept, facts))
        known = []
        for claimants in claims.values():
            if len(claimants) == 1:
                known.append(claimants[0][1:])
                continue
            for row, organisation, _facts in claimants:
                self._refuse(row, _claimed_twice(organisation))
        self._write(new, known)

    def _is_settled(self, organisation: Organisation) -> bool:
        """Whether it has a BIN, or the file names it without one: it adopts none."""
        return bool(organisation.bin) or organisation.pk in self.seen_without_bin

    def _write(
        self, new: list[ExtractFacts], known: list[tuple[Organisation, ExtractFacts]]
    ) -> None:
        contacts = matching.contacts_of(organisation for organisation, _facts in known)
        comparisons: list[Comparison] = [
            compare(organisation, contacts.get(organisation.pk, []), facts, at=self.at)
            for organisation, facts in known
        ]
        changed = sum(map(bool, comparisons))
        for stated in new:
            self.outcome.show("new", f"{stated.bin or '—'} {stated.name_ru}")
        for compared in comparisons:
            named = f"{compared.organisation.number} {compared.organisation.name_ru}"
            if compared:
                self.outcome.show("changed", f"{named}: {', '.join(sorted(compared.changed))}")
            else:
                self.outcome.show("unchanged", named)
        self.outcome.new += len(new)
        self.outcome.changed += changed
        self.outcome.unchanged += len(comparisons) - changed
        for organisation, facts in known:
            self._note(organisation, facts)
        if self.extract is None:
            return
        register.change(comparisons, extract=self.extract, by=self.by, at=self.at)
        signs.note_employees(comparisons, extract=self.extract)
        register.note_seen((c.organisation.pk for c in comparisons if not c), extract=self.extract)
        entered = register.enter(new, extract=self.extract, by=self.by, at=self.at)
        for organisation, facts in zip(entered, new, strict=True):
            self._note(organisation, facts)

    def _note(self, organisation: Organisation, facts: ExtractFacts) -> None:
        self.seen.add(organisation.pk)
        if facts.bin is None:
            self.seen_without_bin.add(organisation.pk)

    def _refused_records(self) -> list[RefusedRow]:
        """The refused rows to be kept. Those that name an organisation count it as seen."""
        names = [named_by(row, self.outcome.as_of_on) for _refusal, row in self.refused_rows]
        of_bins, of_keys = matching.named(
            {bin_ for bin_, _key in names if bin_}, {key for _bin, key in names if key}
        )
        records = []
        for (refusal, _row), (bin_, key) in zip(self.refused_rows, names, strict=True):
            organisation_id = of_bins.get(bin_ or "") or (of_keys.get(key) if key else None)
            records.append(
                RefusedRow(
                    extract=self.extract,
                    line=refusal.line,
                    reason=refusal.reason,
                    sentence=refusal.sentence,
                    sentences=in_each_language(refusal.sentence) if self.extract else {},
                    cells=refusal.cells,
                    organisation_id=organisation_id,
                )
            )
        named = {r.organisation_id for r in records if r.organisation_id} - self.seen
        self.seen |= named
        if self.extract:
            register.note_named(named, extract=self.extract)
        return records

    def _count_absent(self) -> int:
        """Organisations that the extract before this one named and this one does not."""
        as_of_on = self.outcome.as_of_on
        before = Extract.objects.in_force().filter(as_of_on__lt=as_of_on).first()
        days = [as_of_on] + ([before.as_of_on] if before else [])
        last_seen = Organisation.objects.listed().filter(last_seen_extract__as_of_on__in=days)
        absent = [
            (number, name)
            for pk, number, name in last_seen.order_by("pk").values_list("pk", "number", "name_ru")
            if pk not in self.seen
        ]
        for number, name in absent:
            self.outcome.show("absent", f"{number} {name}")
        return len(absent)


def _ambiguous(found: Sequence[Organisation]) -> RowRefused:
    return RowRefused(
        Reason.AMBIGUOUS,
        _(
            "Names and date of registration fit %(numbers)s, but not the BIN. Enter the BIN at "
            "the source, or merge the organisations."
        )
        % {"numbers": ", ".join(sorted(organisation.number for organisation in found))},
    )


def _merged(merged: Organisation, kept: Organisation) -> RowRefused:
    return RowRefused(
        Reason.AMBIGUOUS,
        _(
            "Names and date of registration fit %(merged)s, which was merged into %(number)s, but "
            "not the BIN. Settle at the source whose BIN is right, or undo the merging."
        )
        % {"merged": merged.number, "number": kept.number},
    )


def _claimed_twice(organisation: Organisation) -> RowRefused:
    return RowRefused(
        Reason.AMBIGUOUS,
        _(
            "Two rows with different BINs fit %(number)s, which has none. Settle at the source "
            "whose BIN is right."
        )
        % {"number": organisation.number},
    )

"""The rounds of past years: thousands of applications, awards, payments and reports at once.

Written in bulk, because the verbs take hours for so many; whatever the verbs keep, these rows keep
too, and the database's deferred triggers check each call's sums when it is written.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from io import StringIO
from random import Random
from typing import Any

from django.db import connection
from django.db.models import Model, Sum

from grants.demo import stage
from grants.demo.words import ANSWERS, DECLINED, FRAMES, REPORT, Frame
from grants.models import (
    Application,
    ApplicationEvent,
    Award,
    AwardEvent,
    BudgetLine,
    Call,
    CallEvent,
    CommissionDecision,
    ConflictDeclaration,
    Criterion,
    Evaluation,
    ExclusionDeclaration,
    ExclusionFinding,
    FormalCheck,
    Instalment,
    Lot,
    Participant,
    ParticipantEvent,
    Payment,
    Protocol,
    Repayment,
    RepaymentDemand,
    Report,
    ReportLine,
    Score,
)
from grants.participation import TERM_DAYS
from grants.protocols import pdf
from grants.states import (
    ApplicationState,
    AwardEventKind,
    AwardState,
    CallState,
    Exclusion,
    InstalmentState,
    ReportState,
)
from notices.models import IssuedDocument
from notices.states import DocumentKind
from registry import signs, uploads
from registry.calendar import add_working_days, day_of, next_working_day
from registry.file_types import FileType
from registry.models import Organisation
from registry.sequences import next_numbers
from registry.states import SignKind

_BATCH = 2000
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
# Of a year's money in a hundred; what is left is for short-term grants.
LONG, MEDIUM = 15, 35
# The programmes whose calls give them.
_GIVES = {"long": (1,), "medium": (1, 4), "short": (0, 1, 2, 3, 4)}
# Applications for each ten that are awarded.
ASKED = 14
_PARTS = {"short": 2, "medium": 3, "long": 4}
_MONTHS = {"short": (5, 11), "medium": (13, 20), "long": (24, 33)}
_ALL = sorted(Exclusion.values)


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


class Round:
    """The dates of a year's calls: announced in January, decided before the end of March."""

    def __init__(self, year: int) -> None:
        self.year = year

    @cached_property
    def opens_at(self) -> datetime:
        return stage.moment(date(self.year, 1, 12), 9)

    @cached_property
    def closes_at(self) -> datetime:
        return stage.moment(date(self.year, 2, 6), 18, 30)

    @cached_property
    def checked_on(self) -> date:
        return add_working_days(date(self.year, 2, 6), 10)

    @cached_property
    def decided_on(self) -> date:
        return add_working_days(self.checked_on, 12)

    @cached_property
    def awarded_on(self) -> date:
        return add_working_days(self.decided_on, 1)

    @cached_property
    def accept_by_on(self) -> date:
        return add_working_days(self.awarded_on, 10)

    @cached_property
    def starts_on(self) -> date:
        return date(self.year, 4, 15)


def years(on: date) -> list[int]:
    """The years whose round is over: two whole ones, and this one from June on."""
    this = [on.year] if on >= date(on.year, 6, 1) else []
    return [on.year - 2, on.year - 1, *this]


def participants(
    ids: Sequence[int], asked: dict[int, list[int]], *, on: date, staff: stage.Staff
) -> dict[tuple[int, int], Participant]:
    """Everybody's registrations: before each round that it has applied in, and one that stands
    today. By organisation and year of the round."""
    days, rows = _registrations(ids, asked, on), Rows()
    dice = Random("participants")  # noqa: S311 - the same demo everywhere
    numbers = iter(next_numbers("participant_number", len(days)))
    made: dict[tuple[int, int], Participant] = {}
    standing: dict[int, Participant] = {}
    for pk, from_on, year in days:
        at = stage.moment(from_on, dice.randint(9, 17), dice.randint(0, 59))
        row = Participant(
            number=f"P-{next(numbers):07d}",
            organisation_id=pk,
            from_on=from_on,
            until_on=from_on + timedelta(days=TERM_DAYS),
            registered_by=staff.applicant,
            registered_at=at,
        )
        before = standing.get(pk)
        if before:
            before.state, before.end_reason = "left", f"Продлено как {row.number}."
            before.ended_at, before.ended_by = at, staff.applicant
        standing[pk] = row
        rows.add(row)
        if year:
            made[pk, year] = row
    registered = rows.held[Participant]
    rows.write(Participant)
    for row in registered:
        by, at = staff.applicant, row.registered_at
        rows.add(ParticipantEvent(participant=row, to_state="active", by=by, at=at))
        rows.add(ExclusionDeclaration(participant=row, clear_of=_ALL, by=by, at=at))
        if row.ended_at:
            rows.add(
                ParticipantEvent(
                    participant=row,
                    from_state="active",
                    to_state="left",
                    reason=row.end_reason,
                    by=by,
                    at=row.ended_at,
                )
            )
    rows.write(ParticipantEvent, ExclusionDeclaration)
    return made


def _registrations(
    ids: Sequence[int], asked: dict[int, list[int]], on: date
) -> list[tuple[int, date, int | None]]:
    """Organisation, day and the year of the round that follows (none: today's alone), by day."""
    dice = Random("registrations")  # noqa: S311 - the same demo everywhere
    applied = defaultdict(set)
    for year, who in asked.items():
        for pk in who:
            applied[pk].add(year)
    days: list[tuple[int, date, int | None]] = []
    for pk in ids:
        last = date.min
        for year in sorted(applied[pk]):
            last = Round(year).opens_at.date() - timedelta(days=dice.randint(1, 10))
            days.append((pk, last, year))
        if on > last and (on - last).days > TERM_DAYS:
            days.append((pk, on - timedelta(days=dice.randint(15, 280)), None))
    return sorted(days, key=lambda row: (row[1], row[0]))


def amounts(year: int, total: Decimal, dice: Random) -> dict[str, list[Decimal]]:
    """A year's money as grants of the three types, within the limits of the law that year. They
    come to the total exactly, unless that is less than one grant."""
    index = stage.mci_of(year).amount
    least = {"short": 500 * index, "medium": 3000 * index, "long": 10000 * index}
    likely = {"short": (5.9, 1.4), "medium": (3, 1.3), "long": (2, 1.2)}
    made: dict[str, list[Decimal]] = {}
    left = total
    for kind, percent in (("long", LONG), ("medium", MEDIUM), ("short", 100)):
        budget = min(left, total * percent / 100)
        made[kind] = []
        most, mode = likely[kind]
        while budget >= least[kind]:
            drawn = Decimal(int(dice.triangular(1000, most * 1000, mode * 1000))) / 1000
            amount = min((least[kind] * drawn // 1000 + 1) * 1000, budget)
            made[kind].append(amount)
            budget -= amount
            left -= amount
    # What is too little for a grant of its own makes another one larger.
    if left and made["short"]:
        smallest = min(range(len(made["short"])), key=made["short"].__getitem__)
        made["short"][smallest] += left
    return made


def spread(ids: Sequence[int], count: int) -> list[int]:
    """So many of them, from everywhere in the register, in its order."""
    dice = Random("spread")  # noqa: S311 - the same demo everywhere
    return sorted(dice.sample(list(ids), min(count, len(ids))))


def chosen(ids: Sequence[int], count: int, dice: Random) -> list[int]:
    """Who applies in a year: everybody once before anybody twice."""
    picked: list[int] = []
    while len(picked) < count:
        picked += dice.sample(list(ids), min(len(ids), count - len(picked)))
    return picked


def plan(
    year: int, total: Decimal, ids: Sequence[int]
) -> tuple[list[tuple[Frame, str, list[Decimal]]], list[int]]:
    """The calls of a year with the amounts that each awards, and who applies."""
    dice = Random(f"round/{year}")  # noqa: S311 - the same demo everywhere
    made: list[tuple[Frame, str, list[Decimal]]] = []
    for kind, drawn in amounts(year, total, dice).items():
        frames = [FRAMES[place] for place in _GIVES[kind]]
        parts: dict[str, list[Decimal]] = {frame.code: [] for frame in frames}
        shares = [frame.share for frame in frames]
        for amount in drawn:
            parts[dice.choices(frames, shares)[0].code].append(amount)
        made += [(frame, kind, parts[frame.code]) for frame in frames if parts[frame.code]]
    count = sum(applications_for(len(drawn)) for _frame, _kind, drawn in made)
    return made, chosen(ids, count, dice)


def applications_for(awarded: int) -> int:
    return awarded + max(1, awarded * (ASKED - 10) // 10)


@dataclass
class Case:
    """An application of a round, and what it gets."""

    application: Application
    lot: Lot
    fate: str
    at: datetime
    ends_on: date
    lines: list[BudgetLine] = field(default_factory=list)

    @property
    def becomes(self) -> str:
        """The state that it ends in; a grant that was not accepted was awarded too."""
        return "awarded" if self.fate == "refused" else self.fate


class CallOfARound:
    """One call with everything that came of it, written in the order that the triggers ask for."""

    def __init__(
        self,
        frame: Frame,
        kind: str,
        drawn: list[Decimal],
        organisations: list[Organisation],
        participants_of: dict[tuple[int, int], Participant],
        *,
        year: int,
        on: date,
        staff: stage.Staff,
    ) -> None:
        self.frame, self.kind, self.drawn = frame, kind, drawn
        self.organisations, self.participants_of = organisations, participants_of
        self.round, self.on, self.staff = Round(year), on, staff
        # Of older ones the scores and the commission's protocol alone are kept.
        self.is_newest = year == years(on)[-1]
        self.dice = Random(f"{year}/{frame.code}/{kind}")  # noqa: S311 - the same everywhere
        self.rows = Rows()

    def write(self) -> int:
        """All of it; how many were awarded. The call's sums hold when this returns."""
        self._call()
        cases = self._applications()
        if self.is_newest:
            self._evaluations(cases)
        self._protocols(cases)
        by_state: dict[str, list[int]] = defaultdict(list)
        for case in cases:
            case.application.state = case.becomes
            by_state[case.becomes].append(case.application.pk)
        for state, pks in by_state.items():
            Application.objects.filter(pk__in=pks).update(state=state)
        awarded = [case for case in cases if case.becomes == "awarded"]
        self._awards(awarded)
        check_sums()
        return len(awarded)

    def _call(self) -> None:
        """Decided, with a lot for each theme that has money, and the decisions that led there."""
        count = min(len(self.frame.themes), max(1, len(self.drawn) // 4))
        self.by_lot: list[list[Decimal]] = [self.drawn[place::count] for place in range(count)]
        budgets = []
        for given in self.by_lot:
            # One that was not accepted fits in too, while it is offered; then some is left.
            spare = min(given) + sum(given) // 50
            budgets.append(((sum(given, Decimal(0)) + spare) // 100_000 + 1) * 100_000)
        round_ = self.round
        self.call = stage.draft_call(
            self.frame,
            self.kind,
            opens_at=round_.opens_at,
            closes_at=round_.closes_at,
            budgets=budgets,
            state=CallState.DECIDED,
            check_due_on=round_.checked_on,
            decide_due_on=add_working_days(round_.checked_on, 15),
        )
        self.lots = list(self.call.lots.order_by("position"))
        self.criteria = list(self.call.criteria.order_by("position"))
        self.area_ids = list(self.frame.areas)
        moves = (
            (CallState.DRAFT, CallState.OPEN, stage.moment(date(round_.year, 1, 9)), "Приказ"),
            (CallState.OPEN, CallState.CLOSED, round_.closes_at, "Срок истёк"),
            (
                CallState.CLOSED,
                CallState.EVALUATING,
                stage.moment(round_.checked_on),
                "Проверка окончена",
            ),
            (
                CallState.EVALUATING,
                CallState.DECIDED,
                stage.moment(round_.decided_on, 16),
                "Протокол комиссии",
            ),
        )
        CallEvent.objects.bulk_create(
            CallEvent(
                call=self.call,
                from_state=before,
                to_state=after,
                closes_at=round_.closes_at,
                ground=ground,
                by=self.staff.officer,
                at=at,
            )
            for before, after, at, ground in moves
        )

    def _applications(self) -> list[Case]:
        """Those that are awarded, then those that are not; handed in, checked and scored."""
        fates: list[tuple[int, str, Decimal]] = []
        for place, given in enumerate(self.by_lot):
            fates += [(place, "awarded", amount) for amount in given]
        # One in each large call is not accepted in time: its money is free again.
        if len(self.drawn) > 20:
            fates.append((0, "refused", min(self.by_lot[0])))
        others = len(self.organisations) - len(fates)
        endings = ("declined", "declined", "rejected", "reserve", "declined", "withdrawn")
        for number in range(others):
            place = number % len(self.by_lot)
            fates.append((place, endings[number % len(endings)], min(self.by_lot[place])))
        numbers = iter(next_numbers("application_number", len(fates)))
        ranks: dict[int, int] = defaultdict(int)
        cases = []
        for (place, fate, amount), organisation in zip(fates, self.organisations, strict=True):
            case = self._case(organisation, place, fate, amount)
            case.application.number = f"G-{next(numbers):07d}"
            if fate == "reserve":
                ranks[place] += 1
                case.application.reserve_rank = ranks[place]
            cases.append(case)
        self._write_applications(cases)
        return cases

    def _case(self, organisation: Organisation, place: int, fate: str, amount: Decimal) -> Case:
        dice, lot = self.dice, self.lots[place]
        language = "kk" if dice.random() < 0.27 else "ru"
        months = dice.randint(*_MONTHS[self.kind])
        day = 12 + int(dice.triangular(0, 25, 25))
        on = date(self.round.year, 1, 1) + timedelta(days=day - 1)
        at = stage.moment(on, dice.randint(9, 17), dice.randint(0, 59))
        title = dice.choice(self.frame.themes[place].projects)[0 if language == "kk" else 1]
        region = organisation.region
        ends_on = stage.months_later(self.round.starts_on.replace(day=1), months)
        application = Application(
            lot=lot,
            organisation=organisation,
            language=language,
            title=f"{title}: {region.name_kk if language == 'kk' else region.name_ru}",
            **ANSWERS[language],
            area_id=dice.choice(self.area_ids),
            starts_on=self.round.starts_on,
            ends_on=ends_on,
            amount=amount,
            started_at=at - timedelta(days=2),
            started_by=self.staff.applicant,
            saved_at=at,
        )
        case = Case(application, lot, fate, at, ends_on)
        case.lines = [
            BudgetLine(
                application=application,
                position=position,
                category=category,
                is_institutional=False,
                name=name,
                quantity=quantity,
                unit_price=price,
                amount=quantity * price,
            )
            for position, (category, name, quantity, price) in enumerate(
                stage.budget_lines(amount, months, language), 1
            )
        ]
        return case

    def _write_applications(self, cases: list[Case]) -> None:
        """Drafts first: the budget of what is handed in does not change any more."""
        numbers = [case.application.number for case in cases]
        ranks = [case.application.reserve_rank for case in cases]
        drafts = [case.application for case in cases]
        for row in drafts:
            row.number = row.reserve_rank = None
        copy(drafts)
        copy([line for case in cases for line in case.lines])
        Application.regions.through.objects.bulk_create(
            (
                Application.regions.through(
                    application_id=row.pk, region_id=row.organisation.region_id
                )
                for row in drafts
            ),
            batch_size=_BATCH,
        )
        for case, number, rank in zip(cases, numbers, ranks, strict=True):
            row = case.application
            row.number, row.reserve_rank = number, rank
            # Scored and decided below, as the protocols find them.
            row.state = (
                case.fate if case.fate in ("rejected", "withdrawn") else ApplicationState.ADMITTED
            )
            row.participant = self.participants_of[row.organisation_id, self.round.year]
            row.submitted_at, row.submitted_by = case.at, self.staff.applicant
            row.sha256 = _fingerprint(f"{number} {row.title} {row.amount}")
            if case.fate not in ("rejected", "withdrawn"):
                row.score = self._score(case.fate)
            self._log(case)
        _rewrite(
            drafts,
            "number",
            "state",
            "participant",
            "submitted_at",
            "submitted_by",
            "sha256",
            "score",
            "reserve_rank",
        )
        self.rows.write(ApplicationEvent, FormalCheck, ExclusionDeclaration, IssuedDocument)

    def _score(self, fate: str) -> Decimal:
        low, high = {"declined": (2, 5), "reserve": (5, 6)}.get(fate, (6, 10))
        points = [self.dice.randint(low, high) for _ in self.criteria]
        return (
            sum(
                (
                    Decimal(row.weight * given)
                    for row, given in zip(self.criteria, points, strict=True)
                ),
                Decimal(0),
            )
            / 10
        )

    def _log(self, case: Case) -> None:
        row, officer, applicant = case.application, self.staff.officer, self.staff.applicant
        checked_at = stage.moment(self.round.checked_on - timedelta(days=3), 12)
        decided_at = stage.moment(self.round.decided_on, 16)
        awarded_at = stage.moment(self.round.awarded_on, 10)
        moves: list[tuple[str, datetime, Any, str]] = [
            ("draft", row.started_at, applicant, ""),
            ("submitted", case.at, applicant, ""),
        ]
        if case.fate == "withdrawn":
            moves.append(("withdrawn", case.at + timedelta(days=4), applicant, ""))
        elif case.fate == "rejected":
            moves.append(("rejected", checked_at, officer, "Нет обоснования бюджета."))
        else:
            moves.append(("admitted", checked_at, officer, ""))
            ends_at = awarded_at if case.becomes == "awarded" else decided_at
            reason = DECLINED if case.fate == "declined" else ""
            moves.append((case.becomes, ends_at, officer, reason))
        before = ""
        for to, at, by, reason in moves:
            self.rows.add(
                ApplicationEvent(
                    application=row, from_state=before, to_state=to, reason=reason, by=by, at=at
                )
            )
            before = to
        if case.fate != "withdrawn":
            is_in = case.fate != "rejected"
            self.rows.add(
                FormalCheck(
                    application=row,
                    outcome="admit" if is_in else "reject",
                    grounds=[] if is_in else ["budget"],
                    words="" if is_in else "Нет обоснования бюджета.",
                    by=officer,
                    at=checked_at,
                )
            )
        self.rows.add(
            ExclusionDeclaration(
                participant=row.participant,
                clear_of=_ALL,
                occasion=str(row.number),
                by=applicant,
                at=case.at,
            )
        )
        self.rows.add(
            IssuedDocument(
                number=str(row.number),
                kind=DocumentKind.RECEIPT,
                organisation=row.organisation,
                issued_on=day_of(case.at),
                sha256=row.sha256,
                source=f"{row.source}/{row.number}",
                facts={},
            )
        )

    def _evaluations(self, cases: list[Case]) -> None:
        """Two members scored each; both gave what the score says."""
        at = stage.moment(self.round.checked_on + timedelta(days=1))
        locked_at = stage.moment(self.round.decided_on - timedelta(days=3), 15)
        scored = [case for case in cases if case.application.score is not None]
        for case in scored:
            for member in self.staff.commission[:2]:
                self.rows.add(
                    Evaluation(
                        application=case.application,
                        reviewer=member,
                        assigned_by=self.staff.officer,
                        assigned_at=at,
                        words="Оценено по критериям конкурса.",
                    )
                )
        held = self.rows.held[Evaluation]
        self.rows.write(Evaluation)
        for row in held:
            self.rows.add(
                ConflictDeclaration(evaluation=row, has_conflict=False, by=row.reviewer, at=at)
            )
            score = row.application.score
            for criterion, points in zip(self.criteria, points_of(score), strict=True):
                self.rows.add(Score(evaluation=row, criterion=criterion, points=points))
        self.rows.write(ConflictDeclaration, Score)
        Evaluation.objects.filter(application__lot__call=self.call).update(locked_at=locked_at)

    def _protocols(self, cases: list[Case]) -> None:
        """Of the evaluation and of the sitting, each drafted by one and signed by another."""
        numbers = next_numbers("protocol_number", 2)
        days = (self.round.decided_on - timedelta(days=2), self.round.decided_on)
        kinds = ("evaluation", "commission")
        for number, on, kind in list(zip(numbers, days, kinds, strict=True))[not self.is_newest :]:
            protocol = Protocol.objects.create(
                number=f"B-{number:07d}",
                call=self.call,
                kind=kind,
                held_on=on,
                present="А. Бекова, председатель\nМ. Ибраева\nБ. Әлиев",
                drafted_by=self.staff.officer,
                drafted_at=stage.moment(on, 14),
            )
            if kind == "commission":
                self._decisions(protocol, cases)
            content = pdf(protocol, at=protocol.drafted_at)
            protocol.file = uploads.keep(
                content,
                name=f"{protocol.number}.pdf",
                kind=FileType.PDF,
                by=self.staff.officer,
                at=protocol.drafted_at,
            )
            protocol.signed_by = self.staff.second_officer
            protocol.signed_at = stage.moment(on, 16)
            protocol.save(update_fields=["file", "signed_by", "signed_at"])

    def _decisions(self, protocol: Protocol, cases: list[Case]) -> None:
        outcomes = {"awarded": "award", "refused": "award", "reserve": "reserve"}
        for case in cases:
            if case.application.score is None:
                continue
            outcome = outcomes.get(case.fate, "decline")
            self.rows.add(
                CommissionDecision(
                    protocol=protocol,
                    application=case.application,
                    outcome=outcome,
                    amount=None if outcome == "decline" else case.application.amount,
                    reserve_rank=case.application.reserve_rank,
                    words=DECLINED if outcome == "decline" else "",
                    by=self.staff.officer,
                    at=protocol.drafted_at,
                )
            )
        self.rows.write(CommissionDecision)

    def _awards(self, cases: list[Case]) -> None:
        """Offered and accepted, paid while in force, reported on, and then as each ended."""
        numbers = iter(next_numbers("award_number", len(cases)))
        lives = [Life(self, case, f"W-{next(numbers):07d}") for case in cases]
        awards = [life.award for life in lives]
        copy(awards)
        for life in lives:
            life.plan()
        instalments = self.rows.held[Instalment]
        self.rows.write(Instalment)
        for life in lives:
            life.pay()
        self.rows.write(Payment)
        _rewrite([row for row in instalments if row.state != InstalmentState.PLANNED], "state")
        for life in lives:
            life.report()
        self.rows.write(Report, ReportLine)
        for life in lives:
            life.end()
        self.rows.write(RepaymentDemand, Repayment)
        _rewrite(awards, "state", "committed", "paid", "returned", "ended_at")
        for life in lives:
            life.log()
        self.rows.write(AwardEvent, IssuedDocument)
        self._signs(lives)
        for lot in self.lots:
            lot.committed = sum(
                (row.committed for row in awards if row.lot_id == lot.pk), Decimal(0)
            )
        Lot.objects.bulk_update(self.lots, ["committed"])

    def _signs(self, lives: list[Life]) -> None:
        """Live grant money keeps from marking; what has ended does so no longer."""
        until: dict[date, list[tuple[Organisation, str]]] = defaultdict(list)
        for life in lives:
            row = life.award
            last = day_of(row.ended_at) if row.ended_at else row.ends_on
            until[last].append((row.organisation, row.source))
        for last, noted in until.items():
            signs.note(noted, kind=SignKind.AWARD, on=self.round.awarded_on, until_on=last)


class Life:
    """One award from its offer to its end."""

    def __init__(self, of: CallOfARound, case: Case, number: str) -> None:
        self.of, self.case, self.dice = of, case, of.dice
        application, officer = case.application, of.staff.officer
        self.is_refused = case.fate == "refused"
        self.accepted_at = stage.moment(of.round.awarded_on + timedelta(days=2), 12)
        self.events: list[tuple[datetime, str, Decimal | None, str]] = []
        self.parts: list[Instalment] = []
        self.payments: list[Payment] = []
        self.reports: list[Report] = []
        accepted = (
            {}
            if self.is_refused
            else {"accepted_at": self.accepted_at, "accepted_by": of.staff.applicant}
        )
        self.award = Award(
            number=number,
            application=application,
            lot=case.lot,
            organisation=application.organisation,
            state=AwardState.REFUSED if self.is_refused else AwardState.ACTIVE,
            amount=application.amount,
            committed=0 if self.is_refused else application.amount,
            starts_on=of.round.starts_on,
            ends_on=case.ends_on,
            awarded_at=stage.moment(of.round.awarded_on, 10),
            awarded_by=officer,
            facts={
                "on": of.round.awarded_on.isoformat(),
                "status": application.organisation.status,
                "standings": {},
                "findings": [],
                "participant": str(application.participant),
            },
            accept_by_on=of.round.accept_by_on,
            agreement_number=number,
            **accepted,
        )
        if self.is_refused:
            self.award.ended_at = stage.moment(of.round.accept_by_on + timedelta(days=3))
        self.ends_early_at = stage.moment(
            of.round.starts_on + timedelta(days=self.dice.randint(60, 120))
        )
        self.is_terminated = (
            not self.is_refused
            and self.dice.random() < 0.006
            and day_of(self.ends_early_at) < of.on
        )

    def _share(self, percent: int) -> Decimal:
        return (self.award.amount * percent // 100 // 1000) * 1000

    def plan(self) -> None:
        if self.is_refused:
            return
        row, count = self.award, _PARTS[self.of.kind]
        days = (row.ends_on - row.starts_on).days
        left = row.amount
        for place in range(count):
            amount = left if place == count - 1 else self._share(100 // count)
            left -= amount
            due_on = next_working_day(row.starts_on + timedelta(days=10 + days * place // count))
            part = Instalment(award=row, position=place + 1, amount=amount, due_on=due_on)
            if self.is_terminated and place:
                part.state = InstalmentState.CANCELLED
            elif due_on + timedelta(days=4) <= self.of.on:
                part.state = InstalmentState.PAID
            self.parts.append(part)
            self.of.rows.add(part)
        planned_at = self.accepted_at + timedelta(days=1)
        self.events.append((planned_at, AwardEventKind.PLANNED, row.amount, ""))

    def pay(self) -> None:
        for part in self.parts:
            if part.state != InstalmentState.PAID:
                continue
            payment = Payment(
                instalment=part,
                amount=part.amount,
                paid_on=part.due_on,
                order_number=f"ПП-{self.award.number[2:]}-{part.position}",
                by=self.of.staff.officer,
                at=stage.moment(part.due_on, 15),
            )
            self.award.paid += part.amount
            self.payments.append(payment)
            self.of.rows.add(payment)

    def report(self) -> None:
        """An interim report in the middle of each year, and the final one after the end."""
        if self.is_refused:
            return
        row = self.award
        count = {"short": 1, "medium": 2, "long": 3}[self.of.kind]
        days = (row.ends_on - row.starts_on).days
        for place in range(count + 1):
            is_final = place == count
            from_on = (
                row.starts_on
                if is_final
                else row.starts_on + timedelta(days=days * place // (count + 1))
            )
            until_on = (
                row.ends_on
                if is_final
                else row.starts_on + timedelta(days=days * (place + 1) // (count + 1) - 1)
            )
            report = Report(
                award=row,
                # The final one is asked for with the acceptance, before any other.
                position=1 if is_final else place + 2,
                kind="final" if is_final else "interim",
                period_from_on=from_on,
                period_until_on=until_on,
                due_on=add_working_days(until_on, 10),
            )
            self._stand(report)
            self.reports.append(report)
            self.of.rows.add(report)

    def _stand(self, report: Report) -> None:
        """How far a report has come by today."""
        late, luck = (self.of.on - report.due_on).days, self.dice.random()
        if self.is_terminated and stage.moment(report.due_on) > self.ends_early_at:
            report.state = ReportState.DROPPED
            return
        if late < -10 or (late < 30 and luck < 0.15):
            return
        submitted_at = stage.moment(report.due_on - timedelta(days=self.dice.randint(1, 9)), 14)
        if day_of(submitted_at) >= self.of.on:
            return
        paid = sum(
            (row.amount for row in self.payments if row.paid_on <= report.period_until_on),
            Decimal(0),
        )
        text, results = REPORT[self.case.application.language]
        report.text, report.results = text, results
        report.revision = 2
        report.submitted_at, report.submitted_by = submitted_at, self.of.staff.applicant
        report.sha256 = _fingerprint(f"{self.award.number} {report.position}")
        for line in self.case.lines:
            spent = (line.amount * paid / self.award.amount // 1000) * 1000
            report.spent += spent
            self.of.rows.add(ReportLine(report=report, budget_line=line, spent=spent))
        report.state = ReportState.SUBMITTED
        if late < 30 and luck < 0.5:
            return
        reviewed_at = submitted_at + timedelta(days=self.dice.randint(4, 12))
        if day_of(reviewed_at) >= self.of.on:
            return
        report.revision = 3
        report.reviewed_at, report.reviewed_by = reviewed_at, self.of.staff.officer
        report.state = ReportState.ACCEPTED
        if late < 30 and luck > 0.93:
            report.state = ReportState.RETURNED
            report.review_words = "Приложите документы о расходах по второй строке."
            report.due_on = add_working_days(day_of(reviewed_at), 5)

    def end(self) -> None:
        """Completed, terminated or in force; a few give money back."""
        if self.is_refused:
            return
        row = self.award
        if self.is_terminated:
            row.state, row.committed = AwardState.TERMINATED, row.paid
            row.ended_at = self.ends_early_at
            self._give_back(self._share(10), self.ends_early_at, is_demanded=True)
            return
        is_paid = row.paid == row.amount
        if is_paid and all(held.state == ReportState.ACCEPTED for held in self.reports):
            last = max(held.reviewed_at for held in self.reports if held.reviewed_at)
            if self.dice.random() < 0.03:
                part = self._share(self.dice.randint(1, 8))
                self._give_back(part, last, is_demanded=self.dice.random() < 0.5)
            ended_at = last + timedelta(days=25)
            if day_of(ended_at) < self.of.on and row.returned == self._demanded:
                row.state, row.ended_at = AwardState.COMPLETED, ended_at

    _demanded = Decimal(0)

    def _give_back(self, amount: Decimal, at: datetime, *, is_demanded: bool) -> None:
        received_on = day_of(at) + timedelta(days=20)
        if amount <= 0 or amount > self.award.paid or received_on >= self.of.on:
            return
        demand, by = None, self.of.staff.officer
        if is_demanded:
            demand = RepaymentDemand(
                award=self.award,
                amount=amount,
                due_on=day_of(at) + timedelta(days=30),
                ground="Не израсходовано на цели проекта.",
                by=by,
                at=at,
            )
            self.of.rows.add(demand)
            self.events.append((at, AwardEventKind.DEMANDED, amount, demand.ground))
        self.of.rows.add(
            Repayment(
                award=self.award,
                demand=demand,
                amount=amount,
                received_on=received_on,
                reference=f"ВП-{self.award.number[2:]}",
                by=by,
                at=stage.moment(received_on, 15),
            )
        )
        self.award.returned += amount
        self._demanded = self.award.returned
        self.events.append((stage.moment(received_on, 15), AwardEventKind.RETURNED, amount, ""))

    def log(self) -> None:
        """Its events in their order of time, and the agreement's number for `/verify/`."""
        row = self.award
        events: list[tuple[datetime, str, Decimal | None, str, str]] = [
            (at, kind, amount, reason, "") for at, kind, amount, reason in self.events
        ]
        events.append((row.awarded_at, AwardEventKind.OFFERED, row.amount, "", ""))
        if row.accepted_at:
            events.append((row.accepted_at, AwardEventKind.ACCEPTED, None, "", ""))
        for payment in self.payments:
            source = f"payment:{payment.pk}"
            events.append((payment.at, AwardEventKind.PAID, payment.amount, "", source))
        for report in self.reports:
            events += self._of_report(report)
        ends = {
            AwardState.COMPLETED: (AwardEventKind.COMPLETED, None, ""),
            AwardState.TERMINATED: (
                AwardEventKind.TERMINATED,
                row.amount - row.paid,
                "Проект не выполняется.",
            ),
            AwardState.REFUSED: (AwardEventKind.REFUSED, row.amount, "Не принято в срок."),
        }
        if row.ended_at:
            ending, amount, reason = ends[AwardState(row.state)]
            events.append((row.ended_at, ending, amount, reason, ""))
        state = ""
        becomes = {
            AwardEventKind.OFFERED: AwardState.OFFERED,
            AwardEventKind.ACCEPTED: AwardState.ACTIVE,
            AwardEventKind.COMPLETED: AwardState.COMPLETED,
            AwardEventKind.TERMINATED: AwardState.TERMINATED,
            AwardEventKind.REFUSED: AwardState.REFUSED,
        }
        for at, kind, amount, reason, reference in sorted(events, key=lambda event: event[0]):
            after = becomes.get(AwardEventKind(kind), state)
            self.of.rows.add(
                AwardEvent(
                    award=row,
                    kind=kind,
                    from_state=state,
                    to_state=after,
                    amount=amount,
                    reference=reference,
                    reason=reason,
                    by=self.of.staff.officer,
                    at=at,
                )
            )
            state = after
        self.of.rows.add(
            IssuedDocument(
                number=row.number,
                kind=DocumentKind.AGREEMENT,
                organisation=row.organisation,
                issued_on=self.of.round.awarded_on,
                sha256=_fingerprint(f"{row.number} {row.amount}"),
                source=row.source,
                facts={},
            )
        )

    def _of_report(self, report: Report) -> list[tuple[datetime, str, Decimal | None, str, str]]:
        if report.submitted_at is None:
            return []
        source, spent = report.source, report.spent
        events: list[tuple[datetime, str, Decimal | None, str, str]] = [
            (report.submitted_at, AwardEventKind.REPORTED, spent, "", source)
        ]
        if report.reviewed_at:
            kind = (
                AwardEventKind.REPORT_RETURNED
                if report.state == ReportState.RETURNED
                else AwardEventKind.REPORT_ACCEPTED
            )
            events.append((report.reviewed_at, kind, spent, report.review_words, source))
        return events


def check_sums() -> None:
    """What was written so far adds up, or it fails here.

    The triggers keep the plans that they made while the tables were all but empty, and would read
    a whole table for each row: they are told first how large the tables are now.
    """
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE " + ", ".join(model._meta.db_table for model in GROWING))
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def points_of(score: Decimal) -> tuple[int, int, int]:
    """Points of the three criteria (40, 35, 25) that come to that score."""
    for first in range(11):
        for second in range(11):
            left = score * 10 - 40 * first - 35 * second
            if left >= 0 and left % 25 == 0 and left // 25 <= 10:
                return first, second, int(left // 25)
    raise ValueError(f"No points come to {score}.")


def _rewrite(rows: Sequence[Model], *fields: str) -> None:
    """Write those fields of rows that are there, in few statements."""
    if rows:
        type(rows[0])._default_manager.bulk_create(
            rows,
            batch_size=_BATCH,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=list(fields),
        )


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def granted_in(year: int) -> Decimal:
    """What the awards of that year come to that were accepted."""
    rows = Award.objects.granted().filter(
        awarded_at__gte=stage.moment(date(year, 1, 1), 0),
        awarded_at__lt=stage.moment(date(year + 1, 1, 1), 0),
    )
    return rows.aggregate(all=Sum("amount"))["all"] or Decimal(0)


def is_written() -> bool:
    return Call.objects.filter(programme__code__in=[frame.code for frame in FRAMES]).exists()

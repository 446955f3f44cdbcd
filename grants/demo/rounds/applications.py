"""The applications of a past call: drafted, handed in, checked, and scored as each will end."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from grants.demo import stage
from grants.demo.rounds.bulk import BATCH, copy, fingerprint, rewrite
from grants.demo.rounds.calls import PastCall
from grants.demo.rounds.registrations import ALL_GROUNDS
from grants.demo.words import ANSWERS, DECLINED
from grants.models import (
    Application,
    ApplicationEvent,
    BudgetLine,
    ExclusionDeclaration,
    FormalCheck,
    Participant,
)
from grants.states import ApplicationState
from notices.models import IssuedDocument
from notices.states import DocumentKind
from registry.calendar import day_of
from registry.models import Organisation
from registry.sequences import next_numbers

# How long a project runs, by the type of its grant.
_MONTHS = {"short": (5, 11), "medium": (13, 20), "long": (24, 33)}
_NO_BUDGET = "Нет обоснования бюджета."


@dataclass
class Case:
    """An application of a round, and what it gets."""

    application: Application
    fate: str
    at: datetime
    ends_on: date
    lines: list[BudgetLine]

    @property
    def becomes(self) -> str:
        """The state that it ends in; a grant that was not accepted was awarded too."""
        return "awarded" if self.fate == "refused" else self.fate

    @property
    def is_scored(self) -> bool:
        return self.fate not in ("rejected", "withdrawn")


def write(
    of: PastCall,
    organisations: list[Organisation],
    participants: dict[tuple[int, int], Participant],
) -> list[Case]:
    """Those that are awarded, then those that are not."""
    fates = _fates(of, len(organisations))
    numbers = iter(next_numbers("application_number", len(fates)))
    ranks: dict[int, int] = defaultdict(int)
    cases: list[Case] = []
    handed_in: list[tuple[str, int | None]] = []
    for (place, fate, amount), organisation in zip(fates, organisations, strict=True):
        rank = None
        if fate == "reserve":
            ranks[place] += 1
            rank = ranks[place]
        cases.append(_draft(of, organisation, place, fate, amount))
        handed_in.append((f"G-{next(numbers):07d}", rank))
    _write_drafts(cases)
    for case, (number, rank) in zip(cases, handed_in, strict=True):
        row = case.application
        row.number, row.reserve_rank = number, rank
        row.participant = participants[row.organisation_id, of.round.year]
        _hand_in(of, case)
        _log(of, case)
    rewrite(
        [case.application for case in cases],
        "number",
        "state",
        "participant",
        "submitted_at",
        "submitted_by",
        "sha256",
        "score",
        "reserve_rank",
    )
    of.rows.write(ApplicationEvent, FormalCheck, ExclusionDeclaration, IssuedDocument)
    return cases


def _fates(of: PastCall, count: int) -> list[tuple[int, str, Decimal]]:
    """What becomes of so many applications: the place of the lot, how it ends, the amount."""
    fates: list[tuple[int, str, Decimal]] = []
    for place, given in enumerate(of.by_lot):
        fates += [(place, "awarded", amount) for amount in given]
    # One in each large call is not accepted in time: its money is free again.
    if len(of.plan.drawn) > 20:
        fates.append((0, "refused", min(of.by_lot[0])))
    endings = ("declined", "declined", "rejected", "reserve", "declined", "withdrawn")
    for number in range(count - len(fates)):
        place = number % len(of.by_lot)
        fates.append((place, endings[number % len(endings)], min(of.by_lot[place])))
    return fates


def _draft(
    of: PastCall, organisation: Organisation, place: int, fate: str, amount: Decimal
) -> Case:
    dice, frame, starts_on = of.dice, of.plan.frame, of.round.starts_on
    language = "kk" if dice.random() < 0.27 else "ru"
    months = dice.randint(*_MONTHS[of.plan.kind])
    day = 12 + int(dice.triangular(0, 25, 25))
    on = date(of.round.year, 1, 1) + timedelta(days=day - 1)
    at = stage.moment(on, dice.randint(9, 17), dice.randint(0, 59))
    title = dice.choice(frame.themes[place].projects)[0 if language == "kk" else 1]
    region = organisation.region
    ends_on = stage.months_later(starts_on.replace(day=1), months)
    application = Application(
        lot=of.lots[place],
        organisation=organisation,
        language=language,
        title=f"{title}: {region.name_kk if language == 'kk' else region.name_ru}",
        **ANSWERS[language],
        area_id=dice.choice(list(frame.areas)),
        starts_on=starts_on,
        ends_on=ends_on,
        amount=amount,
        started_at=at - timedelta(days=2),
        started_by=of.staff.applicant,
        saved_at=at,
    )
    return Case(application, fate, at, ends_on, _lines(application, months))


def _lines(application: Application, months: int) -> list[BudgetLine]:
    wanted = stage.budget_lines(application.amount, months, application.language)
    return [
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
        for position, (category, name, quantity, price) in enumerate(wanted, 1)
    ]


def _write_drafts(cases: list[Case]) -> None:
    """Drafts first: the budget of what is handed in does not change any more."""
    drafts = [case.application for case in cases]
    copy(drafts)
    copy([line for case in cases for line in case.lines])
    regions = Application.regions.through
    regions.objects.bulk_create(
        (regions(application_id=row.pk, region_id=row.organisation.region_id) for row in drafts),
        batch_size=BATCH,
    )


def _hand_in(of: PastCall, case: Case) -> None:
    """Scored and decided later, as the protocols find them."""
    row = case.application
    row.state = ApplicationState.ADMITTED if case.is_scored else case.fate
    row.submitted_at, row.submitted_by = case.at, of.staff.applicant
    row.sha256 = fingerprint(f"{row.number} {row.title} {row.amount}")
    if case.is_scored:
        row.score = _score(of, case.fate)


def _score(of: PastCall, fate: str) -> Decimal:
    low, high = {"declined": (2, 5), "reserve": (5, 6)}.get(fate, (6, 10))
    points = [of.dice.randint(low, high) for _ in of.criteria]
    weighed = [row.weight * given for row, given in zip(of.criteria, points, strict=True)]
    return Decimal(sum(weighed)) / 10


def _moves(of: PastCall, case: Case) -> list[tuple[str, datetime, Any, str]]:
    """The states of an application, each with its moment, by whom and why."""
    officer, applicant, round_ = of.staff.officer, of.staff.applicant, of.round
    moves: list[tuple[str, datetime, Any, str]] = [
        ("draft", case.application.started_at, applicant, ""),
        ("submitted", case.at, applicant, ""),
    ]
    if case.fate == "withdrawn":
        moves.append(("withdrawn", case.at + timedelta(days=4), applicant, ""))
    elif case.fate == "rejected":
        moves.append(("rejected", round_.checked_at, officer, _NO_BUDGET))
    else:
        moves.append(("admitted", round_.checked_at, officer, ""))
        ends_at = round_.awarded_at if case.becomes == "awarded" else round_.decided_at
        reason = DECLINED if case.fate == "declined" else ""
        moves.append((case.becomes, ends_at, officer, reason))
    return moves


def _log(of: PastCall, case: Case) -> None:
    """Its events, the formal check, what was declared with it, and the receipt's number."""
    row, rows = case.application, of.rows
    before = ""
    for to, at, by, reason in _moves(of, case):
        rows.add(
            ApplicationEvent(
                application=row, from_state=before, to_state=to, reason=reason, by=by, at=at
            )
        )
        before = to
    if case.fate != "withdrawn":
        is_in = case.fate != "rejected"
        rows.add(
            FormalCheck(
                application=row,
                outcome="admit" if is_in else "reject",
                grounds=[] if is_in else ["budget"],
                words="" if is_in else _NO_BUDGET,
                by=of.staff.officer,
                at=of.round.checked_at,
            )
        )
    rows.add(
        ExclusionDeclaration(
            participant=row.participant,
            clear_of=ALL_GROUNDS,
            occasion=str(row.number),
            by=of.staff.applicant,
            at=case.at,
        )
    )
    rows.add(
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

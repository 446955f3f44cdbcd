"""How a past call was decided: two members' scores, signed protocols, the states that follow."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from grants.demo import stage
from grants.demo.rounds.applications import Case
from grants.demo.rounds.calls import PastCall
from grants.demo.words import DECLINED
from grants.models import (
    Application,
    CommissionDecision,
    ConflictDeclaration,
    Evaluation,
    Protocol,
    Score,
)
from grants.protocols import pdf
from registry import uploads
from registry.file_types import FileType
from registry.sequences import next_numbers


def evaluate(of: PastCall, cases: list[Case]) -> None:
    """Two members scored each; both gave what the score says."""
    rows = of.rows
    at = stage.moment(of.round.checked_on + timedelta(days=1))
    locked_at = stage.moment(of.round.decided_on - timedelta(days=3), 15)
    for case in cases:
        if not case.is_scored:
            continue
        for member in of.staff.commission[:2]:
            rows.add(
                Evaluation(
                    application=case.application,
                    reviewer=member,
                    assigned_by=of.staff.officer,
                    assigned_at=at,
                    words="Оценено по критериям конкурса.",
                )
            )
    held = rows.held[Evaluation]
    rows.write(Evaluation)
    for row in held:
        rows.add(ConflictDeclaration(evaluation=row, has_conflict=False, by=row.reviewer, at=at))
        points_of_each = points_of(row.application.score)
        for criterion, points in zip(of.criteria, points_of_each, strict=True):
            rows.add(Score(evaluation=row, criterion=criterion, points=points))
    rows.write(ConflictDeclaration, Score)
    Evaluation.objects.filter(application__lot__call=of.call).update(locked_at=locked_at)


def points_of(score: Decimal) -> tuple[int, int, int]:
    """Points of the three criteria (40, 35, 25) that come to that score."""
    for first in range(11):
        for second in range(11):
            left = score * 10 - 40 * first - 35 * second
            if left >= 0 and left % 25 == 0 and left // 25 <= 10:
                return first, second, int(left // 25)
    raise ValueError(f"No points come to {score}.")


def decide(of: PastCall, cases: list[Case], *, with_evaluation: bool) -> None:
    """The sitting's protocol, before it that of the evaluation, then each application's state."""
    first, second = next_numbers("protocol_number", 2)
    if with_evaluation:
        held_on = of.round.decided_on - timedelta(days=2)
        _sign(of, _protocol(of, first, "evaluation", held_on))
    protocol = _protocol(of, second, "commission", of.round.decided_on)
    _decisions(of, protocol, cases)
    _sign(of, protocol)
    by_state: dict[str, list[int]] = defaultdict(list)
    for case in cases:
        case.application.state = case.becomes
        by_state[case.becomes].append(case.application.pk)
    for state, pks in by_state.items():
        Application.objects.filter(pk__in=pks).update(state=state)


def _protocol(of: PastCall, number: int, kind: str, held_on: date) -> Protocol:
    return Protocol.objects.create(
        number=f"B-{number:07d}",
        call=of.call,
        kind=kind,
        held_on=held_on,
        present="А. Бекова, председатель\nМ. Ибраева\nБ. Әлиев",
        drafted_by=of.staff.officer,
        drafted_at=stage.moment(held_on, 14),
    )


def _sign(of: PastCall, protocol: Protocol) -> None:
    """Drafted by one, signed by another."""
    protocol.file = uploads.keep(
        pdf(protocol, at=protocol.drafted_at),
        name=f"{protocol.number}.pdf",
        kind=FileType.PDF,
        by=of.staff.officer,
        at=protocol.drafted_at,
    )
    protocol.signed_by = of.staff.second_officer
    protocol.signed_at = stage.moment(protocol.held_on, 16)
    protocol.save(update_fields=["file", "signed_by", "signed_at"])


def _decisions(of: PastCall, protocol: Protocol, cases: list[Case]) -> None:
    outcomes = {"awarded": "award", "refused": "award", "reserve": "reserve"}
    for case in cases:
        if not case.is_scored:
            continue
        outcome = outcomes.get(case.fate, "decline")
        of.rows.add(
            CommissionDecision(
                protocol=protocol,
                application=case.application,
                outcome=outcome,
                amount=None if outcome == "decline" else case.application.amount,
                reserve_rank=case.application.reserve_rank,
                words=DECLINED if outcome == "decline" else "",
                by=of.staff.officer,
                at=protocol.drafted_at,
            )
        )
    of.rows.write(CommissionDecision)

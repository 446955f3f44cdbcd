"""What a past award's log says: its events in their order of time, and its agreement's number."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from grants.demo.rounds.bulk import fingerprint
from grants.demo.rounds.lives import Happened, Life
from grants.models import Award, AwardEvent, Report
from grants.states import AwardEventKind, AwardState, ReportState
from notices.models import IssuedDocument
from notices.states import DocumentKind

# The events that change an award's state.
_BECOMES = {
    AwardEventKind.OFFERED: AwardState.OFFERED,
    AwardEventKind.ACCEPTED: AwardState.ACTIVE,
    AwardEventKind.COMPLETED: AwardState.COMPLETED,
    AwardEventKind.TERMINATED: AwardState.TERMINATED,
    AwardEventKind.REFUSED: AwardState.REFUSED,
}


def log(life: Life) -> None:
    """Each event with the state before and after it, and the agreement for `/verify/`."""
    row, rows = life.award, life.of.rows
    state = ""
    events = chain(life.events, _of_award(life), *(_of_report(held) for held in life.reports))
    events = chain(events, _of_end(row))
    for event in sorted(events, key=lambda event: event.at):
        after = _BECOMES.get(AwardEventKind(event.kind), state)
        rows.add(
            AwardEvent(
                award=row,
                kind=event.kind,
                from_state=state,
                to_state=after,
                amount=event.amount,
                reference=event.reference,
                reason=event.reason,
                by=life.of.staff.officer,
                at=event.at,
            )
        )
        state = after
    rows.add(
        IssuedDocument(
            number=row.number,
            kind=DocumentKind.AGREEMENT,
            organisation=row.organisation,
            issued_on=life.of.round.awarded_on,
            sha256=fingerprint(f"{row.number} {row.amount}"),
            source=row.source,
            facts={},
        )
    )


def _of_award(life: Life) -> Iterator[Happened]:
    row = life.award
    yield Happened(row.awarded_at, AwardEventKind.OFFERED, row.amount)
    if row.accepted_at:
        yield Happened(row.accepted_at, AwardEventKind.ACCEPTED)
    for held in life.payments:
        reference = f"payment:{held.pk}"
        yield Happened(held.at, AwardEventKind.PAID, held.amount, reference=reference)


def _of_report(row: Report) -> Iterator[Happened]:
    if row.submitted_at is None:
        return
    yield Happened(row.submitted_at, AwardEventKind.REPORTED, row.spent, "", row.source)
    if row.reviewed_at:
        kind = (
            AwardEventKind.REPORT_RETURNED
            if row.state == ReportState.RETURNED
            else AwardEventKind.REPORT_ACCEPTED
        )
        yield Happened(row.reviewed_at, kind, row.spent, row.review_words, row.source)


def _of_end(row: Award) -> Iterator[Happened]:
    if row.ended_at is None:
        return
    if row.state == AwardState.COMPLETED:
        yield Happened(row.ended_at, AwardEventKind.COMPLETED)
    elif row.state == AwardState.TERMINATED:
        freed = row.amount - row.paid
        reason = "Проект не выполняется."
        yield Happened(row.ended_at, AwardEventKind.TERMINATED, freed, reason)
    else:
        yield Happened(row.ended_at, AwardEventKind.REFUSED, row.amount, "Не принято в срок.")

"""Everybody's registrations as participants: before each round they applied in, and today's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from grants.demo import stage
from grants.demo.rounds.bulk import Rows
from grants.demo.rounds.dates import Round
from grants.models import ExclusionDeclaration, Participant, ParticipantEvent
from grants.participation import TERM_DAYS
from grants.states import Exclusion
from registry.sequences import next_numbers

# What an applicant declares to be clear of: every ground of exclusion.
ALL_GROUNDS = sorted(Exclusion.values)


def write(
    ids: Sequence[int], asked: dict[int, list[int]], *, on: date, staff: stage.Staff
) -> dict[tuple[int, int], Participant]:
    """Before each round that one has applied in (`asked`: who, by year), and one that stands
    today. By organisation and year of the round."""
    days, rows = _days(ids, asked, on), Rows()
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
    _write(rows, staff)
    return made


def _write(rows: Rows, staff: stage.Staff) -> None:
    """The registrations, then what was said and declared with each."""
    registered, by = rows.held[Participant], staff.applicant
    rows.write(Participant)
    for row in registered:
        at = row.registered_at
        rows.add(ParticipantEvent(participant=row, to_state="active", by=by, at=at))
        rows.add(ExclusionDeclaration(participant=row, clear_of=ALL_GROUNDS, by=by, at=at))
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


def _days(
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

"""What the log says, reckoned in plain Python from the rows alone: dates, and who may be marked.

Nothing here calls the code that is put to the test: no rule, no deadline, no calendar of the
portal. The days, the terms and the conditions are written a second time, from design.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import holidays
from django.db import connection
from django.db.models import DateField, DateTimeField

from notices.models import Dispatch, Notice, Service
from registry.models import Claim, Extract, Organisation, SignOfLife, Standing
from reregistration.models import (
    Campaign,
    CampaignDecision,
    Complaint,
    Cycle,
    Extension,
    Filing,
    Hearing,
    Hold,
    Mark,
    MarkingRound,
    Objection,
    Obligation,
    ObligationEvent,
    Reversal,
    RoundCandidate,
)

_HOLIDAYS = holidays.country_holidays("KZ", years=range(2026, 2029))
_ALMATY = timezone(timedelta(hours=5))
# Whom nothing is asked of any more.
_OVER = ("fulfilled", "released", "terminated")
_WITH_A_DATE = ("due", "returned", "overdue")

Row = Any


def almaty_day(at: datetime) -> date:
    return at.astimezone(_ALMATY).date()


def is_protected(on: date) -> bool:
    """25 December to 10 January, 20 to 25 March."""
    day = (on.month, on.day)
    return day >= (12, 25) or day <= (1, 10) or (3, 20) <= day <= (3, 25)


def is_working(on: date) -> bool:
    return on.weekday() < 5 and on not in _HOLIDAYS


def end_of_term(on: date) -> date:
    """That day, or the first working day after it that is not protected."""
    while is_protected(on) or not is_working(on):
        on += timedelta(days=1)
    return on


def working_days_after(on: date, count: int) -> date:
    while count:
        on += timedelta(days=1)
        count -= is_working(on)
    return on


@dataclass
class Memory:
    """What the test itself saw happen, whatever the rows say of it."""

    # Of each obligation that ever submitted, the newest mark of that moment.
    submitted: dict[int, int] = field(default_factory=dict)
    # The sendings that came back.
    bounced: set[int] = field(default_factory=set)
    # Of each round that was stopped, how many it had marked by then.
    stopped: dict[int, int] = field(default_factory=dict)
    # Those whose sender was killed before it wrote down what it sent: the next one sends again.
    perhaps_doubled: set[str] = field(default_factory=set)
    # The rounds of which every case of the sample was found right.
    checked: set[int] = field(default_factory=set)
    # The obligations that a person found wrong to mark, with their cycles.
    found_wrong: set[tuple[int, int]] = field(default_factory=set)


@dataclass
class Dates:
    """The dates of an obligation, as its extensions, holds and returns make them."""

    due_on: date
    extended_days: int
    extended_since_return: int
    held_days: int
    held_since_return: int
    held_since_on: date | None
    returned_on: date | None


class Log:
    """All rows of the campaign, read in a few queries without the portal's own selections."""

    def __init__(self, campaign_id: int) -> None:
        rows = _read()
        (self.campaign,) = [row for row in rows[Campaign] if row.id == campaign_id]
        self.forms = {row.legalform_id for row in rows[Campaign.legal_forms.through]}
        self.obligations = {row.id: row for row in rows[Obligation]}
        self.organisations = {row.id: row for row in rows[Organisation]}
        self.standings = {row.organisation_id: row for row in rows[Standing]}
        self.events = _by(rows[ObligationEvent], "obligation_id")
        self.cycles = _by(rows[Cycle], "obligation_id")
        self.filings = _by(rows[Filing], "obligation_id")
        self.claims = {row.id: row for row in rows[Claim]}
        self.extensions = _by(rows[Extension], "obligation_id")
        self.decisions = rows[CampaignDecision]
        self.holds = rows[Hold]
        self.objections = _by(rows[Objection], "obligation_id")
        self.hearings = _by(rows[Hearing], "obligation_id")
        self.complaints = _by(rows[Complaint], "obligation_id")
        self.signs = _by(rows[SignOfLife], "organisation_id")
        self.rounds = {row.id: row for row in rows[MarkingRound]}
        self.candidates = rows[RoundCandidate]
        self.marks = rows[Mark]
        self.reversals = {row.mark_id: row for row in rows[Reversal]}
        self.notices = {row.id: row for row in rows[Notice]}
        self.services = rows[Service]
        self.dispatches = {row.id: row for row in rows[Dispatch]}
        newest = max(rows[Extract], key=lambda row: (row.as_of_on, row.id))
        self.newest_extract = newest.id

    # Dates

    def due_of_campaign(self) -> date:
        """The campaign's own due date: the last that was decided."""
        last: date = self.decisions[-1].due_on
        return last

    def dates_of(self, row: Row) -> Dates:
        """Recomputed from the decisions, the extensions, the holds and the returns."""
        returns = [event.at for event in self._returns(row)]
        returned_at = returns[-1] if returns else None
        returned_on = almaty_day(returned_at) if returned_at else None
        extensions = self.extensions.get(row.id, [])
        since = [one for one in extensions if returned_at and one.at > returned_at]
        ended, held_since_on = self._held(row)
        held_since_return = sum(
            (end_on - max(began_on, returned_on)).days
            for began_on, end_on, ended_at in ended
            if returned_at and returned_on and ended_at > returned_at
        )
        dates = Dates(
            due_on=self.due_of_campaign(),
            extended_days=sum(one.days for one in extensions),
            extended_since_return=sum(one.days for one in since),
            held_days=sum((end_on - began_on).days for began_on, end_on, _at in ended),
            held_since_return=held_since_return,
            held_since_on=held_since_on,
            returned_on=returned_on,
        )
        dates.due_on += timedelta(days=dates.extended_days + dates.held_days)
        if returned_on:
            term = working_days_after(returned_on, self.campaign.correction_working_days)
            term += timedelta(days=dates.extended_since_return + held_since_return)
            dates.due_on = max(dates.due_on, term)
        dates.due_on = end_of_term(dates.due_on)
        return dates

    def _returns(self, row: Row) -> Iterator[Row]:
        for event in self.events[row.id]:
            if event.to_state == "returned" and event.from_state != "returned":
                yield event

    def _held(self, row: Row) -> tuple[list[tuple[date, date, datetime]], date | None]:
        """The stretches in which at least one hold covered it, and since when one covers it now."""
        turns = []
        for hold in self.covering(row):
            turns.append((hold.at, 1))
            if hold.ended_at:
                turns.append((hold.ended_at, -1))
        open_holds, began_on = 0, date.min
        ended = []
        for at, turn in sorted(turns):
            if not open_holds:
                began_on = almaty_day(at)
            open_holds += turn
            if not open_holds:
                ended.append((began_on, almaty_day(at), at))
        return ended, began_on if open_holds else None

    def covering(self, row: Row) -> Iterator[Row]:
        """Every hold that covers it, or did."""
        region = self.organisations[row.organisation_id].region_id
        for hold in self.holds:
            if hold.obligation_id:
                if hold.obligation_id == row.id:
                    yield hold
            elif hold.region_id in (None, region):
                yield hold

    def has_a_date(self, row: Row) -> bool:
        """Whether a date is to be met, or was missed: else no later decision moves it."""
        return row.state in _WITH_A_DATE

    def is_over(self, row: Row) -> bool:
        return row.state in _OVER

    # Service

    def served_at(self, row: Row, kind: str, memory: Memory) -> datetime | None:
        """The earliest proof that counts of that notice in the obligation's present cycle."""
        proofs = [
            proof.served_at
            for proof in self.services
            if self.proves(proof, row, row.cycle, kind, memory)
        ]
        return min(proofs, default=None)

    def proves(self, proof: Row, row: Row, cycle: int, kind: str, memory: Memory) -> bool:
        """Whether that proof serves that notice, and stands: what came back proves nothing."""
        notice = self.notices[proof.notice_id]
        of_it = (notice.source, notice.cycle, notice.kind) == (f"obligation:{row.id}", cycle, kind)
        came_back = proof.ground == "delivered_to_verified" and proof.dispatch_id in memory.bounced
        return of_it and proof.ground in self.campaign.service_grounds and not came_back

    # Who may be marked

    def against(self, row: Row, on: date, memory: Memory) -> set[str]:
        """Why the organisation may not be marked that day: the names of what is not fulfilled."""
        return {name for name, stands in self._against(row, on, memory) if stands}

    def _against(self, row: Row, on: date, memory: Memory) -> Iterator[tuple[str, bool]]:
        campaign = self.campaign
        yield "in_scope", not self._is_in_scope(row)
        organisation = self.organisations[row.organisation_id]
        yield "in_newest_extract", organisation.last_seen_extract_id != self.newest_extract
        yield "overdue", row.state != "overdue"
        yield "grace_over", not _is_over(row.due_on, campaign.grace_days, on)
        warned_at = self.served_at(row, "final_warning", memory)
        yield "warning_served", not _has_run(warned_at, campaign.warning_served_days, on)
        decided_at = self.served_at(row, "preliminary_decision", memory)
        yield "decision_served", not _has_run(decided_at, campaign.decision_served_days, on)
        yield "never_filed", self.has_submitted(row)
        yield from self._by_people(row, on, memory)

    def _by_people(self, row: Row, on: date, memory: Memory) -> Iterator[tuple[str, bool]]:
        """What people did that stands in the way."""
        yield "no_draft", self.has_a_draft(row)
        yield (
            "no_claim",
            any(
                claim.state == "waiting" and claim.organisation_id == row.organisation_id
                for claim in self.claims.values()
            ),
        )
        yield "no_sign_of_life", self.has_a_sign(row, on)
        objections, hearings = self.objections.get(row.id, []), self.hearings.get(row.id, [])
        yield "no_objection", _any_open(objections)
        yield "no_hearing", _any_open(hearings)
        yield "no_complaint", _any_open(self.complaints.get(row.id, []))
        yield "no_objection_upheld", _any_upheld(objections, row.cycle)
        yield "no_hearing_upheld", _any_upheld(hearings, row.cycle)
        yield "not_found_wrong", (row.id, row.cycle) in memory.found_wrong
        yield "no_hold", self.is_held(row)

    def _is_in_scope(self, row: Row) -> bool:
        organisation = self.organisations[row.organisation_id]
        return (
            organisation.status in ("active", "inactive")
            and organisation.merged_into_id is None
            and organisation.registered_on < self.campaign.cut_off_on
            and organisation.legal_form_id in self.forms
            and not organisation.state_founded
            and not organisation.political_party
            and not organisation.trade_union
        )

    def has_submitted(self, row: Row) -> bool:
        return any(filing.submitted_at for filing in self.filings.get(row.id, []))

    def has_a_draft(self, row: Row) -> bool:
        """A draft protects, but for that of a claimant whose claim has ended without success."""
        return any(
            filing.state == "draft"
            and (
                filing.claim_id is None
                or self.claims[filing.claim_id].state in ("waiting", "accepted")
            )
            for filing in self.filings.get(row.id, [])
        )

    def has_a_sign(self, row: Row, on: date) -> bool:
        return any(
            sign.resolved_at is None
            and sign.from_on <= on
            and (sign.until_on is None or sign.until_on >= on)
            for sign in self.signs.get(row.organisation_id, [])
        )

    def is_held(self, row: Row) -> bool:
        return any(hold.ended_at is None for hold in self.covering(row))

    def is_answered(self, row: Row) -> bool:
        """Whether an answer of the organisation waits for its decision."""
        answers = (self.objections, self.hearings, self.complaints)
        return any(_any_open(kind.get(row.id, [])) for kind in answers)

    def first_day(self, row: Row, memory: Memory) -> date | None:
        """The first day on which every term that runs against it is over; None if one lacks."""
        warned_at = self.served_at(row, "final_warning", memory)
        decided_at = self.served_at(row, "preliminary_decision", memory)
        if row.state != "overdue" or warned_at is None or decided_at is None:
            return None
        ends = [
            end_of_term(row.due_on + timedelta(days=self.campaign.grace_days)),
            _term(warned_at, self.campaign.warning_served_days),
            _term(decided_at, self.campaign.decision_served_days),
        ]
        return max(ends) + timedelta(days=1)


# What is read, in one statement.
_MODELS: tuple[Any, ...] = (
    Campaign,
    Campaign.legal_forms.through,
    CampaignDecision,
    Claim,
    Complaint,
    Cycle,
    Dispatch,
    Extension,
    Extract,
    Filing,
    Hearing,
    Hold,
    Mark,
    MarkingRound,
    Notice,
    Objection,
    Obligation,
    ObligationEvent,
    Organisation,
    Reversal,
    RoundCandidate,
    Service,
    SignOfLife,
    Standing,
)


def _read() -> dict[Any, list[Row]]:
    """Every row of these tables, in the order of their keys."""
    parts = ", ".join(
        f"(SELECT coalesce(json_agg(one ORDER BY id), '[]') FROM {model._meta.db_table} one)"  # noqa: S608
        for model in _MODELS
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT json_build_array({parts})::text")
        told = json.loads(cursor.fetchone()[0])
    return {
        model: [_row(values, _MOMENTS[model]) for values in rows]
        for model, rows in zip(_MODELS, told, strict=True)
    }


def _row(values: dict[str, Any], moments: list[tuple[str, Any]]) -> Row:
    for name, read in moments:
        if values[name] is not None:
            values[name] = read(values[name])
    return SimpleNamespace(**values)


def _moments(model: Any) -> Iterator[tuple[str, Any]]:
    """The columns that hold days and moments, which JSON writes as text."""
    for column in model._meta.concrete_fields:
        if isinstance(column, DateTimeField):
            yield column.attname, datetime.fromisoformat
        elif isinstance(column, DateField):
            yield column.attname, date.fromisoformat


_MOMENTS = {model: list(_moments(model)) for model in _MODELS}


def _by(rows: Iterable[Row], name: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(getattr(row, name), []).append(row)
    return found


def _term(served_at: datetime, days: int) -> date:
    return end_of_term(almaty_day(served_at) + timedelta(days=days))


def _has_run(served_at: datetime | None, days: int, on: date) -> bool:
    return served_at is not None and on > _term(served_at, days)


def _is_over(began_on: date, days: int, on: date) -> bool:
    return on > end_of_term(began_on + timedelta(days=days))


def _any_open(answers: Iterable[Row]) -> bool:
    return any(answer.decided_at is None for answer in answers)


def _any_upheld(answers: Iterable[Row], cycle: int) -> bool:
    return any(answer.outcome == "upheld" and answer.cycle == cycle for answer in answers)

"""Rules of what the ministry does beside marking: reviews, holds, more time, decisions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from registry import register, signs
from registry.models import Extract, Organisation, SignOfLife
from registry.states import LegalStatus, SignKind
from reregistration import (
    appeals,
    closures,
    extensions,
    hearing_slots,
    hearings,
    holds,
    obligations,
    review,
)
from reregistration.models import Complaint, Filing, Hearing, Hold, Objection
from reregistration.states import AnswerOutcome, FilingKind, FilingState, ReleaseReason, State
from tests.factories.registry import ExtractFactory
from tests.properties.base import MINUTE, Run
from tests.properties.organisations import WHO
from tests.properties.reckoning import (
    Row,
    almaty_day,
    is_protected,
    is_working,
    working_days_after,
)
from tests.properties.world import moment
from tests.reregistration.moving import move_due_date


class Ministry(Run):
    """What the ministry does."""

    # Filings

    def _submitted(self) -> list[Row]:
        return [
            one
            for filings in self.log.filings.values()
            for one in filings
            if one.state == FilingState.SUBMITTED
        ]

    @precondition(lambda self: self._submitted())
    @rule(which=WHO, is_returned=st.booleans())
    def a_filing_is_decided(self, which: int, is_returned: bool) -> None:
        filings = self._submitted()
        chosen = Filing.objects.get(pk=filings[which % len(filings)].id)
        by = self.world.reviewer
        if chosen.kind == FilingKind.CLOSED and not is_returned:
            self.try_to("a closure is verified", closures.verify, chosen, note="Asked.", by=by)
        elif is_returned or chosen.incomplete:
            verb = review.return_for_correction
            self.try_to("a filing is returned", verb, chosen, reasons=["address_unclear"], by=by)
        else:
            self.try_to("a filing is accepted", review.accept, chosen, by=by)

    @precondition(lambda self: not self.rows("released"))
    @rule(who=WHO)
    def an_organisation_is_released(self, who: int) -> None:
        row = self.rows()[who]
        self.try_to(
            "a release",
            obligations.move,
            self.obligation(row),
            State.RELEASED,
            by=self.world.reviewer,
            reason="Order No. 3",
            release_reason=ReleaseReason.EXEMPT,
        )

    # Dates

    @precondition(lambda self: self.rows("due", "returned", "overdue"))
    @rule(which=WHO, days=st.sampled_from([1, 10, 30, 60]))
    def more_time_is_granted(self, which: int, days: int) -> None:
        rows = self.rows("due", "returned", "overdue")
        row = rows[which % len(rows)]
        self.try_to(
            "more time is granted",
            extensions.grant,
            self.obligation(row),
            cycle=row.cycle,
            days=days,
            ground="Order No. 9",
            by=self.world.drafter,
        )

    @precondition(lambda self: len(self.log.decisions) < 2 and self._may_begin_anew())
    @rule(days=st.integers(1, 40))
    def the_due_date_is_moved(self, days: int) -> None:
        due_on = max(self.today(), self.log.due_of_campaign()) + timedelta(days=days)
        campaign = self.world.campaign
        verb = move_due_date
        by = self.world.drafter
        self.try_to("the due date is moved", verb, campaign, due_on, by=by, ground="Order No. 2")

    def _may_begin_anew(self) -> bool:
        """Not while all are on the way to their first mark: they would begin anew."""
        return bool(self.log.marks) or not self.rows("overdue")

    @rule(who=WHO, scope=st.sampled_from(["one", "one", "region", "campaign"]))
    def a_hold_begins(self, who: int, scope: str) -> None:
        self.hold(self.rows()[who], scope)

    def hold(self, row: Row, scope: str) -> None:
        obligation = self.obligation(row)
        covers: dict[str, dict[str, Any]] = {
            "one": {"obligation": obligation},
            "region": {"region": obligation.organisation.region},
            "campaign": {},
        }
        self.try_to(
            f"a hold of {scope}",
            holds.begin,
            self.world.campaign,
            reason="The roads are flooded.",
            by=self.world.signers[0],
            on=almaty_day(self.at + MINUTE),
            **covers[scope],
        )

    def _open_holds(self) -> list[Row]:
        return [row for row in self.log.holds if row.ended_at is None]

    @precondition(lambda self: self._open_holds())
    @rule(which=WHO)
    def a_hold_ends(self, which: int) -> None:
        rows = self._open_holds()
        chosen = Hold.objects.select_related("campaign").get(pk=rows[which % len(rows)].id)
        on = almaty_day(self.at + MINUTE)
        self.try_to("a hold ends", holds.end, chosen, by=self.world.signers[1], on=on)

    # Signs of life, and what the state register says

    @rule(who=WHO, days=st.sampled_from([None, 2, 3, 40]))
    def a_sign_of_life_is_noted(self, who: int, days: int | None) -> None:
        self.note_sign(self.rows()[who], days)

    def note_sign(self, row: Row, days: int | None = None) -> None:
        organisation = Organisation.objects.get(pk=row.organisation_id)
        self.at += MINUTE
        until_on = self.today() + timedelta(days=days) if days else None
        reference = f"award:{self.at:%Y%m%d%H%M}"
        signs.note(
            [(organisation, reference)], kind=SignKind.AWARD, on=self.today(), until_on=until_on
        )
        self.count("signs of life noted")

    def _signs(self) -> list[Row]:
        return [row for rows in self.log.signs.values() for row in rows if row.resolved_at is None]

    @precondition(lambda self: self._signs())
    @rule(are_all=st.sampled_from([True, True, False]), which=WHO)
    def signs_are_resolved(self, are_all: bool, which: int) -> None:
        rows = self._signs()
        for row in rows if are_all else [rows[which % len(rows)]]:
            sign = SignOfLife.objects.get(pk=row.id)
            by = self.world.reviewer
            self.try_to("a sign is resolved", signs.resolve, sign, reason="Nobody there.", by=by)

    @rule(without=st.sampled_from([0, 2, 5, *[None] * 6]))
    def an_extract_comes(self, without: int | None) -> None:
        """It names all organisations, or all but one."""
        newest = Extract.objects.order_by("as_of_on").last()
        assert newest
        extract = ExtractFactory.create(as_of_on=newest.as_of_on + timedelta(days=1))
        named = [row.organisation_id for place, row in enumerate(self.rows()) if place != without]
        register.note_seen(named, extract=extract)
        self.count("extracts")

    @rule(who=WHO, is_active=st.sampled_from([True, True, False]))
    def its_legal_status_changes(self, who: int, is_active: bool) -> None:
        """As an extract states it; what else an extract changes is no matter here."""
        status = LegalStatus.ACTIVE if is_active else LegalStatus.SUSPENDED
        key = self.rows()[who].organisation_id
        Organisation.objects.filter(pk=key).update(status=status)

    # Answers

    def _open_answers(self) -> list[tuple[type[Any], Row]]:
        kinds = (
            (Objection, self.log.objections),
            (Hearing, self.log.hearings),
            (Complaint, self.log.complaints),
        )
        return [
            (kind, row)
            for kind, found in kinds
            for rows in found.values()
            for row in rows
            if row.decided_at is None
        ]

    @precondition(lambda self: self._open_answers())
    @rule(which=WHO, outcome=st.sampled_from(list(AnswerOutcome)), partial=st.booleans())
    def an_answer_is_decided(self, which: int, outcome: AnswerOutcome, partial: bool) -> None:
        """Now and then whoever marked tries it first, in vain."""
        answers = self._open_answers()
        kind, row = answers[which % len(answers)]
        appeal = kind.objects.get(pk=row.id)
        has_marks = any(one.obligation_id == row.obligation_id for one in self.log.candidates)
        by = self.world.drafter if partial and has_marks else self.world.decider
        name = f"{kind._meta.model_name} {outcome}"
        made = self.try_to(name, appeals.decide, appeal, outcome=outcome, decision="So.", by=by)
        assert not (made and by == self.world.drafter), "whoever froze it decided on it"

    def _wishes(self) -> list[Row]:
        return [
            row for rows in self.log.hearings.values() for row in rows if row.decided_at is None
        ]

    @precondition(lambda self: self._wishes())
    @rule(which=WHO)
    def a_hearing_goes_its_way(self, which: int) -> None:
        """Its day is set, comes, and is written down; the days to remark on that pass."""
        wishes = self._wishes()
        wish = Hearing.objects.get(pk=wishes[which % len(wishes)].id)
        by = self.world.decider
        on = self._day_of_hearing()
        self.at += MINUTE
        slots = hearing_slots.open_slots(
            moment(on), count=1, minutes=30, place=f"Room {self.at}", by=by, at=self.at
        )
        if self.try_to("a hearing is set", hearings.set_date, wish, slots[0], by=by):
            self.wait_until(moment(on) + timedelta(hours=1))
            said = {"present": "The head.", "text": "They showed the lease."}
            self.try_to("a hearing is held", hearings.write_minutes, wish, by=by, **said)
            self.wait_until(moment(working_days_after(on, 4)))

    def _day_of_hearing(self) -> date:
        on = working_days_after(self.today(), 11)
        while is_protected(on) or not is_working(on):
            on += timedelta(days=1)
        return on

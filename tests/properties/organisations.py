"""Rules of what organisations do: file, ask, object, complain; and strangers, who claim them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from accounts.refusals import Refused
from notices.claims import decision, opening
from registry.models import Claim, ClaimDocument
from reregistration import appeals, extensions, filing
from reregistration.models import Filing, Obligation
from reregistration.states import FilingKind, FilingState
from tests.browser.world import ANSWERS
from tests.factories.accounts import UserFactory
from tests.factories.files import StoredFileFactory
from tests.properties.base import Run
from tests.properties.reckoning import Row

WHO = st.integers(0, 5)


class Organisations(Run):
    """What organisations do."""

    def submit(self, row: Row, *, kind: FilingKind | None = None, as_it_is: bool = False) -> bool:
        """Begin a filing, or go on with the draft, and submit it; whether it was taken."""
        person = self.person_of(row)

        def whole(obligation: Obligation, *, at: Any) -> Filing:
            draft = filing.start(obligation, by=person, at=at, kind=kind)
            if not as_it_is:
                revision = draft.revision
                draft = filing.save(draft, ANSWERS, revision=revision, by=person, at=at)
            return filing.submit(draft, by=person, at=at, as_it_is=as_it_is)

        made = self.try_to("a filing is submitted", whole, self.obligation(row))
        if made:
            self.note_submitted(row)
            if row.state == "marked":
                self.count("marks cured by a filing")
        return made is not None

    @precondition(lambda self: len(self.rows("filed", "returned", "fulfilled")) < 3)
    @rule(who=WHO, kind=st.sampled_from([None, None, FilingKind.CLOSED]), as_it_is=st.booleans())
    def an_organisation_files(self, who: int, kind: FilingKind | None, as_it_is: bool) -> None:
        self.submit(self.rows()[who], kind=kind, as_it_is=as_it_is or kind is not None)

    @precondition(lambda self: len(self._drafts()) < 2)
    @rule(who=WHO)
    def a_draft_is_begun(self, who: int) -> None:
        self.begin_draft(self.rows()[who])

    def begin_draft(self, row: Row) -> None:
        self.try_to("a draft is begun", filing.start, self.obligation(row), by=self.person_of(row))

    def _drafts(self) -> list[Row]:
        begun = {
            one.obligation_id
            for filings in self.log.filings.values()
            for one in filings
            if one.state == FilingState.DRAFT
        }
        return [row for row in self.rows() if row.id in begun]

    @precondition(lambda self: self._drafts())
    @rule(which=WHO)
    def a_draft_is_submitted(self, which: int) -> None:
        drafts = self._drafts()
        self.submit(drafts[which % len(drafts)])

    @precondition(lambda self: self.rows("due", "returned", "overdue"))
    @rule(which=WHO)
    def more_time_is_asked_for(self, which: int) -> None:
        rows = self.rows("due", "returned", "overdue")
        row = rows[which % len(rows)]
        self.try_to(
            "more time is asked for",
            extensions.request,
            self.obligation(row),
            cycle=row.cycle,
            reason="We moved.",
            by=self.person_of(row),
        )

    # Answers

    def _decided_on(self) -> list[Row]:
        """Those to whom a preliminary decision of the present cycle was written."""
        told = {
            (notice.source, notice.cycle)
            for notice in self.log.notices.values()
            if notice.kind == "preliminary_decision"
        }
        return [row for row in self.rows("overdue") if (f"obligation:{row.id}", row.cycle) in told]

    @precondition(lambda self: self._decided_on())
    @rule(which=WHO)
    def an_organisation_objects(self, which: int) -> None:
        rows = self._decided_on()
        self.object_to(rows[which % len(rows)])

    def object_to(self, row: Row) -> None:
        self._answer("an objection", appeals.object_to, row)

    @precondition(lambda self: self._decided_on())
    @rule(which=WHO)
    def an_organisation_wishes_to_be_heard(self, which: int) -> None:
        rows = self._decided_on()
        self.wish_to_be_heard(rows[which % len(rows)])

    def wish_to_be_heard(self, row: Row) -> None:
        self._answer("a wish to be heard", appeals.ask_for_hearing, row)

    @precondition(lambda self: self.rows("marked"))
    @rule(which=WHO)
    def an_organisation_complains(self, which: int) -> None:
        rows = self.rows("marked")
        self._answer("a complaint", appeals.complain, rows[which % len(rows)])

    def _answer(self, name: str, verb: Any, row: Row) -> None:
        by = self.person_of(row)
        self.try_to(name, verb, self.obligation(row), text="We are at work.", by=by)

    # Claims

    @rule(who=WHO)
    def a_stranger_claims_it(self, who: int) -> None:
        organisation = self.obligation(self.rows()[who]).organisation
        paper = StoredFileFactory.create()
        self.try_to(
            "a claim",
            opening.open_claim,
            organisation,
            by=UserFactory.create(),
            position=Claim.Position.HEAD,
            documents=[(ClaimDocument.Kind.APPOINTMENT, paper)],
        )

    @precondition(lambda self: self._claims())
    @rule(which=WHO, drafts=st.booleans())
    def a_claim_is_refused(self, which: int, drafts: bool) -> None:
        """Some claimants have begun a filing by then; it protects no longer."""
        waiting = self._claims()
        claim = Claim.objects.get(pk=waiting[which % len(waiting)].id)
        if drafts:
            self._begin_as_claimant(claim)
        self.try_to(
            "a claim is refused",
            decision.decide,
            claim,
            Claim.State.REFUSED,
            by=self.world.reviewer,
            note="The paper is another NGO's.",
        )

    def _begin_as_claimant(self, claim: Claim) -> None:
        obligation = Obligation.objects.get(organisation=claim.organisation)
        try:
            filing.start(obligation, by=claim.user, at=self.at)
        except Refused:
            self.count("refused: a claimant's draft")

    def _claims(self) -> list[Row]:
        return [claim for claim in self.log.claims.values() if claim.state == "waiting"]

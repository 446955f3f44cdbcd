"""Rules of marking: rounds on their way, workers that run, die, err, and meet others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from accounts.models import User
from registry.models import Region
from reregistration import tasks
from reregistration.marking import mark, reversal, rounds, sampling
from reregistration.models import Mark, MarkingRound, RoundCandidate
from reregistration.states import ReversalReason, RoundState, Verdict
from tests.properties import invariants, trouble
from tests.properties.base import MINUTE
from tests.properties.ministry import Ministry
from tests.properties.organisations import WHO, Organisations
from tests.properties.reckoning import Row
from tests.properties.trouble import Failed
from tests.properties.world import HOME, Killed

_UNDER_WAY = ("drafted", "dry_run", "sampled", "authorised", "running")
_BEFORE_SIGNATURES = ("dry_run", "sampled")


class Rounds(Organisations, Ministry):
    """Marking."""

    # Rounds

    def _rounds(self, *states: str) -> list[Row]:
        return [row for row in self.log.rounds.values() if row.state in states]

    def draft(self, region: str | None = None) -> MarkingRound | None:
        """Draft a round and freeze its candidates."""
        only = Region.objects.get(pk=region) if region else None
        on = self.today()
        by = self.world.drafter
        made = self.try_to(
            "a round is drafted", rounds.draft, self.world.campaign, by=by, on=on, region=only
        )
        if made:
            self._note_alone()
            self.try_to("a round's candidates are frozen", rounds.dry_run, made, by=by)
            self.watch()
            row = self.log.rounds[made.pk]
            invariants.check_dry_run(self.log, row, self.memory, region)
            if not self._waiting_in(made.pk):
                # An empty round is in nobody's way for long. Not counted as one that was stopped.
                self.stop(row, "an empty round is stopped")
        return made

    def may_draft(self) -> bool:
        return len(self._rounds(*_UNDER_WAY)) < 3

    def _note_alone(self) -> None:
        """Count what alone keeps somebody from being chosen."""
        for row in self.rows():
            against = self.log.against(row, self.today(), self.memory) - {"never_filed"}
            if len(against) == 1 and "overdue" not in against:
                self.count(f"kept out of a round by {against.pop()} alone")

    def authorise(self, made: MarkingRound) -> bool:
        """All the steps from the dry run to the second signature; whether it may run now."""
        self.check(made)
        for by in self.world.signers:
            self.try_to("a round is signed", rounds.sign, made, by=by)
        made.refresh_from_db()
        return made.state == RoundState.AUTHORISED

    def check(self, made: MarkingRound, wrong: int | None = None) -> None:
        """The sample is drawn and judged case by case: right, but for the one in that place."""
        self.try_to("a sample is drawn", sampling.draw, made, by=self.world.drafter)
        cases = sampling.unjudged_of(made).select_related("candidate__obligation")
        for place, case in enumerate(cases.order_by("candidate__position")):
            verdict = Verdict.WRONG if place == wrong else Verdict.RIGHT
            words = "It is at work." if place == wrong else ""
            by = self.world.checker
            name = f"a case is found {verdict}"
            told = self.try_to(name, sampling.judge, case, verdict=verdict, by=by, words=words)
            if told and place == wrong:
                row = case.candidate.obligation
                self.memory.found_wrong.add((row.pk, row.cycle))
                self.note_stopped(made.pk)
                return
        made.refresh_from_db()
        if made.state == RoundState.SAMPLED:
            self.memory.checked.add(made.pk)

    @precondition(lambda self: self._rounds("dry_run"))
    @rule(which=WHO, wrong=st.sampled_from([None, 0, 0, 1]), again=st.booleans())
    def a_sample_is_checked(self, which: int, wrong: int | None, *, again: bool) -> None:
        """Perhaps another round is drafted at once: whoever was found wrong is not in it."""
        rows = self._rounds("dry_run")
        self.check(MarkingRound.objects.get(pk=rows[which % len(rows)].id), wrong)
        self.watch()
        if again and self.may_draft():
            self.draft()

    @precondition(lambda self: self.may_draft())
    @rule(region=st.sampled_from([None, None, HOME]))
    def a_round_is_drafted(self, region: str | None) -> None:
        self.draft(region)

    @precondition(lambda self: self._rounds(*_BEFORE_SIGNATURES))
    @rule(which=WHO)
    def a_round_is_authorised(self, which: int) -> None:
        rows = self._rounds(*_BEFORE_SIGNATURES)
        self.authorise(MarkingRound.objects.get(pk=rows[which % len(rows)].id))

    @precondition(lambda self: self._rounds(*_BEFORE_SIGNATURES))
    @rule(which=WHO, who=st.integers(0, 3))
    def somebody_signs(self, which: int, who: int) -> None:
        """Whoever it is: the drafter tries, and the same person twice."""
        rows = self._rounds(*_BEFORE_SIGNATURES)
        people: tuple[User, ...] = (self.world.drafter, *self.world.signers, self.world.checker)
        chosen = MarkingRound.objects.get(pk=rows[which % len(rows)].id)
        self.try_to("a round is signed", rounds.sign, chosen, by=people[who])

    @precondition(lambda self: self._rounds(*_UNDER_WAY))
    @rule(which=WHO)
    def a_round_is_stopped(self, which: int) -> None:
        rows = self._rounds(*_UNDER_WAY)
        self.stop(rows[which % len(rows)])

    def stop(self, row: Row, what: str = "a round is stopped") -> None:
        chosen = MarkingRound.objects.get(pk=row.id)
        by = self.world.signers[0]
        if self.try_to(what, rounds.stop, chosen, by=by, reason="Wait."):
            self.note_stopped(row.id)

    def _waiting_in(self, round_id: int) -> list[Row]:
        return [one for one in self._waiting() if one.round_id == round_id]

    def _waiting(self) -> list[Row]:
        live = {row.id for row in self._rounds(*_UNDER_WAY)}
        return [
            one for one in self.log.candidates if one.state == "waiting" and one.round_id in live
        ]

    @precondition(lambda self: self._waiting())
    @rule(which=WHO)
    def a_candidate_is_taken_out(self, which: int) -> None:
        rows = self._waiting()
        chosen = RoundCandidate.objects.get(pk=rows[which % len(rows)].id)
        by = self.world.drafter
        self.try_to("a candidate is taken out", rounds.take_out, chosen, by=by, reason="Ask.")

    # Workers

    def _may_run(self) -> bool:
        """Whether a round may run now, or could be drafted for somebody."""
        return bool(self._rounds("authorised", "running")) or self._somebody_is_liquidable()

    def make_ready(self) -> None:
        """A round that may run: the one that does, or a new one."""
        if not self._rounds("authorised", "running"):
            made = self.draft()
            if made:
                self.authorise(made)
                self.watch()

    def run_marking(self, *, times: int = 1) -> None:
        """The task of the timetable. Nothing in it may break."""
        for _time in range(times):
            self.at += MINUTE
            before = self.log.candidates
            tasks.mark_non_responders(at=self.at)
            self.watch()
            self.note_kept(before)

    @precondition(lambda self: self._rounds("authorised", "running"))
    @rule(times=st.sampled_from([1, 1, 2]))
    def the_marking_task_runs(self, times: int) -> None:
        self.run_marking(times=times)

    @precondition(lambda self: self._rounds("authorised", "running"))
    @rule()
    def one_candidate_is_decided(self) -> None:
        before = self.log.candidates
        self.try_to("a candidate is decided", mark.mark_next, self.world.campaign)
        self.watch()
        self.note_kept(before)

    @precondition(lambda self: self._somebody_is_liquidable())
    @rule(region=st.sampled_from([None, None, HOME]))
    def a_round_goes_its_way(self, region: str | None) -> None:
        """Drafted, frozen, authorised and run on one day."""
        made = self.draft(region)
        if made and self.authorise(made):
            self.run_marking()

    @precondition(lambda self: self._somebody_is_liquidable())
    @rule(which=WHO, act=st.sampled_from(["draft", "sign", "hold", "object", "submit"]))
    def somebody_acts_behind_the_dry_run(self, which: int, act: str) -> None:
        """A round is authorised; before it runs something comes between for a candidate."""
        made = self.draft()
        if made and self.authorise(made):
            frozen = [one for one in self._waiting() if one.round_id == made.pk]
            self.acts(act)(self.log.obligations[frozen[which % len(frozen)].obligation_id])
            self.watch()
            self.run_marking()

    def _somebody_is_liquidable(self) -> bool:
        return any(
            not self.log.against(row, self.today(), self.memory) for row in self.rows("overdue")
        )

    def acts(self, name: str) -> Callable[[Row], Any]:
        verbs: dict[str, Callable[[Row], Any]] = {
            "draft": self.begin_draft,
            "sign": self.note_sign,
            "hold": lambda row: self.hold(row, "one"),
            "object": self.object_to,
            "hearing": self.wish_to_be_heard,
            "submit": self.submit,
        }
        return verbs[name]

    @precondition(lambda self: self._may_run())
    @rule(statement=st.integers(1, 60), is_killed=st.booleans())
    def a_marking_worker_breaks_off(self, statement: int, is_killed: bool) -> None:
        """Killed, it leaves whole candidates behind; an error in it stops the round."""

        def breaks() -> None:
            raise Killed if is_killed else Failed("the disk is full")

        self.make_ready()
        self.at += MINUTE
        with trouble.before_statement(statement, breaks) as met:
            try:
                tasks.mark_non_responders(at=self.at)
            except (Killed, Failed):
                self.count("marking workers killed" if is_killed else "errors in a marking worker")
        self.watch()
        if met and not is_killed:
            for row in self._rounds("stopped"):
                if row.stopped_by_id is None:
                    self.note_stopped(row.id)
                    self.count("rounds stopped by an error")

    @precondition(lambda self: self._may_run())
    @rule(
        which=WHO,
        number=st.integers(1, 3),
        place=st.sampled_from(["registry_organisation", "reregistration_obligation"]),
        act=st.sampled_from(["draft", "sign", "object", "hearing", "submit"]),
    )
    def somebody_acts_in_the_midst(self, which: int, number: int, place: str, act: str) -> None:
        """An organisation acts between the choice of a candidate and the lock on it."""
        self.make_ready()
        frozen = self._waiting()
        if not frozen:
            return
        candidate = frozen[which % len(frozen)]

        def in_between() -> None:
            self.watch()
            row = self.log.obligations[candidate.obligation_id]
            if row.state == "overdue":
                self.acts(act)(row)
                self.count("acts in the midst of marking")

        self._meanwhile(place, number, in_between)

    @precondition(lambda self: self._may_run())
    @rule(number=st.integers(1, 6), act=st.sampled_from(["stop", "stop", "hold"]))
    def a_person_acts_in_the_midst(self, number: int, act: str) -> None:
        """The round is stopped, or the campaign held, between two transactions of the worker."""

        def in_between() -> None:
            self.watch()
            running = self._rounds("authorised", "running")
            if act == "stop" and running:
                self.stop(running[0])
            elif act == "hold":
                self.hold(self.rows()[0], "campaign")
            self.count(f"{act} in the midst of marking")

        self.make_ready()
        self._meanwhile("reregistration_campaign", number, in_between)

    def _meanwhile(self, place: str, number: int, in_between: Callable[[], None]) -> None:
        self.at += MINUTE
        before = self.log.candidates
        with trouble.before_lock(place, number, in_between):
            tasks.mark_non_responders(at=self.at)
        self.watch()
        self.note_kept(before)

    # Reversals

    @precondition(lambda self: self.rows("marked"))
    @rule(which=WHO, reason=st.sampled_from(list(ReversalReason)), times=st.sampled_from([1, 2]))
    def a_mark_is_reversed(self, which: int, reason: ReversalReason, times: int) -> None:
        rows = self.rows("marked")
        row = rows[which % len(rows)]
        made = Mark.objects.get(obligation=row.id, cycle=row.cycle)
        by = self.world.drafter
        for _time in range(times):
            self.try_to(
                "a mark is reversed", reversal.reverse, made, by=by, ground="So.", reason=reason
            )

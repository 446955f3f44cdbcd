"""Officers, organisations and courts, in random order, over a call with too little money.

The machine keeps books of its own: who is kept from money, what was awarded, paid and came back.
It never asks `grants.eligibility`, so that a rule that is wrong there shows here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from django.db import connection, transaction
from django.utils import translation
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from accounts.refusals import Refused
from grants import award, eligibility, participation, payments, reports
from grants.models import Application, Award, Instalment, Lot, Payment, Repayment
from grants.states import Exclusion
from registry.calendar import day_of
from registry.models import Organisation
from tests.factories.accounts import UserFactory
from tests.factories.registry import StandingFactory
from tests.grants.properties import world

# The half of it is which of the six applications or of their awards.
WHICH = st.integers(0, 11)
PARTS = st.integers(1, 3)
MONEY = st.sampled_from([Decimal(1), Decimal(500_000), Decimal(2_000_000), Decimal(6_000_000)])


def is_(state: str) -> Callable[[Award], bool]:
    return lambda row: row.state == state


def is_paid(row: Award) -> bool:
    return row.paid > row.returned


Method = Callable[..., None]
Step = tuple[str, dict[str, Any]]
STEPS: list[st.SearchStrategy[Step]] = []


def step(**given: st.SearchStrategy[Any]) -> Callable[[Method], Method]:
    """A method that may happen next, with what it is given."""

    def kept(method: Method) -> Method:
        STEPS.append(st.tuples(st.just(method.__name__), st.fixed_dictionaries(given)))
        return method

    return kept


class Granting(RuleBasedStateMachine):
    # Of all runs together: whoever met nothing has proved nothing.
    met: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self._language = translation.override("en")
        self._language.__enter__()
        self._transaction = transaction.atomic()
        self._transaction.__enter__()
        self.rows = world.chosen()
        self.officer = UserFactory.create()
        self.at: datetime = world.BEGINS
        self.orders = 0
        # Books of the machine, by organisation.
        self.kept_from_all: set[int] = set()
        self.found: dict[int, set[Exclusion]] = {}
        self.late: set[int] = set()
        self.paid: dict[int, Decimal] = {}
        self.back: dict[int, Decimal] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._transaction.__exit__(None, None, None)
        self._language.__exit__(None, None, None)

    # What the machine itself holds of an organisation.

    def blocked(self, organisation: int) -> bool:
        return organisation in self.kept_from_all or bool(self.found.get(organisation))

    def ineligible(self, organisation: int) -> bool:
        return self.blocked(organisation) or organisation in self.late

    def tried(self, what: str, step: Callable[[], Any]) -> Any:
        """What it made; None where it was refused in words. Nothing else may come out."""
        try:
            with transaction.atomic():
                made = step()
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        except Refused:
            self.met[f"{what}: refused"] += 1
            return None
        self.met[what] += 1
        return made

    def an_award(self, which: int, sooner: Callable[[Award], bool]) -> Award | None:
        """One of them; by every other number one of those asked for, if there is any: what only
        few allow would hardly be met otherwise."""
        found = list(Award.objects.order_by("pk"))
        if which % 2 == 0:
            found = [row for row in found if sooner(row)] or found
        return found[which // 2 % len(found)] if found else None

    def an_organisation(self, which: int) -> Organisation:
        return Organisation.objects.get(pk=self.rows[which // 2].organisation_id)

    # Where it begins, and time.

    @initialize(is_running=st.booleans())
    def it_begins(self, is_running: bool) -> None:
        """Half the runs begin with a grant in force: what may follow has more steps to happen."""
        if is_running:
            self.an_officer_awards(0)
            self.it_is_accepted(0)
            self.it_is_planned(0, 3)

    @step(days=st.integers(1, 6))
    def days_pass(self, days: int) -> None:
        self.at += timedelta(days=days)

    # The commission's choice.

    @step(which=WHICH)
    def an_officer_awards(self, which: int) -> None:
        row = Application.objects.get(pk=self.rows[which // 2].pk)
        was = row.state
        made = self.tried("awarded", lambda: award.award(row, by=self.officer, at=self.at))
        if made is not None and was != "awarded":
            assert not self.ineligible(row.organisation_id), "awarded to the ineligible"
            assert made.amount <= world.ASKED

    @step(which=WHICH)
    def an_officer_passes_over(self, which: int) -> None:
        row = Application.objects.get(pk=self.rows[which // 2].pk)
        self.tried(
            "passed over",
            lambda: award.pass_over(row, reason="No money.", by=self.officer, at=self.at),
        )

    # The organisation's answer.

    @step(which=WHICH)
    def it_is_accepted(self, which: int) -> None:
        if row := self.an_award(which, is_("offered")):
            by, was = row.application.started_by, row.state
            if self.tried("accepted", lambda: award.accept(row, by=by, at=self.at)):
                assert was in ("offered", "active"), "accepted what the operator stopped"

    @step(which=WHICH)
    def it_is_not_accepted(self, which: int) -> None:
        # Rarely one that waits for its answer: few would ever be in force.
        if row := self.an_award(which, is_("refused")):
            by = row.application.started_by
            self.tried("not accepted", lambda: award.refuse(row, reason="No.", by=by, at=self.at))

    @step(which=WHICH, is_later=st.sampled_from([False, False, False, True]))
    def it_lapses(self, which: int, is_later: bool) -> None:
        if row := self.an_award(which, is_("offered")):
            # Two weeks and more pass only for one that they matter to.
            self.at += timedelta(days=20 * (is_later and row.state == "offered"))
            self.tried(
                "lapsed", lambda: award.lapse(row, reason="Late.", by=self.officer, at=self.at)
            )

    # Money.

    @step(which=WHICH, parts=PARTS)
    def it_is_planned(self, which: int, parts: int) -> None:
        if row := self.an_award(which, is_("active")):
            on = day_of(self.at)
            each = (row.left / parts).quantize(Decimal(1))
            sums = [*[each] * (parts - 1), row.left - each * (parts - 1)]
            self.tried(
                "planned",
                lambda: payments.plan(
                    row, [(amount, on) for amount in sums], by=self.officer, at=self.at
                ),
            )

    @step(which=st.integers(0, 30), again=st.booleans())
    def it_is_paid(self, which: int, again: bool) -> None:
        parts = list(Instalment.objects.order_by("pk"))
        if not parts:
            return
        part = parts[which % len(parts)]
        self.orders += 0 if again else 1
        before = Payment.objects.count()
        made = self.tried(
            "paid",
            lambda: payments.pay(
                part,
                order_number=f"PO-{self.orders}",
                paid_on=day_of(self.at),
                by=self.officer,
                at=self.at,
            ),
        )
        if made is None or Payment.objects.count() == before:
            return
        row = Award.objects.get(pk=part.award_id)
        assert not self.blocked(row.organisation_id), "paid against a block"
        assert row.state == "active", "paid what is not in force"
        self.paid[row.pk] = self.paid.get(row.pk, Decimal(0)) + part.amount

    @step(which=WHICH, amount=MONEY)
    def it_is_demanded(self, which: int, amount: Decimal) -> None:
        if row := self.an_award(which, is_paid):
            self.tried(
                "demanded",
                lambda: payments.demand(
                    row,
                    amount=amount,
                    due_on=day_of(self.at) + timedelta(days=30),
                    ground="Act.",
                    by=self.officer,
                    at=self.at,
                ),
            )

    @step(which=WHICH, amount=MONEY, answers=st.booleans())
    def it_comes_back(self, which: int, amount: Decimal, answers: bool) -> None:
        if row := self.an_award(which, is_paid):
            self.orders += 1
            made = self.tried(
                "came back",
                lambda: payments.take_back(
                    row,
                    amount=amount,
                    received_on=day_of(self.at),
                    reference=f"B-{self.orders}",
                    answers=row.demands.last() if answers else None,
                    by=self.officer,
                    at=self.at,
                ),
            )
            if made is not None:
                self.back[row.pk] = self.back.get(row.pk, Decimal(0)) + amount

    # How it goes on and ends.

    @step(
        which=WHICH, verb=st.sampled_from(["suspend", "suspend", "resume", "resume", "terminate"])
    )
    def an_officer_moves_it(self, which: int, verb: str) -> None:
        states = {"suspend": "active", "resume": "suspended", "terminate": "active"}
        if row := self.an_award(which, is_(states[verb])):
            move = getattr(award, verb)
            self.tried(verb, lambda: move(row, reason="Act.", by=self.officer, at=self.at))

    @step(which=WHICH)
    def it_is_reported_and_completed(self, which: int) -> None:
        if row := self.an_award(which, is_("active")):
            for report in row.reports.all():
                self.tried("reported", partial(self._report, report))
            self.tried("completed", lambda: award.complete(row, by=self.officer, at=self.at))

    def _report(self, report: Any) -> None:
        application = report.award.application
        by, line = application.started_by, application.lines.get()
        spent = {line.pk: report.award.paid - report.award.returned}
        reports.submit(report, text="Done.", results="Much.", spent=spent, by=by, at=self.at)
        reports.accept(report, by=self.officer, at=self.at)

    # What happens to an organisation meanwhile.

    @step(which=WHICH, status=st.sampled_from(["active", "suspended", "in_liquidation"]))
    def its_legal_status_changes(self, which: int, status: str) -> None:
        organisation = self.an_organisation(which)
        Organisation.objects.filter(pk=organisation.pk).update(status=status)
        if status == "active":
            self.kept_from_all.discard(organisation.pk)
        else:
            self.kept_from_all.add(organisation.pk)

    @step(which=WHICH, exclusion=st.sampled_from(list(Exclusion)), is_met=st.booleans())
    def an_exclusion_is_checked(self, which: int, exclusion: Exclusion, is_met: bool) -> None:
        organisation = self.an_organisation(which)
        found = self.tried(
            "checked",
            lambda: participation.find(
                organisation,
                exclusion,
                is_met=is_met,
                evidence="Court.",
                on=day_of(self.at),
                by=self.officer,
                at=self.at,
            ),
        )
        if found is not None:
            held = self.found.setdefault(organisation.pk, set())
            (held.add if is_met else held.discard)(exclusion)

    @step(which=WHICH, is_late=st.booleans())
    def it_files_or_is_overdue(self, which: int, is_late: bool) -> None:
        organisation = self.an_organisation(which)
        organisation.standings.all().delete()
        StandingFactory.create(
            organisation=organisation,
            state="overdue" if is_late else "filed",
            effective_due_on=world.BEGINS.date(),
        )
        (self.late.add if is_late else self.late.discard)(organisation.pk)

    # Of rules Hypothesis leaves out half in each run, and a payment needs four: hence steps of one.
    @rule(step=st.one_of(STEPS))
    def something_happens(self, step: Step) -> None:
        name, given = step
        getattr(self, name)(**given)

    # What holds whatever happens.

    @invariant()
    def no_call_is_overspent(self) -> None:
        lots = list(Lot.objects.all())
        for lot in lots:
            awards = list(Award.objects.filter(lot=lot))
            assert sum(row.committed for row in awards) == lot.committed <= world.LOT
            assert sum(self.paid.get(row.pk, Decimal(0)) for row in awards) <= world.LOT

    @invariant()
    def the_books_agree(self) -> None:
        for row in Award.objects.all():
            assert row.paid == self.paid.get(row.pk, Decimal(0)) <= row.committed <= row.amount
            assert row.returned == self.back.get(row.pk, Decimal(0)) <= row.paid
            assert sum(held.amount for held in Repayment.objects.filter(award=row)) == row.returned
            last = row.events.last()
            assert last is not None
            assert last.to_state == row.state

    @invariant()
    def blocks_are_told_as_the_machine_knows_them(self) -> None:
        for row in self.rows:
            organisation = Organisation.objects.get(pk=row.organisation_id)
            blocks = eligibility.payment_blocks(organisation, day_of(self.at))
            assert bool(blocks) == self.blocked(organisation.pk)

"""What the database itself refuses: overspending, weights, changes of what was handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

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
    GrantRule,
    Instalment,
    Lot,
    Mci,
    Participant,
    ParticipantEvent,
    Payment,
    Repayment,
    RepaymentDemand,
    Report,
    Score,
)
from registry.ledger import AppendOnly
from registry.states import LegalStatus
from tests.factories.accounts import UserFactory
from tests.factories.files import StoredFileFactory
from tests.factories.grants import (
    AMOUNT,
    BUDGET,
    ApplicationFactory,
    AwardFactory,
    CallFactory,
    EvaluationFactory,
    ExclusionFindingFactory,
    InstalmentFactory,
    LotFactory,
    ParticipantFactory,
    ProtocolFactory,
    ReportFactory,
    paid,
)
from tests.factories.registry import OrganisationFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 5, 6, tzinfo=UTC)


def at_once() -> None:
    """Look now at what is otherwise looked at when the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def looked_at() -> Iterator[None]:
    yield
    at_once()


@contextmanager
def refused(name: str) -> Iterator[None]:
    with pytest.raises(DatabaseError, match=name), transaction.atomic(), looked_at():
        yield


class TestCalls:
    def test_an_announced_call_has_weights_of_a_hundred(self) -> None:
        with refused("call_weights_sum_to_100"):
            CallFactory.create(weights=(60, 39))

    def test_a_draft_may_be_half_done(self) -> None:
        CallFactory.create(draft=True, weights=(), lots=())
        at_once()

    @pytest.mark.parametrize("change", ["weight", "delete", "move"])
    def test_the_weights_of_an_announced_call_stay_a_hundred(self, change: str) -> None:
        criterion = CallFactory.create().criteria.get(position=1)
        with refused("call_weights_sum_to_100"):
            if change == "weight":
                Criterion.objects.filter(pk=criterion.pk).update(weight=59)
            elif change == "delete":
                criterion.delete()
            else:
                criterion.call = CallFactory.create(draft=True, weights=())
                criterion.save()

    def test_the_lots_stay_within_the_calls_budget(self) -> None:
        call = CallFactory.create()
        with refused("call_lots_within_budget"):
            LotFactory.create(call=call, position=2, budget=Decimal("0.01"))

    def test_the_calls_budget_does_not_fall_below_its_lots(self) -> None:
        call = CallFactory.create()
        with refused("call_lots_within_budget"):
            Call.objects.filter(pk=call.pk).update(budget=BUDGET - 1)

    def test_a_call_without_a_lot_is_not_announced(self) -> None:
        with refused("call_lots_within_budget"):
            CallFactory.create(lots=())

    def test_the_limits_in_tenge_follow_the_index(self) -> None:
        call = CallFactory.create()
        assert call.least_amount == 2_162_500
        assert call.most_amount == 12_975_000
        call.mci = Mci.objects.get(year=2025)
        assert call.least_amount == 1_966_000
        long = CallFactory.create(type="long")
        assert long.least_amount == 43_250_000
        assert long.most_amount is None

    def test_the_law_is_loaded(self) -> None:
        shares = GrantRule.objects.in_force(date(2026, 9, 1)).values_list(
            "type", "institutional_percent"
        )
        assert dict(shares) == {"short": 10, "medium": 10, "long": 5}

    def test_it_takes_until_the_moment_it_ends(self) -> None:
        call = CallFactory.create()
        last = call.closes_at.replace(minute=29, second=59, microsecond=999_999)
        assert call.takes_at(last)
        assert not call.takes_at(call.closes_at)
        assert call.takes_at(call.opens_at)
        call.state = "closed"
        assert call.takes_at(last)
        call.state = "cancelled"
        assert not call.takes_at(last)


class TestMoneyOfALot:
    def test_a_lot_is_never_overspent(self) -> None:
        lot = LotFactory.create(call=CallFactory.create(lots=()), budget=AMOUNT)
        AwardFactory.create(lot=lot)
        with refused("lot_is_never_overspent"):
            AwardFactory.create(lot=lot)

    def test_an_award_without_its_lot_is_refused(self) -> None:
        award = AwardFactory.create()
        with refused("lot_commits_its_awards"):
            Lot.objects.filter(pk=award.lot_id).update(committed=0)

    def test_an_award_that_is_not_accepted_frees_its_money(self) -> None:
        award = AwardFactory.create(state="offered")
        Award.objects.filter(pk=award.pk).update(state="refused", committed=0, ended_at=AT)
        Lot.objects.filter(pk=award.lot_id).update(committed=0)
        at_once()

    def test_a_live_award_commits_its_whole_amount(self) -> None:
        award = AwardFactory.create()
        with refused("award_commits_by_state"):
            Award.objects.filter(pk=award.pk).update(committed=1)

    def test_an_award_is_its_applications(self) -> None:
        award = AwardFactory.create()
        with refused("award_is_of_its_application"):
            Award.objects.filter(pk=award.pk).update(organisation=OrganisationFactory.create())

    def test_an_award_is_not_more_than_was_asked_for(self) -> None:
        application = ApplicationFactory.create(state="awarded")
        with refused("award_is_of_its_application"):
            AwardFactory.create(application=application, amount=AMOUNT + 1)

    def test_an_application_is_awarded_once(self) -> None:
        award = AwardFactory.create()
        with refused("application_id"):
            AwardFactory.create(application=award.application)

    @pytest.mark.parametrize("status", ["suspended", "in_liquidation", "liquidated"])
    def test_nobody_awards_to_the_blocked(self, status: str) -> None:
        application = ApplicationFactory.create(state="awarded", organisation__status=status)
        with refused("organisation_is_blocked"):
            AwardFactory.create(application=application)

    def test_nobody_awards_against_a_finding(self) -> None:
        application = ApplicationFactory.create(state="awarded")
        ExclusionFindingFactory.create(organisation=application.organisation)
        with refused("organisation_is_blocked"):
            AwardFactory.create(application=application)
        ExclusionFindingFactory.create(organisation=application.organisation, is_met=False)
        AwardFactory.create(application=application)


class TestMoneyOfAnAward:
    def test_payments_stay_within_the_award(self) -> None:
        award = AwardFactory.create()
        paid(InstalmentFactory.create(award=award, amount=AMOUNT))
        with refused("award_instalments_within_amount"):
            InstalmentFactory.create(award=award, amount=Decimal("0.01"))
        with refused("award_is_never_overspent"):
            Award.objects.filter(pk=award.pk).update(paid=AMOUNT + 1)

    def test_what_is_paid_is_what_the_payments_say(self) -> None:
        award = AwardFactory.create()
        with refused("award_money_adds_up"):
            Award.objects.filter(pk=award.pk).update(paid=1)

    def test_no_more_comes_back_than_was_paid(self) -> None:
        payment = paid(InstalmentFactory.create())
        award = payment.instalment.award
        with refused("award_is_never_overspent"):
            repay(award, payment.amount + 1)
        repay(award, payment.amount)
        at_once()

    def test_an_instalment_is_paid_once(self) -> None:
        instalment = InstalmentFactory.create()
        paid(instalment)
        with refused("instalment_id"):
            paid(instalment)

    def test_a_payment_is_of_its_instalment(self) -> None:
        instalment = InstalmentFactory.create()
        instalment.amount -= 1
        with refused("payment_is_of_its_instalment"):
            paid(instalment)

    def test_a_paid_instalment_stays(self) -> None:
        payment = paid(InstalmentFactory.create())
        rows = Instalment.objects.filter(pk=payment.instalment_id)
        for changed in ({"amount": 1}, {"state": "cancelled"}):
            with refused("instalment_paid_stays"):
                rows.update(**changed)

    @pytest.mark.parametrize("state", ["offered", "suspended", "refused"])
    def test_only_an_award_in_force_is_paid(self, state: str) -> None:
        instalment = InstalmentFactory.create(award__state=state)
        with refused("payment_of_an_award_in_force"):
            paid(instalment)

    @pytest.mark.parametrize("status", ["suspended", "in_liquidation", "liquidated"])
    def test_nobody_pays_against_a_block(self, status: LegalStatus) -> None:
        instalment = InstalmentFactory.create()
        organisation = instalment.award.organisation
        organisation.status = status
        organisation.save()
        with refused("organisation_is_blocked"):
            paid(instalment)

    def test_nobody_pays_against_a_finding(self) -> None:
        instalment = InstalmentFactory.create()
        ExclusionFindingFactory.create(organisation=instalment.award.organisation)
        with refused("organisation_is_blocked"):
            paid(instalment)


class TestWhatWasHandedIn:
    def test_its_budget_is_frozen(self) -> None:
        application = ApplicationFactory.create(submitted=True)
        with refused("application_parts_are_frozen"):
            application.lines.update(name="Other")
        with refused("application_parts_are_frozen"):
            application.lines.all().delete()

    def test_its_answers_are_frozen(self) -> None:
        application = ApplicationFactory.create(submitted=True)
        with refused("application_answers_are_frozen"):
            Application.objects.filter(pk=application.pk).update(title="Other")
        Application.objects.filter(pk=application.pk).update(state="admitted", score=70)

    def test_a_returned_one_may_be_changed(self) -> None:
        application = ApplicationFactory.create(state="returned")
        application.lines.update(name="Other")
        Application.objects.filter(pk=application.pk).update(title="Other")

    def test_it_asks_for_the_sum_of_its_lines(self) -> None:
        application = ApplicationFactory.create()
        with refused("application_budget_adds_up"):
            Application.objects.filter(pk=application.pk).update(amount=AMOUNT + 1)

    def test_a_line_is_quantity_times_price(self) -> None:
        line = ApplicationFactory.create().lines.get()
        with refused("budget_line_adds_up"):
            BudgetLine.objects.filter(pk=line.pk).update(quantity=2)

    def test_equipment_counts_as_institutional(self) -> None:
        line = ApplicationFactory.create().lines.get()
        with refused("budget_line_institutional_by_category"):
            BudgetLine.objects.filter(pk=line.pk).update(category="equipment")

    def test_an_empty_one_is_not_handed_in(self) -> None:
        with refused("application_submitted_is_complete"):
            ApplicationFactory.create(submitted=True, title="")

    def test_one_draft_a_lot_and_organisation(self) -> None:
        one = ApplicationFactory.create()
        with refused("application_one_draft_a_lot"):
            ApplicationFactory.create(organisation=one.organisation, lot=one.lot)

    def test_a_place_of_the_reserve_is_one_applications(self) -> None:
        one = ApplicationFactory.create(state="reserve")
        with refused("application_reserve_place_once"):
            ApplicationFactory.create(state="reserve", lot=one.lot)

    def test_a_line_does_not_leave_it_for_a_draft(self) -> None:
        handed_in, draft = ApplicationFactory.create(submitted=True), ApplicationFactory.create()
        with refused("application_parts_are_frozen"):
            handed_in.lines.update(application=draft, position=9)

    def test_a_line_that_moves_is_missed_where_it_was(self) -> None:
        one, other = ApplicationFactory.create(), ApplicationFactory.create(amount=0)
        with refused("application_budget_adds_up"), transaction.atomic():
            one.lines.update(application=other)
            Application.objects.filter(pk=other.pk).update(amount=AMOUNT)


class TestReports:
    @pytest.fixture
    def report(self) -> Report:
        row: Report = ReportFactory.create()
        line = row.award.application.lines.get()
        row.lines.create(budget_line=line, spent=7)
        row.papers.create(file=StoredFileFactory.create(), by=UserFactory.create(), at=AT)
        row.text, row.results, row.spent, row.sha256 = "Done.", "Much.", Decimal(7), "0" * 64
        row.state, row.submitted_at, row.submitted_by = "submitted", AT, UserFactory.create()
        row.save()
        return row

    def test_what_was_handed_in_stays(self, report: Report) -> None:
        with refused("report_is_frozen"):
            Report.objects.filter(pk=report.pk).update(text="Other.")
        with refused("report_is_frozen"):
            report.lines.update(spent=8)
        for rows in (report.lines, report.papers):
            with refused("report_is_frozen"):
                rows.all().delete()

    def test_once_returned_it_changes_and_adds_up(self, report: Report) -> None:
        review = {"reviewed_at": AT, "reviewed_by": UserFactory.create(), "review_words": "No."}
        Report.objects.filter(pk=report.pk).update(state="returned", **review)
        Report.objects.filter(pk=report.pk).update(text="Other.")
        with refused("report_adds_up"):
            Report.objects.filter(pk=report.pk).update(spent=8)
        with refused("report_adds_up"):
            report.lines.update(spent=8)


class TestScores:
    def test_a_locked_score_is_not_changed(self) -> None:
        evaluation = EvaluationFactory.create()
        criterion = evaluation.application.lot.call.criteria.get(position=1)
        score = Score.objects.create(evaluation=evaluation, criterion=criterion, points=7)
        Score.objects.filter(pk=score.pk).update(points=8)
        Evaluation.objects.filter(pk=evaluation.pk).update(locked_at=AT)
        with refused("scores_are_locked"):
            Score.objects.filter(pk=score.pk).update(points=9)
        with refused("scores_are_locked"):
            score.delete()
        with refused("scores_are_locked"):
            Evaluation.objects.filter(pk=evaluation.pk).update(locked_at=None)

    def test_points_stay_on_the_scale(self) -> None:
        evaluation = EvaluationFactory.create()
        criterion = evaluation.application.lot.call.criteria.get(position=1)
        with refused("score_points_within_the_scale"):
            Score.objects.create(evaluation=evaluation, criterion=criterion, points=11)

    def test_who_drafts_a_protocol_does_not_sign_it(self) -> None:
        protocol = ProtocolFactory.create()
        protocol.signed_by, protocol.signed_at = protocol.drafted_by, AT
        with refused("protocol_"):
            protocol.save()


class TestParticipants:
    def test_an_organisation_takes_part_once(self) -> None:
        one = ParticipantFactory.create()
        with refused("participant_once_at_a_time"):
            ParticipantFactory.create(organisation=one.organisation)

    def test_who_left_may_come_back(self) -> None:
        one = ParticipantFactory.create(left=True)
        ParticipantFactory.create(organisation=one.organisation)

    def test_a_declaration_names_all_eight(self) -> None:
        one = ParticipantFactory.create()
        with refused("declaration_names_all_exclusions"):
            ExclusionDeclaration.objects.create(
                participant=one, clear_of=["bankrupt"], by=one.registered_by, at=AT
            )

    def test_it_expires_by_its_date_alone(self) -> None:
        one = ParticipantFactory.create()
        assert one.state_on(one.until_on) == "active"
        assert one.state_on(date(2027, 1, 12)) == "expired"
        assert Participant.objects.taking_part(one.until_on).exists()
        assert not Participant.objects.taking_part(date(2027, 1, 12)).exists()


def repay(award: Award, amount: Decimal) -> None:
    Repayment.objects.create(
        award=award,
        amount=amount,
        received_on=date(2026, 11, 20),
        reference=f"B-{amount}",
        by=UserFactory.create(),
        at=AT,
    )
    Award.objects.filter(pk=award.pk).update(returned=amount)


def a_person() -> Any:
    return UserFactory.create()


def a_log(model: type[Any], row: Callable[[], Any], field: str) -> Callable[[], Any]:
    return lambda: model.objects.create(
        **{field: row()}, from_state="a", to_state="b", by=a_person(), at=AT, **EXTRA.get(model, {})
    )


EXTRA: dict[type[Any], dict[str, Any]] = {
    CallEvent: {"ground": "Order", "closes_at": AT},
    AwardEvent: {"kind": "paid"},
}


def a_demand() -> RepaymentDemand:
    return RepaymentDemand.objects.create(
        award=AwardFactory.create(),
        amount=1,
        due_on=date(2026, 12, 1),
        ground="Art. 5",
        by=a_person(),
        at=AT,
    )


def a_repayment() -> None:
    repay(paid(InstalmentFactory.create()).instalment.award, Decimal(1))


def a_check() -> None:
    FormalCheck.objects.create(
        application=ApplicationFactory.create(submitted=True),
        outcome="admit",
        by=a_person(),
        at=AT,
    )


def a_conflict() -> None:
    ConflictDeclaration.objects.create(
        evaluation=EvaluationFactory.create(), has_conflict=False, by=a_person(), at=AT
    )


def a_decision() -> None:
    protocol = ProtocolFactory.create()
    application = ApplicationFactory.create(lot=protocol.call.lots.get(), admitted=True)
    CommissionDecision.objects.create(
        protocol=protocol,
        application=application,
        outcome="award",
        amount=AMOUNT,
        by=a_person(),
        at=AT,
    )


LOGS: list[tuple[type[AppendOnly], Callable[[], Any]]] = [
    (ApplicationEvent, a_log(ApplicationEvent, ApplicationFactory.create, "application")),
    (AwardEvent, a_log(AwardEvent, AwardFactory.create, "award")),
    (CallEvent, a_log(CallEvent, CallFactory.create, "call")),
    (ParticipantEvent, a_log(ParticipantEvent, ParticipantFactory.create, "participant")),
    (CommissionDecision, a_decision),
    (ConflictDeclaration, a_conflict),
    (ExclusionDeclaration, ParticipantFactory.create),
    (ExclusionFinding, ExclusionFindingFactory.create),
    (FormalCheck, a_check),
    (Payment, lambda: paid(InstalmentFactory.create())),
    (Repayment, a_repayment),
    (RepaymentDemand, a_demand),
]


@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET salt = salt", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
@pytest.mark.parametrize(("log", "make"), LOGS)
def test_a_written_line_is_neither_changed_nor_removed(
    log: type[AppendOnly], make: Callable[[], Any], statement: str
) -> None:
    make()
    assert log._default_manager.exists()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="is append-only"):
            cursor.execute(statement.format(log._meta.db_table))


def test_every_append_only_table_of_grants_is_looked_at() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only_rows' "
            "AND tgrelid::regclass::text LIKE 'grants_%%'"
        )
        guarded = {name for (name,) in cursor.fetchall()}
    assert guarded == {log._meta.db_table for log, _make in LOGS}

"""The desk from the formal check to the last report."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from grants.models import (
    Application,
    ApplicationPaper,
    Award,
    Call,
    Evaluation,
    Participant,
    Protocol,
    Report,
)
from tests.factories.accounts import staff_member
from tests.factories.files import StoredFileFactory
from tests.factories.grants import (
    AMOUNT,
    ApplicationFactory,
    AwardFactory,
    CallFactory,
    EvaluationFactory,
    ExclusionFindingFactory,
    InstalmentFactory,
    ParticipantFactory,
    ReportFactory,
)
from tests.grants.cycle import applicant, awarded, chosen, evaluated, reviewer
from tests.reregistration.desk import list_of, page_of, signed_in, told, verb_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> User:
    return staff_member(Role.GRANTS_OFFICER)


@pytest.fixture
def desk(officer: User) -> Client:
    return signed_in(officer)


def today() -> str:
    return timezone.localdate().isoformat()


def take_part_for_long() -> None:
    """The desk's clock is the real one: a registration of 2026 must not end under the test."""
    Participant.objects.update(until_on=date(2090, 1, 1))


def drafts_paper(row: Application) -> ApplicationPaper:
    """A paper of a draft, for a paper joins no other."""
    paper: ApplicationPaper = ApplicationPaper.objects.create(
        application=row,
        kind="plan",
        file=StoredFileFactory.create(uploaded_by=row.started_by),
        by=row.started_by,
        at=row.started_at,
    )
    return paper


class TestApplications:
    def test_one_is_checked_and_given_to_a_reviewer(self, desk: Client) -> None:
        call = CallFactory.create(closed=True)
        row = ApplicationFactory.create(lot=call.lots.get(), submitted=True)
        take_part_for_long()
        answer = desk.post(verb_of(row, "check"), {"outcome": "admit"}, follow=True)
        assert told(answer) == ["The check is recorded: admitted to the evaluation."]
        desk.post(verb_of(call, "evaluate"), {"ground": "Order 9"})
        desk.post(verb_of(row, "assign"), {"reviewer": reviewer().pk})
        assert Evaluation.objects.get().application == row

    def test_a_draft_is_not_there(self, desk: Client) -> None:
        row = ApplicationFactory.create()
        assert desk.get(page_of(row)).status_code == 404

    def test_one_is_awarded(self, desk: Client) -> None:
        row = chosen()
        take_part_for_long()
        assert "Молодёжный центр" in desk.get(page_of(row)).content.decode()
        desk.post(verb_of(row, "award"))
        assert Award.objects.get().application == row

    def test_another_regions_officer_finds_none(self, officer: User) -> None:
        row = ApplicationFactory.create(submitted=True)
        officer.role_grants.update(regions=["750000000"])
        assert signed_in(officer).get(page_of(row)).status_code == 404


class TestPapers:
    def test_who_checks_and_who_scores_read_them(self, desk: Client) -> None:
        row = ApplicationFactory.create()
        by = row.started_by
        paper = drafts_paper(row)
        row.state, row.number, row.submitted_at = "admitted", "G-9999999", timezone.now()
        row.submitted_by, row.sha256 = by, "0" * 64
        row.participant = ParticipantFactory.create(organisation=row.organisation)
        row.save()
        held = EvaluationFactory.create(application=row, reviewer=reviewer())
        other = EvaluationFactory.create(reviewer=reviewer())
        for who, at in ((desk, row), (signed_in(held.reviewer), held)):
            name = f"admin:grants_{at._meta.model_name}_paper"
            address = reverse(name, args=[at.pk, paper.file.key])
            assert f'href="{address}"' in who.get(page_of(at)).content.decode()
            assert who.get(address)["Content-Disposition"].startswith("attachment")
        assert signed_in(other.reviewer).get(address).status_code == 404
        # Nor by another row of one's own.
        mine = reverse("admin:grants_evaluation_paper", args=[other.pk, paper.file.key])
        assert signed_in(other.reviewer).get(mine).status_code == 404

    def test_an_officer_reads_those_of_a_report(self, desk: Client) -> None:
        row, file = ReportFactory.create(), StoredFileFactory.create()
        row.papers.create(file=file, by=file.uploaded_by, at=timezone.now())
        address = reverse("admin:grants_report_paper", args=[row.pk, file.key])
        assert f'href="{address}"' in desk.get(page_of(row)).content.decode()
        assert desk.get(address)["Content-Disposition"].startswith("attachment")


class TestScoring:
    def test_a_reviewer_declares_scores_and_locks(self) -> None:
        row = applicant(CallFactory.create(evaluating=True))
        held = EvaluationFactory.create(application=row, reviewer=reviewer())
        mine = signed_in(held.reviewer)
        mine.post(verb_of(held, "declare"), {"has_conflict": "no"})
        points = {f"points_{one.pk}": "7" for one in row.lot.call.criteria.all()}
        mine.post(verb_of(held, "score"), {**points, "words": "Good."})
        mine.post(verb_of(held, "lock"))
        held.refresh_from_db()
        assert (held.locked_at is not None, held.scores.count()) == (True, 2)

    def test_a_reviewer_finds_their_own_alone(self) -> None:
        held, other = EvaluationFactory.create(), EvaluationFactory.create(reviewer=reviewer())
        mine = signed_in(other.reviewer)
        assert mine.get(page_of(other)).status_code == 200
        assert mine.get(page_of(held)).status_code == 404
        assert mine.get(verb_of(held, "score")).status_code == 404
        assert mine.get(list_of(Application)).status_code == 403

    def test_nobody_reads_anothers_words_before_all_are_locked(self, desk: Client) -> None:
        row = applicant(CallFactory.create(evaluating=True))
        (one,) = evaluated(row, (8,))
        other = EvaluationFactory.create(application=row, reviewer=reviewer())
        for client in (desk, signed_in(other.reviewer)):
            assert "Good." not in client.get(page_of(other)).content.decode()
        assert "Good." not in desk.get(page_of(row)).content.decode()
        assert "Good." in signed_in(one.reviewer).get(page_of(one)).content.decode()


class TestProtocols:
    def test_scores_and_decisions_are_drafted_and_signed_by_another(self, desk: Client) -> None:
        call: Call = CallFactory.create(evaluating=True)
        row = applicant(call)
        evaluated(row)
        sitting = {"held_on": today(), "present": "A. Nurlanova"}
        desk.post(verb_of(call, "score"), sitting)
        protocol = Protocol.objects.get()
        refused = desk.post(verb_of(protocol, "sign"), follow=True)
        assert told(refused)[-1] == "You drafted this protocol. Another person signs it."
        another = signed_in(staff_member(Role.GRANTS_OFFICER))
        another.post(verb_of(protocol, "sign"))
        answers = {f"outcome_{row.pk}": "award", f"amount_{row.pk}": "5000000"}
        desk.post(verb_of(call, "decide"), {**sitting, **answers})
        decision = Protocol.objects.get(kind="commission")
        assert decision.decisions.get().amount == AMOUNT
        another.post(verb_of(decision, "sign"))
        call.refresh_from_db()
        assert call.state == "decided"
        shown = desk.get(verb_of(decision, "document"))
        assert b"".join(shown.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]

    def test_a_sitting_decides_on_hundreds(self, desk: Client) -> None:
        call = CallFactory.create(evaluating=True)
        sent = {f"words_{place}": "" for place in range(1_500)}
        answer = desk.post(verb_of(call, "decide"), {**sent, "held_on": today(), "present": "A"})
        assert answer.status_code == 200


class TestAwards:
    def test_money_is_planned_paid_and_comes_back(self, desk: Client) -> None:
        row = InstalmentFactory.create().award
        desk.post(verb_of(row, "plan"), {"amount_0": "5000000", "due_on_0": today()})
        part = row.instalments.get(state="planned")
        paid = {"instalment": part.pk, "order_number": "PO-1", "paid_on": today()}
        answer = desk.post(verb_of(row, "pay"), paid, follow=True)
        assert "were paid" in told(answer)[-1]
        back = {"amount": "1000", "received_on": today(), "reference": "B-1"}
        desk.post(verb_of(row, "take_back"), back)
        row.refresh_from_db()
        assert (row.paid, row.returned) == (AMOUNT, Decimal(1000))
        assert desk.get(page_of(row)).status_code == 200

    def test_sums_are_typed_as_people_write_them(self, desk: Client) -> None:
        row = InstalmentFactory.create().award
        desk.post(verb_of(row, "plan"), {"amount_0": "5 000 000,00 ₸", "due_on_0": today()})
        assert row.instalments.get(state="planned").amount == AMOUNT
        opened = desk.get(verb_of(row, "plan")).content.decode()
        assert 'value="5,000,000"' in opened

    def test_two_clicks_pay_once_and_say_so(self, desk: Client) -> None:
        part = InstalmentFactory.create(amount=AMOUNT)
        paid = {"instalment": part.pk, "order_number": "PO-1", "paid_on": today()}
        for _ in range(2):
            answer = desk.post(verb_of(part.award, "pay"), paid, follow=True)
            assert "were paid" in told(answer)[-1]
        part.award.refresh_from_db()
        assert part.award.paid == AMOUNT

    def test_what_cannot_be_done_has_no_button(self, desk: Client) -> None:
        part = InstalmentFactory.create(amount=AMOUNT)
        row = part.award
        buttons = {name: f'href="{verb_of(row, name)}"' for name in ("plan", "pay", "take_back")}
        shown = desk.get(page_of(row)).content.decode()
        assert [name for name, held in buttons.items() if held in shown] == ["plan", "pay"]
        answers = {"instalment": part.pk, "order_number": "PO-1", "paid_on": today()}
        desk.post(verb_of(row, "pay"), answers)
        shown = desk.get(page_of(row)).content.decode()
        assert [name for name, held in buttons.items() if held in shown] == ["take_back"]

    def test_what_stands_in_the_way_is_told_in_place_of_the_form(self, desk: Client) -> None:
        row = AwardFactory.create()
        assert "No instalment is planned" in desk.get(verb_of(row, "pay")).content.decode()
        InstalmentFactory.create(award=row)
        ExclusionFindingFactory.create(organisation=row.organisation)
        assert "debts under enforcement" in desk.get(verb_of(row, "pay")).content.decode()
        waiting = AwardFactory.create(state="offered", accept_by_on=date(2090, 1, 1))
        assert "may accept it until" in desk.get(verb_of(waiting, "lapse")).content.decode()

    def test_one_is_suspended_with_words(self, desk: Client) -> None:
        row = InstalmentFactory.create().award
        desk.post(verb_of(row, "suspend"), {"reason": "No report."})
        row.refresh_from_db()
        assert row.state == "suspended"

    def test_its_agreement_is_read(self, desk: Client) -> None:
        shown = desk.get(verb_of(awarded(), "document"))
        assert b"".join(shown.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]

    def test_the_lists_take_no_more_queries_for_more_rows(
        self, desk: Client, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(8):
            ReportFactory.create()
        for model in (Award, Report, Application):
            desk.get(list_of(model))
            with django_assert_max_num_queries(14):
                desk.get(list_of(model))

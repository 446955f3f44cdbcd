"""Nobody rewrites the log of a campaign: not by a slip, not by a console."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.db import IntegrityError, connection

from accounts.roles import Role
from registry.ledger import AppendOnly
from reregistration import (
    calls,
    campaigns,
    closures,
    extensions,
    hearings,
    questions,
    refusals,
    reopenings,
    review,
)
from reregistration.marking import mark, reversal
from reregistration.models import (
    CallNote,
    CampaignDecision,
    Contradiction,
    CourtDecision,
    CourtDecisionConfirmation,
    CourtDecisionEffect,
    Declaration,
    EvidenceItem,
    Extension,
    FilingSignature,
    HearingMinutes,
    HearingRemark,
    Mark,
    ObligationEvent,
    PaperStep,
    QuestionMessage,
    RefusalProposal,
    Reopening,
    ReopeningProposal,
    Reversal,
    Review,
    SampleDraw,
    SampleVerdict,
    Verification,
    WithdrawalChase,
)
from reregistration.states import FilingKind
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.files import StoredFileFactory
from tests.factories.hearings import hearing_set, minutes_written
from tests.factories.paper import received
from tests.factories.referrals import (
    CourtDecisionFactory,
    EvidenceItemFactory,
    ReferralWithdrawalFactory,
)
from tests.factories.registry import OrganisationFactory
from tests.factories.reregistration import (
    MARKING_DAY,
    CampaignFactory,
    FilingFactory,
    ObligationFactory,
    RefusalGroundFactory,
    authorised_round,
    drawn_round,
    liquidable_obligation,
    mark_made,
    noon,
    sampled_round,
)

pytestmark = pytest.mark.django_db
AT = noon(MARKING_DAY)


def an_event() -> None:
    ObligationFactory.create()


def a_decision() -> None:
    manager = staff_member(Role.CAMPAIGN_MANAGER)
    campaigns.close(CampaignFactory.create(), by=manager, at=AT, ground="Order No. 9")


def a_review() -> None:
    review.accept(FilingFactory.create(submitted=True), by=staff_member(Role.REVIEWER), at=AT)


def a_mark() -> None:
    campaign = liquidable_obligation().campaign
    authorised_round(campaign)
    mark.mark_next(campaign, at=AT)


def a_reversal() -> None:
    reversal.reverse(
        mark_made(), by=staff_member(Role.CAMPAIGN_MANAGER), at=AT, ground="A wrong extract."
    )


def an_extension() -> None:
    row = ObligationFactory.create(overdue=True)
    extensions.grant(
        row,
        cycle=row.cycle,
        days=60,
        ground="Order No. 9",
        by=staff_member(Role.CAMPAIGN_MANAGER),
        at=noon(date(2027, 1, 20)),
    )


def a_verification() -> None:
    closed = FilingFactory.create(submitted=True, kind=FilingKind.CLOSED)
    closures.verify(closed, note="Liquidated by court.", by=staff_member(Role.REVIEWER), at=AT)


def a_contradiction() -> None:
    filed = FilingFactory.create(submitted=True)
    closures.contradict(filed, text="Not by us.", by=UserFactory.create(), at=AT)


def a_message() -> None:
    questions.ask(
        OrganisationFactory.create(), subject="Form", text="Which?", by=UserFactory.create(), at=AT
    )


def a_paper() -> None:
    received()


def a_call() -> None:
    calls.log(
        OrganisationFactory.create(),
        caller="Асель",
        about=["other"],
        said="Спросила о сроке.",
        by=UserFactory.create(),
        at=AT,
    )


def a_declaration() -> None:
    Declaration.objects.create(version=99, effective_from_at=AT)


def a_signature() -> None:
    filed = FilingFactory.create(submitted=True)
    FilingSignature.objects.create(
        filing=filed,
        file=StoredFileFactory.create(),
        bin="0" * 12,
        signed_at=AT,
        by=UserFactory.create(),
        at=AT,
    )


def some_minutes() -> None:
    minutes_written(hearing_set(own_choice=True))


def a_remark() -> None:
    wish = hearing_set(own_choice=True)
    minutes = minutes_written(wish)
    hearings.remark(wish, text="We said more.", by=wish.by, at=minutes.at)


def an_evidence() -> None:
    EvidenceItemFactory.create()


def a_chase() -> None:
    WithdrawalChase.objects.create(
        withdrawal=ReferralWithdrawalFactory.create(), how="By telephone.", at=AT
    )


def a_proposal() -> None:
    refusals.propose(
        FilingFactory.create(submitted=True),
        ground=RefusalGroundFactory.create(),
        words="The charter is forged.",
        by=staff_member(Role.REVIEWER),
        at=AT,
    )


def a_proposal_to_reopen() -> None:
    filed = FilingFactory.create(submitted=True)
    review.accept(filed, by=staff_member(Role.REVIEWER), at=AT)
    reopenings.propose(filed, words="A wrong extract.", by=staff_member(Role.REVIEWER), at=AT)


def a_reopening() -> None:
    a_proposal_to_reopen()
    proposal = ReopeningProposal.objects.get()
    reopenings.confirm(proposal, by=staff_member(Role.SENIOR_REVIEWER), at=AT)


def a_court_decision() -> None:
    CourtDecisionFactory.create()


def a_confirmation() -> None:
    CourtDecisionConfirmation.objects.create(
        decision=CourtDecisionFactory.create(), by=UserFactory.create(), at=AT
    )


def a_draw() -> None:
    drawn_round(liquidable_obligation().campaign)


def a_verdict() -> None:
    sampled_round(liquidable_obligation().campaign)


def an_effect() -> None:
    CourtDecisionEffect.objects.create(decision=CourtDecisionFactory.create(), at=AT)


LOGS: list[tuple[type[AppendOnly], Callable[[], None]]] = [
    (ObligationEvent, an_event),
    (CampaignDecision, a_decision),
    (Review, a_review),
    (RefusalProposal, a_proposal),
    (ReopeningProposal, a_proposal_to_reopen),
    (Reopening, a_reopening),
    (Mark, a_mark),
    (Reversal, a_reversal),
    (SampleDraw, a_draw),
    (SampleVerdict, a_verdict),
    (Extension, an_extension),
    (Verification, a_verification),
    (Contradiction, a_contradiction),
    (QuestionMessage, a_message),
    (CallNote, a_call),
    (PaperStep, a_paper),
    (Declaration, a_declaration),
    (FilingSignature, a_signature),
    (HearingMinutes, some_minutes),
    (HearingRemark, a_remark),
    (EvidenceItem, an_evidence),
    (WithdrawalChase, a_chase),
    (CourtDecision, a_court_decision),
    (CourtDecisionConfirmation, a_confirmation),
    (CourtDecisionEffect, an_effect),
]


@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET salt = salt", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
@pytest.mark.parametrize(("log", "make"), LOGS)
def test_a_written_line_is_neither_changed_nor_removed(
    log: type[AppendOnly], make: Callable[[], None], statement: str
) -> None:
    make()
    assert log._default_manager.exists()
    with connection.cursor() as cursor:
        # A truncation is refused by the trigger, not for a check that is still to come.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="is append-only"):
            cursor.execute(statement.format(log._meta.db_table))


def test_every_append_only_table_of_campaigns_is_looked_at() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only_rows' "
            "AND tgrelid::regclass::text LIKE 'reregistration_%%'"
        )
        guarded = {name for (name,) in cursor.fetchall()}
    assert guarded == {log._meta.db_table for log, _make in LOGS}

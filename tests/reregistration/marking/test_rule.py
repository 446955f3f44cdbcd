"""Each condition of the rule, alone, keeps an organisation from being marked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices.states import Kind, ServiceGround
from registry import signs
from registry.models import Extract
from registry.states import LegalStatus, SignKind
from reregistration import appeals, obligations
from reregistration.marking import rule
from reregistration.models import Appeal, Campaign, Objection, Obligation
from reregistration.states import AnswerOutcome, State
from tests.factories.accounts import UserFactory
from tests.factories.registry import (
    ClaimFactory,
    ExtractFactory,
    OrganisationFactory,
    SignOfLifeFactory,
)
from tests.factories.reregistration import (
    MARKING_DAY,
    CampaignFactory,
    FilingFactory,
    liquidable_obligation,
    noon,
    notify,
    serve,
)

pytestmark = pytest.mark.django_db

Make = Callable[[Campaign], Obligation]


def with_organisation(**fields: Any) -> Make:
    prefixed = {f"organisation__{name}": value for name, value in fields.items()}
    return lambda campaign: liquidable_obligation(campaign=campaign, **prefixed)


def with_fields(**fields: Any) -> Make:
    return lambda campaign: liquidable_obligation(campaign=campaign, **fields)


def in_state(state: State, release_reason: str = "") -> Make:
    """The state alone is another: all else stays as it was."""

    def make(campaign: Campaign) -> Obligation:
        row = liquidable_obligation(campaign=campaign)
        Obligation.objects.filter(pk=row.pk).update(state=state, release_reason=release_reason)
        return row

    return make


def merged(campaign: Campaign) -> Obligation:
    other = OrganisationFactory.create()
    return liquidable_obligation(campaign=campaign, organisation__merged_into=other)


def not_in_the_newest_extract(campaign: Campaign) -> Obligation:
    ExtractFactory.create()
    older = ExtractFactory.create(as_of_on=date(2026, 3, 31))
    return liquidable_obligation(campaign=campaign, organisation__last_seen_extract=older)


def served_on_another_ground(kind: Kind) -> Make:
    """One of the two notices was served only on a ground that the campaign does not count."""

    def make(campaign: Campaign) -> Obligation:
        campaign.service_grounds = [ServiceGround.PUBLICATION]
        campaign.save()
        row = without(kind)(campaign)
        on = date(2026, 12, 18) if kind == Kind.FINAL_WARNING else date(2027, 1, 12)
        serve(row, kind, on=on, ground=ServiceGround.CODE_USED)
        return row

    return make


def without(kind: Kind) -> Make:
    name = {
        Kind.FINAL_WARNING: "warning_served_on",
        Kind.PRELIMINARY_DECISION: "decision_served_on",
    }[kind]
    return with_fields(**{name: None})


def sent_but_not_served(kind: Kind) -> Make:
    def make(campaign: Campaign) -> Obligation:
        row = without(kind)(campaign)
        notify(row, kind, on=date(2026, 12, 18))
        return row

    return make


def with_a_draft(campaign: Campaign) -> Obligation:
    row = liquidable_obligation(campaign=campaign)
    FilingFactory.create(obligation=row)
    return row


def with_a_claim(campaign: Campaign) -> Obligation:
    row = liquidable_obligation(campaign=campaign)
    ClaimFactory.create(organisation=row.organisation)
    return row


def with_a_sign_of_life(campaign: Campaign) -> Obligation:
    row = liquidable_obligation(campaign=campaign)
    signs.note([(row.organisation, "claim:1")], kind=SignKind.REFUSED_CLAIM, on=MARKING_DAY)
    return row


def with_an_answer(answer: Callable[..., Appeal]) -> Make:
    """Something was sent in after the preliminary decision, and nobody has decided on it."""

    def make(campaign: Campaign) -> Obligation:
        row = liquidable_obligation(campaign=campaign)
        answer(row, text="We have moved.", by=UserFactory.create(), at=noon(date(2027, 1, 20)))
        return row

    return make


def found_right(answer: Callable[..., Appeal]) -> Make:
    """Something was sent in, and whoever decided on it upheld it."""

    def make(campaign: Campaign) -> Obligation:
        row = with_an_answer(answer)(campaign)
        appeals.decide(
            row.objections.first() or row.hearings.get(),
            outcome=AnswerOutcome.UPHELD,
            decision="It had moved.",
            by=UserFactory.create(),
            at=noon(date(2027, 1, 25)),
        )
        return row

    return make


def with_a_complaint(campaign: Campaign) -> Obligation:
    """Of a mark that was reversed before anybody decided on the complaint."""
    row = liquidable_obligation(campaign=campaign)
    Obligation.objects.filter(pk=row.pk).update(state=State.MARKED)
    appeals.complain(row, text="It is an error.", by=UserFactory.create(), at=noon(MARKING_DAY))
    Obligation.objects.filter(pk=row.pk).update(state=State.OVERDUE)
    return row


BROKEN: list[tuple[str, str, Make]] = [
    ("in_scope", "suspended", with_organisation(suspended=True)),
    ("in_scope", "in liquidation", with_organisation(in_liquidation=True)),
    ("in_scope", "liquidated", with_organisation(status=LegalStatus.LIQUIDATED)),
    ("in_scope", "state founded", with_organisation(state_founded=True)),
    ("in_scope", "party", with_organisation(political_party=True)),
    ("in_scope", "trade union", with_organisation(trade_union=True)),
    ("in_scope", "legal form", with_organisation(legal_form_id="RA")),
    ("in_scope", "cut-off day", with_organisation(registered_on=date(2026, 1, 1))),
    ("in_scope", "merged", merged),
    ("in_newest_extract", "an older extract named it last", not_in_the_newest_extract),
    ("in_newest_extract", "no extract named it", with_organisation(last_seen_extract=None)),
    *[
        ("overdue", state, in_state(state, "exempt" if state == State.RELEASED else ""))
        for state in State
        if state != State.OVERDUE
    ],
    ("grace_over", "last day of grace", with_fields(due_on=date(2027, 2, 1))),
    ("warning_served", "no warning", without(Kind.FINAL_WARNING)),
    ("warning_served", "not served", sent_but_not_served(Kind.FINAL_WARNING)),
    ("warning_served", "41 days", with_fields(warning_served_on=date(2027, 1, 11))),
    ("warning_served", "ground", served_on_another_ground(Kind.FINAL_WARNING)),
    ("decision_served", "no decision", without(Kind.PRELIMINARY_DECISION)),
    ("decision_served", "not served", sent_but_not_served(Kind.PRELIMINARY_DECISION)),
    ("decision_served", "27 days", with_fields(decision_served_on=date(2027, 1, 19))),
    ("decision_served", "ground", served_on_another_ground(Kind.PRELIMINARY_DECISION)),
    (
        "never_filed",
        "filed once",
        with_fields(first_filed_at=noon(date(2026, 9, 1)), on_time=True),
    ),
    ("no_draft", "a draft", with_a_draft),
    ("no_objection", "an open objection", with_an_answer(appeals.object_to)),
    ("no_hearing", "an open wish to be heard", with_an_answer(appeals.ask_for_hearing)),
    ("no_hold", "its dates are held", with_fields(held_since_on=date(2026, 12, 20))),
    ("no_objection_upheld", "an upheld objection", found_right(appeals.object_to)),
    ("no_hearing_upheld", "heard and found right", found_right(appeals.ask_for_hearing)),
    ("no_complaint", "an open complaint", with_a_complaint),
    ("no_claim", "a waiting claim", with_a_claim),
    ("no_sign_of_life", "a sign", with_a_sign_of_life),
]


@pytest.fixture
def campaign() -> Campaign:
    return CampaignFactory.create()


def codes_against(row: Obligation, on: date = MARKING_DAY) -> list[str]:
    return [condition.code for condition in rule.reasons_against(row, on)]


def test_where_all_conditions_hold_it_is_liquidable(campaign: Campaign) -> None:
    row = liquidable_obligation(campaign=campaign)
    assert list(rule.liquidable(campaign, MARKING_DAY)) == [row]
    assert codes_against(row) == []


@pytest.mark.parametrize(
    ("code", "make"),
    [pytest.param(code, make, id=f"{code}: {case}") for code, case, make in BROKEN],
)
def test_one_broken_condition_keeps_it_out_and_is_named(
    code: str, make: Make, campaign: Campaign
) -> None:
    row = make(campaign)
    liquidable = liquidable_obligation(campaign=campaign)
    assert list(rule.liquidable(campaign, MARKING_DAY)) == [liquidable]
    assert codes_against(row) == [code]


def test_claims_and_signs_that_are_over_keep_nobody_out(campaign: Campaign) -> None:
    """A decided claim, its draft, a resolved sign, one of yesterday and one of tomorrow."""
    row = liquidable_obligation(campaign=campaign)
    refused = ClaimFactory.create(organisation=row.organisation, refused=True)
    FilingFactory.create(obligation=row, claim=refused)
    yesterday, tomorrow = MARKING_DAY - timedelta(days=1), MARKING_DAY + timedelta(days=1)
    SignOfLifeFactory.create(organisation=row.organisation, resolved=True)
    SignOfLifeFactory.create(organisation=row.organisation, until_on=yesterday)
    SignOfLifeFactory.create(organisation=row.organisation, from_on=tomorrow)
    assert list(rule.liquidable(campaign, MARKING_DAY)) == [row]


def test_every_condition_is_broken_by_some_case(campaign: Campaign) -> None:
    assert {code for code, _case, _make in BROKEN} == {
        condition.code for condition in rule.conditions(campaign, MARKING_DAY)
    }


def test_every_condition_says_what_is_wrong(campaign: Campaign) -> None:
    for condition in rule.conditions(campaign, MARKING_DAY):
        assert str(condition.sentence).endswith(".")


def test_an_inactive_organisation_is_liquidable(campaign: Campaign) -> None:
    row = liquidable_obligation(campaign=campaign, organisation__inactive=True)
    assert codes_against(row) == []


def test_services_of_an_earlier_cycle_do_not_count(campaign: Campaign) -> None:
    row = liquidable_obligation(campaign=campaign)
    at = noon(date(2027, 1, 20))
    again = obligations.move(row, State.DUE, by=None, at=at, due_on=date(2027, 1, 21))
    obligations.move(again, State.OVERDUE, by=None, at=noon(date(2027, 1, 22)))
    assert codes_against(row) == ["warning_served", "decision_served"]
    assert codes_against(row, date(2027, 9, 1)) == ["warning_served", "decision_served"]


@pytest.mark.parametrize(
    ("on", "codes"),
    [
        (date(2027, 3, 11), []),
        (date(2027, 3, 10), ["warning_served", "decision_served"]),
    ],
)
def test_the_terms_run_42_and_28_whole_days_from_service(
    on: date, codes: list[str], campaign: Campaign
) -> None:
    row = liquidable_obligation(
        campaign=campaign,
        warning_served_on=date(2027, 1, 27),
        decision_served_on=date(2027, 2, 10),
    )
    assert codes_against(row, on) == codes


def test_the_terms_are_the_campaigns_data() -> None:
    campaign = CampaignFactory.create(warning_served_days=100, decision_served_days=100)
    row = liquidable_obligation(campaign=campaign)
    assert codes_against(row) == ["warning_served", "decision_served"]


def test_a_newer_extract_makes_absence_a_persons_question(campaign: Campaign) -> None:
    row = liquidable_obligation(campaign=campaign)
    ExtractFactory.create(as_of_on=date(2026, 9, 30))
    assert codes_against(row) == ["in_newest_extract"]


def test_without_any_extract_nobody_is_liquidable(campaign: Campaign) -> None:
    row = liquidable_obligation(campaign=campaign, organisation__last_seen_extract=None)
    Extract.objects.all().delete()
    assert codes_against(row) == ["in_newest_extract"]


def test_the_oldest_due_date_comes_first(campaign: Campaign) -> None:
    rows = [
        liquidable_obligation(campaign=campaign, due_on=date(2026, 12, 1) - timedelta(days=days))
        for days in (0, 20, 10)
    ]
    assert list(rule.liquidable(campaign, MARKING_DAY)) == [rows[1], rows[2], rows[0]]


def test_another_campaigns_obligation_is_not_asked(campaign: Campaign) -> None:
    liquidable_obligation()
    assert not rule.liquidable(campaign, MARKING_DAY).exists()


def test_the_whole_answer_is_one_query_beside_the_table_of_moved_days(campaign: Campaign) -> None:
    for _ in range(3):
        liquidable_obligation(campaign=campaign)
    with CaptureQueriesContext(connection) as queries:
        assert len(rule.liquidable(campaign, MARKING_DAY)) == 3
    assert len(queries) == 2


def test_an_answer_that_was_dismissed_or_upheld_in_an_earlier_cycle_keeps_nobody_out(
    campaign: Campaign,
) -> None:
    row = found_right(appeals.object_to)(campaign)
    Objection.objects.update(cycle=row.cycle - 1)
    other = with_an_answer(appeals.object_to)(campaign)
    appeals.decide(
        other.objections.get(),
        outcome=AnswerOutcome.DISMISSED,
        decision="It had not moved.",
        by=UserFactory.create(),
        at=noon(date(2027, 1, 25)),
    )
    assert set(rule.liquidable(campaign, MARKING_DAY)) == {row, other}

"""What the ground of absence asks for: each demand met, and each of them missing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from notices.models import Dispatch, Service
from notices.states import Channel, DispatchState, ServiceGround
from reregistration.models import EvidenceItem, Obligation
from reregistration.referral import demands, evidence
from reregistration.referral.demands import Demand
from reregistration.states import EvidenceKind
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.notices import DispatchFactory, NoticeFactory
from tests.factories.referrals import (
    FIRST_VISIT_ON,
    LAST_VISIT_ON,
    ObjectionFactory,
    absent,
    act,
    ground_of,
    letter_came_back,
    somebody_was_found,
)
from tests.factories.reregistration import mark_made, noon, serve_mark
from tests.reregistration.referral.test_grounds import reach

pytestmark = pytest.mark.django_db


def asked(row: Obligation, code: str = "absence") -> dict[Any, Demand]:
    return {demand.kind: demand for demand in demands.demands(row, ground_of(code))}


def a_letter(row: Obligation, address: str, state: DispatchState, *, on: date) -> Dispatch:
    notice = NoticeFactory.create(
        organisation=row.organisation,
        source=row.source,
        cycle=row.cycle,
        occasion=f"{address[:20]}/{on}",
        made_at=noon(on),
    )
    letter: Dispatch = DispatchFactory.create(
        notice=notice,
        channel=Channel.LETTER,
        address=address,
        message_id="",
        state=state,
        sent_at=noon(on),
        ended_at=noon(on) if state != DispatchState.SENT else None,
        made_at=noon(on),
    )
    return letter


def test_every_demand_of_an_absent_organisation_is_met() -> None:
    found = asked(absent())
    assert {kind: one.missing for kind, one in found.items() if not one.is_met} == {}
    assert [len(one.facts) for one in found.values()] == [1, 2, 1, 1, 2]


def test_of_a_mark_alone_each_demand_says_what_is_missing() -> None:
    made = mark_made()
    found = asked(Obligation.objects.get(pk=made.obligation_id))
    letters = found.pop(EvidenceKind.LETTER_RETURNED)
    assert "No registered letter has come back from the legal seat yet" in letters.missing[0]
    lasting = found.pop(None)
    assert lasting.missing == ("No fact shows yet that it began.",)
    assert {one.missing for one in found.values()} == {("Nothing of this kind is there yet.",)}


class TestLetters:
    def test_one_that_is_under_way_is_missing(self) -> None:
        row = absent()
        a_letter(row, "г. Алматы, ул. Новая, д. 5", DispatchState.SENT, on=LAST_VISIT_ON)
        (sentence,) = asked(row)[EvidenceKind.LETTER_RETURNED].missing
        assert "has not come back from г. Алматы, ул. Новая, д. 5" in sentence

    def test_the_newest_letter_to_an_address_decides(self) -> None:
        row = absent()
        a_letter(row, "ул. Новая, д. 5", DispatchState.DELIVERED, on=LAST_VISIT_ON)
        assert "was delivered" in asked(row)[EvidenceKind.LETTER_RETURNED].missing[0]
        later = LAST_VISIT_ON + timedelta(days=1)
        a_letter(row, "ул. Новая, д. 5", DispatchState.BOUNCED, on=later)
        assert asked(row)[EvidenceKind.LETTER_RETURNED].is_met

    def test_the_seat_is_one_address_in_whichever_language(self) -> None:
        row = absent()
        seat = demands.case_of(row).seats[1]
        a_letter(row, seat, DispatchState.BOUNCED, on=LAST_VISIT_ON)
        found = asked(row)[EvidenceKind.LETTER_RETURNED]
        assert found.is_met
        assert [fact.on for fact in found.facts] == [FIRST_VISIT_ON, LAST_VISIT_ON]

    def test_an_address_is_empty_since_the_first_that_came_back_in_a_row(self) -> None:
        row = absent()
        fates = [DispatchState.BOUNCED, DispatchState.DELIVERED] + [DispatchState.BOUNCED] * 2
        days = [FIRST_VISIT_ON + timedelta(days=number) for number in range(4)]
        for state, on in zip(fates, days, strict=True):
            a_letter(row, "ул. Новая, д. 5", state, on=on)
        facts = asked(row)[EvidenceKind.LETTER_RETURNED].facts
        assert [fact.on for fact in facts if "Новая" in fact.address] == days[2:]

    def test_one_that_an_officer_logged_counts_for_its_address(self) -> None:
        row = absent()
        letter = a_letter(row, "ул. Новая, д. 5", DispatchState.SENT, on=FIRST_VISIT_ON)
        evidence.log(
            row.organisation,
            evidence.Found(
                EvidenceKind.LETTER_RETURNED,
                LAST_VISIT_ON,
                "Вернулось.",
                dispatch=letter,
                file=act("envelope.pdf"),
            ),
            by=staff_member(Role.REVIEWER),
            at=noon(LAST_VISIT_ON),
        )
        found = asked(row)[EvidenceKind.LETTER_RETURNED]
        assert found.is_met
        assert len(found.facts) == 2


class TestTime:
    def test_the_last_fact_lies_a_year_behind_the_first(self) -> None:
        row = absent()
        last = evidence.standing().filter(kind=EvidenceKind.SITE_VISIT).last()
        assert last is not None
        evidence.replace(
            last,
            evidence.Found(
                EvidenceKind.SITE_VISIT, FIRST_VISIT_ON + timedelta(days=364), "Никого.", file=act()
            ),
            by=staff_member(Role.REVIEWER),
            at=noon(LAST_VISIT_ON),
        )
        (sentence,) = asked(row)[None].missing
        assert "29 February 2028" in sentence

    def test_nothing_counts_from_before_it_was_last_reached(self) -> None:
        row = absent()
        notice = NoticeFactory.create(
            organisation=row.organisation, source=row.source, cycle=1, kind="overdue"
        )
        reached_on = date(2027, 9, 1)
        Service.objects.create(
            notice=notice,
            ground=ServiceGround.OPENED,
            served_at=noon(reached_on),
            recorded_at=noon(reached_on),
            by=UserFactory.create(),
        )
        found = asked(row)
        assert found[EvidenceKind.FOUNDERS_SEARCH].facts == ()
        assert [fact.on for fact in found[EvidenceKind.SITE_VISIT].facts] == [LAST_VISIT_ON]
        assert (
            "before somebody of the organisation was last there"
            in (found[EvidenceKind.LETTER_RETURNED].missing[0])
        )

    def test_nothing_counts_from_before_it_last_answered_or_was_found(self) -> None:
        answered, found = absent(), absent()
        day = date(2027, 9, 2)
        ObjectionFactory.create(obligation=answered, at=noon(day), decided_at=noon(day))
        somebody_was_found(found, on=day)
        for row in (answered, found):
            assert asked(row)[EvidenceKind.OFFICERS_SEARCH].facts == ()
            visits = asked(row)[EvidenceKind.SITE_VISIT].facts
            assert [fact.on for fact in visits] == [LAST_VISIT_ON]

    def test_what_found_somebody_is_no_evidence_of_absence(self) -> None:
        row = absent()
        item = somebody_was_found(row, on=LAST_VISIT_ON + timedelta(days=1))
        assert item.somebody_found
        assert not asked(row)[EvidenceKind.FOUNDERS_SEARCH].is_met


def test_a_list_and_a_case_agree_on_who_is_there() -> None:
    nobody, reached, answered, found, earlier, struck = (absent() for _ in range(6))
    reach(reached)
    ObjectionFactory.create(obligation=answered, cycle=answered.cycle)
    somebody_was_found(found, on=LAST_VISIT_ON)
    ObjectionFactory.create(obligation=earlier, cycle=earlier.cycle - 1)
    error = somebody_was_found(struck, on=LAST_VISIT_ON)
    evidence.strike(error, reason="Другой.", by=staff_member(Role.REVIEWER), at=noon(LAST_VISIT_ON))
    there = set(Obligation.objects.filter(demands.is_there()))
    assert there == {reached, answered, found}
    rows = [nobody, reached, answered, found, earlier, struck]
    cases = demands.cases_of(rows).values()
    assert {case.obligation for case in cases if not case.is_absent} == there


def test_who_had_a_notice_in_hand_is_there_whatever_the_campaign_takes_for_service() -> None:
    row = absent()
    reach(row)
    row.campaign.service_grounds = [ServiceGround.PUBLICATION]
    row.campaign.save()
    fresh = Obligation.objects.select_related("campaign", "organisation").get(pk=row.pk)
    case = demands.case_of(fresh)
    assert not case.is_absent
    assert not asked(fresh, "silence")[EvidenceKind.PROOF_OF_SERVICE].is_met


def test_a_replaced_entry_meets_nothing() -> None:
    row = absent()
    item = EvidenceItem.objects.get(kind=EvidenceKind.FOUNDERS_SEARCH)
    evidence.strike(item, reason="Ошибка.", by=staff_member(Role.REVIEWER), at=noon(LAST_VISIT_ON))
    assert not asked(row)[EvidenceKind.FOUNDERS_SEARCH].is_met


def test_a_ground_may_ask_for_two_of_a_kind() -> None:
    row, ground = absent(), ground_of("absence")
    ground.demands.filter(kind=EvidenceKind.FOUNDERS_SEARCH).update(minimum=2)
    found = asked(row)[EvidenceKind.FOUNDERS_SEARCH]
    assert found.missing == ("There are 1 of at least 2.",)


def test_silence_asks_for_the_proof_of_service() -> None:
    made = mark_made()
    row = Obligation.objects.get(pk=made.obligation_id)
    assert not asked(row, "silence")[EvidenceKind.PROOF_OF_SERVICE].is_met
    Service.objects.create(
        notice=made.warning_service.notice,
        ground=ServiceGround.OPENED,
        served_at=made.at,
        recorded_at=made.at,
        by=UserFactory.create(),
    )
    assert asked(row, "silence")[EvidenceKind.PROOF_OF_SERVICE].is_met


def test_many_cases_cost_as_many_queries_as_one() -> None:
    rows = [absent()]
    with CaptureQueriesContext(connection) as one:
        demands.cases_of(rows)
    for _ in range(2):
        made = mark_made()
        serve_mark(made, on=date(2027, 2, 22))
        letter_came_back(made)
        rows.append(
            Obligation.objects.select_related("campaign", "organisation").get(pk=made.obligation_id)
        )
    with CaptureQueriesContext(connection) as three:
        demands.cases_of(rows)
    assert len(one) == len(three)

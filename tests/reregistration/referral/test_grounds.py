"""The way on: the court for who is absent, the administrative track for who is silent."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from notices.models import Service
from notices.states import ServiceGround
from reregistration.models import LegalGround, Obligation
from reregistration.referral import grounds
from reregistration.states import EvidenceKind, Track
from tests.factories.accounts import UserFactory
from tests.factories.referrals import (
    LAST_VISIT_ON,
    READY_ON,
    ObjectionFactory,
    absent,
    ground_of,
    somebody_was_found,
)

pytestmark = pytest.mark.django_db


def reach(row: Obligation, *, cycle: int | None = None) -> None:
    notice = row.organisation.notices.filter(source=row.source).earliest("pk")
    assert cycle is None or cycle == notice.cycle
    Service.objects.create(
        notice=notice,
        ground=ServiceGround.OPENED,
        served_at=notice.made_at,
        recorded_at=notice.made_at,
        by=UserFactory.create(),
    )


def test_whom_nobody_reached_is_absent_and_goes_to_the_court() -> None:
    way = grounds.way_of(absent(), READY_ON)
    assert (way.track, way.ground) == (Track.COURT, ground_of("absence"))
    assert "Absence is a ground for the court" in way.why


def test_who_was_reached_and_is_silent_goes_to_the_administrative_track() -> None:
    row = absent()
    reach(row)
    way = grounds.way_of(row, READY_ON)
    assert (way.track, way.ground) == (Track.ADMINISTRATIVE, ground_of("not_submitted"))
    assert "never referred" in way.why


def test_who_was_found_or_answered_is_not_absent() -> None:
    found, answered = absent(), absent()
    somebody_was_found(found, on=LAST_VISIT_ON)
    ObjectionFactory.create(obligation=answered, cycle=answered.cycle)
    ways = [grounds.way_of(row, READY_ON) for row in (found, answered)]
    assert {way.track for way in ways} == {Track.ADMINISTRATIVE}
    assert "Somebody of it was found: search for the founders, 6 March 2028." in ways[0].why
    assert "It has answered: objection O-9" in ways[1].why


def test_a_law_that_makes_silence_a_ground_opens_the_court() -> None:
    LegalGround.objects.filter(code="silence").update(from_on=date(2028, 1, 1))
    row = absent()
    reach(row)
    way = grounds.way_of(row, READY_ON)
    assert (way.track, way.ground) == (Track.COURT, ground_of("silence"))
    assert grounds.way_of(row, date(2027, 12, 31)).track == Track.ADMINISTRATIVE


def test_what_was_served_in_an_earlier_cycle_is_no_silence_of_this_one() -> None:
    row = absent()
    reach(row)
    Obligation.objects.filter(pk=row.pk).update(cycle=row.cycle + 1)
    row = Obligation.objects.select_related("campaign", "organisation").get(pk=row.pk)
    assert grounds.way_of(row, READY_ON).track == Track.COURT


def test_without_a_ground_in_force_nothing_is_done() -> None:
    LegalGround.objects.update(until_on=date(2027, 1, 1))
    way = grounds.way_of(absent(), READY_ON)
    assert (way.track, way.ground) == (None, None)
    assert "nothing is done" in way.why


class TestTheTable:
    def test_absence_asks_for_what_the_code_asks_for(self) -> None:
        ground = ground_of("absence")
        assert ground.article_ru.startswith("Гражданский кодекс")
        assert ground.lasting_days == 365
        assert [demand.kind for demand in ground.demands.all()] == [
            EvidenceKind.LETTER_RETURNED,
            EvidenceKind.SITE_VISIT,
            EvidenceKind.FOUNDERS_SEARCH,
            EvidenceKind.OFFICERS_SEARCH,
        ]

    def test_no_law_makes_silence_a_ground_today(self) -> None:
        assert ground_of("silence") not in LegalGround.objects.in_force(READY_ON)

    def test_a_ground_is_in_force_up_to_the_day_before_its_end(self) -> None:
        ground = ground_of("absence")
        ground.until_on = READY_ON
        assert not ground.is_in_force(READY_ON)
        assert ground.is_in_force(date(2028, 3, 12))
        ground.save()
        assert ground not in LegalGround.objects.in_force(READY_ON)

    def test_two_open_rows_of_one_code_are_refused(self) -> None:
        with pytest.raises(IntegrityError, match="ground_one_without_an_end"), transaction.atomic():
            LegalGround.objects.create(code="absence", track="court", from_on=date(2027, 1, 1))

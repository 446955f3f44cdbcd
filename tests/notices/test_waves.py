from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError

from accounts.models import User
from accounts.refusals import Refused
from notices import dispatch, waves
from notices.models import Wave
from notices.states import Channel, DispatchState, Kind
from tests.factories.accounts import UserFactory
from tests.factories.notices import DispatchFactory
from tests.factories.registry import ContactFactory

pytestmark = pytest.mark.django_db
SOURCE = "campaign:2026"
HOUR = timedelta(hours=1)


@pytest.fixture
def manager(db: None) -> User:
    return UserFactory.create()


def begin(at: datetime, kind: Kind = Kind.ANNOUNCEMENT) -> Wave | None:
    return waves.begin_next(SOURCE, kind, size=2, pause=HOUR, at=at)


def begun(at: datetime) -> Wave:
    wave = begin(at)
    assert wave
    return wave


def test_waves_follow_each_other_with_a_pause_between(at: datetime) -> None:
    assert begun(at).number == 1
    assert begin(at) is None
    assert begin(at + HOUR - timedelta(minutes=1)) is None
    assert begun(at + HOUR).number == 2


def test_the_seconds_of_the_timetable_cost_no_wave(at: datetime) -> None:
    begun(at + timedelta(seconds=40))
    assert begun(at + HOUR + timedelta(seconds=1)).number == 2


def test_each_kind_has_waves_of_its_own(at: datetime) -> None:
    begun(at)
    assert begin(at, Kind.FINAL_WARNING)


def test_a_wave_takes_in_no_more_than_its_size(at: datetime) -> None:
    wave = begun(at)
    waves.fill(wave, 2)
    assert waves.room(wave) == 0
    with pytest.raises(IntegrityError, match="wave_holds_no_more_than_its_size"):
        waves.fill(wave, 1)


def test_a_wave_with_room_is_under_way_until_the_next_may_begin(at: datetime) -> None:
    wave = begun(at)
    asked = {"pause": HOUR}
    assert waves.under_way(SOURCE, Kind.ANNOUNCEMENT, at=at, **asked) == wave
    assert waves.under_way(SOURCE, Kind.ANNOUNCEMENT, at=at + HOUR, **asked) is None
    waves.fill(wave, 2)
    assert waves.under_way(SOURCE, Kind.ANNOUNCEMENT, at=at, **asked) is None


def test_nothing_of_a_stopped_wave_is_sent_until_it_is_resumed(at: datetime, manager: User) -> None:
    wave = begun(at)
    row = DispatchFactory.create(made_at=at, wave=wave)
    waves.stop(wave, by=manager, at=at, reason="Ошибка в тексте")
    assert dispatch.claim(Channel.EMAIL, at=at) == []
    waves.resume(wave, by=manager, at=at + HOUR)
    assert dispatch.claim(Channel.EMAIL, at=at + HOUR) == [row.pk]


def test_no_wave_follows_a_stopped_one(at: datetime, manager: User) -> None:
    wave = begun(at)
    waves.stop(wave, by=manager, at=at, reason="Ошибка в тексте")
    assert begin(at + 5 * HOUR) is None
    waves.resume(wave, by=manager, at=at + 5 * HOUR)
    assert begun(at + 5 * HOUR).number == 2


def test_the_next_address_waits_with_its_wave(at: datetime, manager: User) -> None:
    wave = begun(at)
    row = DispatchFactory.create(
        made_at=at, wave=wave, state=DispatchState.SENT, sent_at=at, notice__kind=Kind.OVERDUE
    )
    ContactFactory.create(organisation=row.notice.organisation, value="office@second.example")
    waves.stop(wave, by=manager, at=at, reason="Ошибка в тексте")
    dispatch.bounce(row.pk, at=at, reason="no such user")
    assert dispatch.claim(Channel.EMAIL, at=at + HOUR) == []
    waves.resume(wave, by=manager, at=at)
    assert len(dispatch.claim(Channel.EMAIL, at=at + HOUR)) == 1


def test_stopping_twice_keeps_who_stopped_it_and_why(at: datetime, manager: User) -> None:
    wave = begun(at)
    waves.stop(wave, by=manager, at=at, reason="Ошибка в тексте")
    stopped = waves.stop(wave, by=UserFactory.create(), at=at + HOUR, reason="Ещё раз")
    assert (stopped.stopped_by, stopped.stopped_at, stopped.stop_reason) == (
        manager,
        at,
        "Ошибка в тексте",
    )


def test_resuming_twice_changes_nothing(at: datetime, manager: User) -> None:
    wave = begun(at)
    for _ in range(2):
        assert waves.resume(wave, by=manager, at=at).stopped_at is None


def test_a_wave_is_stopped_for_a_reason(at: datetime, manager: User) -> None:
    with pytest.raises(Refused, match="Say why the wave is stopped"):
        waves.stop(begun(at), by=manager, at=at, reason=" ")

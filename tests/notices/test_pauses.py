from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import User
from accounts.refusals import Refused
from notices import dispatch, letters, pauses
from notices.models import Pause
from notices.states import Channel, Kind
from tests.factories.accounts import UserFactory
from tests.factories.notices import DispatchFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def manager(db: None) -> User:
    return UserFactory.create()


@pytest.mark.parametrize(
    ("channel", "kind", "goes_out"),
    [
        (None, None, set()),
        (Channel.EMAIL, None, {"letter"}),
        (None, Kind.OVERDUE, {"receipt", "letter"}),
        (Channel.EMAIL, Kind.OVERDUE, {"receipt", "letter"}),
        (Channel.LETTER, Kind.OVERDUE, {"receipt", "overdue", "letter"}),
        (Channel.LETTER, Kind.RECEIPT, {"receipt", "overdue"}),
    ],
)
def test_a_pause_holds_its_channel_and_kind(
    at: datetime, manager: User, channel: Channel | None, kind: Kind | None, goes_out: set[str]
) -> None:
    names = {
        DispatchFactory.create(made_at=at, notice__kind=Kind.RECEIPT).pk: "receipt",
        DispatchFactory.create(made_at=at, notice__kind=Kind.OVERDUE).pk: "overdue",
        DispatchFactory.create(made_at=at, letter=True, notice__kind=Kind.RECEIPT).pk: "letter",
    }
    pause = pauses.begin(channel, kind, reason="Сбой", by=manager, at=at)
    claimed = dispatch.claim(Channel.EMAIL, at=at) + dispatch.claim(Channel.LETTER, at=at)
    assert {names[pk] for pk in claimed} == goes_out
    pauses.end(pause, by=manager, at=at)
    claimed += dispatch.claim(Channel.EMAIL, at=at) + dispatch.claim(Channel.LETTER, at=at)
    assert set(claimed) == set(names)


def test_a_paused_letter_goes_into_no_batch(
    at: datetime, manager: User, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    DispatchFactory.create(made_at=at, letter=True)
    pause = pauses.begin(Channel.LETTER, None, reason="Забастовка", by=manager, at=at)
    assert letters.make_batch(at=at) is None
    pauses.end(pause, by=manager, at=at + HOUR)
    assert letters.make_batch(at=at + HOUR)


def test_pausing_twice_is_one_pause(at: datetime, manager: User) -> None:
    first = pauses.begin(Channel.EMAIL, None, reason="Сбой", by=manager, at=at)
    second = pauses.begin(Channel.EMAIL, None, reason="Ещё раз", by=manager, at=at + HOUR)
    assert first == second
    assert Pause.objects.get().reason == "Сбой"


def test_ending_twice_keeps_who_ended_it(at: datetime, manager: User) -> None:
    pause = pauses.begin(Channel.EMAIL, None, reason="Сбой", by=manager, at=at)
    pauses.end(pause, by=manager, at=at + HOUR)
    ended = pauses.end(pause, by=UserFactory.create(), at=at + 2 * HOUR)
    assert (ended.ended_by, ended.ended_at) == (manager, at + HOUR)


def test_after_its_end_it_may_begin_anew(at: datetime, manager: User) -> None:
    first = pauses.begin(None, Kind.REMINDER, reason="Сбой", by=manager, at=at)
    pauses.end(first, by=manager, at=at)
    assert pauses.begin(None, Kind.REMINDER, reason="Снова", by=manager, at=at) != first


def test_nothing_is_paused_without_a_reason(at: datetime, manager: User) -> None:
    with pytest.raises(Refused, match="Say why nothing is to be sent"):
        pauses.begin(None, None, reason=" ", by=manager, at=at)

"""What goes out today and tomorrow: the numbers are those that the timetable then makes."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from config.celery import app
from notices import declined, pauses, waves
from notices.models import Dispatch, Wave
from notices.states import Channel, DispatchState, Kind
from registry.calendar import ALMATY
from reregistration import forecast, schedule, tasks
from reregistration.forecast import Cell, Day, Why
from reregistration.models import Campaign
from tests.factories.accounts import UserFactory
from tests.factories.notices import DispatchFactory, NoticeFactory
from tests.factories.registry import ContactFactory, RepresentativeFactory
from tests.factories.reregistration import CampaignFactory, ObligationFactory

pytestmark = pytest.mark.django_db
T_30 = date(2026, 11, 1)


def moment(on: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(on, time(hour, minute), tzinfo=ALMATY)


def asked(campaign: Campaign, **fields: object) -> None:
    """One in Kazakh by the register's e-mail, one in Russian by its representative's, one that
    only a letter reaches."""
    first, second, _third = ObligationFactory.create_batch(3, campaign=campaign, **fields)
    ContactFactory.create(organisation=first.organisation)
    RepresentativeFactory.create(organisation=second.organisation, user__language="ru")


def made_by(on: date) -> Counter[Cell]:
    """What the day's runs make, by cell."""
    at = moment(on, 8)
    before = set(Dispatch.objects.values_list("pk", flat=True))
    tasks.move_overdue(at=moment(on, 0, 5))
    while at < moment(on, 20):
        tasks.queue_due_notices(at=at)
        at += timedelta(minutes=60)
    rows = Dispatch.objects.filter(state=DispatchState.QUEUED).exclude(pk__in=before)
    return Counter(
        Cell(row.notice.kind, row.channel, row.notice.language)
        for row in rows.select_related("notice")
    )


def to_make(*days: Day) -> Counter[Cell]:
    return sum((day.to_make for day in days), Counter())


def why(day: Day) -> Counter[Why]:
    return sum(day.held.values(), Counter())


def of_email(counted: Counter[Cell]) -> Counter[Cell]:
    return Counter({c: n for c, n in counted.items() if c.channel == Channel.EMAIL})


@pytest.mark.parametrize(
    "on",
    [
        date(2026, 7, 1),
        T_30,
        T_30 + timedelta(days=3),
        date(2026, 11, 30),
        date(2026, 12, 1),
        date(2026, 12, 15),
        date(2026, 12, 25),
    ],
)
def test_what_it_foretells_is_what_is_made(on: date) -> None:
    campaign = CampaignFactory.create()
    asked(campaign)
    asked(campaign, overdue=True, due_on=date(2026, 11, 20))
    tasks.move_overdue(at=moment(on, 0, 5))
    today, tomorrow = forecast.forecast(at=moment(on, 7))
    first = made_by(on)
    assert of_email(first) == of_email(today.to_make)
    second = made_by(tomorrow.on)
    assert of_email(second) == of_email(tomorrow.to_make)
    # Letters go with the next morning's batch: today's are tomorrow's.
    letters = {cell: n for cell, n in first.items() if cell.channel == Channel.LETTER}
    assert letters == {
        cell: n for cell, n in to_make(today, tomorrow).items() if cell.channel == Channel.LETTER
    }


def test_asking_changes_nothing() -> None:
    asked(CampaignFactory.create())
    forecast.forecast(at=moment(T_30, 7))
    assert not Dispatch.objects.exists()
    assert not Wave.objects.exists()


def test_after_the_last_run_of_the_day_it_is_tomorrows() -> None:
    asked(CampaignFactory.create())
    today, tomorrow = forecast.forecast(at=moment(T_30, 20))
    assert not today.to_make
    assert tomorrow.to_make[Cell(Kind.REMINDER, Channel.EMAIL, "kk")] == 1


def test_what_waits_already_is_counted_where_it_goes_out() -> None:
    at = moment(T_30, 9)
    DispatchFactory.create(made_at=at)
    DispatchFactory.create(made_at=at, letter=True)
    DispatchFactory.create(made_at=at, next_attempt_at=at + timedelta(days=1))
    DispatchFactory.create(made_at=at, sent=True)
    DispatchFactory.create(made_at=at, useful_until_at=at)
    DispatchFactory.create(made_at=at, next_attempt_at=at + timedelta(days=2))
    today, tomorrow = forecast.forecast(at=at)
    assert today.waiting == {Cell(Kind.REMINDER, Channel.EMAIL, "ru"): 1}
    assert tomorrow.waiting == {
        Cell(Kind.REMINDER, Channel.EMAIL, "ru"): 1,
        Cell(Kind.REMINDER, Channel.LETTER, "ru"): 1,
    }


def test_whoever_had_the_days_digest_is_written_to_tomorrow() -> None:
    at = moment(T_30, 12)
    lawyer = {"made_at": at, "address": "lawyer@ngo.example"}
    DispatchFactory.create(**lawyer, sent=True, digest_on=T_30)
    DispatchFactory.create(**lawyer, waits_for_digest=True)
    today, tomorrow = forecast.forecast(at=at)
    assert (today.waiting.total(), tomorrow.waiting.total()) == (0, 1)


def test_each_hold_is_named() -> None:
    at = moment(date(2027, 1, 10), 9)
    manager = UserFactory.create()
    wave = Wave.objects.create(
        source="campaign:x", kind=Kind.ANNOUNCEMENT, number=1, size=5, begun_at=at
    )
    waves.stop(wave, by=manager, at=at, reason="Ошибка")
    pauses.begin(None, Kind.OVERDUE, reason="Сбой", by=manager, at=at)
    DispatchFactory.create(made_at=at, wave=wave)
    DispatchFactory.create(made_at=at, notice=NoticeFactory.create(kind=Kind.OVERDUE))
    DispatchFactory.create(made_at=at, notice=NoticeFactory.create(kind=Kind.MARKED))
    today, tomorrow = forecast.forecast(at=at)
    assert why(today) == {Why.STOPPED: 1, Why.PAUSED: 1, Why.PROTECTED: 1}
    # The last protected day is over tomorrow.
    assert tomorrow.waiting == {Cell(Kind.MARKED, Channel.EMAIL, "ru"): 1}


def test_an_unreleased_production_holds_everything(settings: Settings) -> None:
    settings.IS_PRODUCTION = True
    at = moment(T_30, 9)
    DispatchFactory.create(made_at=at)
    today, _tomorrow = forecast.forecast(at=at)
    assert (today.waiting.total(), why(today)) == (0, {Why.UNRELEASED: 1})


def test_who_declines_is_held() -> None:
    campaign = CampaignFactory.create()
    row = ObligationFactory.create(campaign=campaign)
    contact = ContactFactory.create(organisation=row.organisation)
    declined.decline(contact.value, at=moment(T_30, 7))
    today, _tomorrow = forecast.forecast(at=moment(T_30, 7))
    assert (today.to_make.total(), why(today)) == (0, {Why.DECLINED: 1})


def test_waves_are_foretold_run_by_run() -> None:
    on = date(2026, 7, 1)
    campaign = CampaignFactory.create(wave_size=2, wave_pause_minutes=300)
    for row in ObligationFactory.create_batch(9, campaign=campaign):
        ContactFactory.create(organisation=row.organisation)
    at = moment(on, 8)
    schedule.queue_due(campaign, on=on, at=at)
    today, tomorrow = forecast.forecast(at=moment(on, 8, 5))
    # At 8 today two were made; at 13 and 18 two each; three more wait for tomorrow.
    assert (today.waiting.total(), today.to_make.total(), why(today)) == (
        2,
        4,
        {Why.LATER_WAVE: 3},
    )
    assert tomorrow.to_make.total() == 3
    assert made_by(on).total() == 4


def test_after_a_stopped_wave_nothing_is_foretold() -> None:
    on = date(2026, 7, 1)
    campaign = CampaignFactory.create(wave_size=2)
    ObligationFactory.create_batch(5, campaign=campaign)
    schedule.queue_due(campaign, on=on, at=moment(on, 8))
    waves.stop(Wave.objects.get(), by=UserFactory.create(), at=moment(on, 8), reason="Ошибка")
    today, tomorrow = forecast.forecast(at=moment(on, 9))
    assert not to_make(today, tomorrow)
    assert why(today)[Why.STOPPED] == 3


def test_many_cost_the_same_queries() -> None:
    campaign = CampaignFactory.create()
    counts = []
    for _ in range(2):
        asked(campaign)
        asked(campaign, overdue=True, due_on=date(2026, 10, 1))
        with CaptureQueriesContext(connection) as queries:
            forecast.forecast(at=moment(T_30, 7))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_its_hours_are_those_of_the_timetable() -> None:
    runs = app.conf.beat_schedule["queue due notices"]["schedule"]
    batch = app.conf.beat_schedule["make the letter batch"]["schedule"]
    found = {(run.hour, run.minute) for run in forecast._runs(T_30)}
    assert found == {(hour, minute) for hour in runs.hour for minute in runs.minute}
    assert (batch.hour, batch.minute) == ({forecast.BATCH_AT.hour}, {forecast.BATCH_AT.minute})

"""Which notices the timetable makes: for whom, on which day, and once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices import service, waves
from notices.models import Dispatch, Notice, Wave
from notices.states import ADVERSE, DispatchState, Kind, ServiceGround
from registry.calendar import end_of
from reregistration import deadlines, extensions, filing, obligations, schedule
from reregistration.models import Campaign, Obligation
from reregistration.obligations import past_due
from reregistration.states import State
from tests.concurrency import one_behind_the_other
from tests.factories.accounts import UserFactory
from tests.factories.reregistration import (
    CampaignFactory,
    FilingFactory,
    ObligationFactory,
    noon,
    notify,
    obligation_in,
    serve,
)
from tests.reregistration.moving import move_due_date

DUE_ON = date(2026, 12, 1)
# A day on which each kind is due for an obligation of the factory's campaign.
DAY = {
    Kind.ANNOUNCEMENT: date(2026, 8, 20),
    Kind.REMINDER: date(2026, 11, 3),
    Kind.OVERDUE: date(2026, 12, 2),
    Kind.FINAL_WARNING: date(2026, 12, 16),
    Kind.PRELIMINARY_DECISION: date(2027, 1, 26),
}
WARNING_SERVED_ON = date(2027, 1, 12)


@pytest.fixture
def campaign(db: None) -> Campaign:
    return CampaignFactory.create()


def queue(campaign: Campaign, on: date) -> dict[str, int]:
    """What a run of that day makes, by kind."""
    return {kind: n for kind, n in schedule.queue_due(campaign, on=on, at=noon(on)).items() if n}


def told(kind: Kind) -> set[int]:
    """The obligations that have a notice of the kind."""
    sources = Notice.objects.filter(kind=kind).values_list("source", flat=True)
    return {int(source.removeprefix("obligation:")) for source in sources}


def warned(campaign: Campaign, served_on: date = WARNING_SERVED_ON, **fields: Any) -> Obligation:
    """Overdue, and its final warning was served that day."""
    row = ObligationFactory.create(campaign=campaign, **{"overdue": True, **fields})
    serve(row, Kind.FINAL_WARNING, on=served_on)
    return row


def warned_on_other_proof(campaign: Campaign) -> Obligation:
    campaign.service_grounds = [ServiceGround.CARRIER_RECEIPT]
    campaign.save()
    return warned(campaign)


def warned_in_an_earlier_cycle(campaign: Campaign) -> Obligation:
    row = warned(campaign)
    again = obligations.move(
        row, State.DUE, by=None, at=noon(date(2027, 1, 13)), due_on=date(2027, 1, 14)
    )
    return obligations.move(again, State.OVERDUE, by=None, at=noon(date(2027, 1, 15)))


def warned_then_filed(campaign: Campaign) -> Obligation:
    row = warned(campaign)
    filed = obligations.move(row, State.FILED, by=None, at=noon(date(2027, 1, 13)))
    returned = obligations.move(filed, State.RETURNED, by=None, at=noon(date(2027, 1, 13)))
    return obligations.move(returned, State.OVERDUE, by=None, at=noon(date(2027, 1, 14)))


def only_told_that_it_is_overdue(campaign: Campaign) -> Obligation:
    row = ObligationFactory.create(campaign=campaign, overdue=True)
    serve(row, Kind.OVERDUE, on=date(2026, 12, 2))
    return row


def in_state(state: State, **fields: Any) -> Callable[[Campaign], Obligation]:
    return lambda campaign: obligation_in(state, campaign=campaign, **fields)


def all_but(*states: State) -> dict[str, Callable[[Campaign], Obligation]]:
    return {f"it is {state}": in_state(state) for state in State if state not in states}


HAS_FILED = {"first_filed_at": noon(date(2026, 9, 1)), "on_time": True}
CHOSEN: dict[Kind, dict[str, Callable[[Campaign], Obligation]]] = {
    Kind.ANNOUNCEMENT: {"due since the opening": in_state(State.DUE)},
    Kind.REMINDER: {
        "due": in_state(State.DUE),
        "returned": in_state(State.RETURNED),
        "its cycle began on the reminder's day": in_state(
            State.DUE, cycle_began_on=date(2026, 11, 1)
        ),
    },
    Kind.OVERDUE: {
        "overdue since today": in_state(State.OVERDUE),
        "overdue for two weeks": in_state(State.OVERDUE, due_on=date(2026, 11, 18)),
        "overdue after a return": in_state(State.OVERDUE, **HAS_FILED),
    },
    Kind.FINAL_WARNING: {
        "overdue, grace is over since today": in_state(State.OVERDUE),
        "overdue for months": in_state(State.OVERDUE, due_on=date(2026, 8, 3)),
    },
    Kind.PRELIMINARY_DECISION: {
        "warned two weeks ago": warned,
        "warned long ago": lambda campaign: warned(campaign, date(2026, 12, 16)),
    },
}
NOT_CHOSEN: dict[Kind, dict[str, Callable[[Campaign], Obligation]]] = {
    Kind.ANNOUNCEMENT: {
        "it is due again": in_state(State.DUE, cycle=2),
        **all_but(State.DUE),
    },
    Kind.REMINDER: {
        "its own due date is later": in_state(State.DUE, due_on=date(2027, 3, 1)),
        "its own due date has passed": in_state(State.DUE, due_on=date(2026, 11, 2)),
        "its cycle began after": in_state(State.DUE, cycle_began_on=date(2026, 11, 2)),
        **all_but(State.DUE, State.RETURNED),
    },
    Kind.OVERDUE: {
        "overdue for too long": in_state(State.OVERDUE, due_on=date(2026, 11, 17)),
        **all_but(State.OVERDUE),
    },
    Kind.FINAL_WARNING: {
        "in its last day of grace": in_state(State.OVERDUE, due_on=date(2026, 12, 2)),
        "it has filed before": in_state(State.OVERDUE, **HAS_FILED),
        **all_but(State.OVERDUE),
    },
    Kind.PRELIMINARY_DECISION: {
        "warned a day too late": lambda campaign: warned(campaign, date(2027, 1, 13)),
        "never warned": in_state(State.OVERDUE),
        "warned, on a proof that does not count": warned_on_other_proof,
        "warned in an earlier cycle": warned_in_an_earlier_cycle,
        "warned, and filed since": warned_then_filed,
        "only told that it is overdue": only_told_that_it_is_overdue,
        "warned, and filed today": lambda campaign: obligations.move(
            warned(campaign),
            State.FILED,
            by=None,
            at=noon(date(2027, 1, 13)),
        ),
        **all_but(State.OVERDUE),
    },
}


@pytest.mark.parametrize(("kind", "case"), [(kind, case) for kind in DAY for case in CHOSEN[kind]])
def test_the_notice_is_made_for(kind: Kind, case: str, campaign: Campaign) -> None:
    row = CHOSEN[kind][case](campaign)
    queue(campaign, DAY[kind])
    assert told(kind) == {row.pk}


@pytest.mark.parametrize(
    ("kind", "case"), [(kind, case) for kind in DAY for case in NOT_CHOSEN[kind]]
)
def test_the_notice_is_not_made_where(kind: Kind, case: str, campaign: Campaign) -> None:
    left_out = NOT_CHOSEN[kind][case](campaign)
    # Beside one that is chosen, unless the case is a rule of the whole campaign.
    chosen = None
    if case != "warned, on a proof that does not count":
        chosen = next(iter(CHOSEN[kind].values()))(campaign)
    before = told(kind)
    queue(campaign, DAY[kind])
    assert left_out.pk not in told(kind)
    assert told(kind) - before == ({chosen.pk} if chosen else set())


@pytest.mark.parametrize("kind", DAY)
def test_another_campaigns_obligations_are_left_alone(kind: Kind, campaign: Campaign) -> None:
    CHOSEN[kind][next(iter(CHOSEN[kind]))](CampaignFactory.create())
    before = Notice.objects.count()
    assert queue(campaign, DAY[kind]) == {}
    assert Notice.objects.count() == before


@pytest.mark.parametrize("kind", DAY)
def test_second_run_queues_nothing(kind: Kind, campaign: Campaign) -> None:
    CHOSEN[kind][next(iter(CHOSEN[kind]))](campaign)
    assert queue(campaign, DAY[kind])[kind] == 1
    assert queue(campaign, DAY[kind]) == {}
    assert queue(campaign, DAY[kind] + timedelta(days=1)).get(kind) is None


def test_a_notice_names_its_obligation_cycle_and_date(campaign: Campaign) -> None:
    row = ObligationFactory.create(campaign=campaign, cycle=3)
    queue(campaign, date(2026, 11, 1))
    made = Notice.objects.get()
    assert (made.source, made.cycle, made.kind, made.occasion, made.organisation) == (
        row.source,
        3,
        Kind.REMINDER,
        "T-30/2026-12-01",
        row.organisation,
    )


def test_a_moved_due_date_is_announced_anew(campaign: Campaign) -> None:
    row = ObligationFactory.create(campaign=campaign)
    queue(campaign, date(2026, 11, 1))
    Obligation.objects.filter(pk=row.pk).update(due_on=date(2026, 12, 7))
    assert queue(campaign, date(2026, 11, 7)) == {Kind.REMINDER: 1}
    assert list(Notice.objects.values_list("occasion", flat=True)) == [
        "T-30/2026-12-01",
        "T-30/2026-12-07",
    ]


def test_after_a_missed_week_only_the_latest_reminder_goes_out(campaign: Campaign) -> None:
    ObligationFactory.create(campaign=campaign)
    # Nothing ran on T-14 to T-7.
    assert queue(campaign, DUE_ON - timedelta(days=6)) == {Kind.REMINDER: 1}
    assert Notice.objects.get().occasion == "T-7/2026-12-01"


@pytest.mark.parametrize("left", [83, 61, 53, 31, 23, 15])
def test_a_reminder_missed_by_a_week_is_never_sent(left: int, campaign: Campaign) -> None:
    ObligationFactory.create(campaign=campaign)
    on = DUE_ON - timedelta(days=left)
    assert Kind.REMINDER not in queue(campaign, on)


@pytest.mark.parametrize(("after", "made"), [(0, 1), (60, 1), (61, None)])
def test_the_campaign_is_announced_for_sixty_days(
    after: int, made: int | None, campaign: Campaign
) -> None:
    ObligationFactory.create(campaign=campaign, due_on=date(2027, 2, 1))
    on = campaign.opens_on + timedelta(days=after)
    assert queue(campaign, on).get(Kind.ANNOUNCEMENT) == made


@pytest.mark.parametrize(("on", "made"), [(date(2026, 12, 15), 1), (date(2026, 12, 16), None)])
def test_a_missed_overdue_notice_is_caught_up_for_two_weeks(
    on: date, made: int | None, campaign: Campaign
) -> None:
    ObligationFactory.create(campaign=campaign, overdue=True)
    assert queue(campaign, on).get(Kind.OVERDUE) == made


@pytest.mark.parametrize(
    "on",
    [
        date(2026, 12, 25),
        date(2026, 12, 31),
        date(2027, 1, 1),
        date(2027, 1, 10),
        date(2027, 3, 20),
        date(2027, 3, 25),
    ],
)
def test_nothing_adverse_goes_out_on_a_protected_day(on: date, campaign: Campaign) -> None:
    warned(campaign, date(2026, 12, 10))
    ObligationFactory.create(campaign=campaign, overdue=True)
    assert not set(queue(campaign, on)) & set(ADVERSE)


@pytest.mark.parametrize("on", [date(2026, 12, 24), date(2027, 1, 11), date(2027, 3, 26)])
def test_adverse_kinds_go_out_around_protected_days(on: date, campaign: Campaign) -> None:
    warned(campaign, date(2026, 12, 10))
    ObligationFactory.create(campaign=campaign, overdue=True)
    assert queue(campaign, on) == {Kind.FINAL_WARNING: 1, Kind.PRELIMINARY_DECISION: 1}


def test_a_reminder_goes_out_on_a_protected_day_too(campaign: Campaign) -> None:
    ObligationFactory.create(campaign=campaign, due_on=date(2027, 1, 11))
    assert queue(campaign, date(2026, 12, 28)) == {Kind.REMINDER: 1}


@pytest.mark.parametrize(
    "state", [DispatchState.SENT, DispatchState.DELIVERED, DispatchState.BOUNCED]
)
def test_a_warning_that_was_sent_but_not_served_starts_no_clock(
    state: DispatchState, campaign: Campaign
) -> None:
    row = ObligationFactory.create(campaign=campaign, overdue=True)
    notify(row, Kind.FINAL_WARNING, on=date(2026, 12, 16))
    sent_at = noon(date(2026, 12, 16))
    assert Dispatch.objects.update(state=state, sent_at=sent_at, ended_at=sent_at) == 1
    assert queue(campaign, date(2027, 6, 1)).get(Kind.PRELIMINARY_DECISION) is None


def test_the_earliest_service_starts_the_clock(campaign: Campaign) -> None:
    row = warned(campaign)
    later = noon(date(2027, 1, 20))
    service.record(
        Notice.objects.get(source=row.source),
        ground=ServiceGround.CODE_USED,
        served_at=later,
        at=later,
    )
    assert queue(campaign, date(2027, 1, 26)) == {Kind.PRELIMINARY_DECISION: 1}


def test_a_silent_organisation_hears_of_each_step_once(campaign: Campaign) -> None:
    row = ObligationFactory.create(campaign=campaign)
    heard: list[tuple[str, str]] = []
    for on in (date(2026, 11, 12) + timedelta(days=n) for n in range(75)):
        past_due.move_all(campaign, on=on, at=noon(on))
        queue(campaign, on)
        made = Notice.objects.filter(made_at=noon(on), source=row.source)
        heard += [(on.isoformat(), notice.kind) for notice in made]
        if on == date(2026, 12, 18):
            warning = Notice.objects.get(kind=Kind.FINAL_WARNING)
            service.record(
                warning, ground=ServiceGround.PUBLICATION, served_at=noon(on), at=noon(on)
            )
    assert heard == [
        ("2026-11-17", "reminder"),
        ("2026-11-24", "reminder"),
        ("2026-11-30", "reminder"),
        ("2026-12-02", "overdue"),
        ("2026-12-16", "final_warning"),
        # 14 days after its service on 18 December is a protected day.
        ("2027-01-11", "preliminary_decision"),
    ]


def test_many_obligations_cost_the_same_queries(campaign: Campaign) -> None:
    counts = []
    for size, on in ((2, date(2026, 11, 1)), (30, date(2026, 11, 17))):
        ObligationFactory.create_batch(size, campaign=campaign)
        with CaptureQueriesContext(connection) as queries:
            queue(campaign, on)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_more_than_a_slice_is_queued_whole(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "SLICE", 2)
    ObligationFactory.create_batch(5, campaign=campaign)
    assert queue(campaign, date(2026, 11, 1)) == {Kind.REMINDER: 5}


def test_two_runs_at_once_make_each_notice_once(real_commits: None) -> None:
    campaign = CampaignFactory.create()
    ObligationFactory.create_batch(3, campaign=campaign)
    on = date(2026, 11, 1)
    made = one_behind_the_other(lambda: queue(campaign, on), lambda: queue(campaign, on))
    assert made == [{Kind.REMINDER: 3}, {}]
    assert Notice.objects.count() == 3


def test_a_filing_that_arrives_after_the_choice_is_not_written_to(real_commits: None) -> None:
    on = date(2026, 12, 16)
    alice = UserFactory.create()
    draft = FilingFactory.create(obligation=ObligationFactory.create(overdue=True))
    campaign = draft.obligation.campaign
    filed, made = one_behind_the_other(
        lambda: filing.submit(draft, by=alice, at=noon(on)), lambda: queue(campaign, on)
    )
    assert filed.number
    assert made == {}
    # The register holds none of the draft's contacts, so that is told too.
    told = {Kind.RECEIPT, Kind.CONTACTS_CHANGED}
    assert set(Notice.objects.values_list("kind", flat=True)) == told


def test_the_moment_of_making_is_the_one_that_was_given(campaign: Campaign) -> None:
    ObligationFactory.create(campaign=campaign)
    moment = datetime.combine(date(2026, 11, 1), noon(DUE_ON).timetz())
    schedule.queue_due(campaign, on=date(2026, 11, 1), at=moment)
    assert Notice.objects.get().made_at == moment


@pytest.mark.django_db
def test_nothing_is_announced_before_the_campaign_opens() -> None:
    campaign = CampaignFactory.create()
    ObligationFactory.create(campaign=campaign)
    assert queue(campaign, campaign.opens_on - timedelta(days=1)) == {}
    assert queue(campaign, campaign.opens_on) == {Kind.ANNOUNCEMENT: 1}


# The last moment of use


@pytest.mark.parametrize(
    ("days", "until"),
    [
        (90, date(2026, 9, 8)),
        (60, date(2026, 10, 8)),
        (30, date(2026, 11, 7)),
        (14, date(2026, 11, 23)),
        (7, date(2026, 11, 29)),
        (1, DUE_ON),
    ],
)
def test_a_reminder_is_of_use_until_the_day_before_the_next(
    days: int, until: date, campaign: Campaign
) -> None:
    ObligationFactory.create(campaign=campaign)
    queue(campaign, DUE_ON - timedelta(days=days))
    row = Dispatch.objects.get(notice__kind=Kind.REMINDER)
    assert row.useful_until_at == end_of(until)


@pytest.mark.parametrize(
    ("kind", "until"),
    [
        (Kind.ANNOUNCEMENT, date(2026, 8, 30)),
        (Kind.OVERDUE, date(2026, 12, 15)),
        (Kind.FINAL_WARNING, date(2027, 1, 15)),
        (Kind.PRELIMINARY_DECISION, date(2027, 2, 25)),
    ],
)
def test_every_kind_has_its_ceiling(kind: Kind, until: date, campaign: Campaign) -> None:
    CHOSEN[kind][next(iter(CHOSEN[kind]))](campaign)
    queue(campaign, DAY[kind])
    rows = Dispatch.objects.filter(notice__kind=kind)
    assert {row.useful_until_at for row in rows} == {end_of(until)}


@pytest.mark.parametrize("days", range(1, 100))
def test_a_reminder_is_made_exactly_while_it_is_of_use(days: int) -> None:
    on = DUE_ON - timedelta(days=days)
    current = deadlines.current_reminder(on, DUE_ON, date(2026, 1, 1))
    of_use = [
        one
        for one in deadlines.REMINDER_DAYS
        if one >= days and on <= deadlines.reminder_of_use_until(DUE_ON, one)
    ]
    assert of_use == ([current] if current else [])


# Waves


@pytest.fixture
def in_waves(campaign: Campaign) -> Campaign:
    """Five to be announced, in waves of two."""
    campaign.wave_size = 2
    campaign.save()
    ObligationFactory.create_batch(5, campaign=campaign)
    return campaign


OPENED = date(2026, 7, 1)


def run_at(campaign: Campaign, hour: float) -> int:
    at = noon(OPENED) + timedelta(hours=hour - 12)
    return schedule.queue_due(campaign, on=OPENED, at=at)[Kind.ANNOUNCEMENT]


def test_each_pause_one_wave_goes_out(in_waves: Campaign) -> None:
    assert [run_at(in_waves, hour) for hour in (8, 8, 8.5, 9, 10, 11, 12)] == [2, 0, 0, 2, 1, 0, 0]
    assert list(Wave.objects.order_by("number").values_list("number", "count")) == [
        (1, 2),
        (2, 2),
        (3, 1),
    ]


def test_no_wave_is_begun_where_nothing_waits(campaign: Campaign) -> None:
    assert run_at(campaign, 8) == 0
    assert not Wave.objects.exists()


def test_after_a_stopped_wave_nothing_is_made(in_waves: Campaign) -> None:
    run_at(in_waves, 8)
    wave = Wave.objects.get()
    waves.stop(wave, by=UserFactory.create(), at=noon(OPENED), reason="Ошибка в тексте")
    assert run_at(in_waves, 12) == 0
    waves.resume(wave, by=UserFactory.create(), at=noon(OPENED))
    assert run_at(in_waves, 12) == 2


def test_a_wave_cut_off_between_two_slices_is_filled_by_the_next_run(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "SLICE", 2)
    ObligationFactory.create_batch(5, campaign=campaign)
    room, asked = waves.room, []

    def dies_at_the_second_slice(wave: Wave) -> int:
        asked.append(wave)
        if len(asked) == 2:
            raise RuntimeError("killed")
        return room(wave)

    monkeypatch.setattr(waves, "room", dies_at_the_second_slice)
    with pytest.raises(RuntimeError):
        run_at(campaign, 8)
    assert Wave.objects.get().count == Notice.objects.count() == 2
    assert run_at(campaign, 8.25) == 3
    assert Wave.objects.get().count == Notice.objects.count() == 5


def test_a_reminder_goes_in_no_wave(campaign: Campaign) -> None:
    campaign.wave_size = 1
    campaign.save()
    ObligationFactory.create_batch(3, campaign=campaign)
    assert queue(campaign, date(2026, 11, 1)) == {Kind.REMINDER: 3}
    assert not Wave.objects.exists()


def test_two_runs_at_once_fill_one_wave_to_its_size(real_commits: None) -> None:
    campaign = CampaignFactory.create(wave_size=3)
    ObligationFactory.create_batch(5, campaign=campaign)
    made = one_behind_the_other(lambda: run_at(campaign, 8), lambda: run_at(campaign, 8))
    assert sum(made) == 3
    assert Wave.objects.get().count == Notice.objects.count() == 3


# What a filing or more time makes pointless


def still_queued() -> set[str]:
    rows = Dispatch.objects.filter(state=DispatchState.QUEUED)
    return {row.notice.kind for row in rows.select_related("notice")}


def test_no_reminder_follows_a_filing(campaign: Campaign) -> None:
    draft = FilingFactory.create(obligation=ObligationFactory.create(campaign=campaign))
    queue(campaign, date(2026, 11, 1))
    filing.submit(draft, by=UserFactory.create(), at=noon(date(2026, 11, 1)))
    assert Kind.REMINDER not in still_queued()
    row = Dispatch.objects.get(notice__kind=Kind.REMINDER)
    assert row.state == DispatchState.SUPPRESSED
    assert str(draft.obligation.filings.get().number) in row.failure


def test_no_reminder_tells_a_date_that_was_extended(campaign: Campaign) -> None:
    row = ObligationFactory.create(campaign=campaign)
    queue(campaign, date(2026, 11, 1))
    extensions.request(
        row, cycle=1, reason="Болеем", by=UserFactory.create(), at=noon(date(2026, 11, 1))
    )
    assert still_queued() == {Kind.EXTENDED}


def test_no_reminder_tells_a_date_that_was_moved(campaign: Campaign) -> None:
    ObligationFactory.create_batch(2, campaign=campaign)
    queue(campaign, date(2026, 11, 1))
    manager = UserFactory.create()
    move_due_date(
        campaign, date(2026, 12, 21), by=manager, at=noon(date(2026, 11, 1)), ground="Приказ № 2"
    )
    assert still_queued() == {Kind.DUE_DATE_MOVED}

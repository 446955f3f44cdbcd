"""The timetable's tasks: named, safe to repeat, and catching up what was missed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.template import TemplateSyntaxError

from config.celery import app
from notices.models import Notice, NoticeTemplate
from notices.states import Kind
from registry.calendar import ALMATY
from reregistration import tasks
from reregistration.marking import rounds
from reregistration.models import (
    Campaign,
    Mark,
    MarkingRound,
    Obligation,
    SampleCase,
    SampleVerdict,
)
from reregistration.states import CampaignState, CandidateState, RoundState, State, Verdict
from tests.factories.accounts import UserFactory
from tests.factories.reregistration import (
    MARKING_DAY,
    CampaignFactory,
    ObligationFactory,
    authorised_round,
    liquidable_obligation,
    noon,
)
from tests.reregistration.assertions import assert_states_equal_the_log

AT = noon(MARKING_DAY)
AFTER_MIDNIGHT = datetime(2026, 12, 2, 0, 5, tzinfo=ALMATY)
NOT_OPEN = [CampaignState.DRAFT, CampaignState.CLOSED]


def test_every_entry_of_the_timetable_names_a_task_that_exists() -> None:
    app.loader.import_default_modules()
    planned = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert planned
    assert planned <= set(app.tasks)


def test_this_apps_tasks_are_all_in_the_timetable() -> None:
    app.loader.import_default_modules()
    planned = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {name for name in app.tasks if name.startswith("reregistration.")} <= planned


@pytest.mark.django_db
class TestMoveOverdue:
    def test_twice_moves_once(self) -> None:
        row = ObligationFactory.create()
        for _ in range(2):
            tasks.move_overdue(at=AFTER_MIDNIGHT)
        assert row.events.filter(to_state=State.OVERDUE).count() == 1
        assert Obligation.objects.get().cycle == 2
        assert_states_equal_the_log()

    def test_a_missed_day_is_caught_up(self) -> None:
        ObligationFactory.create()
        tasks.move_overdue(at=AFTER_MIDNIGHT + timedelta(days=5))
        assert Obligation.objects.get().state == State.OVERDUE

    def test_before_the_day_is_over_nobody_moves(self) -> None:
        ObligationFactory.create()
        tasks.move_overdue(at=datetime(2026, 12, 1, 23, 59, 59, tzinfo=ALMATY))
        assert Obligation.objects.get().state == State.DUE

    @pytest.mark.parametrize("state", NOT_OPEN)
    def test_a_campaign_that_is_not_open_is_left_alone(self, state: CampaignState) -> None:
        ObligationFactory.create(campaign__state=state)
        tasks.move_overdue(at=AFTER_MIDNIGHT)
        assert Obligation.objects.get().state == State.DUE


@pytest.mark.django_db
class TestQueueDueNotices:
    def test_twice_makes_each_notice_once(self) -> None:
        ObligationFactory.create_batch(2)
        for hour in (8, 9):
            tasks.queue_due_notices(at=datetime(2026, 11, 1, hour, 15, tzinfo=ALMATY))
        assert Notice.objects.filter(kind=Kind.REMINDER).count() == 2

    def test_a_missed_day_is_caught_up(self) -> None:
        ObligationFactory.create()
        tasks.queue_due_notices(at=noon(date(2026, 11, 2)))
        assert Notice.objects.get().occasion == "T-30/2026-12-01"

    def test_the_day_is_that_of_almaty(self) -> None:
        ObligationFactory.create()
        tasks.queue_due_notices(at=datetime.fromisoformat("2026-10-31T19:00:00+00:00"))
        assert Notice.objects.get().occasion == "T-30/2026-12-01"

    @pytest.mark.parametrize("state", NOT_OPEN)
    def test_a_campaign_that_is_not_open_is_left_alone(self, state: CampaignState) -> None:
        ObligationFactory.create(campaign__state=state)
        tasks.queue_due_notices(at=noon(date(2026, 11, 1)))
        assert not Notice.objects.exists()


@pytest.mark.django_db
class TestMarkNonResponders:
    @pytest.fixture
    def campaign(self) -> Campaign:
        campaign = CampaignFactory.create()
        for _ in range(2):
            liquidable_obligation(campaign=campaign)
        authorised_round(campaign)
        return campaign

    @pytest.mark.usefixtures("campaign")
    def test_twice_marks_each_once(self) -> None:
        for minutes in (0, 10):
            tasks.mark_non_responders(at=noon(MARKING_DAY) + timedelta(minutes=minutes))
        assert Mark.objects.count() == 2
        assert Notice.objects.filter(kind=Kind.MARKED).count() == 2
        assert MarkingRound.objects.get().state == RoundState.DONE
        assert_states_equal_the_log()

    @pytest.mark.usefixtures("campaign")
    def test_a_missed_day_is_caught_up(self) -> None:
        tasks.mark_non_responders(at=noon(MARKING_DAY + timedelta(days=3)))
        assert Mark.objects.count() == 2

    @pytest.mark.usefixtures("campaign")
    def test_an_error_stops_the_round_and_marks_nobody(self) -> None:
        # No letter can be made of its wording, so that no mark can be told.
        for language in ("kk", "ru", "en"):
            NoticeTemplate.objects.create(
                kind=Kind.MARKED,
                language=language,
                version=2,
                subject="{% if %}",
                body="{% if %}",
                effective_from_at=noon(MARKING_DAY) - timedelta(days=1),
                approved_at=noon(MARKING_DAY) - timedelta(days=1),
            )
        with pytest.raises(TemplateSyntaxError):
            tasks.mark_non_responders(at=noon(MARKING_DAY))
        round_ = MarkingRound.objects.get()
        assert round_.state == RoundState.STOPPED
        assert round_.stop_reason.startswith("Stopped by an error: TemplateSyntaxError")
        assert not Mark.objects.exists()
        assert set(round_.candidates.values_list("state", flat=True)) == {CandidateState.LEFT}
        assert not Obligation.objects.exclude(state=State.OVERDUE).exists()
        assert_states_equal_the_log()

    def test_an_error_before_it_runs_stops_it_too(self, campaign: Campaign) -> None:
        # Past every verb, a case of its sample is found wrong: the database lets nothing run.
        case = SampleCase.objects.earliest("pk")
        SampleVerdict.objects.create(
            case=case,
            cycle=2,
            verdict=Verdict.WRONG,
            words="Wrong.",
            by=UserFactory.create(),
            at=AT,
        )
        with pytest.raises(IntegrityError, match="round_rests_on_its_sample"):
            tasks.mark_non_responders(at=AT)
        round_ = MarkingRound.objects.get(campaign=campaign)
        assert round_.state == RoundState.STOPPED
        assert round_.stop_reason.startswith("Stopped by an error: IntegrityError")

    @pytest.mark.usefixtures("campaign")
    def test_a_database_that_is_away_stops_nothing(self) -> None:
        with connection.cursor() as cursor:
            # The server ends the statement, as it does all of them when it goes down.
            cursor.execute("SET LOCAL statement_timeout = 1")
        with pytest.raises(OperationalError), transaction.atomic():
            tasks.mark_non_responders(at=AT)
        assert MarkingRound.objects.get().state == RoundState.AUTHORISED
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
        tasks.mark_non_responders(at=AT)
        assert Mark.objects.count() == 2

    @pytest.mark.usefixtures("campaign")
    def test_a_stopped_round_stays_stopped(self) -> None:
        round_ = MarkingRound.objects.get()
        rounds.stop(round_, by=round_.drafted_by, at=noon(MARKING_DAY), reason="A wrong extract.")
        tasks.mark_non_responders(at=noon(MARKING_DAY))
        assert not Mark.objects.exists()

    @pytest.mark.parametrize("state", NOT_OPEN)
    @pytest.mark.usefixtures("campaign")
    def test_a_campaign_that_is_not_open_is_left_alone(self, state: CampaignState) -> None:
        Campaign.objects.update(state=state)
        tasks.mark_non_responders(at=noon(MARKING_DAY))
        assert not Mark.objects.exists()

"""Schedules: who drafts and signs them, what a signature is over, and what is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices.models import Notice
from notices.states import Kind
from reregistration import appeals, filing, holds
from reregistration.models import (
    Obligation,
    Referral,
    ReferralSchedule,
    ReferralWithdrawal,
    SampleVerdict,
    ScheduleLine,
)
from reregistration.referral import file, schedules
from reregistration.states import (
    SCHEDULE_LINES,
    AnswerOutcome,
    ReferralState,
    ScheduleState,
    State,
)
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.referrals import (
    READY_ON,
    SENT_ON,
    ReceivingBodyFactory,
    ReferralFactory,
    absent,
    drafted,
    ready,
    referred,
    signed,
)
from tests.factories.reregistration import CampaignFactory, FilingFactory, mark_made, noon
from tests.reregistration.assertions import assert_states_equal_the_log

pytestmark = pytest.mark.django_db
AT, SENT_AT = noon(READY_ON), noon(SENT_ON)


def manager() -> User:
    return staff_member(Role.CAMPAIGN_MANAGER)


def sign(schedule: ReferralSchedule, by: User | None = None) -> ReferralSchedule:
    return schedules.sign(schedule, content_hash=schedule.content_hash, by=by or manager(), at=AT)


def fresh(schedule: ReferralSchedule) -> ReferralSchedule:
    return ReferralSchedule.objects.get(pk=schedule.pk)


def line_of(schedule: ReferralSchedule, position: int = 1) -> ScheduleLine:
    found: ScheduleLine = schedule.lines.get(position=position)
    return found


def two() -> tuple[Referral, Referral]:
    """Two files of one campaign for one body."""
    body, first = ReceivingBodyFactory.create(), absent()
    second = absent(campaign=first.campaign)
    return ready(first, receiving_body=body), ready(second, receiving_body=body)


def files(count: int) -> list[Referral]:
    """Rows alone, of one campaign for one body."""
    campaign, body = CampaignFactory.create(week_cap=1000), ReceivingBodyFactory.create()
    return [
        ReferralFactory.create(mark=mark_made(campaign=campaign), receiving_body=body)
        for _ in range(count)
    ]


class TestDrafting:
    def test_takes_the_oldest_files_of_that_campaign_and_body(self) -> None:
        older, newer, other = *files(2), ReferralFactory.create()
        Referral.objects.filter(pk=newer.pk).update(prepared_at=AT - timedelta(days=900))
        schedule = drafted(older)
        assert [line.referral for line in schedule.lines.all()] == [newer, older]
        assert schedule.number.startswith("S-")
        states = Referral.objects.values_list("state", flat=True)
        assert list(states.filter(pk__in=[older.pk, newer.pk])) == [ReferralState.SCHEDULED] * 2
        assert states.get(pk=other.pk) == ReferralState.PREPARED

    def test_takes_no_more_than_a_hundred(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rows = files(3)
        assert SCHEDULE_LINES == 100
        monkeypatch.setattr(schedules, "SCHEDULE_LINES", 2)
        assert drafted(*rows).lines.count() == 2
        assert drafted(*rows).lines.count() == 1

    def test_is_refused_where_no_file_waits(self) -> None:
        row = drafted(*files(1))
        with pytest.raises(Refused, match="No prepared file waits"):
            schedules.draft(row.campaign, row.receiving_body, by=manager(), at=AT)

    def test_is_refused_for_a_body_that_is_no_longer_in_charge(self) -> None:
        body = ReceivingBodyFactory.create(until_on=READY_ON)
        with pytest.raises(Refused, match="not in charge"):
            schedules.draft(CampaignFactory.create(), body, by=manager(), at=AT)

    def test_takes_as_many_queries_for_many_files_as_for_one(self) -> None:
        counts = []
        for rows in (files(1), files(3)):
            by = manager()
            with CaptureQueriesContext(connection) as queries:
                schedules.draft(rows[0].obligation.campaign, rows[0].receiving_body, by=by, at=AT)
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestStriking:
    def test_changes_the_fingerprint_and_voids_the_first_signature(self) -> None:
        schedule = sign(drafted(*two()))
        before = schedule.content_hash
        schedules.strike(line_of(schedule), reason="Сомнение.", by=manager(), at=AT)
        row = fresh(schedule)
        assert row.content_hash != before
        assert (row.first_signed_by, row.first_signed_hash) == (None, "")
        assert line_of(schedule).referral.state == ReferralState.PREPARED

    def test_sends_a_signed_schedule_back_to_be_signed_anew(self) -> None:
        schedule = signed(*two())
        schedules.strike(line_of(schedule), reason="Сомнение.", by=manager(), at=AT)
        assert fresh(schedule).state == ScheduleState.DRAFTED
        assert schedules.send(schedule, at=SENT_AT) == 0

    def test_the_one_struck_out_may_stand_in_another(self) -> None:
        schedule = drafted(*two())
        schedules.strike(line_of(schedule), reason="Сомнение.", by=manager(), at=AT)
        again = drafted(line_of(schedule).referral)
        assert [line.referral for line in again.lines.all()] == [line_of(schedule).referral]

    def test_needs_a_reason_and_is_done_once(self) -> None:
        schedule = drafted(*files(1))
        with pytest.raises(Refused, match="the reason is kept"):
            schedules.strike(line_of(schedule), reason=" ", by=manager(), at=AT)
        for reason in ("Первая.", "Вторая."):
            schedules.strike(line_of(schedule), reason=reason, by=manager(), at=AT)
        assert line_of(schedule).strike_reason == "Первая."

    def test_is_refused_once_the_file_was_sent(self) -> None:
        line = referred().lines.get()
        with pytest.raises(Refused, match="was sent already"):
            schedules.strike(line, reason="Поздно.", by=manager(), at=SENT_AT)

    def test_of_what_waits_still_leaves_the_rest_as_it_was_signed(self) -> None:
        schedule = signed(*two())
        line_of(schedule).referral.lines.update(sent_at=SENT_AT)
        schedules.strike(line_of(schedule, 2), reason="Сомнение.", by=manager(), at=AT)
        assert fresh(schedule).state == ScheduleState.SIGNED
        assert schedules.send(schedule, at=SENT_AT) == 0
        assert fresh(schedule).state == ScheduleState.SENT


class TestSigning:
    def test_by_two_other_people_is_what_sending_waits_for(self) -> None:
        schedule = drafted()
        first, second = manager(), manager()
        assert sign(schedule, first).state == ScheduleState.DRAFTED
        row = sign(schedule, second)
        assert (row.state, row.first_signed_by, row.second_signed_by) == (
            ScheduleState.SIGNED,
            first,
            second,
        )

    def test_twice_by_one_person_is_one_signature(self) -> None:
        schedule, by = drafted(), manager()
        assert sign(schedule, by) == sign(schedule, by)
        assert fresh(schedule).second_signed_by is None

    def test_is_refused_to_whoever_saw_another_fingerprint(self) -> None:
        schedule = drafted(*two())
        seen = schedule.content_hash
        schedules.strike(line_of(schedule), reason="Сомнение.", by=manager(), at=AT)
        with pytest.raises(Refused, match="has changed since you read it"):
            schedules.sign(schedule, content_hash=seen, by=manager(), at=AT)

    def test_is_refused_to_the_drafter(self) -> None:
        schedule = drafted()
        with pytest.raises(Refused, match="You drafted this schedule"):
            sign(schedule, schedule.drafted_by)

    def test_is_refused_to_whoever_prepared_a_file(self) -> None:
        by = manager()
        with pytest.raises(Refused, match="You prepared the file D-"):
            sign(drafted(ready(prepared_by=by)), by)

    @pytest.mark.parametrize(
        "part", ["drafted_by", "frozen_by", "first_signed_by", "second_signed_by"]
    )
    def test_is_refused_to_whoever_took_part_in_the_marking(self, part: str) -> None:
        referral = ready()
        marker = getattr(referral.mark.round, part)
        with pytest.raises(Refused, match="You took part in the marking round"):
            sign(drafted(referral), marker)

    def test_is_refused_to_whoever_judged_the_sampled_case(self) -> None:
        referral = ready()
        verdict = SampleVerdict.objects.get(case__candidate__obligation=referral.obligation)
        with pytest.raises(Refused, match="You judged a sampled case"):
            sign(drafted(referral), verdict.by)

    def test_is_refused_while_a_file_may_not_be_sent(self) -> None:
        referral = ready()
        schedule = drafted(referral)
        complain(referral.obligation)
        with pytest.raises(Refused, match=r"Strike out the file D-\d+ first\. Its complaint"):
            sign(schedule)

    def test_is_refused_where_nothing_stands_any_more(self) -> None:
        schedule = drafted(*files(1))
        schedules.strike(line_of(schedule), reason="Сомнение.", by=manager(), at=AT)
        with pytest.raises(Refused, match="Discard it"):
            sign(fresh(schedule))

    def test_is_refused_once_it_is_signed_or_discarded(self) -> None:
        with pytest.raises(Refused, match="cannot follow"):
            sign(signed())

    def test_the_database_holds_that_three_people_differ(self) -> None:
        schedule = drafted(*files(1))
        own = {"first_signed_by": schedule.drafted_by}
        with pytest.raises(IntegrityError, match="drafter_does_not_sign"), transaction.atomic():
            ReferralSchedule.objects.filter(pk=schedule.pk).update(**own)

    def test_the_database_holds_that_what_is_sent_is_what_both_signed(self) -> None:
        schedule = signed()
        other = {"content_hash": "f" * 64}
        with pytest.raises(IntegrityError, match="signed_as_it_stands"), transaction.atomic():
            ReferralSchedule.objects.filter(pk=schedule.pk).update(**other)


def complain(row: Obligation) -> None:
    appeals.complain(row, text="Мы здесь.", by=UserFactory.create(), at=AT)


def hold(row: Obligation) -> None:
    holds.begin(row.campaign, obligation=row, reason="Пожар", by=manager(), on=READY_ON, at=AT)


def complain_in_vain(row: Obligation) -> None:
    complain(row)
    appeals.decide(
        row.complaints.get(),
        outcome=AnswerOutcome.DISMISSED,
        decision="Не подтвердилось.",
        by=staff_member(Role.SENIOR_REVIEWER),
        at=AT + timedelta(hours=1),
    )


class TestSending:
    def test_moves_the_obligation_and_tells_the_organisation(self) -> None:
        first, second = two()
        schedule = signed(first)
        assert schedules.send(schedule, at=SENT_AT) == 2
        for referral in (first, second):
            row = Referral.objects.get(pk=referral.pk)
            assert (row.state, row.obligation.state) == (ReferralState.REFERRED, State.REFERRED)
            assert row.lines.get().sent_at == SENT_AT
            told = Notice.objects.get(source=row.obligation.source, kind=Kind.REFERRED)
            assert "Прокуратура" in told.text.body
        ended = fresh(schedule)
        assert (ended.state, ended.ended_at) == (ScheduleState.SENT, SENT_AT)
        assert_states_equal_the_log()

    def test_a_second_run_sends_nothing(self) -> None:
        schedule = signed()
        assert [schedules.send(schedule, at=SENT_AT) for _ in range(2)] == [1, 0]
        assert Notice.objects.filter(kind=Kind.REFERRED).count() == 1

    def test_goes_on_where_a_killed_worker_stopped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        schedule = signed(*two())
        refer = schedules._refer

        def once(*args: object) -> None:
            monkeypatch.setattr(schedules, "_refer", killed)
            refer(*args)  # type: ignore[arg-type]

        def killed(*args: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(schedules, "_refer", once)
        with pytest.raises(KeyboardInterrupt):
            schedules.send(schedule, at=SENT_AT)
        assert fresh(schedule).state == ScheduleState.SIGNED
        monkeypatch.setattr(schedules, "_refer", refer)
        assert schedules.send(schedule, at=SENT_AT) == 1
        assert fresh(schedule).state == ScheduleState.SENT
        assert Notice.objects.filter(kind=Kind.REFERRED).count() == 2

    @pytest.mark.parametrize(
        "unsigned", [lambda: drafted(), lambda: sign(drafted())], ids=["none", "one"]
    )
    def test_waits_for_two_signatures(self, unsigned: Callable[[], ReferralSchedule]) -> None:
        assert schedules.send(unsigned(), at=SENT_AT) == 0
        assert not Obligation.objects.filter(state=State.REFERRED).exists()

    def test_waits_until_protected_days_are_over(self) -> None:
        schedule = signed()
        assert schedules.send(schedule, at=noon(date(2028, 3, 21))) == 0
        assert schedules.send(schedule, at=noon(date(2028, 3, 27))) == 1

    @pytest.mark.parametrize(
        ("happen", "sentence"),
        [
            (complain, "Its complaint has not been decided"),
            (hold, "Its dates are held"),
            (complain_in_vain, "decided after the file was prepared"),
        ],
    )
    def test_leaves_out_what_may_not_be_sent_any_more(
        self, happen: Callable[[Obligation], None], sentence: str
    ) -> None:
        first, second = two()
        schedule = signed(first)
        happen(Obligation.objects.get(pk=first.obligation_id))
        assert schedules.send(schedule, at=SENT_AT) == 1
        line = line_of(schedule)
        assert sentence in line.strike_reason
        assert (line.struck_by, line.referral.state) == (None, ReferralState.DROPPED)
        assert line.referral.obligation.state == State.MARKED
        assert Referral.objects.get(pk=second.pk).state == ReferralState.REFERRED
        # What two people signed stays as they signed it.
        assert fresh(schedule).content_hash == schedule.content_hash
        assert not Notice.objects.filter(
            source=first.obligation.source, kind=Kind.REFERRED
        ).exists()


class TestWhoFilesBeforeItIsSent:
    def test_is_struck_out_in_the_same_transaction_and_the_others_go(self) -> None:
        first, _second = two()
        schedule = signed(first)
        file_now(first.obligation)
        line = line_of(schedule)
        assert (line.strike_reason, line.struck_by) == ("the organisation has filed", None)
        assert Referral.objects.get(pk=first.pk).state == ReferralState.DROPPED
        assert schedules.send(schedule, at=SENT_AT) == 1
        assert Obligation.objects.get(pk=first.obligation_id).state == State.FILED
        assert not ReferralWithdrawal.objects.exists()

    def test_voids_the_first_signature_of_one_that_waits_for_the_second(self) -> None:
        first, _ = two()
        schedule = sign(drafted(first))
        file_now(first.obligation)
        row = fresh(schedule)
        assert row.first_signed_by is None
        assert row.content_hash != schedule.content_hash

    def test_has_its_file_dropped_though_it_stands_in_no_schedule(self) -> None:
        referral = ready()
        file_now(referral.obligation)
        assert Referral.objects.get().state == ReferralState.DROPPED


def file_now(row: Obligation) -> None:
    """As an organisation does: start, fill in, submit."""
    draft = FilingFactory.create(obligation=row)
    filing.submit(draft, by=UserFactory.create(), at=SENT_AT, as_it_is=True)


class TestDiscarding:
    def test_lets_its_files_wait_for_another(self) -> None:
        schedule = drafted(*two())
        row = schedules.discard(schedule, reason="Другой орган.", by=manager(), at=AT)
        assert (row.state, row.ended_at) == (ScheduleState.DISCARDED, AT)
        assert {line.strike_reason for line in row.lines.all()} == {"Другой орган."}
        assert drafted(line_of(schedule).referral).lines.count() == 2

    def test_needs_a_reason_and_is_done_once(self) -> None:
        schedule = drafted(*files(1))
        with pytest.raises(Refused, match="the reason is kept"):
            schedules.discard(schedule, reason="", by=manager(), at=AT)
        for reason in ("Первая.", "Вторая."):
            row = schedules.discard(schedule, reason=reason, by=manager(), at=AT)
        assert row.discard_reason == "Первая."

    def test_is_refused_once_it_was_sent(self) -> None:
        schedule = referred().lines.get().schedule
        with pytest.raises(Refused, match="cannot follow"):
            schedules.discard(schedule, reason="Поздно.", by=manager(), at=SENT_AT)

    def test_is_refused_once_sending_has_begun(self) -> None:
        schedule = signed(*two())
        ScheduleLine.objects.filter(position=1).update(sent_at=SENT_AT)
        with pytest.raises(Refused, match="Strike out what must not go"):
            schedules.discard(schedule, reason="Стоп.", by=manager(), at=SENT_AT)


def test_dropping_a_file_strikes_it_out() -> None:
    schedule = drafted(*two())
    file.drop(line_of(schedule).referral, by=manager(), at=AT, reason="Опечатка.")
    assert line_of(schedule).strike_reason == "Опечатка."
    assert fresh(schedule).content_hash != schedule.content_hash

"""Schedules, withdrawals, courts' decisions at the desk."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from reregistration import obligations
from reregistration.admin.schedules import Sign
from reregistration.models import (
    CourtDecision,
    CourtDecisionConfirmation,
    Obligation,
    Referral,
    ReferralSchedule,
    ReferralWithdrawal,
)
from reregistration.referral import schedules, withdrawals
from reregistration.states import ReferralState, ScheduleState, State
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.files import upload
from tests.factories.referrals import (
    SENT_ON,
    CourtDecisionFactory,
    ReceivingBodyFactory,
    ReferralFactory,
    ReferralWithdrawalFactory,
    drafted,
    ready,
    referred,
)
from tests.factories.reregistration import CampaignFactory, mark_made, noon
from tests.reregistration.desk import list_of, page_of, queries, rows_of, signed_in, told, verb_of

pytestmark = pytest.mark.django_db

ONLY_THE_COURT = "Only the court decides on liquidation."


@pytest.fixture
def manager(db: None) -> User:
    return staff_member(Role.CAMPAIGN_MANAGER, email="manager@ministry.example")


@pytest.fixture
def desk(manager: User) -> Client:
    return signed_in(manager)


def files(count: int) -> list[Referral]:
    """Rows alone, of one campaign for one body."""
    campaign, body = CampaignFactory.create(), ReceivingBodyFactory.create()
    return [
        ReferralFactory.create(mark=mark_made(campaign=campaign), receiving_body=body)
        for _ in range(count)
    ]


class TestSchedules:
    def test_one_is_drafted(self, desk: Client, manager: User) -> None:
        referral = ReferralFactory.create()
        page = f"{list_of(ReferralSchedule)}add/"
        assert "(files that wait: 1)" in desk.get(page).content.decode()
        told_of = {
            "campaign": referral.obligation.campaign_id,
            "body": referral.receiving_body_id,
        }
        desk.post(page, told_of)
        row = ReferralSchedule.objects.get()
        assert (row.drafted_by, row.lines.get().referral) == (manager, referral)
        assert "No prepared file waits" in desk.post(page, told_of).content.decode()

    def test_the_page_shows_the_fingerprint_short_and_whole_and_each_file(
        self, desk: Client
    ) -> None:
        schedule = drafted(*files(2))
        page = desk.get(page_of(schedule)).content.decode()
        assert f"{schedule.content_hash[:12]}…" in page
        assert schedule.content_hash in page
        for line in schedule.lines.all():
            assert line.referral.number in page
            assert line.referral.sha256 in page

    @pytest.mark.parametrize("path", ["", "sign/", "strike/", "discard/"])
    def test_every_page_says_that_only_the_court_decides(self, desk: Client, path: str) -> None:
        schedule = drafted(*files(1))
        url = page_of(schedule).replace("change/", "") + (path or "change/")
        assert ONLY_THE_COURT in desk.get(url).content.decode()
        assert ONLY_THE_COURT in desk.get(list_of(ReferralSchedule)).content.decode()

    def test_is_signed_with_the_fingerprint_that_the_page_showed(
        self, desk: Client, manager: User
    ) -> None:
        schedule = drafted(ready())
        form = desk.get(verb_of(schedule, "sign")).context["form"]
        assert form.initial == {"content_hash": schedule.content_hash}
        # By this machine's clock the organisation is not marked yet, so that the verb says no;
        # with the clock of that day it is signed.
        page = desk.post(verb_of(schedule, "sign"), form.initial).content.decode()
        assert "Strike out the file" in page
        done = Sign().run(schedule, form.initial, by=manager, at=noon(SENT_ON))
        assert done == "Signed. One more person has to sign."
        schedule.refresh_from_db()
        assert schedule.first_signed_by == manager

    def test_another_fingerprint_is_refused_on_the_page(self, desk: Client) -> None:
        schedule = drafted(ready())
        page = desk.post(verb_of(schedule, "sign"), {"content_hash": "f" * 64})
        assert "has changed since you read it" in page.content.decode()

    def test_a_file_is_struck_out(self, desk: Client, manager: User) -> None:
        schedule = drafted(*files(2))
        line = schedule.lines.get(position=2)
        url = verb_of(schedule, "strike")
        assert f"{url}?line={line.pk}" in desk.get(page_of(schedule)).content.decode()
        desk.post(url, {"line": line.pk, "reason": "Сомнение."})
        line.refresh_from_db()
        assert (line.struck_by, line.strike_reason) == (manager, "Сомнение.")

    def test_a_line_of_another_schedule_is_no_choice(self, desk: Client) -> None:
        schedule, other = drafted(*files(1)), drafted(*files(1))
        line = other.lines.get()
        desk.post(verb_of(schedule, "strike"), {"line": line.pk, "reason": "Сомнение."})
        line.refresh_from_db()
        assert line.struck_at is None

    def test_is_discarded(self, desk: Client) -> None:
        schedule = drafted(*files(1))
        desk.post(verb_of(schedule, "discard"), {"reason": "Другой орган."})
        schedule.refresh_from_db()
        assert schedule.state == ScheduleState.DISCARDED
        assert Referral.objects.get().state == ReferralState.PREPARED

    def test_whoever_sees_one_region_sees_no_schedule_of_the_country(self) -> None:
        schedule = drafted(*files(1))
        user = staff_member(Role.CAMPAIGN_MANAGER)
        user.role_grants.update(regions=["710000000"])
        assert signed_in(user).get(page_of(schedule)).status_code == 404

    def test_the_page_takes_no_more_queries_for_more_files(self, desk: Client) -> None:
        few, many = drafted(*files(1)), drafted(*files(4))
        desk.get(page_of(few))
        for page in ("change", "sign"):
            urls = [verb_of(row, page) for row in (few, many)]
            assert queries(desk, urls[0]) == queries(desk, urls[1])


class TestWithdrawals:
    def test_the_late_stand_first_and_are_asked_for_alone(self, desk: Client) -> None:
        later = ReferralWithdrawalFactory.create(due_at=noon(SENT_ON.replace(year=2999)))
        late = ReferralWithdrawalFactory.create(due_at=noon(SENT_ON.replace(year=2020)))
        url = list_of(ReferralWithdrawal)
        assert rows_of(desk.get(url)) == [late, later]
        assert rows_of(desk.get(url, {"acknowledged": "late"})) == [late]
        # Without a colour of its own a value still shows its words.
        assert "in time" not in desk.get(url).content.decode()
        assert "Late: the body" in desk.get(page_of(late)).content.decode()
        assert "Late: the body" not in desk.get(page_of(later)).content.decode()

    def test_one_is_acknowledged_with_its_paper(self, desk: Client, manager: User) -> None:
        row = ReferralWithdrawalFactory.create()
        url = verb_of(row, "acknowledge")
        assert "number of the body&#x27;s answer" in desk.post(url, {}).content.decode()
        desk.post(url, {"reference": "17-2/88", "file": upload("answer.pdf")})
        row.refresh_from_db()
        assert (row.reference, row.acknowledged_by) == ("17-2/88", manager)
        assert desk.get(verb_of(row, "file")).status_code == 200
        assert rows_of(desk.get(list_of(ReferralWithdrawal))) == []

    def test_the_page_shows_every_letter_and_reminder(self, desk: Client) -> None:
        schedule = drafted(ready())
        for _ in range(2):
            schedule = schedules.sign(
                schedule,
                content_hash=schedule.content_hash,
                by=staff_member(Role.CAMPAIGN_MANAGER),
                at=noon(SENT_ON),
            )
        referral = referred_by(schedule)
        withdraw(referral)
        row = ReferralWithdrawal.objects.get()
        withdrawals.tell(at=noon(SENT_ON))
        withdrawals.chase(at=noon(SENT_ON.replace(month=4, day=3)))
        page = desk.get(page_of(row)).content.decode()
        assert referral.receiving_body.email in page
        assert row.chases.get().how in page
        assert ONLY_THE_COURT in page

    def test_the_list_takes_no_more_queries_for_more_rows(self, desk: Client) -> None:
        ReferralWithdrawalFactory.create()
        before = queries(desk, list_of(ReferralWithdrawal))
        ReferralWithdrawalFactory.create_batch(3)
        assert queries(desk, list_of(ReferralWithdrawal)) == before


def referred_by(schedule: ReferralSchedule) -> Referral:
    schedules.send(schedule, at=noon(SENT_ON))
    found: Referral = Referral.objects.get(lines__schedule=schedule)
    return found


def withdraw(referral: Referral) -> None:
    obligations.move(referral.obligation, State.FILED, by=None, at=noon(SENT_ON))


class TestCourt:
    def test_a_decision_is_recorded_and_confirmed_by_another(
        self, desk: Client, manager: User
    ) -> None:
        referral = referred()
        desk_of_another = signed_in(staff_member(Role.SENIOR_REVIEWER))
        told_of = {
            "kind": "refuse",
            "court": "СМЭС г. Астаны",
            "case_number": "7119-28-00-2/1",
            "decided_on": "2028-03-15",
            "in_force_on": "2028-03-15",
        }
        page = desk.post(verb_of(referral, "court"), {**told_of, "file": upload("decision.pdf")})
        # The clock of this machine has not reached that day.
        assert "lies ahead" in page.content.decode()
        decision = CourtDecisionFactory.create(referral=referral, kind="refuse", by=manager)
        response = desk.post(verb_of(decision, "confirm"), follow=True)
        assert "You recorded this decision" in told(response)[0]
        desk_of_another.post(verb_of(decision, "confirm"))
        assert CourtDecisionConfirmation.objects.get().decision == decision

    def test_the_form_offers_what_can_follow(self, desk: Client) -> None:
        form = desk.get(verb_of(referred(), "court")).context["form"]
        assert [kind for kind, _label in form.fields["kind"].choices] == [
            "liquidate",
            "refuse",
            "leave",
        ]

    def test_the_list_asks_what_each_waits_for(self, desk: Client) -> None:
        rows = [CourtDecisionFactory.create() for _ in range(3)]
        for row in rows[1:]:
            CourtDecisionConfirmation.objects.create(
                decision=row, by=UserFactory.create(), at=noon(SENT_ON)
            )
        waits = {
            answer: len(rows_of(desk.get(list_of(CourtDecision), {"waits": answer})))
            for answer in ("any", "confirmation", "day", "person", "nothing")
        }
        assert waits == {"any": 3, "confirmation": 1, "day": 2, "person": 0, "nothing": 0}

    def test_its_pages_say_that_only_the_court_decides(self, desk: Client) -> None:
        decision = CourtDecisionFactory.create()
        for url in (page_of(decision), verb_of(decision, "confirm"), list_of(CourtDecision)):
            assert ONLY_THE_COURT in desk.get(url).content.decode()

    def test_its_paper_is_for_whoever_sees_the_region(self, desk: Client) -> None:
        decision = CourtDecisionFactory.create()
        region = decision.referral.obligation.organisation.region_id
        other = next(code for code in ("710000000", "750000000") if code != region)
        user = staff_member(Role.CAMPAIGN_MANAGER)
        user.role_grants.update(regions=[other])
        stranger = signed_in(user)
        assert desk.get(page_of(decision)).status_code == 200
        assert stranger.get(verb_of(decision, "file")).status_code == 404

    def test_the_list_takes_no_more_queries_for_more_rows(self, desk: Client) -> None:
        CourtDecisionFactory.create()
        before = queries(desk, list_of(CourtDecision))
        CourtDecisionFactory.create_batch(3)
        assert queries(desk, list_of(CourtDecision)) == before


def test_a_desk_without_the_permission_offers_no_verb() -> None:
    schedule = drafted(*files(1))
    reviewer = signed_in(staff_member(Role.REVIEWER))
    assert reviewer.get(page_of(schedule)).context["verbs"] == []
    assert Obligation.objects.get().state == State.MARKED

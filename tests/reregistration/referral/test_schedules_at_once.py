"""Two people, two workers: a file stands in one schedule, and is sent or struck out once."""

from __future__ import annotations

from functools import partial

from accounts.refusals import Refused
from accounts.roles import Role
from notices.models import Notice
from notices.states import Kind
from reregistration import filing
from reregistration.models import (
    Filing,
    Obligation,
    Referral,
    ReferralSchedule,
    ReferralWithdrawal,
    ScheduleLine,
)
from reregistration.referral import schedules, withdrawals
from reregistration.states import ReferralState, State
from tests.concurrency import one_behind_the_other, together
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.referrals import (
    READY_ON,
    SENT_ON,
    ReceivingBodyFactory,
    ReferralFactory,
    drafted,
    ready,
    referred,
    signed,
)
from tests.factories.reregistration import CampaignFactory, FilingFactory, mark_made, noon
from tests.reregistration.assertions import assert_states_equal_the_log

AT, SENT_AT = noon(READY_ON), noon(SENT_ON)


def test_two_drafters_share_no_file(real_commits: None) -> None:
    campaign, body = CampaignFactory.create(), ReceivingBodyFactory.create()
    for _ in range(2):
        ReferralFactory.create(mark=mark_made(campaign=campaign), receiving_body=body)
    people = [staff_member(Role.CAMPAIGN_MANAGER) for _ in range(2)]
    together(*[partial(schedules.draft, campaign, body, by=by, at=AT) for by in people])
    assert ScheduleLine.objects.count() == 2
    assert not Referral.objects.exclude(state=ReferralState.SCHEDULED).exists()


def test_two_signers_at_once_are_two_signatures(real_commits: None) -> None:
    schedule = drafted()
    people = [staff_member(Role.CAMPAIGN_MANAGER) for _ in range(2)]
    together(
        *[
            partial(schedules.sign, schedule, content_hash=schedule.content_hash, by=by, at=AT)
            for by in people
        ]
    )
    schedule.refresh_from_db()
    assert {schedule.first_signed_by, schedule.second_signed_by} == set(people)


def test_a_signature_behind_a_strike_is_refused(real_commits: None) -> None:
    schedule, by = drafted(), staff_member(Role.CAMPAIGN_MANAGER)
    _, refused = one_behind_the_other(
        partial(schedules.strike, schedule.lines.get(), reason="Сомнение.", by=by, at=AT),
        partial(
            schedules.sign,
            schedule,
            content_hash=schedule.content_hash,
            by=staff_member(Role.CAMPAIGN_MANAGER),
            at=AT,
        ),
    )
    assert isinstance(refused, Refused)


def test_two_workers_send_a_file_once(real_commits: None) -> None:
    schedule = signed()
    sent = together(*[partial(schedules.send, schedule, at=SENT_AT) for _ in range(2)])
    assert sum(sent) == 1
    assert Notice.objects.filter(kind=Kind.REFERRED).count() == 1
    assert_states_equal_the_log()


def test_a_filing_and_a_sending_at_once_end_in_filed(real_commits: None) -> None:
    for _ in range(5):
        schedule = signed()
        referral = schedule.lines.get().referral
        draft = FilingFactory.create(obligation=referral.obligation)
        submit = partial(filing.submit, draft, by=UserFactory.create(), at=SENT_AT, as_it_is=True)
        outcomes = together(partial(schedules.send, schedule, at=SENT_AT), submit)
        assert not [one for one in outcomes if isinstance(one, Exception)]
        assert Obligation.objects.get(pk=referral.obligation_id).state == State.FILED
        was_sent = outcomes[0] == 1
        referral.refresh_from_db()
        ended = ReferralState.WITHDRAWN if was_sent else ReferralState.DROPPED
        assert referral.state == ended
        assert ReferralWithdrawal.objects.filter(referral=referral).exists() == was_sent
    assert_states_equal_the_log()


def test_a_filing_and_a_drafting_at_once_leave_no_line_standing(real_commits: None) -> None:
    for _ in range(5):
        referral = ready()
        draft = FilingFactory.create(obligation=referral.obligation)
        outcomes = together(
            partial(
                schedules.draft,
                referral.obligation.campaign,
                referral.receiving_body,
                by=staff_member(Role.CAMPAIGN_MANAGER),
                at=AT,
            ),
            partial(filing.submit, draft, by=UserFactory.create(), at=SENT_AT, as_it_is=True),
        )
        # The drafter may have found nothing; nobody has met a deadlock.
        assert isinstance(outcomes[0], (ReferralSchedule, Refused))
        assert isinstance(outcomes[1], Filing)
        assert not ScheduleLine.objects.filter(referral=referral, struck_at=None).exists()
        assert Referral.objects.get(pk=referral.pk).state == ReferralState.DROPPED


def test_two_runs_chase_once(real_commits: None) -> None:
    draft = FilingFactory.create(obligation=referred().obligation)
    filing.submit(draft, by=UserFactory.create(), at=SENT_AT, as_it_is=True)
    at = noon(SENT_ON.replace(day=27))
    assert sum(together(*[partial(withdrawals.chase, at=at) for _ in range(2)])) == 1
    assert sum(together(*[partial(withdrawals.tell, at=at) for _ in range(2)])) == 1

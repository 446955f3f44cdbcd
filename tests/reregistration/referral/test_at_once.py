"""Two clicks at once: one entry of the log, one file."""

from __future__ import annotations

from datetime import date
from functools import partial

from accounts.refusals import Refused
from accounts.roles import Role
from reregistration.models import EvidenceItem, Referral
from reregistration.referral import evidence
from reregistration.referral.evidence import Found
from reregistration.states import EvidenceKind
from tests.concurrency import one_behind_the_other, together
from tests.factories.accounts import staff_member
from tests.factories.referrals import READY_ON, ReceivingBodyFactory, absent, prepared
from tests.factories.registry import OrganisationFactory
from tests.factories.reregistration import noon

ON = date(2027, 3, 1)


def test_two_clicks_log_one_entry(real_commits: None) -> None:
    organisation, officer = OrganisationFactory.create(), staff_member(Role.REVIEWER)
    found = Found(EvidenceKind.FOUNDERS_SEARCH, ON, "Учредители не найдены.")
    rows = together(
        *[partial(evidence.log, organisation, found, by=officer, at=noon(ON)) for _ in range(2)]
    )
    assert rows[0] == rows[1]
    assert EvidenceItem.objects.count() == 1


def test_an_entry_is_not_struck_while_a_file_is_made_of_it(real_commits: None) -> None:
    row, body = absent(), ReceivingBodyFactory.create()
    item = EvidenceItem.objects.get(kind=EvidenceKind.OFFICERS_SEARCH)
    by = staff_member(Role.CAMPAIGN_MANAGER)
    made, refusal = one_behind_the_other(
        partial(prepared, row, body=body, by=by),
        partial(evidence.strike, item, reason="Ошибка.", by=by, at=noon(READY_ON)),
    )
    assert made == Referral.objects.get()
    assert isinstance(refusal, Refused)
    assert not EvidenceItem.objects.filter(replaces=item).exists()


def test_two_clicks_prepare_one_file(real_commits: None) -> None:
    row, body = absent(), ReceivingBodyFactory.create()
    by = staff_member(Role.CAMPAIGN_MANAGER)
    rows = together(*[partial(prepared, row, body=body, by=by) for _ in range(2)])
    assert rows[0] == rows[1]
    assert Referral.objects.count() == 1

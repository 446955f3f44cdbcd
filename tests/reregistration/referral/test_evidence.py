"""The evidence log: what is taken, what is refused, and that an error is replaced, not changed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from registry.ledger import commitment
from registry.models import Organisation
from reregistration.models import EvidenceItem
from reregistration.referral import evidence
from reregistration.referral.evidence import Found
from reregistration.states import EvidenceKind
from tests.factories.accounts import staff_member
from tests.factories.notices import DispatchFactory
from tests.factories.referrals import EvidenceItemFactory, act, prepared
from tests.factories.registry import OrganisationFactory
from tests.factories.reregistration import noon

pytestmark = pytest.mark.django_db
ON = date(2027, 3, 1)
AT = noon(ON)
# The check digit of a personal number fits; that of the next one belongs to an organisation.
IIN, BIN = "880101300010", "980940001419"


@pytest.fixture
def officer() -> User:
    return staff_member(Role.REVIEWER)


@pytest.fixture
def organisation() -> Organisation:
    return OrganisationFactory.create()


def found(**changes: Any) -> Found:
    fields: dict[str, Any] = {
        "kind": EvidenceKind.FOUNDERS_SEARCH,
        "on": ON,
        "words": "Учредители не найдены.",
    }
    return Found(**{**fields, **changes})


def test_an_entry_binds_its_paper_and_commits_to_its_words(
    officer: User, organisation: Organisation
) -> None:
    paper = act()
    item = evidence.log(
        organisation,
        found(kind=EvidenceKind.SITE_VISIT, file=paper, address=" ул. Абая, д. 1 "),
        by=officer,
        at=AT,
    )
    assert item.file_sha256 == paper.sha256
    assert item.text.address == "ул. Абая, д. 1"
    assert item.words_hash == commitment("Учредители не найдены.", bytes(item.text.salt))


def test_the_same_words_again_get_the_entry_that_stands(
    officer: User, organisation: Organisation
) -> None:
    once = evidence.log(organisation, found(), by=officer, at=AT)
    assert evidence.log(organisation, found(), by=officer, at=AT) == once
    assert EvidenceItem.objects.count() == 1


def test_the_same_words_of_somebody_found_are_another_entry(
    officer: User, organisation: Organisation
) -> None:
    once = evidence.log(organisation, found(), by=officer, at=AT)
    assert evidence.log(organisation, found(somebody_found=True), by=officer, at=AT) != once


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"words": "  "}, "Write what was found"),
        ({"on": ON + timedelta(days=1)}, "lies ahead"),
        ({"kind": EvidenceKind.SITE_VISIT}, "attach the signed act"),
        ({"kind": EvidenceKind.LETTER_RETURNED}, "Write the address"),
        ({"kind": EvidenceKind.LETTER_RETURNED, "address": "ул. 1"}, "proved by its envelope"),
        ({"kind": EvidenceKind.NOTHING}, "not logged by hand"),
        ({"kind": EvidenceKind.PROOF_OF_SERVICE}, "not logged by hand"),
        (
            {"kind": EvidenceKind.LETTER_RETURNED, "address": "ул. 1", "somebody_found": True},
            "has found nobody",
        ),
        ({"words": f"ИИН {IIN} не найден."}, "Leave personal numbers"),
        ({"address": f"кв. 1, {IIN}"}, "Leave personal numbers"),
    ],
)
def test_what_proves_nothing_is_refused(
    officer: User, organisation: Organisation, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        evidence.log(organisation, found(**changes), by=officer, at=AT)


def test_a_number_of_an_organisation_may_stand_in_the_words(
    officer: User, organisation: Organisation
) -> None:
    assert evidence.log(organisation, found(words=f"БИН {BIN}"), by=officer, at=AT)


class TestLetters:
    def test_one_of_ours_brings_its_address(self, officer: User) -> None:
        letter = DispatchFactory.create(letter=True, bounced=True)
        item = evidence.log(
            letter.notice.organisation,
            found(kind=EvidenceKind.LETTER_RETURNED, dispatch=letter, file=act()),
            by=officer,
            at=AT,
        )
        assert item.text.address == letter.address

    def test_another_organisation_s_is_refused(
        self, officer: User, organisation: Organisation
    ) -> None:
        letter = DispatchFactory.create(letter=True, bounced=True)
        with pytest.raises(Refused, match="no letter to this organisation"):
            evidence.log(
                organisation,
                found(kind=EvidenceKind.LETTER_RETURNED, dispatch=letter, file=act()),
                by=officer,
                at=AT,
            )

    def test_an_e_mail_is_no_letter(self, officer: User) -> None:
        sent = DispatchFactory.create(bounced=True)
        with pytest.raises(Refused, match="no letter to this organisation"):
            evidence.log(
                sent.notice.organisation,
                found(kind=EvidenceKind.LETTER_RETURNED, dispatch=sent, file=act()),
                by=officer,
                at=AT,
            )

    def test_one_that_was_sent_later_cannot_have_come_back(self, officer: User) -> None:
        letter = DispatchFactory.create(letter=True, sent=True, made_at=AT)
        with pytest.raises(Refused, match="had not been sent"):
            evidence.log(
                letter.notice.organisation,
                found(
                    kind=EvidenceKind.LETTER_RETURNED,
                    dispatch=letter,
                    on=ON - timedelta(days=1),
                    file=act(),
                ),
                by=officer,
                at=AT,
            )


class TestReplacing:
    def test_both_stay_and_the_second_counts(self, officer: User) -> None:
        first = EvidenceItemFactory.create()
        second = evidence.replace(
            first, found(kind=EvidenceKind.SITE_VISIT, words="Верно."), by=officer, at=AT
        )
        assert list(evidence.standing()) == [second]
        assert second.file == first.file
        assert EvidenceItem.objects.count() == 2

    def test_an_error_counts_no_more(self, officer: User) -> None:
        first = EvidenceItemFactory.create()
        second = evidence.strike(first, reason="Другая организация.", by=officer, at=AT)
        assert second.kind == EvidenceKind.NOTHING
        assert not evidence.standing().exists()

    def test_an_error_needs_its_reason(self, officer: User) -> None:
        with pytest.raises(Refused, match="the reason is kept"):
            evidence.strike(EvidenceItemFactory.create(), reason=" ", by=officer, at=AT)

    def test_what_was_replaced_is_not_replaced_again(self, officer: User) -> None:
        first = EvidenceItemFactory.create()
        struck = evidence.strike(first, reason="Ошибка.", by=officer, at=AT)
        for item in (first, struck):
            with pytest.raises(Refused, match="does not count any more"):
                evidence.replace(item, found(), by=officer, at=AT)

    def test_what_a_live_file_rests_on_stays(self, officer: User) -> None:
        referral = prepared()
        item = evidence.standing().filter(organisation=referral.obligation.organisation)[0]
        with pytest.raises(Refused, match=f"file {referral.number} rests on this entry"):
            evidence.strike(item, reason="Ошибка.", by=officer, at=referral.prepared_at)


@pytest.mark.parametrize(
    "broken",
    [
        {"file": None, "file_sha256": ""},
        {"kind": EvidenceKind.PROOF_OF_SERVICE},
        {"kind": EvidenceKind.NOTHING},
        {"file_sha256": ""},
        {"kind": EvidenceKind.LETTER_RETURNED, "somebody_found": True},
    ],
)
def test_the_database_refuses_what_the_verbs_refuse(broken: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="evidence_"), transaction.atomic():
        EvidenceItemFactory.create(**broken)

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.refusals import Refused
from notices import codes, membership, notice, waves
from notices.addresses import Address
from notices.models import Dispatch, IssuedDocument, Notice
from notices.notice import text_hash
from notices.states import (
    ADVERSE,
    BY_LETTER_TOO,
    TO_OLD_ADDRESSES_TOO,
    Channel,
    DispatchState,
    Kind,
    useful_until,
)
from registry.calendar import ALMATY
from tests.factories.accounts import UserFactory
from tests.factories.notices import DispatchFactory, NoticeFactory, ServiceFactory, draft_of
from tests.factories.registry import (
    ContactFactory,
    OrganisationFactory,
    RepresentativeFactory,
)

pytestmark = pytest.mark.django_db
PROTECTED_DAY = datetime(2026, 12, 28, 12, tzinfo=ALMATY)


def dispatched(made: Notice) -> list[tuple[str, str]]:
    return list(made.dispatches.order_by("pk").values_list("channel", "address"))


def test_a_notice_comes_with_number_text_fingerprint_and_dispatch(at: datetime) -> None:
    contact = ContactFactory.create()
    (made,) = notice.register([draft_of(contact.organisation, Kind.OVERDUE)], at=at)
    stored = Notice.objects.get(pk=made.pk)
    document = IssuedDocument.objects.get(number=stored.number)
    assert stored.number.startswith("N-")
    text = stored.text
    assert stored.text_hash == text_hash(bytes(stored.salt), text.subject, text.body, text.sms)
    assert text.sms
    assert document.sha256 == stored.text_hash
    assert stored.number in stored.text.body
    dispatch = stored.dispatches.get()
    assert (dispatch.state, dispatch.next_attempt_at) == (DispatchState.QUEUED, at)


def test_second_call_makes_nothing(at: datetime) -> None:
    draft = draft_of(OrganisationFactory.create())
    notice.register([draft], at=at)
    assert notice.register([draft], at=at) == []
    assert (Notice.objects.count(), Dispatch.objects.count()) == (1, 1)


def test_a_draft_given_twice_makes_one_notice(at: datetime) -> None:
    draft = draft_of(OrganisationFactory.create())
    assert len(notice.register([draft, draft], at=at)) == 1


def test_only_the_drafts_that_do_not_stand_yet_are_made(at: datetime) -> None:
    first, second = (draft_of(OrganisationFactory.create()) for _ in range(2))
    notice.register([first], at=at)
    (made,) = notice.register([first, second], at=at)
    assert made.organisation == second.organisation


@pytest.mark.parametrize(
    "change",
    [
        {"source": "obligation:2"},
        {"cycle": 2},
        {"kind": Kind.OVERDUE},
        {"occasion": "T-14/2026-12-01"},
        {"occasion": "T-30/2027-01-15"},
    ],
)
def test_another_occasion_is_another_notice(at: datetime, change: dict[str, Any]) -> None:
    organisation = OrganisationFactory.create()
    notice.register([draft_of(organisation)], at=at)
    assert len(notice.register([draft_of(organisation, **change)], at=at)) == 1


@pytest.mark.parametrize("kind", ADVERSE)
def test_nothing_adverse_on_a_protected_day(kind: Kind) -> None:
    drafts = [
        draft_of(OrganisationFactory.create()),
        draft_of(OrganisationFactory.create(), kind),
    ]
    with pytest.raises(Refused, match=r"28\.12\.2026"):
        notice.register(drafts, at=PROTECTED_DAY)
    assert not Notice.objects.exists()


def test_a_courtesy_may_go_out_on_a_protected_day() -> None:
    draft = draft_of(OrganisationFactory.create(), Kind.REMINDER)
    assert len(notice.register([draft], at=PROTECTED_DAY)) == 1


def test_the_letter_is_in_the_first_representatives_language(at: datetime) -> None:
    organisation = OrganisationFactory.create()
    user = UserFactory.create(language="en")
    RepresentativeFactory.create(organisation=organisation, user=user)
    (made,) = notice.register([draft_of(organisation)], at=at)
    assert made.language == "en"
    assert "This is not the state registration" in made.text.body


def test_without_a_representative_the_letter_is_in_kazakh(at: datetime) -> None:
    (made,) = notice.register([draft_of(OrganisationFactory.create())], at=at)
    assert made.language == "kk"
    assert made.organisation.name_kk in made.text.body


def test_a_language_that_was_asked_for_wins(at: datetime) -> None:
    draft = draft_of(OrganisationFactory.create(), language="ru")
    assert notice.register([draft], at=at)[0].language == "ru"


def test_a_courtesy_goes_to_the_first_address_alone(at: datetime) -> None:
    organisation = OrganisationFactory.create()
    ContactFactory.create(organisation=organisation, value="office@ngo.example")
    representative = RepresentativeFactory.create(organisation=organisation)
    (made,) = notice.register([draft_of(organisation)], at=at)
    assert dispatched(made) == [(Channel.EMAIL, representative.user.email)]
    assert made.dispatches.get().recipient == representative.user


@pytest.mark.parametrize("kind", BY_LETTER_TOO)
def test_a_legal_notice_goes_by_letter_too(at: datetime, kind: Kind) -> None:
    contact = ContactFactory.create(value="office@ngo.example")
    (made,) = notice.register([draft_of(contact.organisation, kind)], at=at)
    assert dispatched(made) == [
        (Channel.EMAIL, "office@ngo.example"),
        (Channel.LETTER, "Астана қ., ул. Абая, д. 1"),
    ]


def test_without_an_email_address_it_goes_by_letter(at: datetime) -> None:
    (made,) = notice.register([draft_of(OrganisationFactory.create())], at=at)
    assert dispatched(made) == [(Channel.LETTER, "Астана қ., ул. Абая, д. 1")]


def test_a_representatives_address_that_came_back_is_passed_over(at: datetime) -> None:
    organisation = OrganisationFactory.create()
    user = RepresentativeFactory.create(organisation=organisation).user
    ContactFactory.create(organisation=organisation, value="office@ngo.example")
    DispatchFactory.create(
        notice=NoticeFactory.create(organisation=organisation),
        recipient=user,
        address=user.email,
        bounced=True,
    )
    (made,) = notice.register([draft_of(organisation)], at=at)
    assert dispatched(made) == [(Channel.EMAIL, "office@ngo.example")]


def test_a_line_break_in_a_name_never_reaches_the_subject(at: datetime) -> None:
    variables = {**draft_of(OrganisationFactory.create()).variables}
    variables["filing_number"] = "F-1\r\nBcc: stranger@ngo.kz"
    draft = draft_of(OrganisationFactory.create(), Kind.RECEIPT, variables=variables, language="en")
    (made,) = notice.register([draft], at=at)
    assert "\n" not in made.text.subject


def queries_of(count: int, at: datetime) -> int:
    drafts = []
    for _ in range(count):
        organisation = OrganisationFactory.create()
        RepresentativeFactory.create(organisation=organisation)
        ContactFactory.create(organisation=organisation)
        drafts.append(draft_of(organisation, Kind.FINAL_WARNING))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        notice.register(drafts, at=at)
    return len(queries)


def test_the_number_of_queries_does_not_grow_with_the_drafts(at: datetime) -> None:
    assert queries_of(2, at) == queries_of(12, at)


@pytest.mark.parametrize("sql", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
@pytest.mark.parametrize("table", ["notices_notice", "notices_service"])
def test_the_database_refuses_to_change_what_was_said_or_proved(sql: str, table: str) -> None:
    ServiceFactory.create()
    with connection.cursor() as cursor:
        # Else the keys still to be checked refuse the TRUNCATE before the trigger does.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(sql.format(table))


def test_with_given_addresses_it_goes_to_each_of_them_and_to_no_other(at: datetime) -> None:
    contact = ContactFactory.create()
    wanted = tuple(Address(Channel.EMAIL, f"{name}@old.example") for name in ("a", "b"))
    (made,) = notice.register([replace(draft_of(contact.organisation), to=wanted)], at=at)
    assert dispatched(made) == [(Channel.EMAIL, "a@old.example"), (Channel.EMAIL, "b@old.example")]


@pytest.mark.parametrize("kind", Kind)
def test_a_replaced_address_keeps_receiving_legal_notices_alone(kind: Kind, at: datetime) -> None:
    organisation = ContactFactory.create(value="new@ngo.example").organisation
    for value, days in (("old@ngo.example", 59), ("older@ngo.example", 61)):
        ContactFactory.create(
            organisation=organisation, value=value, retired_at=at - timedelta(days=days)
        )
    ContactFactory.create(
        organisation=organisation, value="dead@ngo.example", retired_at=at, bounced_at=at
    )
    (made,) = notice.register([draft_of(organisation, kind)], at=at)
    told = {address for channel, address in dispatched(made) if channel == Channel.EMAIL}
    old = {"old@ngo.example"} if kind in TO_OLD_ADDRESSES_TOO else set()
    assert told == {"new@ngo.example"} | old


def test_reminders_are_no_legal_notices() -> None:
    courtesy = {Kind.ANNOUNCEMENT, Kind.REMINDER, Kind.OVERDUE}
    assert not courtesy & set(TO_OLD_ADDRESSES_TOO)


@pytest.mark.parametrize("kind", Kind)
def test_every_notice_has_a_last_moment_of_use(kind: Kind, at: datetime) -> None:
    (made,) = notice.register([draft_of(OrganisationFactory.create(), kind)], at=at)
    rows = made.dispatches.all()
    assert rows
    assert {row.useful_until_at for row in rows} == {useful_until(kind, at)}


@pytest.mark.parametrize(
    ("kind", "life"),
    [
        (Kind.CLAIM_CODE, codes.LIFE[Kind.CLAIM_CODE]),
        (Kind.INVITATION, membership.INVITATION_LIFE),
    ],
)
def test_no_code_is_sent_that_has_run_out(kind: Kind, life: timedelta, at: datetime) -> None:
    for hour in (0, 12, 23):
        made_at = at.replace(hour=hour, minute=59)
        assert useful_until(kind, made_at) < made_at + life


def test_a_draft_may_say_its_own_last_moment_and_its_wave(at: datetime) -> None:
    organisation = OrganisationFactory.create()
    wave = waves.begin_next("campaign:1", Kind.OVERDUE, size=2, pause=timedelta(hours=1), at=at)
    until = at + timedelta(days=3)
    draft = draft_of(organisation, Kind.OVERDUE, useful_until_at=until, wave=wave)
    (made,) = notice.register([draft], at=at)
    row = made.dispatches.get()
    assert (row.useful_until_at, row.wave) == (until, wave)

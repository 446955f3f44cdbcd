from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError
from django.db.models import F

from accounts.models import User
from accounts.refusals import Refused
from notices import service
from notices.models import Notice, Service
from notices.states import Kind, ServiceGround
from tests.factories.notices import NoticeFactory, ServiceFactory
from tests.factories.registry import RepresentativeFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_representative_who_opens_a_notice_is_served(alice: User, at: datetime) -> None:
    notice = NoticeFactory.create()
    RepresentativeFactory.create(organisation=notice.organisation, user=alice)
    proof = service.opened(notice, by=alice, at=at)
    assert (proof.ground, proof.served_at, proof.by) == (ServiceGround.OPENED, at, alice)


def test_the_first_opening_stands(alice: User, at: datetime) -> None:
    notice = NoticeFactory.create()
    RepresentativeFactory.create(organisation=notice.organisation, user=alice)
    first = service.opened(notice, by=alice, at=at)
    assert service.opened(notice, by=alice, at=at + DAY) == first
    assert Service.objects.get().served_at == at


def test_a_stranger_serves_nobody(charlie: User, at: datetime) -> None:
    with pytest.raises(Refused, match="representative"):
        service.opened(NoticeFactory.create(), by=charlie, at=at)


def test_a_former_representative_serves_nobody(alice: User, at: datetime) -> None:
    notice = NoticeFactory.create()
    RepresentativeFactory.create(organisation=notice.organisation, user=alice, until_at=at - DAY)
    with pytest.raises(Refused):
        service.opened(notice, by=alice, at=at)


def test_another_ground_is_another_proof(at: datetime) -> None:
    opened = ServiceFactory.create()
    service.record(opened.notice, ground=ServiceGround.PUBLICATION, served_at=at, at=at)
    assert Service.objects.count() == 2


@pytest.mark.parametrize("days", [1, -30])
def test_nothing_is_served_in_the_future_or_before_it_was_made(at: datetime, days: int) -> None:
    with pytest.raises(Refused, match="cannot have been served"):
        service.record(
            NoticeFactory.create(),
            ground=ServiceGround.PUBLICATION,
            served_at=at + days * DAY,
            at=at,
        )


def test_a_carriers_receipt_needs_its_file(at: datetime) -> None:
    with pytest.raises(IntegrityError, match="carrier_receipt_needs_its_file"):
        ServiceFactory.create(ground=ServiceGround.CARRIER_RECEIPT)


def earliest(notice: Notice, **asked: object) -> datetime | None:
    """The earliest proof for the source and cycle of that notice."""
    what = {
        "kind": Kind.FINAL_WARNING,
        "source": notice.source,
        "cycle": notice.cycle,
        "grounds": ServiceGround.values,
        **asked,
    }
    kind = what.pop("kind")
    (row,) = Notice.objects.filter(pk=notice.pk).annotate(
        served=service.earliest_of(kind, **what)  # type: ignore[arg-type]
    )
    return row.served  # type: ignore[no-any-return]


def test_the_earliest_counting_proof_starts_the_clock(at: datetime) -> None:
    warning = NoticeFactory.create(kind=Kind.FINAL_WARNING)
    ServiceFactory.create(notice=warning, served_at=at + DAY)
    ServiceFactory.create(notice=warning, ground=ServiceGround.PUBLICATION, served_at=at)
    assert earliest(warning) == at
    assert earliest(warning, grounds=[ServiceGround.OPENED]) == at + DAY


@pytest.mark.parametrize(
    "asked",
    [
        {"grounds": [ServiceGround.CODE_USED]},
        {"cycle": 2},
        {"source": "obligation:0"},
        {"kind": Kind.PRELIMINARY_DECISION},
    ],
)
def test_what_was_served_for_something_else_starts_no_clock(asked: dict[str, object]) -> None:
    warning = NoticeFactory.create(kind=Kind.FINAL_WARNING)
    ServiceFactory.create(notice=warning)
    assert earliest(warning, **asked) is None


def test_the_key_of_the_earliest_proof_can_be_asked_for(at: datetime) -> None:
    proof = ServiceFactory.create(notice__kind=Kind.FINAL_WARNING)
    found = Service.objects.annotate(
        earliest=service.earliest_of(
            Kind.FINAL_WARNING,
            source=proof.notice.source,
            cycle=1,
            grounds=ServiceGround.values,
            value="pk",
        )
    ).filter(earliest=F("pk"))
    assert found.get() == proof

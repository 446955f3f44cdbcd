"""Notices, their dispatches and the proofs of their service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import factory
from factory.django import DjangoModelFactory

from notices import notice
from notices.models import Dispatch, Notice, NoticeTemplate, NoticeText, Service
from notices.notice import Draft, text_hash
from notices.states import Channel, DispatchState, Kind, ServiceGround
from registry.models import Organisation
from tests.factories.accounts import UserFactory
from tests.factories.registry import ContactFactory, OrganisationFactory

# One person who acts for many organisations.
LAWYER = "lawyer@ngo.example"
MADE_AT = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)


class NoticeFactory(DjangoModelFactory[Notice]):
    class Meta:
        model = Notice

    number = factory.Sequence(lambda n: f"N-9{n:06d}")
    organisation = factory.SubFactory(OrganisationFactory)
    # Never that of `draft_of`.
    source = factory.Sequence(lambda n: f"obligation:9{n:06d}")
    cycle = 1
    kind = Kind.REMINDER
    occasion = "T-30/2026-12-01"
    language = "ru"
    made_at = MADE_AT

    @classmethod
    def _create(cls, model_class: type[Notice], *args: Any, **kwargs: Any) -> Notice:
        sms = kwargs.pop("sms", "")
        notice = model_class(*args, **kwargs)
        notice.template = NoticeTemplate.objects.get(
            kind=notice.kind, language=notice.language, version=1
        )
        notice.text_hash = text_hash(bytes(notice.salt), "Subject", "Body", sms)
        notice.save()
        NoticeText.objects.create(notice=notice, subject="Subject", body="Body", sms=sms)
        return notice


class DispatchFactory(DjangoModelFactory[Dispatch]):
    class Meta:
        model = Dispatch

    class Params:
        letter = factory.Trait(channel=Channel.LETTER, address="ул. Абая, д. 1", message_id="")
        sms = factory.Trait(
            channel=Channel.SMS,
            address=factory.Sequence(lambda n: f"+7701{n:07d}"),
            notice__sms="A letter waits for you: portal.example",
        )
        sent = factory.Trait(
            state=DispatchState.SENT,
            attempts=1,
            sent_at=factory.LazyAttribute(lambda row: row.made_at + timedelta(minutes=1)),
        )
        bounced = factory.Trait(
            state=DispatchState.BOUNCED,
            attempts=1,
            sent_at=factory.LazyAttribute(lambda row: row.made_at + timedelta(minutes=1)),
            ended_at=factory.LazyAttribute(lambda row: row.made_at + timedelta(minutes=2)),
        )

    notice = factory.SubFactory(NoticeFactory)
    channel = Channel.EMAIL
    address = factory.Sequence(lambda n: f"office{n}@ngo.example")
    message_id = factory.LazyAttribute(lambda row: f"<{row.notice.number}.1@portal.example>")
    made_at = MADE_AT
    next_attempt_at = factory.SelfAttribute("made_at")


class ServiceFactory(DjangoModelFactory[Service]):
    class Meta:
        model = Service

    notice = factory.SubFactory(NoticeFactory)
    ground = ServiceGround.OPENED
    served_at = MADE_AT + timedelta(days=1)
    recorded_at = factory.SelfAttribute("served_at")
    by = factory.SubFactory(UserFactory)


def draft_of(organisation: Organisation, kind: Kind = Kind.REMINDER, **changes: Any) -> Draft:
    """A draft with every variable that any kind asks for."""
    fields: dict[str, Any] = {
        "organisation": organisation,
        "source": "obligation:1",
        "cycle": 1,
        "kind": kind,
        "occasion": "T-30/2026-12-01",
        "variables": VARIABLES,
    }
    return Draft(**{**fields, **changes})


def remind(at: datetime, *, address: str = LAWYER, occasion: str = "T-30") -> Dispatch:
    """A reminder of an organisation that is reached at the address, as a run of the schedule
    makes it."""
    organisation = OrganisationFactory.create()
    ContactFactory.create(organisation=organisation, value=address)
    source = f"obligation:{organisation.pk}"
    draft = draft_of(organisation, source=source, occasion=f"{occasion}/2026-12-01")
    (made,) = notice.register([draft], at=at)
    return made.dispatches.get()


VARIABLES = {
    **{
        f"{name}_{language}": f"{name} {language}"
        for name in (
            "campaign",
            "body",
            "legal_base",
            "reasons",
            "reason",
            "answer",
            "outcome",
            "changes",
            "stated",
            "position",
            "role",
            "change",
            "receiving_body",
            "hearing_held",
            "decision",
            "complaint_outcome",
            "ground",
            "article",
            "signatory",
            "remedy",
            "remedy_term",
            "file_to",
            "call",
            "amount",
            "report",
        )
        for language in ("kk", "ru", "en")
    },
    "due_on": "2026-12-01",
    "days_left": "30",
    "grace_ends_on": "2026-12-15",
    "grace_days": "14",
    "decision_after_days": "14",
    "answer_days": "28",
    "marked_on": "2027-03-01",
    "reversed_on": "2027-03-09",
    "referred_on": "2027-06-15",
    "referral_number": "D-0000001",
    "withdrawn_on": "2027-06-20",
    "court": "Economic Court of Astana",
    "case_number": "7119-27-00-2/1",
    "decided_on": "2027-09-01",
    "in_force_on": "2027-10-01",
    "filing_number": "F-0000001",
    "filed_at": "2026-11-30T18:59:59+00:00",
    "fingerprint": "f" * 64,
    "note": "",
    "accepted_on": "2026-12-05",
    "days": "30",
    "former_due_on": "2026-12-01",
    "moved_on": "2026-11-10",
    "answer_number": "O-0000001",
    "received_at": "2026-12-20T06:00:00+00:00",
    "decision_by_on": "2027-01-25",
    "decision_text": "The organisation had moved.",
    "hearing_on": "2027-02-03",
    "hearing_time": "10:00",
    "hearing_place": "Astana, 8 Mangilik El, room 4",
    "minutes_text": "They showed the lease.",
    "remark_until_on": "2027-02-08",
    "paper_received_on": "2026-11-30",
    "counts_on": "2026-11-27",
    "contest_until_on": "2026-12-14",
    "question": "Which year?",
    "answer_text": "The last one.",
    "claim_code": "7K4M-9QXD-2HTC",
    "claimant": "bob@ngo.example",
    "expires_at": "2026-12-03T18:59:59+00:00",
    "object_until_on": "2026-12-15",
    "inviter": "alice@ngo.example",
    "token": "t" * 43,
    "changed_by": "alice@ngo.example",
    "award_number": "W-0000001",
    "project": "A centre in three villages",
    "accept_by_on": "2026-11-02",
    "period_from_on": "2026-11-02",
    "period_until_on": "2027-01-31",
    "report_due_on": "2027-02-10",
    "report_words": "No receipts.",
}

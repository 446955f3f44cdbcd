"""Evidence, receiving bodies, referrals: their rows alone, where the way there is no matter."""

from __future__ import annotations

from datetime import date
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.roles import Role
from notices.models import Dispatch, IssuedDocument
from notices.states import Channel, DispatchState, DocumentKind, Kind
from registry import uploads
from registry.ledger import commitment
from registry.models import StoredFile
from reregistration.models import (
    CourtDecision,
    EvidenceItem,
    EvidenceText,
    LegalGround,
    Mark,
    Objection,
    Obligation,
    ReceivingBody,
    Referral,
    ReferralSchedule,
    ReferralWithdrawal,
)
from reregistration.referral import court, evidence, file, schedules
from reregistration.states import AnswerOutcome, CourtDecisionKind, EvidenceKind, WithdrawalReason
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.files import StoredFileFactory, upload
from tests.factories.registry import OrganisationFactory
from tests.factories.reregistration import mark_made, noon, serve_mark

# After the term for a complaint of a mark made on MARKING_DAY and served a week later.
REFERRAL_DAY = date(2027, 6, 15)


def ground_of(code: str) -> LegalGround:
    """One of the grounds that the migration writes: absence, silence, not_submitted."""
    found: LegalGround = LegalGround.objects.get(code=code)
    return found


class ReceivingBodyFactory(DjangoModelFactory[ReceivingBody]):
    class Meta:
        model = ReceivingBody

    name_kk = "Прокуратура"
    name_ru = "Прокуратура"
    name_en = "Prosecutor's Office"
    address = "г. Астана, пр. Мәңгілік Ел, д. 14"
    email = "kense@body.example"
    from_on = date(2020, 1, 1)


class EvidenceItemFactory(DjangoModelFactory[EvidenceItem]):
    """An entry of the log with its words; of a site visit, with its act."""

    class Meta:
        model = EvidenceItem

    organisation = factory.SubFactory(OrganisationFactory)
    kind = EvidenceKind.SITE_VISIT
    on = date(2027, 3, 1)
    file = factory.SubFactory(StoredFileFactory, name="act.pdf")
    file_sha256 = factory.LazyAttribute(lambda row: row.file.sha256 if row.file else "")
    by = factory.SubFactory(UserFactory)
    at = factory.LazyAttribute(lambda row: noon(row.on))

    @classmethod
    def _create(cls, model_class: type[EvidenceItem], *args: Any, **kwargs: Any) -> EvidenceItem:
        text = EvidenceText(
            words=kwargs.pop("words", "По адресу никого нет."),
            address=kwargs.pop("address", "ул. Абая, д. 1"),
        )
        item = model_class(*args, **kwargs)
        item.words_hash = commitment(text.words, bytes(text.salt))
        item.save()
        text.item = item
        text.save()
        return item


class ReferralFactory(DjangoModelFactory[Referral]):
    """A prepared file of a marked obligation. Its rows and a small PDF, not what it says."""

    class Meta:
        model = Referral

    number = factory.Sequence(lambda n: f"D-9{n:06d}")
    mark = factory.LazyFunction(mark_made)
    obligation = factory.SelfAttribute("mark.obligation")
    cycle = factory.SelfAttribute("mark.cycle")
    ground = factory.LazyFunction(lambda: ground_of("absence"))
    receiving_body = factory.SubFactory(ReceivingBodyFactory)
    document = factory.LazyAttribute(
        lambda row: IssuedDocument.objects.create(
            number=row.number,
            kind=DocumentKind.REFERRAL,
            organisation=row.obligation.organisation,
            issued_on=REFERRAL_DAY,
            sha256="c" * 64,
        )
    )
    file = factory.SubFactory(StoredFileFactory, name="referral.pdf")
    sha256 = factory.SelfAttribute("file.sha256")
    content = factory.SubFactory(StoredFileFactory, name="referral.json", kind="json")
    content_sha256 = "c" * 64
    prepared_by = factory.SubFactory(UserFactory)
    prepared_at = factory.LazyFunction(lambda: noon(REFERRAL_DAY))


class ReferralWithdrawalFactory(DjangoModelFactory[ReferralWithdrawal]):
    class Meta:
        model = ReferralWithdrawal

    referral = factory.SubFactory(ReferralFactory)
    reason = WithdrawalReason.FILED
    made_at = factory.LazyFunction(lambda: noon(REFERRAL_DAY))
    due_at = factory.SelfAttribute("made_at")


class CourtDecisionFactory(DjangoModelFactory[CourtDecision]):
    class Meta:
        model = CourtDecision

    referral = factory.SubFactory(ReferralFactory)
    kind = CourtDecisionKind.LIQUIDATE
    court = "Специализированный межрайонный экономический суд г. Астаны"
    case_number = factory.Sequence(lambda n: f"7119-27-00-2/{n}")
    decided_on = date(2027, 9, 1)
    in_force_on = date(2027, 10, 1)
    file = factory.SubFactory(StoredFileFactory, name="decision.pdf")
    file_sha256 = factory.SelfAttribute("file.sha256")
    by = factory.SubFactory(UserFactory)
    at = factory.LazyAttribute(lambda row: noon(row.in_force_on))


class ObjectionFactory(DjangoModelFactory[Objection]):
    """An objection of an earlier cycle, dismissed long before the first act of a visit."""

    class Meta:
        model = Objection

    number = factory.Sequence(lambda n: f"O-9{n:06d}")
    cycle = 1
    text = "Мы работаем."
    by = factory.SubFactory(UserFactory)
    at = noon(date(2026, 8, 3))
    decision_by_on = date(2026, 8, 24)
    outcome = AnswerOutcome.DISMISSED
    decision = "Не подтвердилось."
    decided_by = factory.SubFactory(UserFactory)
    decided_at = noon(date(2026, 8, 20))


# The acts of a visit stand a year apart, and the file is made after both.
FIRST_VISIT_ON, LAST_VISIT_ON = date(2027, 3, 1), date(2028, 3, 6)
READY_ON = date(2028, 3, 13)


def letter_came_back(made: Mark, *, on: date = FIRST_VISIT_ON) -> Dispatch:
    """The registered letter of the notice of a mark, which the carrier brought back that day."""
    letter: Dispatch = Dispatch.objects.get(
        notice__source=made.obligation.source, notice__kind=Kind.MARKED, channel=Channel.LETTER
    )
    letter.state, letter.sent_at, letter.ended_at = DispatchState.BOUNCED, noon(on), noon(on)
    letter.failure = "Возвращено перевозчиком."
    letter.save()
    return letter


def act(name: str = "act.pdf") -> StoredFile:
    """A signed act, as an officer uploads it."""
    return uploads.take(upload(name), by=UserFactory.create(), at=noon(FIRST_VISIT_ON))


def log_absence(made: Mark) -> None:
    """Everything that the ground of absence asks for beside the returned letter."""
    officer = staff_member(Role.SENIOR_REVIEWER)
    found = [
        (EvidenceKind.SITE_VISIT, FIRST_VISIT_ON, "По адресу никого нет, вывески нет."),
        (EvidenceKind.FOUNDERS_SEARCH, date(2027, 9, 1), "Учредители по адресам не проживают."),
        (EvidenceKind.OFFICERS_SEARCH, date(2027, 9, 2), "Руководитель не найден."),
        (EvidenceKind.SITE_VISIT, LAST_VISIT_ON, "По адресу по-прежнему никого нет."),
    ]
    for kind, on, words in found:
        evidence.log(
            made.obligation.organisation,
            evidence.Found(
                kind,
                on,
                words,
                address="ул. Абая, д. 1",
                file=act() if kind == EvidenceKind.SITE_VISIT else None,
            ),
            by=officer,
            at=noon(on),
        )


def somebody_was_found(row: Obligation, *, on: date) -> EvidenceItem:
    """An officer found a founder that day, after all."""
    return evidence.log(
        row.organisation,
        evidence.Found(
            EvidenceKind.FOUNDERS_SEARCH,
            on,
            "Учредитель найден, обещал представить сведения.",
            somebody_found=True,
        ),
        by=staff_member(Role.REVIEWER),
        at=noon(on),
    )


def absent(**fields: Any) -> Obligation:
    """A marked organisation of which a referral file may be made on READY_ON: served by
    publication, the letter came back, every evidence of absence logged, the term over."""
    made = mark_made(**fields)
    serve_mark(made, on=date(2027, 2, 22))
    letter_came_back(made)
    log_absence(made)
    row: Obligation = Obligation.objects.select_related("campaign", "organisation").get(
        pk=made.obligation_id
    )
    return row


def prepared(row: Obligation | None = None, **options: Any) -> Referral:
    """The file of such an organisation, made on READY_ON by a campaign manager."""
    return file.prepare(
        row or absent(),
        ground=ground_of("absence"),
        body=options.pop("body", None) or ReceivingBodyFactory.create(),
        by=options.pop("by", None) or staff_member(Role.CAMPAIGN_MANAGER),
        at=noon(READY_ON),
        **options,
    )


def ready(row: Obligation | None = None, **fields: Any) -> Referral:
    """A file of such an organisation that may be sent; as rows alone, which take no typesetter."""
    made: Referral = ReferralFactory.create(
        mark=(row or absent()).marks.get(), prepared_at=noon(READY_ON), **fields
    )
    return made


# A working day after the files were made, and far enough from protected days.
SENT_ON = date(2028, 3, 14)


def drafted(*files: Referral) -> ReferralSchedule:
    """A schedule of those files, of one campaign and body; of a new one without any."""
    first = files[0] if files else ready()
    return schedules.draft(
        first.obligation.campaign,
        first.receiving_body,
        by=staff_member(Role.CAMPAIGN_MANAGER),
        at=noon(READY_ON),
    )


def signed(*files: Referral) -> ReferralSchedule:
    """A schedule that two other people signed."""
    row = drafted(*files)
    for _ in range(2):
        row = schedules.sign(
            row,
            content_hash=row.content_hash,
            by=staff_member(Role.CAMPAIGN_MANAGER),
            at=noon(READY_ON),
        )
    return row


def referred(*files: Referral) -> Referral:
    """A file that was referred on SENT_ON; the first of several."""
    schedule = signed(*files)
    schedules.send(schedule, at=noon(SENT_ON))
    return Referral.objects.select_related("obligation__campaign", "receiving_body").get(
        lines__schedule=schedule, lines__position=1
    )


DECIDED_ON = date(2028, 4, 20)


def decided(
    referral: Referral | None = None,
    kind: CourtDecisionKind = CourtDecisionKind.LIQUIDATE,
    **fields: Any,
) -> CourtDecision:
    """A court's decision on a referral, recorded on the day after it and not confirmed."""
    told: dict[str, Any] = {
        "court": "СМЭС г. Астаны",
        "case_number": "7119-28-00-2/1",
        "decided_on": DECIDED_ON,
        "in_force_on": date(2028, 5, 22),
        "file": StoredFileFactory.create(name="decision.pdf"),
        "by": staff_member(Role.CAMPAIGN_MANAGER),
        "at": noon(date(2028, 4, 21)),
    }
    return court.record(referral or referred(), kind=kind, **{**told, **fields})

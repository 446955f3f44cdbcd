"""Campaigns, obligations in every state, filings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import User
from accounts.roles import Role
from notices import notice, service
from notices.models import Notice, Service
from notices.states import Kind, ServiceGround
from registry import standing
from registry.calendar import ALMATY
from registry.models import Extract, LegalForm, Organisation
from reregistration import letters
from reregistration.filing import fingerprint
from reregistration.marking import mark, rounds, sampling
from reregistration.models import (
    Campaign,
    Cohort,
    Cycle,
    Filing,
    Mark,
    MarkingRound,
    Obligation,
    ObligationEvent,
    RefusalGround,
)
from reregistration.obligations import record
from reregistration.states import CampaignState, FilingState, State, Verdict
from tests.factories.accounts import staff_member
from tests.factories.notices import NoticeFactory
from tests.factories.registry import ContactFactory, ExtractFactory, OrganisationFactory

FORMS_IN_SCOPE = ("PI", "PA", "PF", "CF", "PRF", "ALE", "NJSC", "FBR", "FRO")


class CampaignFactory(DjangoModelFactory[Campaign]):
    """An open campaign: opened on 1 July, due on 1 December 2026."""

    class Meta:
        model = Campaign

    class Params:
        drafted = factory.Trait(state=CampaignState.DRAFT)

    code = factory.Sequence(lambda n: f"2026-{n}")
    name_kk = "2026 жылғы қайта тіркеу"
    name_ru = "Перерегистрация 2026 года"
    name_en = "Re-registration 2026"
    body_kk = "Мәдениет және ақпарат министрлігі"
    body_ru = "Министерство культуры и информации"
    body_en = "Ministry of Culture and Information"
    legal_base_kk = "Заңның 41-бабы"
    legal_base_ru = "статья 41 Закона"
    legal_base_en = "article 41 of the Law"
    address_kk = "Астана, Мәңгілік ел даңғылы, 8"
    address_ru = "Астана, пр. Мәңгілік ел, 8"
    address_en = "8 Mangilik El Avenue, Astana"
    state = CampaignState.OPEN
    opens_on = date(2026, 7, 1)
    due_on = date(2026, 12, 1)
    cut_off_on = date(2026, 1, 1)
    reporting_year = 2025

    @classmethod
    def _create(
        cls,
        model_class: type[Campaign],
        *args: Any,
        legal_forms: Sequence[str] = FORMS_IN_SCOPE,
        **kwargs: Any,
    ) -> Campaign:
        campaign = model_class._default_manager.create(*args, **kwargs)
        campaign.legal_forms.set(LegalForm.objects.filter(pk__in=legal_forms))
        return campaign


class CohortFactory(DjangoModelFactory[Cohort]):
    """Astana, due on 1 February 2027. Of a draft; `cohort_in` gives an open campaign one."""

    class Meta:
        model = Cohort

    campaign = factory.SubFactory(CampaignFactory, drafted=True)
    number = factory.LazyAttribute(lambda o: o.campaign.cohorts.count() + 1)
    regions = factory.LazyFunction(lambda: ["710000000"])
    bin_digits = factory.LazyFunction(list)
    due_on = date(2027, 2, 1)


def cohort_in(campaign: Campaign, **fields: Any) -> Cohort:
    """A cohort of a campaign that is open by now."""
    rows = Campaign.objects.filter(pk=campaign.pk)
    rows.update(state=CampaignState.DRAFT)
    made: Cohort = CohortFactory.create(campaign=campaign, **fields)
    rows.update(state=campaign.state)
    return made


class ObligationFactory(DjangoModelFactory[Obligation]):
    """An obligation with its standing, cycle and first event, in the state that a trait names."""

    class Meta:
        model = Obligation

    class Params:
        overdue = factory.Trait(state=State.OVERDUE, cycle=2, cycle_began_on=date(2026, 12, 2))
        filed = factory.Trait(
            state=State.FILED,
            first_filed_at=datetime(2026, 9, 1, 12, tzinfo=ALMATY),
            on_time=True,
        )
        returned = factory.Trait(
            state=State.RETURNED,
            first_filed_at=datetime(2026, 9, 1, 12, tzinfo=ALMATY),
            on_time=True,
            cycle=2,
            returned_on=date(2026, 9, 10),
            cycle_began_on=date(2026, 9, 10),
        )
        fulfilled = factory.Trait(
            state=State.FULFILLED,
            first_filed_at=datetime(2026, 9, 1, 12, tzinfo=ALMATY),
            on_time=True,
        )
        refused = factory.Trait(
            state=State.REFUSED,
            first_filed_at=datetime(2026, 9, 1, 12, tzinfo=ALMATY),
            on_time=True,
        )
        marked = factory.Trait(state=State.MARKED, cycle=2, cycle_began_on=date(2026, 12, 2))
        referred = factory.Trait(state=State.REFERRED, cycle=2, cycle_began_on=date(2026, 12, 2))
        terminated = factory.Trait(
            state=State.TERMINATED, cycle=2, cycle_began_on=date(2026, 12, 2)
        )
        released = factory.Trait(state=State.RELEASED, release_reason="exempt")

    campaign = factory.SubFactory(CampaignFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    state = State.DUE
    due_on = factory.SelfAttribute("campaign.due_on")
    cycle_began_on = date(2026, 7, 1)
    made_at = datetime(2026, 7, 1, tzinfo=UTC)

    @classmethod
    def _create(cls, model_class: type[Obligation], *args: Any, **kwargs: Any) -> Obligation:
        row = model_class.objects.create(*args, **kwargs)
        ObligationEvent.objects.create(
            obligation=row, to_state=row.state, cycle=row.cycle, due_on=row.due_on, at=row.made_at
        )
        Cycle.objects.create(
            obligation=row,
            number=row.cycle,
            began_at=row.made_at,
            reason="made",
            due_on=row.due_on,
        )
        standing.write([record.mirrored(row, row.made_at)])
        return row


def obligation_in(state: State, **fields: Any) -> Obligation:
    """An obligation in that state, with all that the state asks for."""
    trait = {} if state == State.DUE else {state.value: True}
    return ObligationFactory.create(**trait, **fields)


# A working Monday on which `liquidable_obligation` may be marked; the days of its services.
MARKING_DAY = date(2027, 2, 15)
WARNING_SERVED_ON = date(2026, 12, 18)
DECISION_SERVED_ON = date(2027, 1, 12)


# As the timetable names them.
_OCCASIONS = {
    Kind.OVERDUE: "T+1",
    Kind.FINAL_WARNING: "grace over",
    Kind.PRELIMINARY_DECISION: "warning served",
}


def noon(on: date) -> datetime:
    return datetime.combine(on, time(12), tzinfo=ALMATY)


def notify(obligation: Obligation, kind: Kind, *, on: date) -> Notice:
    """A notice that the timetable made that day, in the obligation's present cycle."""
    occasion = f"{_OCCASIONS[kind]}/{obligation.due_on}"
    draft = letters.scheduled(obligation, kind, occasion, on=on)
    (made,) = notice.register([draft], at=noon(on) - timedelta(hours=2))
    return made


def serve(
    obligation: Obligation,
    kind: Kind,
    *,
    on: date,
    ground: ServiceGround = ServiceGround.PUBLICATION,
) -> Service:
    """A notice made and served that day. Its rows alone, because many tests begin here."""
    made = NoticeFactory.create(
        organisation=obligation.organisation,
        source=obligation.source,
        cycle=obligation.cycle,
        kind=kind,
        occasion=f"{_OCCASIONS[kind]}/{obligation.due_on}",
        made_at=noon(on) - timedelta(hours=2),
    )
    return Service.objects.create(
        notice=made, ground=ground, served_at=noon(on), recorded_at=noon(on)
    )


def liquidable_obligation(
    *,
    warning_served_on: date | None = WARNING_SERVED_ON,
    decision_served_on: date | None = DECISION_SERVED_ON,
    **fields: Any,
) -> Obligation:
    """An obligation of which every condition of the marking rule holds on `MARKING_DAY`.

    The organisation stands in the newest extract; both notices were served in this cycle.
    """
    newest = Extract.objects.order_by("-as_of_on", "-pk").first() or ExtractFactory.create()
    fields.setdefault("organisation__last_seen_extract", newest)
    obligation = ObligationFactory.create(**{"overdue": True, **fields})
    if warning_served_on:
        serve(obligation, Kind.FINAL_WARNING, on=warning_served_on)
    if decision_served_on:
        serve(obligation, Kind.PRELIMINARY_DECISION, on=decision_served_on)
    return obligation


def dry_run_round(campaign: Campaign, *, on: date = MARKING_DAY, **only: Any) -> MarkingRound:
    """A round drafted by one person, its candidates frozen: whoever is liquidable that day."""
    drafter = staff_member(Role.CAMPAIGN_MANAGER)
    round_ = rounds.draft(campaign, by=drafter, on=on, at=noon(on), **only)
    rounds.dry_run(round_, by=round_.drafted_by, at=noon(on))
    round_.refresh_from_db()
    return round_


def drawn_round(campaign: Campaign, *, on: date = MARKING_DAY, **only: Any) -> MarkingRound:
    """A round whose sample is drawn and waits to be checked."""
    round_ = dry_run_round(campaign, on=on, **only)
    sampling.draw(round_, by=round_.drafted_by, at=noon(on))
    round_.refresh_from_db()
    return round_


def check(round_: MarkingRound, *, by: User | None = None, at: datetime | None = None) -> None:
    """Every case that waits to be checked is found right, by somebody else than who drafted."""
    checker = by or staff_member(Role.SENIOR_REVIEWER)
    at = at or noon(round_.on)
    for case in sampling.unjudged_of(round_).select_related("candidate__obligation__organisation"):
        sampling.judge(case, verdict=Verdict.RIGHT, by=checker, at=at)
    round_.refresh_from_db()


def of_last_year(round_: MarkingRound) -> MarkingRound:
    """The same round, with its steps so far taken in the past: a page goes on by the real clock."""
    for moment in ("drafted_at", "frozen_at", "sampled_at", "first_signed_at", "second_signed_at"):
        if getattr(round_, moment):
            setattr(round_, moment, datetime(2025, 2, 17, 12, tzinfo=ALMATY))
    round_.save()
    return round_


def sampled_round(campaign: Campaign, *, on: date = MARKING_DAY, **only: Any) -> MarkingRound:
    """A round whose sample was checked without error."""
    round_ = drawn_round(campaign, on=on, **only)
    check(round_)
    return round_


def authorised_round(campaign: Campaign, *, on: date = MARKING_DAY, **only: Any) -> MarkingRound:
    """A round whose sample was checked, and that two other people signed."""
    round_ = sampled_round(campaign, on=on, **only)
    for _ in range(2):
        round_ = rounds.sign(round_, by=staff_member(Role.CAMPAIGN_MANAGER), at=noon(on))
    return round_


def mark_made(**fields: Any) -> Mark:
    """A mark that an authorised round made on the marking day, of an organisation of its own."""
    row = liquidable_obligation(**fields)
    authorised_round(row.campaign)
    # The second call finds nobody left: the round is over, and another may follow.
    for _ in range(2):
        mark.mark_next(row.campaign, at=noon(MARKING_DAY))
    made: Mark = row.marks.get()
    return made


def serve_mark(made: Mark, *, on: date) -> Service:
    """The notice of a mark, published that day."""
    told = Notice.objects.get(source=made.obligation.source, cycle=made.cycle, kind=Kind.MARKED)
    return service.record(told, ground=ServiceGround.PUBLICATION, served_at=noon(on), at=noon(on))


class RefusalGroundFactory(DjangoModelFactory[RefusalGround]):
    """A ground in force. The portal comes without one."""

    class Meta:
        model = RefusalGround

    code = factory.Sequence(lambda n: f"ground-{n}")
    name_kk = "Мәліметтер дұрыс емес"
    name_ru = "Сведения недостоверны"
    name_en = "The information is not true"
    article_kk = "Заң, 19-бап"
    article_ru = "Закон, статья 19"
    article_en = "Law, article 19"
    quoted_kk = "Дұрыс емес мәліметтер қабылданбайды."
    quoted_ru = "Недостоверные сведения не принимаются."
    from_on = date(2023, 1, 1)


class FilingFactory(DjangoModelFactory[Filing]):
    """A complete draft; with `submitted`, a filing that waits for its reviewer."""

    class Meta:
        model = Filing

    class Params:
        submitted = factory.Trait(
            obligation=factory.SubFactory(ObligationFactory, filed=True),
            state=FilingState.SUBMITTED,
            number=factory.Sequence(lambda n: f"F-9{n:06d}"),
            submitted_at=datetime(2026, 9, 1, 12, tzinfo=ALMATY),
            # 15 working days: no holiday lies between.
            review_due_on=date(2026, 9, 22),
            sha256=factory.LazyAttribute(lambda o: fingerprint(Filing(number=o.number))),
        )

    obligation = factory.SubFactory(ObligationFactory)
    version = 1
    name_kk = factory.SelfAttribute("obligation.organisation.name_kk")
    name_ru = factory.SelfAttribute("obligation.organisation.name_ru")
    address = factory.SelfAttribute("obligation.organisation.address")
    head_name = factory.SelfAttribute("obligation.organisation.head_name")
    email = "office@ngo.example"
    phone = "+77010000000"
    employees = 2
    volunteers = 10
    activity_areas = ["1", "3"]
    income = Decimal("1200000.00")
    spending = Decimal("1100000.00")
    started_at = datetime(2026, 8, 20, tzinfo=UTC)
    saved_at = datetime(2026, 8, 20, tzinfo=UTC)


def clean_filing(**fields: Any) -> Filing:
    """A filing that waits and can be accepted with others: it names nobody new, nothing is odd in
    it, and it stands as it was submitted."""
    organisation = OrganisationFactory.create()
    Organisation.objects.filter(pk=organisation.pk).update(
        head_name=f"Өтегенов {organisation.number}", address=f"ул. Абая, {organisation.number}"
    )
    organisation.refresh_from_db()
    obligation = ObligationFactory.create(filed=True, organisation=organisation)
    given = {"submitted": True, "employees": 1, "was_clean": True, "obligation": obligation}
    filing: Filing = FilingFactory.create(**{**given, **fields})
    for kind, value in (("email", filing.email), ("phone", filing.phone)):
        ContactFactory.create(organisation=organisation, kind=kind, value=value)
    filing.sha256 = fingerprint(filing)
    filing.save(update_fields=["sha256"])
    return filing

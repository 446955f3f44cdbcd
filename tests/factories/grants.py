"""Participants, calls, applications and awards, as the verbs would leave them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import factory
from django.db import transaction
from factory.django import DjangoModelFactory

from grants.models import (
    Application,
    Award,
    BudgetLine,
    Call,
    Criterion,
    Evaluation,
    ExclusionDeclaration,
    ExclusionFinding,
    GrantRule,
    Instalment,
    Lot,
    Participant,
    Payment,
    Programme,
    Protocol,
    Report,
)
from grants.states import (
    ApplicationState,
    AwardState,
    CallState,
    Exclusion,
    GrantType,
    InstalmentState,
    ParticipantState,
)
from tests.factories.accounts import UserFactory
from tests.factories.registry import OrganisationFactory

# A call of that year: applications in September, decided in November.
OPENS_AT = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)
CLOSES_AT = datetime(2026, 9, 30, 13, 30, tzinfo=UTC)
AMOUNT = Decimal(5_000_000)
BUDGET = Decimal(20_000_000)


class ParticipantFactory(DjangoModelFactory[Participant]):
    """Takes part through 2026, with its declaration."""

    class Meta:
        model = Participant

    class Params:
        left = factory.Trait(
            state=ParticipantState.LEFT,
            ended_at=datetime(2026, 6, 1, tzinfo=UTC),
            ended_by=factory.SubFactory(UserFactory),
            end_reason="We stop.",
        )

    number = factory.Sequence(lambda n: f"P-9{n:06d}")
    organisation = factory.SubFactory(OrganisationFactory)
    from_on = date(2026, 1, 12)
    until_on = date(2027, 1, 11)
    registered_by = factory.SubFactory(UserFactory)
    registered_at = datetime(2026, 1, 12, 6, tzinfo=UTC)

    @classmethod
    def _create(cls, model_class: type[Participant], *args: Any, **kwargs: Any) -> Participant:
        row: Participant = super()._create(model_class, *args, **kwargs)
        ExclusionDeclaration.objects.create(
            participant=row,
            clear_of=list(Exclusion.values),
            by=row.registered_by,
            at=row.registered_at,
        )
        return row


class ExclusionFindingFactory(DjangoModelFactory[ExclusionFinding]):
    class Meta:
        model = ExclusionFinding

    organisation = factory.SubFactory(OrganisationFactory)
    exclusion = Exclusion.ENFORCEMENT_DEBT
    is_met = True
    evidence = "Register of debtors, proceedings No. 7."
    on = date(2026, 9, 1)
    by = factory.SubFactory(UserFactory)
    at = datetime(2026, 9, 1, 6, tzinfo=UTC)


class ProgrammeFactory(DjangoModelFactory[Programme]):
    class Meta:
        model = Programme

    code = factory.Sequence(lambda n: f"programme-{n}")
    name_kk = "Азаматтық бастамалар"
    name_ru = "Гражданские инициативы"
    name_en = "Civil initiatives"
    funder_kk = "Министрлік"
    funder_ru = "Министерство"


class CallFactory(DjangoModelFactory[Call]):
    """An announced call for short-term grants with one lot and two criteria."""

    class Meta:
        model = Call

    class Params:
        draft = factory.Trait(state=CallState.DRAFT)
        closed = factory.Trait(state=CallState.CLOSED)
        evaluating = factory.Trait(state=CallState.EVALUATING)
        medium = factory.Trait(type=GrantType.MEDIUM)

    number = factory.Sequence(lambda n: f"K-9{n:06d}")
    programme = factory.SubFactory(ProgrammeFactory)
    name_kk = "Ауыл жастарын қолдау"
    name_ru = "Поддержка сельской молодёжи"
    name_en = "Support of rural youth"
    state = CallState.OPEN
    mci_id = 2026
    budget = BUDGET
    opens_at = OPENS_AT
    closes_at = CLOSES_AT

    @classmethod
    @transaction.atomic
    def _create(cls, model_class: type[Call], *args: Any, **kwargs: Any) -> Call:
        kind = kwargs.pop("type", GrantType.SHORT)
        weights = kwargs.pop("weights", (60, 40))
        lots = kwargs.pop("lots", (kwargs["budget"],))
        if "rule" not in kwargs:
            kwargs["rule"] = GrantRule.objects.get(type=kind, until_on=None)
        call: Call = super()._create(model_class, *args, **kwargs)
        for position, weight in enumerate(weights, 1):
            Criterion.objects.create(
                call=call,
                position=position,
                weight=weight,
                name_kk=f"Өлшем {position}",
                name_ru=f"Критерий {position}",
            )
        for position, budget in enumerate(lots, 1):
            LotFactory.create(call=call, position=position, budget=budget)
        return call


class LotFactory(DjangoModelFactory[Lot]):
    class Meta:
        model = Lot

    call = factory.SubFactory(CallFactory, lots=())
    position = 1
    name_kk = "Ауылдағы жастар орталықтары"
    name_ru = "Молодёжные центры в сёлах"
    name_en = "Youth centres in villages"
    budget = BUDGET


class ApplicationFactory(DjangoModelFactory[Application]):
    """A draft with a budget of one line; `state=` for those handed in."""

    class Meta:
        model = Application

    class Params:
        submitted = factory.Trait(state=ApplicationState.SUBMITTED)
        admitted = factory.Trait(state=ApplicationState.ADMITTED)

    lot = factory.LazyFunction(lambda: CallFactory.create().lots.get())
    organisation = factory.SubFactory(OrganisationFactory)
    language = "ru"
    title = "Молодёжный центр"
    summary = "Центр для молодёжи трёх сёл."
    problem = "Нет места."
    goal = "Чтобы было."
    activities = "Откроем центр."
    results = "300 человек."
    area_id = "1"
    starts_on = date(2026, 11, 2)
    ends_on = date(2027, 6, 1)
    amount = AMOUNT
    started_at = datetime(2026, 9, 2, 6, tzinfo=UTC)
    started_by = factory.SubFactory(UserFactory)
    saved_at = datetime(2026, 9, 2, 6, tzinfo=UTC)

    @classmethod
    @transaction.atomic
    def _create(cls, model_class: type[Application], *args: Any, **kwargs: Any) -> Application:
        state = kwargs.pop("state", ApplicationState.DRAFT)
        row: Application = super()._create(model_class, *args, **kwargs)
        if row.amount:
            BudgetLine.objects.create(
                application=row,
                position=1,
                category="pay",
                is_institutional=False,
                name="Координатор",
                quantity=1,
                unit_price=row.amount,
                amount=row.amount,
            )
        if state != ApplicationState.DRAFT:
            row.number = f"G-9{row.pk:06d}"
            row.participant = row.organisation.participations.filter(
                state="active"
            ).first() or ParticipantFactory.create(organisation=row.organisation)
            row.submitted_at = datetime(2026, 9, 20, 6, tzinfo=UTC)
            row.submitted_by = row.started_by
            row.sha256 = "0" * 64
            row.state = state
            if state == ApplicationState.RESERVE and row.reserve_rank is None:
                row.reserve_rank = 1
            row.save()
        return row


class EvaluationFactory(DjangoModelFactory[Evaluation]):
    class Meta:
        model = Evaluation

    application = factory.SubFactory(ApplicationFactory, admitted=True)
    reviewer = factory.SubFactory(UserFactory)
    assigned_by = factory.SubFactory(UserFactory)
    assigned_at = datetime(2026, 10, 5, 6, tzinfo=UTC)


class ProtocolFactory(DjangoModelFactory[Protocol]):
    class Meta:
        model = Protocol

    number = factory.Sequence(lambda n: f"B-9{n:06d}")
    call = factory.SubFactory(CallFactory, evaluating=True)
    kind = "commission"
    held_on = date(2026, 10, 20)
    present = "Асель Нурланова"
    drafted_by = factory.SubFactory(UserFactory)
    drafted_at = datetime(2026, 10, 20, 6, tzinfo=UTC)


class AwardFactory(DjangoModelFactory[Award]):
    """An award whose agreement is in force, and its lot's money taken; `state=` for others."""

    class Meta:
        model = Award

    number = factory.Sequence(lambda n: f"W-9{n:06d}")
    amount = AMOUNT
    state = AwardState.ACTIVE
    awarded_at = datetime(2026, 10, 21, 6, tzinfo=UTC)
    awarded_by = factory.SubFactory(UserFactory)
    accept_by_on = date(2026, 11, 2)
    starts_on = date(2026, 11, 2)
    ends_on = date(2027, 6, 1)

    @classmethod
    @transaction.atomic
    def _create(cls, model_class: type[Award], *args: Any, **kwargs: Any) -> Award:
        if "application" not in kwargs:
            fields = {key: kwargs[key] for key in ("lot", "organisation") if key in kwargs}
            kwargs["application"] = ApplicationFactory.create(
                state=ApplicationState.AWARDED, amount=kwargs["amount"], **fields
            )
        application = kwargs["application"]
        kwargs["lot"], kwargs["organisation"] = application.lot, application.organisation
        state = kwargs["state"]
        kwargs["committed"] = 0 if state in ("refused", "terminated") else kwargs["amount"]
        if state not in ("offered", "refused"):
            kwargs.setdefault("accepted_at", datetime(2026, 10, 25, 6, tzinfo=UTC))
            kwargs.setdefault("accepted_by", UserFactory.create())
        if state in ("completed", "refused", "terminated"):
            kwargs.setdefault("ended_at", datetime(2026, 11, 20, 6, tzinfo=UTC))
        award: Award = super()._create(model_class, *args, **kwargs)
        lot = Lot.objects.get(pk=award.lot_id)
        lot.committed += award.committed
        lot.save(update_fields=["committed"])
        return award


class InstalmentFactory(DjangoModelFactory[Instalment]):
    class Meta:
        model = Instalment

    award = factory.SubFactory(AwardFactory)
    position = factory.Sequence(lambda n: n + 1)
    amount = Decimal(2_000_000)
    due_on = date(2026, 11, 10)


@transaction.atomic
def paid(instalment: Instalment, *, on: date = date(2026, 11, 5)) -> Payment:
    """An instalment that was paid, with its award's sum."""
    at = datetime(on.year, on.month, on.day, 6, tzinfo=UTC)
    payment = Payment.objects.create(
        instalment=instalment,
        amount=instalment.amount,
        paid_on=on,
        order_number=f"PO-{instalment.pk}",
        by=UserFactory.create(),
        at=at,
    )
    instalment.state = InstalmentState.PAID
    instalment.save(update_fields=["state"])
    award = Award.objects.get(pk=instalment.award_id)
    award.paid += instalment.amount
    award.save(update_fields=["paid"])
    return payment


class ReportFactory(DjangoModelFactory[Report]):
    class Meta:
        model = Report

    award = factory.SubFactory(AwardFactory)
    position = 1
    kind = "interim"
    period_from_on = date(2026, 11, 2)
    period_until_on = date(2027, 1, 31)
    due_on = date(2027, 2, 10)

"""Campaigns, obligations in every state, filings."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from registry import standing
from registry.calendar import ALMATY
from reregistration import obligations
from reregistration.filing import fingerprint
from reregistration.models import Campaign, Cycle, Filing, Obligation, ObligationEvent
from reregistration.states import CampaignState, FilingState, State
from tests.factories.registry import OrganisationFactory

FORMS_IN_SCOPE = ("PI", "PA", "PF", "CF", "PRF", "ALE", "NJSC", "FBR", "FRO")


class CampaignFactory(DjangoModelFactory[Campaign]):
    """An open campaign: opened on 1 July, due on 1 December 2026."""

    class Meta:
        model = Campaign
        skip_postgeneration_save = True

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
    state = CampaignState.OPEN
    opens_on = date(2026, 7, 1)
    due_on = date(2026, 12, 1)
    cut_off_on = date(2026, 1, 1)
    reporting_year = 2025

    @factory.post_generation
    def legal_forms(self: Campaign, create: bool, extracted: Any, **_: Any) -> None:  # type: ignore[misc]
        if create:
            self.legal_forms.set(FORMS_IN_SCOPE if extracted is None else extracted)


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
        standing.write([obligations.mirrored(row, row.made_at)])
        return row


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

"""Organisations, their contacts and the people who act for them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import factory
from factory.django import DjangoModelFactory

from registry.bin import check_digit
from registry.models import (
    Claim,
    Contact,
    Extract,
    ImportJob,
    Organisation,
    Representative,
    SignOfLife,
    Standing,
)
from registry.names import derive
from registry.states import ImportState, LegalStatus, Source, StandingState
from tests.factories.accounts import UserFactory
from tests.factories.files import StoredFileFactory

ASTANA = "710000000"


def valid_bin(serial: int) -> str:
    """A well-formed BIN, a different one for each serial number."""
    while True:
        first_eleven = f"060940{serial:05d}"
        digit = check_digit(first_eleven)
        if digit is not None:
            return f"{first_eleven}{digit}"
        serial += 50_000


class ExtractFactory(DjangoModelFactory[Extract]):
    class Meta:
        model = Extract

    as_of_on = date(2026, 6, 30)
    file_name = "register_2026-06.csv"
    sha256 = "0" * 64
    imported_at = datetime(2026, 7, 1, tzinfo=UTC)
    read = new = changed = unchanged = repeated = refused = absent = 0


class OrganisationFactory(DjangoModelFactory[Organisation]):
    class Meta:
        model = Organisation

    class Params:
        without_bin = factory.Trait(bin=None)
        in_liquidation = factory.Trait(status=LegalStatus.IN_LIQUIDATION)
        suspended = factory.Trait(status=LegalStatus.SUSPENDED)
        inactive = factory.Trait(status=LegalStatus.INACTIVE)

    number = factory.Sequence(lambda n: f"R-9{n:06d}")
    bin = factory.Sequence(valid_bin)
    name_kk = factory.Sequence(lambda n: f"«Үміт {n}» қоғамдық қоры")
    name_ru = factory.Sequence(lambda n: f"Общественный фонд «Надежда {n}»")
    legal_form_id = "PF"
    status = LegalStatus.ACTIVE
    registered_on = date(2006, 9, 18)
    place_id = ASTANA
    region_id = ASTANA
    address = "ул. Абая, д. 1"
    head_name = "Өтегенов Ержан"
    employees = 1
    as_of_on = date(2026, 6, 30)

    @classmethod
    def _create(cls, model_class: type[Organisation], *args: Any, **kwargs: Any) -> Organisation:
        organisation = model_class(*args, **kwargs)
        derive(organisation)
        organisation.save()
        return organisation


class ContactFactory(DjangoModelFactory[Contact]):
    class Meta:
        model = Contact

    organisation = factory.SubFactory(OrganisationFactory)
    kind = Contact.Kind.EMAIL
    value = factory.Sequence(lambda n: f"office{n}@mail.example")
    raw = factory.SelfAttribute("value")
    is_usable = True
    source = Source.EXTRACT
    as_of_on = date(2026, 6, 30)


class ImportJobFactory(DjangoModelFactory[ImportJob]):
    """An uploaded extract; what its file holds is none."""

    class Meta:
        model = ImportJob

    class Params:
        previewed = factory.Trait(state=ImportState.PREVIEWED)

    file = factory.SubFactory(StoredFileFactory, name="extract.csv", kind="csv")
    sha256 = factory.SelfAttribute("file.sha256")
    by = factory.SubFactory(UserFactory)
    uploaded_at = datetime(2026, 10, 15, 7, tzinfo=UTC)


class RepresentativeFactory(DjangoModelFactory[Representative]):
    class Meta:
        model = Representative

    organisation = factory.SubFactory(OrganisationFactory)
    user = factory.SubFactory(UserFactory)
    from_at = datetime(2026, 1, 1, tzinfo=UTC)


class ClaimFactory(DjangoModelFactory[Claim]):
    """A claim that waits; by documents, opened on 15 September 2026."""

    class Meta:
        model = Claim

    class Params:
        by_code = factory.Trait(means=Claim.Means.CODE)
        accepted = factory.Trait(
            state=Claim.State.ACCEPTED, decided_at=datetime(2026, 9, 20, tzinfo=UTC)
        )
        refused = factory.Trait(
            state=Claim.State.REFUSED, decided_at=datetime(2026, 9, 20, tzinfo=UTC)
        )
        withdrawn = factory.Trait(
            state=Claim.State.WITHDRAWN, decided_at=datetime(2026, 9, 20, tzinfo=UTC)
        )

    organisation = factory.SubFactory(OrganisationFactory)
    user = factory.SubFactory(UserFactory)
    position = Claim.Position.HEAD
    means = Claim.Means.DOCUMENTS
    opened_at = datetime(2026, 9, 15, 7, tzinfo=UTC)
    object_until_on = date(2026, 9, 29)
    decide_until_on = date(2026, 10, 13)


class SignOfLifeFactory(DjangoModelFactory[SignOfLife]):
    class Meta:
        model = SignOfLife

    class Params:
        resolved = factory.Trait(
            resolved_at=datetime(2026, 9, 2, tzinfo=UTC),
            resolved_by=factory.SubFactory(UserFactory),
            resolution="The address is empty.",
        )

    organisation = factory.SubFactory(OrganisationFactory)
    kind = "refused_claim"
    reference = factory.Sequence(lambda n: f"claim:9{n:06d}")
    from_on = date(2026, 9, 1)


class StandingFactory(DjangoModelFactory[Standing]):
    class Meta:
        model = Standing

    organisation = factory.SubFactory(OrganisationFactory)
    campaign = "2026"
    state = StandingState.DUE
    effective_due_on = date(2026, 12, 1)
    since_at = datetime(2026, 8, 1, tzinfo=UTC)

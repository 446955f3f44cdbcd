"""The automatic checks: each finding, what just does not make one, and what is clean."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from registry.bin import check_digit
from registry.models import AnnualFigures, Organisation
from registry.states import SignKind
from reregistration import checks, clean, closures, refusals, review
from reregistration import filing as filing_verbs
from reregistration.checks import known
from reregistration.models import Filing
from reregistration.states import FilingKind, FilingState
from tests.factories.accounts import staff_member
from tests.factories.registry import ClaimFactory, OrganisationFactory, SignOfLifeFactory
from tests.factories.reregistration import (
    FilingFactory,
    ObligationFactory,
    RefusalGroundFactory,
    clean_filing,
)

pytestmark = [pytest.mark.usefixtures("in_english"), pytest.mark.django_db]
ON = date(2026, 9, 15)
ALMATY_CITY = "750000000"
# Twelve digits with a fitting check digit, of a person and of nobody.
IIN, NOT_A_BIN = f"90010130000{check_digit('90010130000')}", "060940001235"


def fresh(filing: Filing) -> Filing:
    """As the verbs read it, with all that it comes with."""
    found: Filing = Filing.objects.select_related(
        "obligation__organisation", "obligation__campaign"
    ).get(pk=filing.pk)
    return found


def codes(filing: Filing) -> set[str]:
    return {finding.code for finding in checks.of(known.of(fresh(filing), on=ON))}


def against(filing: Filing) -> list[str]:
    row = fresh(filing)
    return clean.obstacles(known.of(row, on=ON), seen=filing_verbs.fingerprint(row))


def held(filing: Filing, **facts: Any) -> None:
    Organisation.objects.filter(pk=filing.obligation.organisation_id).update(**facts)


def test_nothing_is_found_in_a_clean_filing() -> None:
    filing = clean_filing()
    assert codes(filing) == set()
    assert against(filing) == []


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ({"name_ru": "Фонд «Иной»"}, "otherwise_name_ru"),
        ({"address": "пр. Республики, д. 5"}, "otherwise_address"),
        ({"head_name": "Сейтказиев Арман"}, "otherwise_head_name"),
        ({"income": Decimal(1), "spending": Decimal(2)}, "more_spent"),
        ({"employees": 3}, "above_short_form"),
        ({"incomplete": ["statement"]}, "missing_paper"),
        ({"incomplete": ["income"]}, "missing_answer"),
        ({"details": {"founders": {"founders": [{"bin": NOT_A_BIN}]}}}, "founder_bin"),
        ({"details": {"management": {"note": f"ИИН {IIN}"}}}, "iin"),
    ],
)
def test_what_a_filing_states_is_found(stated: dict[str, Any], code: str) -> None:
    assert code in codes(clean_filing(**stated))


@pytest.mark.parametrize("part", ["email", "phone", "head_name"])
def test_new_contacts_are_found(part: str) -> None:
    filing = clean_filing()
    new = {"email": "new@mail.example", "phone": "+77770000001", "head_name": "Сейтказиев Арман"}
    Filing.objects.filter(pk=filing.pk).update(**{part: new[part]})
    assert f"new_{part}" in codes(filing)


@pytest.mark.parametrize(
    ("field", "code", "many"), [("head_name", "same_head", 10), ("address", "same_address", 5)]
)
def test_one_of_many_is_found(field: str, code: str, many: int) -> None:
    filing = clean_filing()
    same = {field: getattr(filing, field)}
    OrganisationFactory.create_batch(many - 1, **same)
    assert code not in codes(filing)
    OrganisationFactory.create(**same)
    assert code in codes(filing)


def test_an_empty_head_or_address_is_nobodys() -> None:
    filing = clean_filing(head_name="—", address="")
    OrganisationFactory.create_batch(10, head_name="—", address="")
    assert not {"same_head", "same_address"} & codes(filing)


def test_another_of_the_same_folded_name_is_found() -> None:
    filing = clean_filing()
    name = filing.obligation.organisation.name_ru
    other = OrganisationFactory.create(name_ru=name.upper().replace("«", '"').replace("»", '"'))
    (finding,) = checks.of(known.of(fresh(filing), on=ON))
    assert finding.code == "same_name"
    assert other.number in finding.sentence


def test_heads_and_names_of_another_region_are_not_compared() -> None:
    filing = clean_filing()
    like = {"head_name": filing.head_name, "name_ru": filing.name_ru}
    OrganisationFactory.create_batch(10, region_id=ALMATY_CITY, place_id=ALMATY_CITY, **like)
    assert codes(filing) == set()


@pytest.mark.parametrize(
    ("kind", "income", "code"),
    [
        (FilingKind.CLOSED, 1_200_000, "grant_closed"),
        (FilingKind.DETAILS, 0, "grant_no_income"),
        (FilingKind.DETAILS, 1_200_000, None),
    ],
)
def test_a_live_grant_contradicts(kind: FilingKind, income: int, code: str | None) -> None:
    filing = clean_filing(kind=kind, income=income, spending=0)
    assert codes(filing) == set()
    organisation = filing.obligation.organisation
    SignOfLifeFactory.create(
        organisation=organisation, kind=SignKind.AWARD, until_on=date(2026, 9, 14)
    )
    assert codes(filing) == set()
    SignOfLifeFactory.create(organisation=organisation, kind=SignKind.AWARD, reference="award:7")
    assert codes(filing) == ({code} if code else set())


class TestJumps:
    @pytest.mark.parametrize(
        ("before", "now", "is_found"),
        [(1, 21, True), (1, 20, False), (3, 23, False), (40, 4, True), (0, 20, True)],
    )
    def test_ten_times_and_twenty_people(self, before: int, now: int, is_found: bool) -> None:
        filing = clean_filing(employees=now)
        held(filing, employees=before)
        assert ("jump_employees" in codes(filing)) is is_found

    def test_the_last_accepted_filing_counts_before_the_register(self) -> None:
        filing = clean_filing(employees=30)
        organisation = filing.obligation.organisation
        FilingFactory.create(
            submitted=True,
            obligation=ObligationFactory.create(fulfilled=True, organisation=organisation),
            state=FilingState.ACCEPTED,
            employees=29,
        )
        held(filing, employees=1)
        assert "jump_employees" not in codes(filing)

    def test_money_is_held_against_the_year_before(self, at: datetime) -> None:
        filing = clean_filing(income=Decimal(12_000_000), is_short=False)
        year = filing.obligation.campaign.reporting_year
        money = {"organisation": filing.obligation.organisation, "source": "x", "as_of_at": at}
        AnnualFigures.objects.create(**money, year=year, income=1, spending=1)
        assert codes(filing) == set()
        AnnualFigures.objects.create(
            **money, year=year - 1, income=Decimal(1_000_000), spending=Decimal(1_000_000)
        )
        assert codes(filing) == {"jump_income"}


def test_the_checks_cost_the_same_queries_whatever_they_find() -> None:
    filing = fresh(clean_filing())

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            checks.of(known.of(filing, on=ON))
        return len(captured)

    few = cost()
    OrganisationFactory.create_batch(30, head_name=filing.head_name, address=filing.address)
    SignOfLifeFactory.create_batch(5, organisation=filing.obligation.organisation, kind="award")
    assert cost() == few == 7


class TestClean:
    @pytest.mark.parametrize(
        "changed",
        [
            {"volunteers": 90},
            {"activity_areas": ["7"]},
            {"income": Decimal(900), "spending": Decimal(900)},
            {"details": {"projects": {"none": True}, "activity": {"x": "y"}}},
        ],
    )
    def test_people_money_and_activity_may_change(self, changed: dict[str, Any]) -> None:
        assert against(clean_filing(**changed)) == []

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"name_en": "Hope"}, "Changed: Name in English."),
            ({"details": {"founders": {"members": 3}}}, "told for the first time: Founders."),
            ({"kind": FilingKind.CLOSED}, "the organisation has closed"),
            ({"incomplete": ["statement"]}, "Missing: "),
        ],
    )
    def test_anything_else_may_not(self, changed: dict[str, Any], sentence: str) -> None:
        assert sentence in " ".join(against(clean_filing(**changed)))

    def test_an_address_that_the_register_does_not_hold_is_a_change(self) -> None:
        filing = clean_filing()
        held(filing, address="")
        assert against(filing) == ["Changed: Address."]

    def test_founders_as_in_the_last_accepted_filing_are_no_change(self) -> None:
        founders = {"founders": {"members": 3}}
        filing = clean_filing(details=founders)
        assert against(filing)
        organisation = filing.obligation.organisation
        FilingFactory.create(
            submitted=True,
            obligation=ObligationFactory.create(fulfilled=True, organisation=organisation),
            state=FilingState.ACCEPTED,
            details=founders,
        )
        assert against(filing) == []

    def test_while_its_authors_claim_waits_it_is_not(self) -> None:
        claim = ClaimFactory.create()
        assert "a claim that is not accepted" in against(clean_filing(claim=claim))[0]

    def test_what_is_contradicted_or_proposed_to_refuse_is_not(self, at: datetime) -> None:
        filing, by = clean_filing(), staff_member(Role.REVIEWER)
        closures.contradict(filing, text="No.", by=by, at=at)
        assert against(filing) == ["Somebody says that it is not so."]
        refusals.propose(
            filing, ground=RefusalGroundFactory.create(), words="Forged.", by=by, at=at
        )
        assert len(against(filing)) == 2

    @pytest.mark.parametrize("is_clean", [True, False])
    def test_it_is_found_out_when_it_is_submitted(self, at: datetime, is_clean: bool) -> None:
        like = clean_filing()
        organisation = like.obligation.organisation
        draft = FilingFactory.create(
            obligation=ObligationFactory.create(organisation=organisation),
            employees=1,
            head_name=organisation.head_name if is_clean else "Сейтказиев Арман",
        )
        filed = filing_verbs.submit(draft, by=staff_member(Role.HELPLINE), at=at)
        assert filed.was_clean is is_clean
        assert Filing.objects.get(pk=filed.pk).was_clean is is_clean


def test_a_review_keeps_what_the_checks_had_found(at: datetime) -> None:
    filing = clean_filing(income=Decimal(1), spending=Decimal(2), employees=3)
    decided = review.accept(filing, by=staff_member(Role.REVIEWER), at=at)
    assert decided.findings == ["more_spent", "above_short_form"]

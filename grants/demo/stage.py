"""Who acts in the demo's grants, and when: what both the stories and the rounds begin with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef

from accounts.demo import ACCOUNTS, COMMISSION, OFFICERS, person
from accounts.models import User
from grants import calls
from grants.demo.words import CRITERIA, FUNDER, LINES, TERMS, TYPES, Frame
from grants.models import Call, Criterion, GrantRule, Lot, Mci, Participant, Programme
from registry.calendar import ALMATY
from registry.models import ActivityArea, Organisation, Standing
from registry.querysets import good_on
from registry.states import LegalStatus

APPLICANT = "applicant@grantee.example"
THOUSAND = Decimal(1000)


@dataclass(frozen=True)
class Staff:
    """The ministry's people of the demo, and one who stands for all applicants of the past."""

    officer: User
    second_officer: User
    commission: tuple[User, ...]
    applicant: User


def staff(on: date) -> Staff:
    """Made where they are missing; `demo_accounts` lists them."""
    named = {account.email: account for account in ACCOUNTS}
    people = {email: person(named[email], on=on) for email in (*OFFICERS, *COMMISSION)}
    applicant, _is_new = User.objects.get_or_create(
        email=APPLICANT, defaults={"first_name": "Айжан", "last_name": "Нұрланова"}
    )
    return Staff(
        officer=people[OFFICERS[0]],
        second_officer=people[OFFICERS[1]],
        commission=tuple(people[email] for email in COMMISSION),
        applicant=applicant,
    )


def in_good_standing(on: date) -> list[int]:
    """Ids of organisations that nothing speaks against (`grants.eligibility`), in the order of
    the register: the same demo everywhere. Whoever takes part already is left alone."""
    late = Standing.objects.filter(organisation=OuterRef("pk")).exclude(good_on(on))
    rows = (
        Organisation.objects.listed()
        .filter(
            ~Exists(late),
            ~Exists(Participant.objects.filter(organisation=OuterRef("pk"), state="active")),
            status__in=(LegalStatus.ACTIVE, LegalStatus.INACTIVE),
            political_party=False,
            trade_union=False,
        )
        .exclude(legal_form="RA")
        .order_by("number")
    )
    return list(rows.values_list("pk", flat=True))


def moment(on: date, hour: int = 11, minute: int = 0) -> datetime:
    """A moment of that day in Kazakhstan."""
    return datetime.combine(on, time(hour, minute), ALMATY)


def months_later(on: date, months: int) -> date:
    """The last day of a project that begins on `on` and runs so many months."""
    index = on.month - 1 + months
    return date(on.year + index // 12, index % 12 + 1, 1) - timedelta(days=1)


def programme(frame: Frame) -> Programme:
    return Programme.objects.get_or_create(
        code=frame.code,
        defaults={
            **frame.names,
            **FUNDER,
            "purpose_kk": f"{frame.name_kk} бойынша үкіметтік емес ұйымдардың жобалары.",
            "purpose_ru": f"Проекты неправительственных организаций: {frame.name_ru.lower()}.",
        },
    )[0]


def mci_of(year: int) -> Mci:
    """The index of that year; of a year without one the newest before it."""
    found = Mci.objects.filter(year__lte=year).order_by("-year").first()
    assert found is not None  # noqa: S101 - a migration loads the first of them
    return found


def draft_call(
    frame: Frame,
    kind: str,
    *,
    opens_at: datetime,
    closes_at: datetime,
    budgets: list[Decimal],
    **fields: Any,
) -> Call:
    """A call of that programme with a lot for each of the budgets, drafted unless `fields` say
    otherwise."""
    year = opens_at.year
    kk, ru, en = TYPES[kind]
    call = Call.objects.create(
        number=calls.next_number(),
        programme=programme(frame),
        rule=GrantRule.objects.in_force(opens_at.date()).get(type=kind),
        mci=mci_of(year),
        name_kk=f"{frame.name_kk}, {year}: {kk}",
        name_ru=f"{frame.name_ru}, {year}: {ru}",
        name_en=f"{frame.name_en}, {year}: {en}",
        budget=sum(budgets, Decimal(0)),
        opens_at=opens_at,
        closes_at=closes_at,
        **TERMS,
        **fields,
    )
    call.areas.set(ActivityArea.objects.filter(pk__in=frame.areas))
    Criterion.objects.bulk_create(
        Criterion(call=call, position=place, weight=weight, name_kk=kk_, name_ru=ru_, name_en=en_)
        for place, (weight, kk_, ru_, en_) in enumerate(CRITERIA, 1)
    )
    Lot.objects.bulk_create(
        Lot(call=call, position=place, budget=budget, **theme.names)
        for place, (budget, theme) in enumerate(zip(budgets, frame.themes, strict=False), 1)
    )
    return call


def budget_lines(
    amount: Decimal, months: int, language: str
) -> list[tuple[str, str, Decimal, Decimal]]:
    """Category, name, quantity and price of three lines that come to the amount."""
    pay_name, service_name, rest_name = LINES[language]
    pay = (amount * 45 // 100 // months // 100) * 100
    lesson = (amount * 35 // 100 // 40 // 100) * 100
    rest = amount - months * pay - 40 * lesson
    return [
        ("pay", pay_name, Decimal(months), pay),
        ("services", service_name, Decimal(40), lesson),
        ("materials", rest_name, Decimal(1), rest),
    ]

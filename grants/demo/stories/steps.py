"""The steps of a call and of an application, each a verb at its day: what the stories share."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from accounts.models import User
from grants import applications, calls, checks, commission, drafts, evaluation, participation
from grants.commission import Decided
from grants.demo import stage
from grants.demo.stories.cast import Stories
from grants.demo.words import ANSWERS, FRAMES, Frame
from grants.models import Application, Call
from grants.states import BudgetCategory, CommissionOutcome, Exclusion, FormalOutcome
from registry import representatives
from registry.calendar import day_of
from registry.models import Organisation

CHECKED = "Формальная проверка окончена"
PRESENT = "А. Бекова, председатель\nМ. Ибраева\nБ. Әлиев"


def take_part(told: Stories, organisation: Organisation) -> None:
    at = told.back(345)
    if not organisation.representatives.filter(until_at=None, role="manager").exists():
        user, _is_new = User.objects.get_or_create(
            email=f"{organisation.number.lower()}@grantee.example", defaults={"language": "ru"}
        )
        representatives.begin(organisation, user=user, ground="demo", at=at)
    participation.register(
        organisation, clear_of=Exclusion.values, by=told.acting(organisation), at=at
    )


def announced(told: Stories, frame: Frame, budgets: list[int], *, opened: int, closes: int) -> Call:
    """A call for short-term grants that opened so many days ago."""
    call = stage.draft_call(
        frame,
        "short",
        opens_at=told.back(opened, 9),
        closes_at=told.back(closes, 18).replace(minute=30),
        budgets=[Decimal(budget) for budget in budgets],
    )
    return calls.open_call(
        call, ground="Приказ о проведении конкурса", by=told.staff.officer, at=told.back(opened + 2)
    )


def apply(
    told: Stories,
    call: Call,
    organisation: Organisation,
    amount: int,
    *,
    ago: int,
    lot: int = 1,
    starts: int = -30,
    months: int = 10,
    is_submitted: bool = True,
) -> Application:
    """Write an application, and hand it in."""
    by, at = told.acting(organisation), told.back(ago)
    held = call.lots.get(position=lot)
    theme = _theme(call, lot)
    language = "kk" if organisation.pk % 3 == 0 else "ru"
    title = theme[0] if language == "kk" else theme[1]
    region = organisation.region
    begins = (told.on - timedelta(days=starts)).replace(day=1)
    row = drafts.begin(held, organisation, by=by, at=at)
    row = drafts.save(
        row,
        {
            "language": language,
            "title": f"{title}: {region.name_kk if language == 'kk' else region.name_ru}",
            **ANSWERS[language],
            "area": call.areas.order_by("position").first(),
            "starts_on": begins,
            "ends_on": stage.months_later(begins, months),
        },
        revision=row.revision,
        by=by,
        at=at,
        regions=[region],
    )
    if not is_submitted:
        return row
    lines = [
        drafts.Line(BudgetCategory(category), name, quantity, price)
        for category, name, quantity, price in stage.budget_lines(Decimal(amount), months, language)
    ]
    row = drafts.write_budget(row, lines, revision=row.revision, by=by, at=at)
    return applications.submit(row, clear_of=Exclusion.values, by=by, at=at)


def _theme(call: Call, lot: int) -> tuple[str, str]:
    frame = next(frame for frame in FRAMES if frame.code == call.programme.code)
    return frame.themes[lot - 1].projects[0]


def close(told: Stories, call: Call, *, ago: int) -> Call:
    return calls.close(
        call, ground="Срок приёма заявок истёк", by=told.staff.officer, at=told.back(ago)
    )


def admit(told: Stories, rows: list[Application], *, ago: int) -> None:
    for row in rows:
        checks.check(row, FormalOutcome.ADMIT, by=told.staff.officer, at=told.back(ago))


def score(
    told: Stories, row: Application, member: User, points: list[int], *, ago: int, locked: bool
) -> None:
    """One member's evaluation, from its assignment on."""
    at = told.back(ago)
    held = evaluation.assign(row, member, by=told.staff.officer, at=at)
    evaluation.declare(held, has_conflict=False, by=member, at=at)
    criteria = row.lot.call.criteria.values_list("pk", flat=True)
    given = dict(zip(criteria, points, strict=False))
    evaluation.score(held, given, words="Проект понятен, команда есть.", by=member, at=at)
    if locked:
        evaluation.lock(held, by=member, at=at)


def evaluated(told: Stories, call: Call, rows: list[Application], *, ago: int) -> None:
    """Admitted, scored by two, and the protocol of the evaluation signed."""
    admit(told, rows, ago=ago + 6)
    by, second = told.staff.officer, told.staff.second_officer
    evaluation.begin(call, ground=CHECKED, by=by, at=told.back(ago + 5))
    for place, row in enumerate(rows):
        best = max(4, 10 - place)
        for member in told.staff.commission[:2]:
            score(told, row, member, [best, best, best - 1], ago=ago + 3, locked=True)
    held_on = day_of(told.back(ago))
    protocol = commission.draft_evaluation(
        call, held_on=held_on, present=PRESENT, by=by, at=told.back(ago)
    )
    commission.sign(protocol, by=second, at=told.back(ago, 15))


def decide(told: Stories, call: Call, decided: dict[int, Decided], *, ago: int) -> None:
    at = told.back(ago)
    protocol = commission.draft_decision(
        call, decided, held_on=day_of(at), present=PRESENT, by=told.staff.officer, at=at
    )
    commission.sign(protocol, by=told.staff.second_officer, at=told.back(ago, 15))


def give(row: Application) -> Decided:
    return Decided(CommissionOutcome.AWARD, amount=row.amount)

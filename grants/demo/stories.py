"""A dozen organisations whose grants are at every step of their way, through the verbs alone.

Each step has a moment before `at`, counted in days, so that whoever signs in finds something to do
today: an application to write, one under evaluation, a grant to accept, a report that is due.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from accounts.demo import NGO
from accounts.models import User
from grants import (
    applications,
    award,
    calls,
    checks,
    commission,
    drafts,
    eligibility,
    evaluation,
    participation,
    payments,
    questions,
    reports,
)
from grants.commission import Decided
from grants.demo import stage
from grants.demo.words import ANSWERS, FRAMES, REPORT, Frame
from grants.models import Application, Award, Call, Report
from grants.states import (
    BudgetCategory,
    CommissionOutcome,
    Exclusion,
    FormalGround,
    FormalOutcome,
)
from registry import representatives
from registry.calendar import day_of
from registry.models import Organisation

# Beside the demo's own NGO.
CAST = 12
CHECKED = "Формальная проверка окончена"
PRESENT = "А. Бекова, председатель\nМ. Ибраева\nБ. Әлиев"
YOUTH, SOCIAL, CULTURE, NATURE, CIVIL = FRAMES


@dataclass
class Stories:
    """The people, the organisations, and today."""

    staff: stage.Staff
    ours: Organisation
    others: list[Organisation]
    on: date

    def back(self, days: int, hour: int = 11) -> datetime:
        """A moment so many days ago."""
        return stage.moment(self.on - timedelta(days=days), hour)

    def acting(self, organisation: Organisation) -> User:
        held = organisation.representatives.filter(until_at=None, role="manager").first()
        assert held is not None  # noqa: S101 - `tell` begins them all
        return held.user


def cast(ids: list[int], on: date) -> tuple[Organisation, list[Organisation], set[int]]:
    """The organisation of the demo's administrator, those of the stories, and whom the rounds
    leave alone: the administrator's second one is left to be registered by hand."""
    # By the address: nobody's is asked for where the re-registration's demo is not loaded.
    held = list(
        Organisation.objects.filter(
            representatives__user__email=NGO, representatives__until_at__isnull=True
        ).order_by("number")
    )
    mine = [row for row in held if not eligibility.reasons_against(row, None, on)]
    kept = {row.pk for row in held}
    free = [pk for pk in ids if pk not in kept]
    # Far apart in the register, so that they are of several regions.
    step = max(1, len(free) // (CAST + 1))
    chosen = [free[place * step] for place in range(min(CAST + 1, len(free)))]
    rows = Organisation.objects.in_bulk(chosen)
    others = [rows[pk] for pk in chosen]
    ours = mine[0] if mine else others.pop()
    return ours, others[:CAST], kept | {ours.pk} | {row.pk for row in others[:CAST]}


def tell(told: Stories, *, say: Callable[[str], None]) -> None:
    """Everything in its order of time; the caller's transaction makes it whole."""
    for row in (told.ours, *told.others):
        _take_part(told, row)
    _paid_out(told)
    _decided(told)
    say("grants: a call that is paid out, and one that is decided")
    _evaluating(told)
    _closed(told)
    _open(told)
    _drafted_and_cancelled(told)
    say("grants: calls under evaluation, under check, open, drafted and cancelled")


def _take_part(told: Stories, organisation: Organisation) -> None:
    at = told.back(345)
    if not organisation.representatives.filter(until_at=None, role="manager").exists():
        user, _is_new = User.objects.get_or_create(
            email=f"{organisation.number.lower()}@grantee.example", defaults={"language": "ru"}
        )
        representatives.begin(organisation, user=user, ground="demo", at=at)
    participation.register(
        organisation, clear_of=Exclusion.values, by=told.acting(organisation), at=at
    )


def _announced(
    told: Stories, frame: Frame, budgets: list[int], *, opened: int, closes: int
) -> Call:
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


def _apply(
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
    theme = call_theme(call, lot)
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


def call_theme(call: Call, lot: int) -> tuple[str, str]:
    frame = next(frame for frame in FRAMES if frame.code == call.programme.code)
    return frame.themes[lot - 1].projects[0]


def _closed_call(told: Stories, call: Call, *, ago: int) -> Call:
    return calls.close(
        call, ground="Срок приёма заявок истёк", by=told.staff.officer, at=told.back(ago)
    )


def _admit(told: Stories, rows: list[Application], *, ago: int) -> None:
    for row in rows:
        checks.check(row, FormalOutcome.ADMIT, by=told.staff.officer, at=told.back(ago))


def _score(
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


def _evaluated(told: Stories, call: Call, rows: list[Application], *, ago: int) -> None:
    """Admitted, scored by two, and the protocol of the evaluation signed."""
    _admit(told, rows, ago=ago + 6)
    by, second = told.staff.officer, told.staff.second_officer
    evaluation.begin(call, ground=CHECKED, by=by, at=told.back(ago + 5))
    for place, row in enumerate(rows):
        best = max(4, 10 - place)
        for member in told.staff.commission[:2]:
            _score(told, row, member, [best, best, best - 1], ago=ago + 3, locked=True)
    held_on = day_of(told.back(ago))
    protocol = commission.draft_evaluation(
        call, held_on=held_on, present=PRESENT, by=by, at=told.back(ago)
    )
    commission.sign(protocol, by=second, at=told.back(ago, 15))


def _decide(told: Stories, call: Call, decided: dict[int, Decided], *, ago: int) -> None:
    at = told.back(ago)
    protocol = commission.draft_decision(
        call, decided, held_on=day_of(at), present=PRESENT, by=told.staff.officer, at=at
    )
    commission.sign(protocol, by=told.staff.second_officer, at=told.back(ago, 15))


def _give(row: Application) -> Decided:
    return Decided(CommissionOutcome.AWARD, amount=row.amount)


def _paid_out(told: Stories) -> None:
    """A call of last winter: grants that end, run, wait for a report, stand still, come back."""
    call = _announced(told, SOCIAL, [30_000_000, 12_000_000], opened=330, closes=306)
    parts = (told.ours, *told.others[:5])
    amounts = (5_400_000, 4_800_000, 6_200_000, 3_900_000, 5_000_000, 4_100_000)
    # Two of the projects are over.
    months = (11, 6, 6, 11, 11, 11)
    rows = [
        _apply(told, call, row, amount, ago=310, starts=260, months=runs)
        for row, amount, runs in zip(parts, amounts, months, strict=True)
    ]
    _evaluated(told, _closed_call(told, call, ago=305), rows, ago=288)
    _decide(told, call, {row.pk: _give(row) for row in rows}, ago=280)
    made = []
    for row in rows:
        at = told.back(275)
        offered = award.award(row, by=told.staff.officer, at=at)
        made.append(award.accept(offered, by=told.acting(row.organisation), at=told.back(272)))
    for place, held in enumerate(made):
        # Two of them were paid whole, of the others the second half is to come.
        days = (250, 130) if place in (1, 2) else (250, -18)
        half = (held.amount // 2 // 1000) * 1000
        payments.plan(
            held,
            [
                (half, told.on - timedelta(days=days[0])),
                (held.amount - half, told.on - timedelta(days=days[1])),
            ],
            by=told.staff.officer,
            at=told.back(270),
        )
        _pay_first(told, held, 1, ago=248, order=f"ПП-{100 + place}")
    ours, done, returning, reported, still, late = made
    _reported_and_completed(told, done)
    _returned(told, returning)
    _asked(told, ours, ago=40, due=9)
    report = _asked(told, reported, ago=60, due=3)
    _report(told, report, ago=2)
    _asked(told, late, ago=80, due=-4)
    _asked(told, still, ago=80, due=-30)
    award.suspend(
        still,
        reason="Промежуточный отчёт не представлен в срок.",
        by=told.staff.officer,
        at=told.back(20),
    )


def _pay_first(told: Stories, held: Award, position: int, *, ago: int, order: str) -> None:
    payments.pay(
        held.instalments.get(position=position),
        order_number=order,
        paid_on=day_of(told.back(ago)),
        by=told.staff.officer,
        at=told.back(ago),
    )


def _asked(told: Stories, held: Award, *, ago: int, due: int) -> Report:
    """An interim report asked for so many days ago, due in `due` days."""
    until_on = told.on - timedelta(days=max(ago - 20, 1 - due, 12))
    return reports.ask(
        held,
        from_on=held.starts_on,
        until_on=until_on,
        due_on=told.on + timedelta(days=due),
        by=told.staff.officer,
        at=told.back(ago),
    )


def _report(told: Stories, report: Report, *, ago: int, share: Decimal = Decimal(1)) -> Report:
    """The organisation hands in a report: the budget's lines in the share that was paid."""
    held = Award.objects.get(pk=report.award_id)
    text, results = REPORT[held.application.language]
    lines = list(held.application.lines.order_by("position"))
    part = held.paid * share / held.amount
    spent = {line.pk: (line.amount * part // 1000) * 1000 for line in lines}
    return reports.submit(
        report,
        text=text,
        results=results,
        spent=spent,
        by=told.acting(held.organisation),
        at=told.back(ago),
    )


def _final(held: Award) -> Report:
    return held.reports.get(kind="final")


def _reported_and_completed(told: Stories, held: Award) -> None:
    _pay_first(told, held, 2, ago=128, order="ПП-151")
    report = _report(told, _final(held), ago=25)
    reports.accept(report, by=told.staff.officer, at=told.back(18))
    award.complete(held, by=told.staff.officer, at=told.back(15))


def _returned(told: Stories, held: Award) -> None:
    """Paid whole, a part not spent: demanded back, half of it has come."""
    _pay_first(told, held, 2, ago=128, order="ПП-152")
    report = _report(told, _final(held), ago=26, share=Decimal("0.9"))
    reports.accept(report, by=told.staff.officer, at=told.back(19))
    demand = payments.demand(
        held,
        amount=Decimal(620_000),
        due_on=told.on + timedelta(days=10),
        ground="Не израсходовано по итоговому отчёту.",
        by=told.staff.officer,
        at=told.back(18),
    )
    payments.take_back(
        held,
        amount=Decimal(310_000),
        received_on=day_of(told.back(6)),
        reference="ВП-2041",
        answers=demand,
        by=told.staff.officer,
        at=told.back(5),
    )


def _decided(told: Stories) -> None:
    """Decided last week: a grant to accept, one to be awarded yet, a reserve, a refusal."""
    call = _announced(told, YOUTH, [16_000_000, 5_000_000], opened=80, closes=55)
    parts = (told.ours, *told.others[5:9])
    amounts = (4_600_000, 5_200_000, 4_000_000, 3_800_000, 6_000_000)
    rows = [
        _apply(told, call, row, amount, ago=58, starts=-40)
        for row, amount in zip(parts, amounts, strict=True)
    ]
    _evaluated(told, _closed_call(told, call, ago=54), rows, ago=30)
    first, second, third, reserve, last = rows
    decided = {row.pk: _give(row) for row in (first, second, third)}
    decided[reserve.pk] = Decided(CommissionOutcome.RESERVE, amount=reserve.amount, reserve_rank=1)
    decided[last.pk] = Decided(
        CommissionOutcome.DECLINE, words="Бюджет не обоснован, результат не измеряется."
    )
    _decide(told, call, decided, ago=9)
    for row in (first, second):
        made = award.award(row, by=told.staff.officer, at=told.back(3))
        if row is second:
            award.accept(made, by=told.acting(row.organisation), at=told.back(2))


def _evaluating(told: Stories) -> None:
    """Two reviewers at work, each as far as they are; a third who is bound to an applicant."""
    call = _announced(told, CULTURE, [14_000_000, 6_000_000, 4_000_000], opened=62, closes=33)
    parts = (told.ours, told.others[0], *told.others[9:12])
    amounts = (3_600_000, 4_400_000, 5_000_000, 2_900_000, 4_200_000)
    rows = [
        _apply(told, call, row, amount, ago=36, starts=-60)
        for row, amount in zip(parts, amounts, strict=True)
    ]
    call = _closed_call(told, call, ago=32)
    _admit(told, rows, ago=22)
    by = told.staff.officer
    evaluation.begin(call, ground=CHECKED, by=by, at=told.back(15))
    one, two, three = told.staff.commission
    whole, ours, begun, bound, _free = rows[1], rows[0], rows[2], rows[3], rows[4]
    for member in (one, two):
        _score(told, whole, member, [8, 9, 7], ago=10, locked=True)
    _score(told, ours, one, [9, 8, 8], ago=8, locked=True)
    _score(told, ours, two, [7, 8], ago=7, locked=False)
    _score(told, begun, one, [6], ago=6, locked=False)
    evaluation.assign(begun, two, by=by, at=told.back(10))
    held = evaluation.assign(bound, three, by=by, at=told.back(10))
    evaluation.declare(
        held,
        has_conflict=True,
        words="Родственник работает в этой организации.",
        by=three,
        at=told.back(9),
    )
    evaluation.assign(bound, one, by=by, at=told.back(8))


def _closed(told: Stories) -> None:
    """Closed last week: applications that wait for the formal check, one returned."""
    call = _announced(told, NATURE, [12_000_000, 8_000_000], opened=34, closes=6)
    rows = [
        _apply(told, call, row, 3_000_000 + 300_000 * place, ago=8, lot=place % 2 + 1, starts=-90)
        for place, row in enumerate(told.others[:5])
    ]
    _closed_call(told, call, ago=5)
    _admit(told, rows[:1], ago=3)
    checks.check(
        rows[1],
        FormalOutcome.RETURN,
        grounds=[FormalGround.BUDGET],
        words="Поясните цену занятия во второй строке бюджета.",
        by=told.staff.officer,
        at=told.back(2),
    )


def _open(told: Stories) -> None:
    """Open now: a draft of ours, applications of others, two questions, one of them answered."""
    call = _announced(told, CIVIL, [20_000_000, 15_000_000, 10_000_000], opened=10, closes=-21)
    _apply(told, call, told.ours, 0, ago=3, lot=2, starts=-120, is_submitted=False)
    for place, row in enumerate(told.others[6:8]):
        _apply(told, call, row, 3_400_000 + 500_000 * place, ago=2, starts=-120)
    asker = told.others[7]
    asked = questions.ask(
        call,
        asker,
        text="Можно ли оплатить аренду зала?",
        by=told.acting(asker),
        at=told.back(6),
    )
    questions.answer(
        asked,
        question_kk="Залды жалға алу ақысын төлеуге бола ма?",
        question_ru="Можно ли оплатить аренду зала?",
        answer_kk="Иә, бюджетте «жалға алу және байланыс» жолында көрсетіңіз.",
        answer_ru="Да. Укажите её в бюджете строкой «аренда и связь».",
        by=told.staff.officer,
        at=told.back(5),
    )
    questions.ask(
        call,
        told.others[8],
        text="Считается ли труд волонтёров вкладом организации?",
        by=told.acting(told.others[8]),
        at=told.back(2),
    )


def _drafted_and_cancelled(told: Stories) -> None:
    stage.draft_call(
        SOCIAL,
        "medium",
        opens_at=told.back(-40, 9),
        closes_at=told.back(-70, 18),
        budgets=[Decimal(90_000_000), Decimal(60_000_000)],
    )
    call = _announced(told, NATURE, [9_000_000], opened=100, closes=75)
    calls.cancel(
        call,
        ground="Финансирование перенесено на следующий год",
        by=told.staff.officer,
        at=told.back(90),
    )

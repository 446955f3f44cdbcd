"""Calls that are under way today: under evaluation, under check, open, and drafted or cancelled."""

from __future__ import annotations

from decimal import Decimal

from grants import calls, checks, evaluation, questions
from grants.demo import stage
from grants.demo.stories import steps
from grants.demo.stories.cast import Stories
from grants.demo.words import CIVIL, CULTURE, NATURE, SOCIAL
from grants.states import FormalGround, FormalOutcome


def evaluating(told: Stories) -> None:
    """Two reviewers at work, each as far as they are; a third who is bound to an applicant."""
    call = steps.announced(told, CULTURE, [14_000_000, 6_000_000, 4_000_000], opened=62, closes=33)
    parts = (told.ours, told.others[0], *told.others[9:12])
    amounts = (3_600_000, 4_400_000, 5_000_000, 2_900_000, 4_200_000)
    rows = [
        steps.apply(told, call, row, amount, ago=36, starts=-60)
        for row, amount in zip(parts, amounts, strict=True)
    ]
    call = steps.close(told, call, ago=32)
    steps.admit(told, rows, ago=22)
    by = told.staff.officer
    evaluation.begin(call, ground=steps.CHECKED, by=by, at=told.back(15))
    one, two, three = told.staff.commission
    whole, ours, begun, bound, _free = rows[1], rows[0], rows[2], rows[3], rows[4]
    for member in (one, two):
        steps.score(told, whole, member, [8, 9, 7], ago=10, locked=True)
    steps.score(told, ours, one, [9, 8, 8], ago=8, locked=True)
    steps.score(told, ours, two, [7, 8], ago=7, locked=False)
    steps.score(told, begun, one, [6], ago=6, locked=False)
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


def closed(told: Stories) -> None:
    """Closed last week: applications that wait for the formal check, one returned."""
    call = steps.announced(told, NATURE, [12_000_000, 8_000_000], opened=34, closes=6)
    rows = [
        steps.apply(
            told, call, row, 3_000_000 + 300_000 * place, ago=8, lot=place % 2 + 1, starts=-90
        )
        for place, row in enumerate(told.others[:5])
    ]
    steps.close(told, call, ago=5)
    steps.admit(told, rows[:1], ago=3)
    checks.check(
        rows[1],
        FormalOutcome.RETURN,
        grounds=[FormalGround.BUDGET],
        words="Поясните цену занятия во второй строке бюджета.",
        by=told.staff.officer,
        at=told.back(2),
    )


def open_now(told: Stories) -> None:
    """Open now: a draft of ours, applications of others, two questions, one of them answered."""
    call = steps.announced(told, CIVIL, [20_000_000, 15_000_000, 10_000_000], opened=10, closes=-21)
    steps.apply(told, call, told.ours, 0, ago=3, lot=2, starts=-120, is_submitted=False)
    for place, row in enumerate(told.others[6:8]):
        steps.apply(told, call, row, 3_400_000 + 500_000 * place, ago=2, starts=-120)
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


def drafted_and_cancelled(told: Stories) -> None:
    stage.draft_call(
        SOCIAL,
        "medium",
        opens_at=told.back(-40, 9),
        closes_at=told.back(-70, 18),
        budgets=[Decimal(90_000_000), Decimal(60_000_000)],
    )
    call = steps.announced(told, NATURE, [9_000_000], opened=100, closes=75)
    calls.cancel(
        call,
        ground="Финансирование перенесено на следующий год",
        by=told.staff.officer,
        at=told.back(90),
    )

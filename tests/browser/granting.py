"""From taking part to the last report: a grant as its people and the ministry's staff click it.

The organisation's person holds a phone, staff sit at a desk. Only the days that must pass between
the call's end and its closing are written into the call.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Model
from django.utils import timezone
from playwright.sync_api import FilePayload, Page, expect

from accounts.models import User
from accounts.roles import Role
from grants.models import Application, Award, Call, Evaluation, Protocol, Report
from registry.calendar import day_of
from registry.models import Organisation
from tests.browser import chromium
from tests.browser.hands import Hands, Touch
from tests.browser.visitor import Visitor
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.files import PDF
from tests.factories.grants import CallFactory
from tests.factories.registry import OrganisationFactory, RepresentativeFactory
from tests.reregistration.desk import list_of, page_of, verb_of

Look = Callable[[str, Page], None]
Visit = Callable[..., Visitor]
PROJECT = {
    "title": "Ауыл жастарының орталығы",
    "summary": "Үш ауылдың жастарына арналған орталық.",
    "problem": "Ауылда жастар жиналатын орын жоқ.",
    "goal": "Жастарға орын мен үйірмелер беру.",
    "activities": "Орталық ашамыз, он екі үйірме жүргіземіз.",
    "results": "300 жас айына бір рет келеді.",
}
# What each line pays for, its name, how many, and the price of one as a person writes it.
BUDGET = (
    ("pay", "Үйлестіруші", "8", "350 000"),
    ("rent", "Бөлме жалдау", "8", "150 000"),
)
ASKED = Decimal(4_000_000)


@dataclass(frozen=True)
class Start:
    """What there is before: a call that takes applications, an organisation and who manages it,
    two officers, for nobody signs what they drafted, and two members of the commission."""

    call: Call
    organisation: Organisation
    dana: User
    officer: User
    colleague: User
    commission: tuple[User, User]


def start(language: str) -> Start:
    at = timezone.now()
    organisation = OrganisationFactory.create(
        name_kk="«Жетісу жастары» қоғамдық бірлестігі",
        name_ru="Общественное объединение «Молодёжь Жетысу»",
    )
    dana = UserFactory.create(email="dana@ngo.example", language=language)
    RepresentativeFactory.create(organisation=organisation, user=dana)
    return Start(
        call=CallFactory.create(
            opens_at=at - timedelta(days=3),
            closes_at=at + timedelta(days=20),
            lots=(Decimal(10_000_000),),
        ),
        organisation=organisation,
        dana=dana,
        officer=staff_member(Role.GRANTS_OFFICER, "officer@ministry.example"),
        colleague=staff_member(Role.GRANTS_OFFICER, "colleague@ministry.example"),
        commission=(
            staff_member(Role.GRANTS_REVIEWER, "first@commission.example"),
            staff_member(Role.GRANTS_REVIEWER, "second@commission.example"),
        ),
    )


@dataclass
class Desk:
    """A member of staff at the admin: finds a row in its list, opens it, presses a verb."""

    visitor: Visitor
    hands: Hands = field(default_factory=Touch)

    @property
    def page(self) -> Page:
        return self.visitor.page

    def finds(self, row: Model) -> None:
        self.page.goto(f"{self.visitor.portal}{list_of(type(row))}")
        self.hands.press(self.page, f'#result_list a[href^="{page_of(row)}"]')

    def does(self, row: Model, verb: str, **answers: str) -> None:
        """By the verb's button, then its form; one lands on the row's page when it is done."""
        if self.page.url != f"{self.visitor.portal}{page_of(row)}":
            self.finds(row)
        self.hands.press(self.page, f'.desk a[href="{verb_of(row, verb)}"]')
        for name, answer in answers.items():
            asked = self.page.locator(f'.desk-form [name="{name}"]')
            if asked.evaluate("field => field.tagName") == "SELECT":
                asked.select_option(answer)
            else:
                asked.fill(answer)
        self.hands.press(self.page, '.desk-form button[type="submit"]')
        assert self.page.url == f"{self.visitor.portal}{page_of(row)}", self._told()

    def _told(self) -> str:
        return self.page.locator("main").inner_text()


@dataclass
class Granting:
    visit: Visit
    start: Start
    language: str
    # Called with each page that the organisation's person meets, and its name.
    look: Look
    hands: Hands = field(default_factory=Touch)

    def __post_init__(self) -> None:
        self.phone = self.visit(user=self.start.dana, language=self.language)
        self.officer, self.colleague = (
            self._desk(self.start.officer),
            self._desk(self.start.colleague),
        )

    @property
    def page(self) -> Page:
        return self.phone.page

    def walk(self) -> None:
        self.takes_part()
        self.reads_the_call()
        self.writes()
        self.hands_in()
        self.is_checked()
        self.is_scored()
        self.is_decided()
        self.is_awarded()
        self.accepts()
        self.is_paid()
        self.reports()
        self.is_completed()

    # The organisation, on a phone.

    def takes_part(self) -> None:
        self.phone.opens("/my/")
        self._press(f'main a[href$="/{self.start.organisation.number}/grants/"]')
        self._look("not-taking-part")
        self._press('main a[href$="/grants/join/"]')
        self._declares()
        self._look("join")
        self._press("main form.sheet button.btn-primary")
        assert self.start.organisation.participations.get().state == "active"
        self._look("taking-part")

    def reads_the_call(self) -> None:
        self._press(f'main a[href$="/grants/calls/{self.start.call.number}/"]')
        self._look("call")
        self._press("main #lots ~ .sheet form button")
        self._look("nothing-written")

    def writes(self) -> None:
        for name, words in PROJECT.items():
            self._write(f'main [name="{name}"]', words)
        self.hands.choose(self.page, 'main select[name="area"]', "1")
        region = self.start.organisation.region_id
        self._press(f'main input[name="regions"][value="{region}"]')
        begins = day_of(timezone.now()) + timedelta(days=60)
        self._write('main [name="starts_on"]', _typed(begins))
        self._write('main [name="ends_on"]', _typed(begins + timedelta(days=240)))
        self._look("written")
        self._press('main button[name="next"]')
        assert self.page.url.endswith("/budget/"), self._said()
        for place, line in enumerate(BUDGET):
            if place:
                self._press('main button[name="add"]')
            kind, *texts = line
            self.hands.choose(self.page, f'main [name="line-{place}-category"]', kind)
            for name, text in zip(("name", "quantity", "unit_price"), texts, strict=True):
                self._write(f'main [name="line-{place}-{name}"]', text)
            # Text that was not saved is offered back to whoever left it, to nobody else.
            expect(self.page.locator("#offer")).to_be_hidden()
        self._look("budget")
        self._press('main button[name="next"]')
        assert self.page.url.endswith("/papers/"), self._said()
        self.hands.choose(self.page, 'main [name="kind"]', "plan")
        self._attach("жоспар.pdf")
        self._press('main form[enctype] button[type="submit"]')
        expect(self.page.locator("main").get_by_text("жоспар.pdf").first).to_be_visible()
        self._look("papers")
        self._looks_back_at_the_budget()

    def hands_in(self) -> None:
        self._press('main > a.btn-primary[href$="/submit/"], main a.btn[href$="/submit/"]')
        self._look("check")
        self._declares()
        self._press("main form.sheet button.btn-primary")
        held = Application.objects.get()
        assert (held.state, held.amount, held.papers.count()) == ("submitted", ASKED, 1)
        expect(self.page.locator("main")).to_contain_text(held.number or "no number")
        self._look("handed-in")

    # The ministry, at its desks.

    def is_checked(self) -> None:
        self._days_pass()
        call, row = self.start.call, Application.objects.get()
        self.officer.does(call, "close", ground="№ 12")
        self.officer.does(row, "check", outcome="admit")
        self.officer.does(call, "evaluate", ground="№ 13")

    def is_scored(self) -> None:
        row = Application.objects.get()
        for reviewer, points in zip(self.start.commission, (9, 7), strict=True):
            self.officer.does(row, "assign", reviewer=str(reviewer.pk))
            held = Evaluation.objects.get(reviewer=reviewer)
            desk = self._desk(reviewer)
            desk.does(held, "declare", has_conflict="no")
            criteria = self.start.call.criteria.values_list("pk", flat=True)
            given = {f"points_{pk}": str(points) for pk in criteria}
            desk.does(held, "score", words="Жоба пайдалы.", **given)
            desk.does(held, "lock")

    def is_decided(self) -> None:
        sitting = {"held_on": _typed(day_of(timezone.now())), "present": "А. Нұрланова"}
        self.officer.does(self.start.call, "score", **sitting)
        self.colleague.does(Protocol.objects.get(kind="evaluation"), "sign")
        row = Application.objects.get()
        assert row.score == Decimal("80.00")
        self.officer.does(self.start.call, "decide", **sitting, **{f"outcome_{row.pk}": "award"})
        self.colleague.does(Protocol.objects.get(kind="commission"), "sign")

    def is_awarded(self) -> None:
        self.officer.does(Application.objects.get(), "award")

    def is_paid(self) -> None:
        made, today = Award.objects.get(), _typed(day_of(timezone.now()))
        self.officer.does(made, "plan", due_on_0=today)
        part = made.instalments.get()
        paid = {"instalment": str(part.pk), "order_number": "ПП-118", "paid_on": today}
        self.officer.does(made, "pay", **paid)
        made.refresh_from_db()
        assert made.paid == ASKED

    # The organisation again.

    def accepts(self) -> None:
        self._opens_the_award()
        self._look("offered")
        self._press('main form[action$="/accept/"] button')
        assert Award.objects.get().state == "active"
        self._look("in-force")

    def reports(self) -> None:
        self._opens_the_award()
        self._look("paid")
        self._press('main a[href*="/reports/"]')
        self._write('main [name="text"]', "Орталық ашылды.")
        self._write('main [name="results"]', "310 жас келді.")
        spent = self.page.locator('main input[name^="spent_"]')
        for place, sum_ in enumerate(("2 800 000", "1 200 000")):
            spent.nth(place).fill(sum_)
        self._attach("сурет.pdf")
        self._look("report")
        self._press("main form.sheet button.btn-primary")
        report = Report.objects.get()
        assert (report.state, report.spent) == ("submitted", ASKED), self._said()
        assert report.papers.get().file.name == "сурет.pdf"
        self._look("reported")

    def is_completed(self) -> None:
        self.officer.does(Report.objects.get(), "accept")
        self.officer.does(Award.objects.get(), "complete")
        self._opens_the_award()
        self._look("completed")

    # How it is clicked.

    def _days_pass(self) -> None:
        """The call's last day is over: nobody waits three weeks for a test."""
        at: datetime = timezone.now()
        Call.objects.update(opens_at=at - timedelta(days=23), closes_at=at - timedelta(minutes=1))

    def _opens_the_award(self) -> None:
        self.phone.opens("/my/")
        self._press(f'main a[href$="/{self.start.organisation.number}/grants/"]')
        self._press('main a.title[href*="/grants/awards/"]')

    def _looks_back_at_the_budget(self) -> None:
        """Sums are shown otherwise than they were typed, and still are what was saved."""
        self._press('main .chips a[href$="/budget/"]')
        expect(self.page.locator("#offer")).to_be_hidden()
        self._press('main .chips a[href$="/papers/"]')

    def _declares(self) -> None:
        points = self.page.locator('main input[name="clear_of"]')
        assert points.count() == 8
        for place in range(points.count()):
            points.nth(place).check()

    def _attach(self, name: str) -> None:
        paper: FilePayload = {"name": name, "mimeType": "application/pdf", "buffer": PDF}
        self.page.set_input_files('main [name="file"]', paper)

    def _desk(self, person: User) -> Desk:
        return Desk(self.visit(user=person, viewport=chromium.DESK), self.hands)

    def _said(self) -> str:
        return re.sub(r"\n+", "\n", self.page.locator("main").inner_text())

    def _press(self, selector: str) -> None:
        self.hands.press(self.page, selector)

    def _write(self, selector: str, text: str) -> None:
        self.hands.write(self.page, selector, text)

    def _look(self, name: str) -> None:
        self.look(name, self.page)


def _typed(day: date) -> str:
    return f"{day:%d.%m.%Y}"

"""From the letter to the certificate: what a person does, page by page, in any language.

The tests walk it by touch, by keyboard and without scripts; the screenshots are taken on it. What
the ministry does in between is done by its verbs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page

from accounts.models import User
from accounts.roles import Role
from notices import notice
from notices.models import NoticeText
from notices.states import Kind
from registry.calendar import day_of
from reregistration import letters, review
from reregistration.models import Filing, Obligation, ReturnReason
from reregistration.states import FilingState
from tests.browser.hands import Hands, Touch
from tests.browser.visitor import Visitor
from tests.browser.world import open_campaign
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.registry import OrganisationFactory
from tests.factories.reregistration import ObligationFactory

_CLAIM_CODE = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}\b")
_SIGN_IN_CODE = re.compile(r"^\s*([A-Z0-9-]{6,12})\s*$", re.MULTILINE)
YEAR = {"employees": "1", "volunteers": "12", "income": "4200000", "spending": "4150000"}
Look = Callable[[str, Page], None]


@dataclass(frozen=True)
class Start:
    """What there is before: an organisation that owes a filing, its letter's code, a person who
    has an account and acts for nobody, a reviewer."""

    obligation: Obligation
    code: str
    dana: User
    reviewer: User


def start(language: str) -> Start:
    at = timezone.now()
    organisation = OrganisationFactory.create(
        name_kk="«Жетісу жастары» қоғамдық бірлестігі",
        name_ru="Общественное объединение «Молодёжь Жетысу»",
    )
    obligation = ObligationFactory.create(campaign=open_campaign(at), organisation=organisation)
    announced = letters.scheduled(obligation, Kind.ANNOUNCEMENT, "opened", on=day_of(at))
    (letter,) = notice.register([announced], at=at)
    found = _CLAIM_CODE.search(NoticeText.objects.get(notice=letter).body)
    assert found, "the announcement carries no code"
    dana = UserFactory.create(email="dana@ngo.example", language=language)
    EmailAddress.objects.create(user=dana, email=dana.email, verified=True, primary=True)
    reviewer = staff_member(Role.REVIEWER, "reviewer@ministry.example")
    return Start(obligation, found[0], dana, reviewer)


@dataclass
class Journey:
    visitor: Visitor
    start: Start
    # Called with each page that the person meets, and its name.
    look: Look
    hands: Hands = field(default_factory=Touch)

    @property
    def page(self) -> Page:
        return self.visitor.page

    def walk(self) -> None:
        self.signs_in()
        self.claims()
        self.files()
        self.is_sent_back()
        self.corrects()
        self.is_accepted()
        self.sees_the_certificate()

    def signs_in(self) -> None:
        self.visitor.opens("/why/")
        self._look("why")
        self._press("main a.btn-primary")
        self._look("sign-in")
        self._write("#code_login", self.start.dana.email)
        self._press('main form[action*="/login/code"] button.btn-primary')
        self._look("code")
        found = _SIGN_IN_CODE.search(str(mail.outbox[-1].body))
        assert found, f"the e-mail carries no code: {mail.outbox[-1].body}"
        self._write('main input[name="code"]', found[1])
        self._press("main form.sheet button.btn-primary")
        assert self.page.url.endswith("/my/"), self.page.url
        self._look("nothing-yet")

    def claims(self) -> None:
        self._press('main a[href$="/my/claim/"]')
        self._write('input[name="number"]', self.start.obligation.organisation.number)
        self._write('input[name="code"]', self.start.code)
        self.hands.choose(self.page, 'select[name="position"]', "head")
        self._look("claim")
        self._press("main form.sheet button.btn-primary")
        self._look("my-organisations")

    def files(self) -> None:
        self._press("main section.sheet a.btn-primary")
        self._look("due")
        self._press('main a[href$="/start/"]')
        self._press('input[name="kind"][value="details"]')
        self._press('input[name="size"][value="no"]')
        self._look("which-form")
        self._press("main form button.btn-primary")
        self._write('input[name="email"]', "office@ngo.example")
        self._look("organisation")
        self._press('button[name="next"]')
        for name, figure in YEAR.items():
            self._write(f'input[name="{name}"]', figure)
        self._press('input[name="activity_areas"]')
        self._look("year")
        self._press('button[name="next"]')
        self._submits("receipt")

    def is_sent_back(self) -> None:
        reason = ReturnReason.objects.order_by("pk")[0].code
        review.return_for_correction(
            self._filed, reasons=[reason], by=self.start.reviewer, at=timezone.now()
        )

    def corrects(self) -> None:
        self._opens_own_page()
        self._look("returned")
        self._press('main form[action$="/start/"] button')
        self._look("to-correct")
        self._press('main a.title[href*="/filing/year/"]')
        self._write('input[name="volunteers"]', "14")
        self._press('button[name="next"]')
        self._submits("receipt-again")

    def is_accepted(self) -> None:
        review.accept(self._filed, by=self.start.reviewer, at=timezone.now())

    def sees_the_certificate(self) -> None:
        self._opens_own_page()
        self._look("accepted")
        link = self.page.locator('main a[href$="/certificate/"]').first.get_attribute("href")
        answer = self.page.request.get(f"{self.visitor.portal}{link}")
        assert answer.status == 200
        assert answer.body().startswith(b"%PDF")

    @property
    def _filed(self) -> Filing:
        return Filing.objects.get(obligation=self.start.obligation, state=FilingState.SUBMITTED)

    def _submits(self, receipt: str) -> None:
        if "/filing/submit/" not in self.page.url:
            self._press('main a[href$="/filing/submit/"]')
        self._press('input[name="declared"]')
        self._look("check")
        self._press("main form.sheet button.btn-primary")
        assert f"/receipts/{self._filed.number}/" in self.page.url
        self._look(receipt)

    def _opens_own_page(self) -> None:
        self.visitor.opens("/my/")
        self._press("main section.sheet h2 a")

    def _press(self, selector: str) -> None:
        self.hands.press(self.page, selector)

    def _write(self, selector: str, text: str) -> None:
        self.hands.write(self.page, selector, text)

    def _look(self, name: str) -> None:
        self.look(name, self.page)

"""The web server is killed between a submission's arrival and its answer; a second try follows."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from notices.models import IssuedDocument
from reregistration import filing
from reregistration.models import Filing, Obligation
from reregistration.states import FilingState, State
from tests import gunicorn
from tests.browser.world import ANSWERS, open_campaign, owed
from tests.factories.accounts import UserFactory

FIELD = re.compile(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"')


class Browser:
    """What a browser keeps between tries: the session, and the form that it has before it."""

    def __init__(self, web: gunicorn.Web, session: str, address: str) -> None:
        self.web, self.address = web, address
        self.cookies = {settings.SESSION_COOKIE_NAME: session}
        self.fields: dict[str, str] = {}

    def opens_the_form(self) -> None:
        answer, page = self._ask("GET")
        assert answer.status == 200
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        form = page[page.index('name="declared"') - 2000 :]
        self.fields = {**dict(FIELD.findall(form)), "declared": "on"}

    def submits(self) -> str:
        """Post the form; the address to which the answer leads."""
        answer, _ = self._ask("POST", urlencode(self.fields))
        return answer.headers["Location"] or f"no way on: {answer.status}"

    def _ask(self, method: str, body: str = "") -> tuple[http.client.HTTPResponse, str]:
        to = http.client.HTTPConnection(gunicorn.HOST, self.web.port, timeout=30)
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": kept, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            to.request(method, self.address, body, headers)
            answer = to.getresponse()
            return answer, answer.read().decode()
        finally:
            to.close()


@pytest.fixture(scope="module")
def server(collected_static: Path) -> Iterator[gunicorn.Web]:
    """It takes seconds to start: whoever kills it starts it again, also for the next test."""
    with gunicorn.serving(collected_static) as running:
        yield running


@pytest.fixture
def web(real_commits: None, server: gunicorn.Web) -> gunicorn.Web:
    if server.process is None:
        server.start()
    return server


@pytest.fixture
def row(web: gunicorn.Web) -> Obligation:
    """Alice's obligation with a draft that only waits to be submitted."""
    at, alice = timezone.now(), UserFactory.create(email="alice@ngo.example")
    obligation = owed(open_campaign(at), alice, "Жетісу жастары")
    draft = filing.start(obligation, by=alice, at=at)
    filing.save(draft, ANSWERS, revision=draft.revision, by=alice, at=at)
    return obligation


@pytest.fixture
def browser(web: gunicorn.Web, row: Obligation) -> Browser:
    alice = row.organisation.representatives.get().user
    client = Client()
    client.force_login(alice)
    with translation.override("en"):
        address = reverse("filing_submit", args=[row.organisation.number, row.campaign.code])
    opened = Browser(web, client.cookies[settings.SESSION_COOKIE_NAME].value, address)
    opened.opens_the_form()
    return opened


def begins(browser: Browser) -> Thread:
    """Submit in the background; the connection may break."""

    def run() -> None:
        with suppress(OSError, http.client.HTTPException):
            browser.submits()

    thread = Thread(target=run)
    thread.start()
    return thread


def wait_until_one_waits_for_a_lock() -> None:
    limit = monotonic() + 30
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
            assert monotonic() < limit, "the submission never came to the lock"
            sleep(0.005)


def assert_filed_once(row: Obligation, receipt: str) -> None:
    row.refresh_from_db()
    assert row.state == State.FILED
    filed = Filing.objects.get()
    assert filed.state == FilingState.SUBMITTED
    assert filed.number
    assert receipt.endswith(f"/receipts/{filed.number}/")
    assert IssuedDocument.objects.filter(number=filed.number).count() == 1


def test_killed_while_it_submits_nothing_is_half_done(
    web: gunicorn.Web, row: Obligation, browser: Browser
) -> None:
    with transaction.atomic():
        Obligation.objects.select_for_update().get(pk=row.pk)
        thread = begins(browser)
        wait_until_one_waits_for_a_lock()
        web.kill()
    thread.join()
    assert Filing.objects.get().state == FilingState.DRAFT
    assert not IssuedDocument.objects.exists()
    web.start()
    assert_filed_once(row, browser.submits())


@pytest.mark.parametrize("delay", [0, 0.02, 0.05, 0.1, 0.2])
def test_killed_at_any_moment_a_second_try_files_once(
    web: gunicorn.Web, row: Obligation, browser: Browser, delay: float
) -> None:
    thread = begins(browser)
    sleep(delay)
    web.kill()
    thread.join()
    web.start()
    assert_filed_once(row, browser.submits())


def test_killed_after_the_commit_a_second_try_gets_the_same_receipt(
    web: gunicorn.Web, row: Obligation, browser: Browser
) -> None:
    thread = begins(browser)
    limit = monotonic() + 30
    while not Filing.objects.filter(state=FilingState.SUBMITTED).exists():
        assert monotonic() < limit, "the submission was never committed"
    web.kill()
    thread.join()
    first = Filing.objects.get().number
    web.start()
    assert_filed_once(row, browser.submits())
    assert Filing.objects.get().number == first

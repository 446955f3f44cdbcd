"""A reviewer at the browser: signs in, takes the next filing, reads its page and decides on it.

Everything goes through the admin's own pages, as the person would: Django's test client speaks to
the portal's own views and middleware. What is chosen comes from the organisation, the version of
its filing and the seed, whoever opens it.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from django.conf import settings
from django.db import connections
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts import second_factor
from accounts.models import User
from reregistration.models import Filing, RefusalGround, RefusalProposal, ReturnReason
from reregistration.states import FilingState

# Of accounts in a database that is thrown away.
PASSWORD = "rehearsal-of-the-desk"  # noqa: S105
APP_SECRET = "REHEARSALREHEARSALREHEARSALREHEA"  # noqa: S105
# Shares of what is opened one by one.
RETURN = 0.15
RETURN_AGAIN = 0.60
PROPOSE = 0.04
CONFIRM = 0.70
# As many as the list accepts together.
TOGETHER = 200


@dataclass
class Diary:
    """What a reviewer did and saw in one turn at the desk."""

    email: str
    # The signed-in session: the next turn goes on with it.
    session: str = ""
    # Ids of the filings that they were given, each time they were.
    given: list[int] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    # Seconds by kind of page.
    pages: dict[str, list[float]] = field(default_factory=dict)
    # Answers of the portal that no reviewer should ever see.
    faults: list[str] = field(default_factory=list)


def work(email: str, place: int, seed: int, session: str, *, together: bool) -> Diary:
    """Clear the queue until nothing is left for this person; in a process of its own.

    `place` makes the address from which they sign in, unless they have a `session`. With `together`
    they first accept those that are clean, as many at a time as the list does.
    """
    connections.close_all()
    desk = _Desk(Diary(email, session), place, seed)
    if session:
        desk.client.cookies[settings.SESSION_COOKIE_NAME] = session
    else:
        desk.sign_in()
    if together:
        desk.accept_together()
    while desk.next():
        pass
    connections.close_all()
    return desk.diary


class _Desk:
    def __init__(self, diary: Diary, place: int, seed: int) -> None:
        self.diary, self.seed = diary, seed
        self.client = Client(REMOTE_ADDR=f"10.0.0.{place + 1}", headers={"accept-language": "ru"})
        self.list = reverse("admin:reregistration_filing_changelist")

    def sign_in(self) -> None:
        """By password and by the code that the person's authenticator app shows."""
        user = User.objects.get(email=self.diary.email)
        told = {"login": user.email, "password": PASSWORD}
        self._open("signing in", reverse("account_login"), told)
        code, _seconds = second_factor.app_code(user, time.time())
        self._open("signing in", reverse("mfa_authenticate"), {"code": code})
        self.diary.session = self.client.cookies[settings.SESSION_COOKIE_NAME].value

    def accept_together(self) -> None:
        """Tick a page of clean ones and accept them, until none is on the list."""
        clean = f"{self.list}?waiting=yes&clean=yes"
        while True:
            page = self._open("the list of the clean", clean)
            ids = re.findall(r'name="_selected_action" value="(\d+)"', page)[:TOGETHER]
            waiting = set(_waiting(ids))
            if not waiting:
                return
            chosen = {"action": "accept_selected", "_selected_action": ids}
            self._open("accepting many", clean, chosen)
            accepted = waiting - set(_waiting(ids))
            self.diary.done["accepted together"] += len(accepted)
            # For some there may have been no time; of whom nobody is accepted, all were refused.
            if not accepted:
                self.diary.done["refused together"] += len(waiting)
                return

    def next(self) -> bool:
        """Take the next filing and decide on it; whether there was one."""
        answer = self._answer(
            "taking the next", reverse("admin:reregistration_filing_take-next"), {}
        )
        number = re.search(r"/filing/(\d+)/change/", answer.headers.get("Location", ""))
        if number is None:
            return False
        filing_id = int(number[1])
        self.diary.given.append(filing_id)
        page = self._open("a filing", answer.headers["Location"])
        offered = set(re.findall(rf"/filing/{filing_id}/([a-z-]+)/", page))
        self._decide(filing_id, offered)
        return True

    def _decide(self, filing_id: int, offered: set[str]) -> None:
        filing = Filing.objects.select_related("obligation__organisation").get(pk=filing_id)
        organisation = filing.obligation.organisation.number
        dice = Random(f"{self.seed}/review/{organisation}/{filing.version}")
        if "confirm-refusal" in offered and dice.random() < CONFIRM:
            newest = RefusalProposal.objects.filter(filing=filing).latest("pk")
            self._do("confirm-refusal", filing, {"proposal": newest.pk})
        elif "propose-refusal" in offered and dice.random() < PROPOSE:
            ground = RefusalGround.objects.exclude(from_on=None).first()
            told = {"ground": ground.pk if ground else "", "words": "The papers are another's."}
            self._do("propose-refusal", filing, told)
        elif "return" in offered and ("accept" not in offered or dice.random() < RETURN):
            self._do("return", filing, _reasons(dice))
        elif "return-again" in offered and dice.random() < RETURN_AGAIN:
            self._do("return-again", filing, _reasons(dice))
        elif "accept" in offered:
            self._do("accept", filing, {})
        else:
            self.diary.faults.append(f"{filing}: nothing to decide, offered {sorted(offered)}")

    def _do(self, verb: str, filing: Filing, told: dict[str, Any]) -> None:
        """The verb's page, its form, and what has come of it."""
        address = reverse(f"admin:reregistration_filing_{verb}", args=[filing.pk])
        if told:
            self._open(f"page of {verb}", address)
        self._open(f"doing {verb}", address, told)
        filing.refresh_from_db()
        is_done = filing.state != FilingState.SUBMITTED or (
            verb == "propose-refusal" and filing.refusal_proposals.exists()
        )
        if not is_done:
            self.diary.faults.append(f"{filing}: {verb} came to nothing")
        self.diary.done[verb] += 1

    def _open(self, kind: str, address: str, told: dict[str, Any] | None = None) -> str:
        """The page at which one ends, redirects followed."""
        answer = self._answer(kind, address, told)
        while answer.status_code in (301, 302):
            answer = self._answer("where one ends", answer.headers["Location"])
        return answer.content.decode()

    def _answer(self, kind: str, address: str, told: dict[str, Any] | None = None) -> HttpResponse:
        began = time.monotonic()
        answer: Any = self.client.get(address) if told is None else self.client.post(address, told)
        self.diary.pages.setdefault(kind, []).append(time.monotonic() - began)
        if answer.status_code not in (200, 301, 302):
            self.diary.faults.append(f"{address} answered {answer.status_code}")
        return answer  # type: ignore[no-any-return]


def _waiting(ids: list[str]) -> list[int]:
    rows = Filing.objects.filter(pk__in=ids, state=FilingState.SUBMITTED)
    return list(rows.values_list("pk", flat=True))


def _reasons(dice: Random) -> dict[str, Any]:
    codes = sorted(ReturnReason.objects.values_list("code", flat=True))
    return {"reasons": dice.sample(codes, dice.randint(1, 2)), "note": ""}

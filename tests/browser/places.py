"""The pages of the journey: each with its name, who looks at it, and its address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils import translation

from accounts.models import User
from grants.models import Application, Award
from notices import declining
from reregistration.models import Hearing, Obligation
from reregistration.sections.section import Section
from reregistration.sections.table import FULL, SHORT
from tests.browser.world import World

Address = Callable[[World], str]


@dataclass(frozen=True)
class Place:
    name: str
    address: Address
    who: Callable[[World], User | None] = lambda _world: None

    def of(self, world: World) -> str:
        """The address without the language in front."""
        with translation.override("en"):
            return self.address(world).removeprefix("/en")


def _at(name: str, *arguments: Callable[[World], str], query: str = "") -> Address:
    return lambda world: reverse(name, args=[part(world) for part in arguments]) + query


def _of(name: str, obligation: Callable[[World], Obligation], query: str = "") -> Address:
    return _at(
        name,
        lambda world: obligation(world).organisation.number,
        lambda world: obligation(world).campaign.code,
        query=query,
    )


def _hearing(name: str, wish: Callable[[World], Hearing]) -> Address:
    return _at(
        name,
        lambda world: wish(world).obligation.organisation.number,
        lambda world: wish(world).obligation.campaign.code,
        lambda world: wish(world).number,
    )


def _section(
    section: Section, obligation: Callable[[World], Obligation], query: str = ""
) -> Address:
    return lambda world: _of("filing", obligation)(world) + f"{section.code}/{query}"


def _alice(world: World) -> User:
    return world.alice


def _charlie(world: World) -> User:
    return world.charlie


def _grants(name: str, *arguments: Callable[[World], str]) -> Address:
    return _at(name, lambda world: world.applying.organisation.number, *arguments)


def _application(name: str, row: Callable[[World], Application]) -> Address:
    return _grants(name, lambda world: str(row(world).pk))


def _award(name: str, row: Callable[[World], Award], *more: Callable[[World], str]) -> Address:
    return _grants(name, lambda world: str(row(world).pk), *more)


PUBLIC = [
    Place("home", _at("home")),
    Place("why", _at("why")),
    Place("search", _at("organisations")),
    Place("search, nothing found", _at("organisations", query="?q=qqqq")),
    Place("organisation", _at("organisation", lambda w: w.accepted.obligation.organisation.number)),
    Place("campaign", _at("campaign", lambda w: w.campaign.code)),
    Place("participants of grants", _at("participants")),
    Place("grants awarded", _at("awards")),
    Place("grants awarded, nothing found", _at("awards", query="?q=qqqq")),
    Place("calls for grants", _at("calls")),
    Place("call for grants", _at("call", lambda w: w.applying.lot.call.number)),
    Place("grants in total", _at("grant_totals")),
    Place("organisation with grants", _at("organisation", lambda w: w.recipient.number)),
    Place("sign in", _at("account_login")),
    Place("sign in by code", _at("account_request_login_code")),
    Place("sign up", _at("account_signup")),
    Place("forgotten password", _at("account_reset_password")),
    Place("is this notice real?", _at("verify")),
    Place("yes, it is real", _at("verify_number", lambda w: w.notice.number)),
    Place("seals", _at("seals")),
    Place("check a proof", _at("check_proof")),
    Place("reminders", _at("reminders", lambda w: declining.token(w.alice.email))),
    Place("please contact us", _at("contact_us")),
    Place("nothing here", lambda _world: "/nothing-here/"),
]
OWN = [
    Place("my organisations", _at("my"), _alice),
    Place("my organisations, none", _at("my"), _charlie),
    Place("act for an NGO", _at("claim"), _charlie),
    Place("ways to act", _at("claim_ways", lambda w: w.due.organisation.number), _charlie),
    Place("people", _at("people", lambda w: w.due.organisation.number), _alice),
    Place("questions", _at("questions", lambda w: w.due.organisation.number), _alice),
    Place("more time", _of("more-time", lambda w: w.due), _alice),
    Place("obligation, due", _of("obligation", lambda w: w.due), _alice),
    Place("obligation, returned", _of("obligation", lambda w: w.returned.obligation), _alice),
    Place("obligation, accepted", _of("obligation", lambda w: w.accepted.obligation), _alice),
    Place("obligation, to be heard", _of("obligation", lambda w: w.to_be_heard.obligation), _alice),
    Place("day of a hearing", _hearing("hearing_day", lambda w: w.to_be_heard), _alice),
    Place("minutes of a hearing", _hearing("hearing_minutes", lambda w: w.heard), _alice),
    Place("which form", _of("filing_start", lambda w: w.due), _alice),
    Place("task list", _of("filing", lambda w: w.due), _alice),
    Place("papers", _of("filing_attachments", lambda w: w.due), _alice),
    *(
        Place(f"section {section.code}", _section(section, lambda w: w.due), _alice)
        for section in FULL
    ),
    *(
        Place(f"section {section.code}", _section(section, lambda w: w.small), _alice)
        for section in SHORT
    ),
    Place("section, faults told", _section(SHORT[1], lambda w: w.small, "?complete"), _alice),
    Place("check and submit", _of("filing_submit", lambda w: w.due), _alice),
    Place("receipt", _at("receipt", lambda w: w.filed.number or ""), _alice),
    Place("signature", _at("signature", lambda w: w.filed.number or ""), _alice),
    Place("notices", _at("notices", lambda w: w.due.organisation.number), _alice),
    Place("notice", _at("notice", lambda w: w.notice.number), _alice),
    Place("grants", _grants("grants"), _alice),
    Place("grants, may we", _grants("grants_reasons"), _alice),
    Place("grants, join", _at("grants_join", lambda w: w.due.organisation.number), _alice),
    Place("grants, leave", _grants("grants_leave"), _alice),
    Place("grants, a call", _grants("grants_call", lambda w: w.applying.lot.call.number), _alice),
    *(
        Place(f"grants, {part}", _application(f"grants_{part}", lambda w: w.applying), _alice)
        for part in ("application", "budget", "papers", "submit")
    ),
    Place("grants, handed in", _application("grants_application", lambda w: w.applied), _alice),
    Place("grants, withdraw", _application("grants_withdraw", lambda w: w.applied), _alice),
    Place("grants, an agreement", _award("grants_award", lambda w: w.offered), _alice),
    Place("grants, not accepted", _award("grants_award_refuse", lambda w: w.offered), _alice),
    Place("grants, one that runs", _award("grants_award", lambda w: w.granted), _alice),
    Place("grants, a report", _award("grants_report", lambda w: w.granted, lambda _w: "1"), _alice),
    Place("security", _at("account_security"), _alice),
    Place("second factor", _at("mfa_index"), _alice),
    Place("mobile phone", _at("account_change_phone"), _alice),
]
ALL = PUBLIC + OWN

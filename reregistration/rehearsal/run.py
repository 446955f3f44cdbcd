"""The course of a rehearsal: import, campaign, days, a later extract, findings, the ledger."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from time import monotonic
from typing import Literal

from accounts import staff
from accounts.models import User
from accounts.roles import Role
from registry import seals
from registry.calendar import add_working_days
from registry.imports.extract import import_extract
from registry.models import Extract, LegalForm
from reregistration import campaigns
from reregistration.models import Campaign
from reregistration.rehearsal import actors, post, samples
from reregistration.rehearsal.crew import Crew
from reregistration.rehearsal.days import Rehearsal
from reregistration.rehearsal.findings import funnel, invariants, not_vacuous
from reregistration.rehearsal.findings.finding import Finding
from reregistration.rehearsal.ministry import Staff
from reregistration.rehearsal.plan import Period
from reregistration.rehearsal.referrals import Officers
from reregistration.rehearsal.report import Printer
from reregistration.rehearsal.stopwatch import Account

# A season without protected days until marking is over: 1 July to the week before 25 December.
_CAMPAIGN_DAYS = 96
_WAVE_SIZE = 5000
# The term of a complaint is over for whoever was reached by post after 190 days; for whoever was
# looked for in public three times over, after some 300. A referral needs a year of absence, and the
# court its time.
_DAYS_AFTER_DUE = {"overdue": 1, "marking": 80, "term": 310, "referral": 525}
Until = Literal["overdue", "marking", "term", "referral"]
# The state register goes on living: a later extract comes this long after the due date.
_LATER_EXTRACT_AFTER = 20


@dataclass(frozen=True)
class Wish:
    """What is to be rehearsed."""

    file: Path
    seed: int
    # Only so many rows of the file; None: all.
    sample: int | None
    until: Until
    workers: int
    # For the files that the rehearsal makes.
    folder: Path


def rehearse(wish: Wish, printer: Printer, account: Account) -> bool:
    """Run the whole campaign in the present database, which should be a scratch one.

    Returns whether every invariant held and every kind of end was met. `account` tells in the end
    what the time went into.
    """
    with quiet_log(), Crew(wish.workers, wish.seed) as crew:
        file = wish.file
        if wish.sample:
            file = samples.some_rows(file, wish.sample, wish.seed, wish.folder)
        people = _people()
        with account.of("import of extracts") as spent:
            extract = _import(file, date.max, people.drafter, printer)
            spent.rows += extract.read
        period = _period(extract.as_of_on, wish.until)
        campaign = _campaign(period, wish)
        with account.of("opening the campaign") as spent:
            asked = campaigns.open_campaign(
                campaign,
                by=people.drafter,
                at=post.moment(period.opens_on, 0, 1),
                ground="Order of the rehearsal",
            )
            spent.rows += asked
        campaign.refresh_from_db()
        printer.line(
            f"Campaign opened on {period.opens_on}: {asked:,} organisations asked, "
            f"due on {period.due_on}, until {period.ends_on}."
        )
        rehearsal = Rehearsal(campaign, people, period, wish.seed, crew, account)
        rehearsal.make_plans()
        against = _run(rehearsal, file, wish, printer)
        with account.of("findings"):
            held = _tell(campaign, period, wish.until, against, printer)
        held = _verify(account, printer) and held
        printer.account("In the workers", crew.account)
    return held


def _run(rehearsal: Rehearsal, file: Path, wish: Wish, printer: Printer) -> Counter[str]:
    """Live through the days. Returns how many each condition kept from being marked when marking
    was under way: later the days of grace keep nobody any more."""
    against: Counter[str] = Counter()
    period = rehearsal.period
    length = (period.ends_on - period.opens_on).days + 1
    printer.head()
    for on, counts in rehearsal.days():
        share = ((on - period.opens_on).days + 1) / length
        printer.day(on, period.due_on, counts, share)
        if on == period.due_on + timedelta(days=_LATER_EXTRACT_AFTER):
            with rehearsal.account.of("import of extracts") as spent:
                later = samples.a_later_extract(file, on, wish.seed, wish.folder)
                spent.rows += _import(later, on, rehearsal.staff.drafter, printer).read
        if on == period.due_on + timedelta(days=_DAYS_AFTER_DUE["marking"]):
            against = funnel.not_chosen(rehearsal.campaign, on)
    return against


def _verify(account: Account, printer: Printer) -> bool:
    """Compute every seal of the ledger anew, and say what was looked at."""
    counts, began = seals.Counts(), monotonic()
    with account.of("verifying the ledger") as spent:
        found = [str(finding) for finding in seals.verify(counts)]
        spent.rows += counts.leaves
    printer.line(
        f"The ledger: {counts.leaves:,} rows in {counts.seals:,} seals, {counts.unsealed:,} not "
        f"sealed yet; verified in {monotonic() - began:.1f} s."
    )
    return printer.findings(
        [Finding("the ledger is as it was sealed", len(found), found[0] if found else "")]
    )


def _import(file: Path, on: date, by: User, printer: Printer) -> Extract:
    at = post.moment(min(on, date(9000, 1, 1)), 3)
    outcome = import_extract(
        file, commit=True, by=by, at=at, progress=lambda _read, share: printer.bar(share)
    )
    printer.line(
        f"Extract of {outcome.as_of_on}: "
        + ", ".join(f"{name} {number:,}" for name, number in outcome.columns().items())
    )
    return Extract.objects.latest("pk")


def _period(as_of_on: date, until: str) -> Period:
    """The first 1 July after the extract, and the days that follow from it."""
    opens_on = date(as_of_on.year + (as_of_on >= date(as_of_on.year, 7, 1)), 7, 1)
    due_on = add_working_days(opens_on + timedelta(days=_CAMPAIGN_DAYS - 1), 1)
    return Period(opens_on, due_on, due_on + timedelta(days=_DAYS_AFTER_DUE[until]))


def _campaign(period: Period, wish: Wish) -> Campaign:
    campaign = Campaign.objects.create(
        code="rehearsal",
        name_kk="Қайта тіркеу жаттығуы",
        name_ru="Репетиция перерегистрации",
        name_en="Rehearsal of the re-registration",
        body_kk="Уәкілетті орган",
        body_ru="Уполномоченный орган",
        body_en="Authorised body",
        legal_base_kk="Репетиция",
        legal_base_ru="Репетиция",
        legal_base_en="Rehearsal",
        address_kk="Астана",
        address_ru="Астана",
        address_en="Astana",
        opens_on=period.opens_on,
        due_on=period.due_on,
        cut_off_on=date(period.opens_on.year, 1, 1),
        reporting_year=period.opens_on.year - 1,
        # Of a sample too several waves go out.
        wave_size=wish.sample // 4 if wish.sample else _WAVE_SIZE,
    )
    campaign.legal_forms.set(LegalForm.objects.filter(reports=True))
    return campaign


def _people() -> Staff:
    since = date(2020, 1, 1)

    def member(email: str, role: Role) -> User:
        user = actors.member(email)
        staff.grant_role(user, role=role, by=None, on=since)
        return user

    for index in range(actors.REVIEWERS):
        member(actors.reviewer_email(index), Role.REVIEWER)
    drafter, first, second = (
        member(f"manager{index}@ministry.example", Role.CAMPAIGN_MANAGER) for index in range(3)
    )
    checker, decider = (
        member(f"{name}@ministry.example", Role.SENIOR_REVIEWER) for name in ("checker", "decider")
    )
    officers = Officers(
        officer=member("officer@ministry.example", Role.REVIEWER),
        clerk=member("clerk@ministry.example", Role.CAMPAIGN_MANAGER),
        first=member("signer0@ministry.example", Role.CAMPAIGN_MANAGER),
        second=member("signer1@ministry.example", Role.CAMPAIGN_MANAGER),
    )
    return Staff(drafter, checker, first, second, decider, officers)


def _tell(
    campaign: Campaign, period: Period, until: Until, against: Counter[str], printer: Printer
) -> bool:
    ends = funnel.of_all(campaign)
    total = sum(number for _, number in ends)
    printer.table("Funnel", [*ends, ("organisations in the register", total)])
    found = list(invariants.check(campaign, period.ends_on))
    if until != "overdue":
        marked = funnel.of_the_marked(campaign, period.ends_on)
        printer.table(
            "What became of the marked",
            [*marked, ("organisations ever marked", sum(number for _, number in marked))],
        )
        printer.table(
            "Kept from marking while it was under way, by condition (one may be kept by several)",
            against.items(),
        )
        found += not_vacuous.while_marking(campaign, against)
    if until in ("term", "referral"):
        found += not_vacuous.after_marks(campaign, period.ends_on)
    if until == "referral":
        found += not_vacuous.before_the_court(campaign)
    return printer.findings(found)


@contextmanager
def quiet_log() -> Iterator[None]:
    """The tasks log a line a run; hundreds of days would bury the table."""
    level = logging.root.level
    logging.root.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logging.root.setLevel(level)

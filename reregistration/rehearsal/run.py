"""The course of a rehearsal: import, campaign, days, a later extract, findings."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from accounts import staff
from accounts.models import User
from accounts.roles import Role
from registry.calendar import add_working_days
from registry.imports.extract import import_extract
from registry.models import Extract, LegalForm
from reregistration import campaigns
from reregistration.models import Campaign
from reregistration.rehearsal import actors, findings, post, samples
from reregistration.rehearsal.crew import Crew
from reregistration.rehearsal.days import Rehearsal, Staff
from reregistration.rehearsal.findings import Finding
from reregistration.rehearsal.plan import Period
from reregistration.rehearsal.report import Printer

# A season without protected days until marking is over: 1 July to the week before 25 December.
_CAMPAIGN_DAYS = 96
_WAVE_SIZE = 5000
_DAYS_AFTER_DUE = {"overdue": 1, "marking": 80}
# The state register goes on living: a later extract comes this long after the due date.
_LATER_EXTRACT_AFTER = 20


@dataclass(frozen=True)
class Wish:
    """What is to be rehearsed."""

    file: Path
    seed: int
    # Only so many rows of the file; None: all.
    sample: int | None
    until: Literal["overdue", "marking"]
    workers: int
    # For the files that the rehearsal makes.
    folder: Path


def rehearse(wish: Wish, printer: Printer) -> bool:
    """Run the whole campaign in the present database, which should be a scratch one.

    Returns whether every invariant held and every kind of end was met.
    """
    with _quiet_log():
        file = wish.file
        if wish.sample:
            file = samples.some_rows(file, wish.sample, wish.seed, wish.folder)
        people = _people()
        extract = _import(file, date.max, people.drafter, printer)
        period = _period(extract.as_of_on, wish.until)
        campaign = _campaign(period, wish)
        asked = campaigns.open_campaign(
            campaign,
            by=people.drafter,
            at=post.moment(period.opens_on, 0, 1),
            ground="Order of the rehearsal",
        )
        campaign.refresh_from_db()
        printer.line(
            f"Campaign opened on {period.opens_on}: {asked:,} organisations asked, "
            f"due on {period.due_on}, until {period.ends_on}."
        )
        with Crew(wish.workers, wish.seed) as crew:
            rehearsal = Rehearsal(campaign, people, period, wish.seed, crew)
            rehearsal.make_plans()
            _run(rehearsal, file, wish, printer)
    return _tell(campaign, period, wish.until, printer)


def _run(rehearsal: Rehearsal, file: Path, wish: Wish, printer: Printer) -> None:
    period = rehearsal.period
    length = (period.ends_on - period.opens_on).days + 1
    printer.head()
    for on, counts in rehearsal.days():
        share = ((on - period.opens_on).days + 1) / length
        printer.day(on, period.due_on, counts, share)
        if on == period.due_on + timedelta(days=_LATER_EXTRACT_AFTER):
            later = samples.a_later_extract(file, on, wish.seed, wish.folder)
            _import(later, on, rehearsal.staff.drafter, printer)


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
    return Staff(drafter, first, second)


def _tell(campaign: Campaign, period: Period, until: str, printer: Printer) -> bool:
    funnel = findings.funnel(campaign)
    total = sum(number for _, number in funnel)
    printer.table("Funnel", [*funnel, ("organisations in the register", total)])
    found = list(findings.invariants(campaign))
    if until == "marking":
        against = findings.not_chosen(campaign, period.ends_on)
        printer.table(
            "Not chosen for marking, by the condition that keeps them (one may be kept by several)",
            against.items(),
        )
        found += _not_vacuous(campaign, against)
    return printer.findings(found)


# Nobody in a rehearsal claims, lives on grant money, objects, complains or asks to be heard.
_NOT_PLAYED = ("no_claim", "no_sign_of_life", "no_objection", "no_complaint", "no_hearing")


def _not_vacuous(campaign: Campaign, against: dict[str, int]) -> Iterator[Finding]:
    """A rehearsal in which nobody is marked, cured or kept out would prove nothing."""
    ends = {
        "some organisations were marked": campaign.obligations.filter(marks__isnull=False),
        "some marked organisations filed and were cured": campaign.obligations.filter(
            marks__isnull=False, first_filed_at__isnull=False
        ),
    }
    for sentence, rows in ends.items():
        yield Finding(sentence, broken=0 if rows.exists() else 1)
    for code, number in against.items():
        if code in _NOT_PLAYED:
            continue
        yield Finding(f"some were kept from marking by: {code}", broken=0 if number else 1)


@contextmanager
def _quiet_log() -> Iterator[None]:
    """The tasks log a line a run; hundreds of days would bury the table."""
    level = logging.root.level
    logging.root.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logging.root.setLevel(level)

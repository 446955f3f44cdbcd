"""The course of a rehearsal of the review desk: filings wait, reviewers clear them, some come back.

On today's clock, because the pages have no other: the campaign opened a while ago.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from time import monotonic

from allauth.account.models import EmailAddress
from django.db import connections
from django.db.models import Count
from django.utils import timezone

from accounts import access, second_factor, staff
from accounts.models import User
from accounts.roles import Role
from notices.models import IssuedDocument, Notice
from notices.states import DocumentKind, Kind
from registry.calendar import add_working_days, day_of
from registry.imports.extract import import_extract
from registry.models import LegalForm, Region
from reregistration import agreement, campaigns
from reregistration.models import Campaign, Filing, Obligation, RefusalGround, Review
from reregistration.rehearsal import actors, reviewers, samples
from reregistration.rehearsal.crew import Crew
from reregistration.rehearsal.findings.finding import Finding
from reregistration.rehearsal.report import Printer
from reregistration.rehearsal.reviewers import Diary
from reregistration.rehearsal.stopwatch import Account
from reregistration.states import CampaignState, Decision, FilingState, State

# A filing returned twice is accepted or refused in the third turn.
TURNS = 3
# Rows of the register for each filing: some have no legal form that reports, or are merged.
_ROWS_A_FILING = 1.4
_OPENED_BEFORE = timedelta(days=40)
# Of those returned, how many correct it.
_CORRECT = 0.85
FEWEST = 4
# Of ten reviewers how many are seniors, and how many see some regions only.
_SENIORS, _REGIONAL = 3, 2


@dataclass(frozen=True)
class Wish:
    """What is to be rehearsed."""

    file: Path
    filings: int
    reviewers: int
    seed: int
    workers: int
    folder: Path
    at: datetime


def rehearse(wish: Wish, printer: Printer, account: Account) -> bool:
    """Make the filings in the present database, let the reviewers clear them; whether all held."""
    with Crew(wish.workers, wish.seed) as crew:
        people = _people(wish)
        campaign = _campaign(wish, people[0], account)
        _file(campaign, wish, crew, account)
        diaries: list[Diary] = []
        began = monotonic()
        for turn in range(1, TURNS + 1):
            waiting = Filing.objects.waiting().count()
            with account.of("reviewers at their desks") as spent:
                # What came back goes to seniors, who alone may return it again.
                at_work = people if turn == 1 else people[:_SENIORS]
                diaries += _turn(at_work, wish, printer, diaries)
                spent.rows += waiting
            printer.line(
                f"Turn {turn}: {waiting:,} waited, {Filing.objects.waiting().count()} left."
            )
            if turn < TURNS:
                _correct(campaign, crew, account)
        seconds = monotonic() - began
    _tell(diaries, seconds, printer)
    return printer.findings([*_findings(diaries, campaign), *_not_vacuous(diaries)])


def _people(wish: Wish) -> list[User]:
    """The reviewers, seniors first; some of the others see a few regions only."""
    since = day_of(wish.at) - timedelta(days=400)
    some = list(Region.objects.order_by("pk").values_list("pk", flat=True))[:8]
    people = []
    for place in range(wish.reviewers):
        user = actors.member(actors.reviewer_email(place))
        user.set_password(reviewers.PASSWORD)
        user.save(update_fields=["password"])
        is_regional = _SENIORS <= place < _SENIORS + _REGIONAL
        staff.grant_role(
            user,
            role=Role.SENIOR_REVIEWER if place < _SENIORS else Role.REVIEWER,
            by=None,
            on=since,
            regions=some if is_regional else (),
        )
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        second_factor.give_app(user, reviewers.APP_SECRET)
        people.append(user)
    return people


def _campaign(wish: Wish, by: User, account: Account) -> Campaign:
    """An open campaign over as many rows of the register as the filings need."""
    on = day_of(wish.at)
    file = samples.some_rows(
        wish.file, round(wish.filings * _ROWS_A_FILING), wish.seed, wish.folder
    )
    with account.of("import of the register") as spent:
        spent.rows += sum(
            import_extract(
                file,
                commit=True,
                by=by,
                at=wish.at - 2 * _OPENED_BEFORE,
                progress=lambda _read, _share: None,
            )
            .columns()
            .values()
        )
    opens_on = on - _OPENED_BEFORE
    campaign = Campaign.objects.create(
        code="desk",
        **{
            f"{name}_{language}": words
            for name, words in {
                "name": "Rehearsal of the desk",
                "body": "Authorised body",
                "legal_base": "Rehearsal",
                "address": "Astana",
            }.items()
            for language in ("kk", "ru", "en")
        },
        opens_on=opens_on,
        due_on=add_working_days(on, 30),
        cut_off_on=date(opens_on.year, 1, 1),
        reporting_year=opens_on.year - 1,
    )
    campaign.legal_forms.set(LegalForm.objects.filter(reports=True))
    with account.of("opening the campaign") as spent:
        spent.rows += campaigns.open_campaign(
            campaign, by=by, at=wish.at - _OPENED_BEFORE, ground="Order of the rehearsal"
        )
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.OPEN  # noqa: S101 - the verb says so
    RefusalGround.objects.create(
        code="rehearsal",
        from_on=opens_on,
        quoted_kk="Of the rehearsal",
        quoted_ru="Of the rehearsal",
        **{
            f"{name}_{language}": "Of the rehearsal"
            for name in ("name", "article")
            for language in ("kk", "ru", "en")
        },
    )
    return campaign


def _file(campaign: Campaign, wish: Wish, crew: Crew, account: Account) -> None:
    """So many file, spread over the last twenty days."""
    ids = list(
        campaign.obligations.filter(state=State.DUE)
        .order_by("pk")
        .values_list("pk", flat=True)[: wish.filings]
    )
    step = timedelta(days=20) / max(len(ids), 1)
    began_at = wish.at - timedelta(days=21)
    with account.of("organisations file") as spent:
        crew.do([(actors.file, pk, began_at + place * step) for place, pk in enumerate(ids)])
        spent.rows += len(ids)


def _correct(campaign: Campaign, crew: Crew, account: Account) -> None:
    """Most of the returned send a corrected version."""
    ids = list(
        campaign.obligations.filter(state=State.RETURNED)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    chosen = ids[: round(len(ids) * _CORRECT)]
    with account.of("organisations correct") as spent:
        # Later than the decisions, which were made by the clock on the wall.
        crew.do([(actors.file, pk, timezone.now()) for pk in chosen])
        spent.rows += len(chosen)


def _turn(people: list[User], wish: Wish, printer: Printer, before: list[Diary]) -> list[Diary]:
    """All at their desks at once, each a process, until nothing is left for anybody.

    A second round looks again: what was proposed to be refused waits for a senior who may have
    gone home by then.
    """
    first = _at_desks(people, wish, printer, before)
    return [*first, *_at_desks(people[:_SENIORS], wish, printer, first)]


def _at_desks(people: list[User], wish: Wish, printer: Printer, before: list[Diary]) -> list[Diary]:
    sessions = {diary.email: diary.session for diary in before}
    waiting = Filing.objects.waiting().count()
    connections.close_all()
    # Forked, so that they inherit the settings of the scratch database.
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(len(people), mp_context=context) as pool:
        at_work = [
            pool.submit(
                reviewers.work,
                user.email,
                place,
                wish.seed,
                sessions.get(user.email, ""),
                together=place == 0,
            )
            for place, user in enumerate(people)
        ]
        for left in _left(at_work):
            if waiting:
                printer.bar(1 - left / waiting)
        return [done.result() for done in at_work]


def _left(at_work: list[Future[Diary]]) -> Iterator[int]:
    """How many still wait, every other second until all have gone home."""
    while wait(at_work, timeout=2).not_done:
        yield Filing.objects.waiting().count()


def _tell(diaries: list[Diary], seconds: float, printer: Printer) -> None:
    done: Counter[str] = Counter()
    by_reviewer: Counter[str] = Counter()
    pages: dict[str, list[float]] = {}
    for diary in diaries:
        done += diary.done
        by_reviewer[diary.email] += sum(diary.done.values())
        for kind, took in diary.pages.items():
            pages.setdefault(kind, []).extend(took)
    printer.table("What was done", sorted(done.items()))
    printer.table("By reviewer", sorted(by_reviewer.items()))
    printer.line()
    printer.line("Pages, in milliseconds:   opened   median   of 20 the slowest")
    for kind, took in sorted(pages.items()):
        cuts = quantiles(took, n=20) if len(took) > 1 else took * 19
        printer.line(f"  {kind:<24}{len(took):>8,}{cuts[9] * 1000:>9.0f}{cuts[18] * 1000:>9.0f}")
    decided = Review.objects.count()
    printer.line()
    printer.line(f"{decided:,} decisions in {seconds:.0f} s: {decided / seconds:.1f} a second.")


def _findings(diaries: list[Diary], campaign: Campaign) -> Iterable[Finding]:
    faults = [fault for diary in diaries for fault in diary.faults]
    yield _finding("every page answered as a reviewer expects", faults)
    given = Counter(filing for diary in diaries for filing in diary.given)
    # A proposal lets go of it, and another takes it to confirm.
    twice = Filing.objects.filter(
        pk__in=[pk for pk, times in given.items() if times > 1], refusal_proposals=None
    )
    yield _finding("no filing was given to two reviewers", twice.values_list("number", flat=True))
    waiting = Filing.objects.waiting()
    yield _finding("nothing waits any more", waiting.values_list("number", flat=True))
    differing = agreement.differing(Obligation.objects.filter(campaign=campaign))
    yield _finding("every state is what its log says", differing.values_list("pk", flat=True))
    yield _finding("everybody decided in their own regions", _elsewhere())
    one = Review.objects.filter(decision=Decision.REFUSE, proposed_by=None)
    yield _finding("a refusal took two people", one.values_list("pk", flat=True))
    told = Counter(
        Notice.objects.filter(kind__in=[Kind.ACCEPTED, Kind.RETURNED, Kind.REFUSED]).values_list(
            "kind", flat=True
        )
    )
    decided = dict(Review.objects.values_list("decision").annotate(count=Count("pk")))
    for decision, kind in (
        (Decision.ACCEPT, Kind.ACCEPTED),
        (Decision.RETURN, Kind.RETURNED),
        (Decision.REFUSE, Kind.REFUSED),
    ):
        apart = abs(decided.get(decision, 0) - told[kind])
        yield Finding(f"each organisation was told once: {kind.label}", apart, str(told[kind]))
    certificates = IssuedDocument.objects.filter(kind=DocumentKind.CERTIFICATE).count()
    accepted = Filing.objects.filter(state=FilingState.ACCEPTED).count()
    yield Finding(
        "each accepted one has a certificate", abs(accepted - certificates), str(certificates)
    )


def _elsewhere() -> list[str]:
    """Decisions of people who may not decide there."""
    found = []
    for review in Review.objects.select_related("by", "filing__obligation__organisation"):
        region = review.filing.obligation.organisation.region_id
        if not access.holds(review.by, "reregistration.review", region, day_of(review.at)):
            found.append(review.filing.number or "")
    return found


def _not_vacuous(diaries: list[Diary]) -> Iterable[Finding]:
    """Each way of deciding was met: what never happened shows nothing."""
    done: Counter[str] = Counter()
    for diary in diaries:
        done += diary.done
    for way in (
        "accept",
        "accepted together",
        "return",
        "return-again",
        "propose-refusal",
        "confirm-refusal",
    ):
        yield Finding(f"somebody met: {way}", int(not done[way]), "never")


def _finding(sentence: str, broken: Iterable[object]) -> Finding:
    found = [str(one) for one in broken]
    return Finding(sentence, len(found), found[0] if found else "")

"""What follows on a mark in a rehearsal: evidence, files, schedules, the body, the court."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.models import User
from accounts.refusals import Refused
from notices.models import Service
from notices.states import ADVERSE
from registry import uploads
from registry.calendar import day_of
from registry.file_types import FileType
from registry.models import StoredFile
from reregistration.models import (
    Campaign,
    CourtDecision,
    LegalGround,
    Obligation,
    ReceivingBody,
    Referral,
    ReferralWithdrawal,
    ScheduleLine,
)
from reregistration.referral import court, demands, evidence, file, grounds, schedules, withdrawals
from reregistration.referral.demands import Case
from reregistration.referral.evidence import Found
from reregistration.rehearsal import plan
from reregistration.rehearsal.plan import Verdict
from reregistration.states import (
    CourtDecisionKind,
    EvidenceKind,
    ReferralState,
    State,
    Track,
)

# A court decides so long after the materials came, and its decision is in force so long after.
_DECIDED_AFTER = timedelta(days=40)
_IN_FORCE_AFTER = timedelta(days=14)
# Of those whom it had liquidated, a higher court restores some so long after that.
_RESTORED_AFTER = timedelta(days=7)
_KINDS = {
    Verdict.LIQUIDATED: CourtDecisionKind.LIQUIDATE,
    Verdict.REFUSED: CourtDecisionKind.REFUSE,
    Verdict.LEFT: CourtDecisionKind.LEAVE,
}
_SOUGHT = {
    EvidenceKind.SITE_VISIT: "A shop is there. Its owner has not heard of the organisation.",
    EvidenceKind.FOUNDERS_SEARCH: "Nobody was found at the addresses of the founders.",
    EvidenceKind.OFFICERS_SEARCH: "The head left the country, as the neighbours say.",
}


@dataclass(frozen=True)
class Officers:
    """The people who see to referrals; none of them had a hand in marking."""

    # Logs evidence and prepares the files.
    officer: User
    # Drafts schedules, records what the body and the court answer.
    clerk: User
    first: User
    second: User


def receiving_body(on: date) -> ReceivingBody:
    """The body that may sue, in a rehearsal one for the whole country."""
    return ReceivingBody.objects.create(
        name_kk="Прокуратура",
        name_ru="Прокуратура",
        name_en="Prosecutor's office",
        address="010000, Астана",
        email="post@prosecutor.example",
        from_on=on,
    )


def sit(
    campaign: Campaign,
    officers: Officers,
    body: ReceivingBody,
    *,
    on: date,
    at: datetime,
    seed: int,
) -> Counter[str]:
    """A week's work: gather evidence on the absent, prepare files, put them into schedules and
    sign them; the timetable sends them."""
    ground = _court_ground(on)
    absent = _absent(campaign, on)
    for case in absent:
        _gather(case, officers.officer, on=on, at=at, seed=seed)
    done = Counter(evidence=len(absent))
    if ground:
        for case in absent:
            done += _prepare(case.obligation, ground, body, officers.officer, at)
    done["schedules"] += _schedule(campaign, officers, body, at)
    return done


def _court_ground(on: date) -> LegalGround | None:
    return next((one for one in grounds.in_force(on) if one.track == Track.COURT), None)


def _absent(campaign: Campaign, on: date) -> list[Case]:
    """Those who stand marked, whom no notice reached, and on whom nobody has looked yet."""
    reached = Service.objects.filter(ground__in=demands.REACHED, notice__kind__in=ADVERSE)
    known = set(reached.values_list("notice__source", flat=True).distinct())
    marked = campaign.obligations.filter(
        state=State.MARKED, referrals__isnull=True, organisation__evidence__isnull=True
    ).select_related("campaign", "organisation__region")
    rows = [row for row in marked.order_by("pk") if row.source not in known]
    law = grounds.in_force(on)
    cases = demands.cases_of(rows).values() if rows else ()
    return [case for case in cases if grounds.way_in(case, law).track == Track.COURT]


def _gather(case: Case, officer: User, *, on: date, at: datetime, seed: int) -> None:
    """An officer visits the seat and seeks the people; sometimes one search is forgotten."""
    number = case.obligation.organisation.number
    for kind, words in _SOUGHT.items():
        if kind == EvidenceKind.OFFICERS_SEARCH and plan.forgets_a_search(number, seed):
            continue
        act = _paper(f"act-{number}.pdf", officer, at) if kind == EvidenceKind.SITE_VISIT else None
        found = Found(kind, on, words, case.seat, act)
        evidence.log(case.obligation.organisation, found, by=officer, at=at)


def _prepare(
    row: Obligation, ground: LegalGround, body: ReceivingBody, officer: User, at: datetime
) -> Counter[str]:
    try:
        file.prepare(row, ground=ground, body=body, by=officer, at=at)
    except Refused:
        # The term runs, something is open, or evidence is missing: the funnel tells how many.
        return Counter(unready=1)
    return Counter(files=1)


def _schedule(campaign: Campaign, officers: Officers, body: ReceivingBody, at: datetime) -> int:
    """Put what is prepared into schedules; the last file of each is struck out after one has
    signed, so that it has to be signed anew."""
    drafted = 0
    while Referral.objects.filter(state=ReferralState.PREPARED, lines__isnull=True).exists():
        made = schedules.draft(campaign, body, by=officers.clerk, at=at)
        if made.lines.count() > 1:
            schedules.sign(made, content_hash=made.content_hash, by=officers.first, at=at)
            last = made.lines.order_by("-position")[0]
            schedules.strike(last, reason="The scan is unreadable.", by=officers.second, at=at)
        for signer in (officers.first, officers.second):
            made.refresh_from_db()
            schedules.sign(made, content_hash=made.content_hash, by=signer, at=at)
        drafted += 1
    return drafted


def answers(officers: Officers, *, on: date, at: datetime, seed: int) -> Counter[str]:
    """What the body and the court answer on that day, as it is recorded and confirmed."""
    return Counter(
        acknowledged=_acknowledge(officers.clerk, at, seed),
        court=_decide(officers, on, at, seed) + _restore(officers, on, at, seed),
    )


def _acknowledge(clerk: User, at: datetime, seed: int) -> int:
    done = 0
    waiting = ReferralWithdrawal.objects.filter(acknowledged_at__isnull=True, sent_at__isnull=False)
    for row in waiting.select_related("referral").order_by("pk"):
        if row.made_at + plan.acknowledged_after(row.referral.number, seed) <= at:
            withdrawals.acknowledge(row, reference=f"A-{row.pk}", by=clerk, at=at)
            done += 1
    return done


def _decide(officers: Officers, on: date, at: datetime, seed: int) -> int:
    ripe = ScheduleLine.objects.filter(
        sent_at__lte=at - _DECIDED_AFTER,
        referral__state=ReferralState.REFERRED,
        referral__court_decisions__isnull=True,
    )
    done = 0
    for line in ripe.select_related("referral").order_by("pk"):
        verdict = plan.verdict_of(line.referral.number, seed)
        if verdict in _KINDS:
            _record(line.referral, _KINDS[verdict], officers, on, on + _IN_FORCE_AFTER, at)
            done += 1
    return done


def _restore(officers: Officers, on: date, at: datetime, seed: int) -> int:
    liquidated = CourtDecision.objects.filter(
        kind=CourtDecisionKind.LIQUIDATE,
        effect__at__lte=at - _RESTORED_AFTER,
        referral__obligation__state=State.TERMINATED,
    )
    done = 0
    for decision in liquidated.select_related("referral").order_by("pk"):
        if plan.is_restored(decision.referral.number, seed):
            _record(decision.referral, CourtDecisionKind.RESTORE, officers, on, on, at)
            done += 1
    return done


def _record(
    referral: Referral,
    kind: CourtDecisionKind,
    officers: Officers,
    on: date,
    in_force_on: date,
    at: datetime,
) -> None:
    decision = court.record(
        referral,
        kind=kind,
        court="Court of the rehearsal",
        case_number=f"{referral.number}/{kind}",
        decided_on=on,
        in_force_on=in_force_on,
        file=_paper(f"decision-{referral.number}.pdf", officers.clerk, at),
        by=officers.clerk,
        at=at,
    )
    court.confirm(decision, by=officers.first, at=at)


def _paper(name: str, by: User, at: datetime) -> StoredFile:
    """A paper of one line: what it says is nobody's concern here."""
    return uploads.keep(
        f"{name}, {day_of(at)}".encode(), name=name, kind=FileType.PDF, by=by, at=at
    )

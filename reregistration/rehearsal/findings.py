"""What came of a rehearsal: the funnel that sums to the register, and what must never happen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate

from notices.models import Dispatch, Notice, Service
from notices.states import ADVERSE, Channel, Kind, ServiceGround
from registry.calendar import Overrides, day_of, end_of
from registry.models import DayOverride, Organisation, Standing
from reregistration import deadlines
from reregistration.marking import rule
from reregistration.models import (
    Campaign,
    Complaint,
    CourtDecision,
    CourtDecisionEffect,
    Filing,
    Hold,
    Mark,
    Obligation,
    ObligationEvent,
    Referral,
    ReferralWithdrawal,
    Reversal,
    SampleVerdict,
    ScheduleLine,
    WithdrawalChase,
)
from reregistration.states import (
    BY_A_COURT,
    AnswerOutcome,
    CourtDecisionKind,
    FilingState,
    ReferralState,
    State,
    Verdict,
)


@dataclass(frozen=True)
class Finding:
    """One invariant: what it says, how many rows break it, an example."""

    sentence: str
    broken: int
    example: str = ""


def funnel(campaign: Campaign) -> list[tuple[str, int]]:
    """Rows that sum to the register: those whom the campaign never asked, then each end."""
    asked = campaign.obligations.all()
    outside = Organisation.objects.listed().exclude(pk__in=asked.values("organisation_id"))
    rows = [
        (f"not asked: {status}", number)
        for status, number in outside.values_list("status").annotate(n=Count("pk")).order_by("-n")
    ]
    rows.append(("asked, re-registered in time", _count(asked, State.FULFILLED, on_time=True)))
    rows.append(("asked, re-registered late", _count(asked, State.FULFILLED, on_time=False)))
    rows += [
        (f"asked, {State(state).label}", _count(asked, state))
        for state in State
        if state != State.FULFILLED
    ]
    return [(name, number) for name, number in rows if number]


def _count(asked: QuerySet[Obligation], state: str, **more: bool) -> int:
    return asked.filter(state=state, **more).count()


# What may follow on a mark, in the order in which it is told.
CURED = "marked, then filed"
REVERSED = "marked, then the mark was reversed"
RELEASED = "marked, then released"
COMPLAINS = "marked, a complaint is open"
NOT_SERVED = "marked, nothing proves yet that it was told so"
IN_TERM = "marked, the term of a complaint runs"
REACHED = "marked, the term is over, reached: the administrative track"
ABSENT = "marked, the term is over, every letter came back: referable, once all evidence is there"
PREPARED = "marked, a referral file is prepared"
BEFORE_COURT = "referred, the court has not decided"
WITHDRAWN = "referred, then the referral was withdrawn"
COURT_REFUSED = "referred, the court refused or left it: overdue again"
LIQUIDATED = "referred, the court ordered liquidation"
RESTORED = "referred and liquidated, then restored by a court"
_ENDS = (
    CURED,
    REVERSED,
    RELEASED,
    COMPLAINS,
    NOT_SERVED,
    IN_TERM,
    REACHED,
    ABSENT,
    PREPARED,
    BEFORE_COURT,
    WITHDRAWN,
    COURT_REFUSED,
    LIQUIDATED,
    RESTORED,
)
_OF_REFERRALS = {
    ReferralState.PREPARED: PREPARED,
    ReferralState.SCHEDULED: PREPARED,
    ReferralState.REFERRED: BEFORE_COURT,
    ReferralState.WITHDRAWN: WITHDRAWN,
}
_BY_COURT = {
    CourtDecisionKind.LIQUIDATE: LIQUIDATED,
    CourtDecisionKind.REFUSE: COURT_REFUSED,
    CourtDecisionKind.LEAVE: COURT_REFUSED,
    CourtDecisionKind.RESTORE: RESTORED,
}


def marked_funnel(campaign: Campaign, on: date) -> list[tuple[str, int]]:
    """Rows that sum to the organisations ever marked: how far each has come by that day."""
    marked = campaign.obligations.filter(marks__isnull=False).distinct()
    served, overrides = _first_served(marked), DayOverride.objects.as_overrides()
    complaining = set(
        Complaint.objects.filter(decided_at__isnull=True).values_list("obligation_id", flat=True)
    )
    ends: Counter[str] = Counter()
    referred = _ends_of_referrals(campaign)
    for row in marked:
        if row.pk in referred:
            ends[referred[row.pk]] += 1
        elif row.state != State.MARKED:
            ends[_left(row)] += 1
        elif row.pk in complaining:
            ends[COMPLAINS] += 1
        else:
            of_cycle = served.get((row.source, row.cycle), {})
            ends[_end_of_term(campaign, of_cycle, on, overrides)] += 1
    return [(name, ends[name]) for name in _ENDS if ends[name]]


def _ends_of_referrals(campaign: Campaign) -> dict[int, str]:
    """How far each obligation's referral has come, by the obligation's key; not those dropped."""
    ends: dict[int, str] = {}
    of_campaign = Referral.objects.filter(obligation__campaign=campaign)
    for pk, state in of_campaign.order_by("pk").values_list("obligation_id", "state"):
        if state in _OF_REFERRALS:
            ends[pk] = _OF_REFERRALS[ReferralState(state)]
    effects = CourtDecisionEffect.objects.filter(
        decision__referral__obligation__campaign=campaign
    ).order_by("at", "pk")
    for pk, kind in effects.values_list("decision__referral__obligation_id", "decision__kind"):
        ends[pk] = _BY_COURT[CourtDecisionKind(kind)]
    return ends


def _left(row: Obligation) -> str:
    """How a mark ceased to stand."""
    if row.state == State.RELEASED:
        return RELEASED
    # Whoever files after a reversal has filed, whatever became of the mark.
    return CURED if row.first_filed_at else REVERSED


Served = dict[tuple[str, int], dict[str, tuple[date, bool]]]


def _first_served(marked: QuerySet[Obligation]) -> Served:
    """By source and cycle, of each adverse notice: the day of its first service, and whether
    anything but the public page served it."""
    rows = (
        Service.objects.filter(
            notice__kind__in=ADVERSE, notice__organisation__in=marked.values("organisation_id")
        )
        .values_list("notice__source", "notice__cycle", "notice__kind")
        .annotate(
            first=Min("served_at"),
            by_post=Count("pk", filter=~Q(ground=ServiceGround.PUBLICATION)),
        )
    )
    found: Served = {}
    for source, cycle, kind, first, by_post in rows:
        found.setdefault((source, cycle), {})[kind] = (day_of(first), by_post > 0)
    return found


def _end_of_term(
    campaign: Campaign, served: dict[str, tuple[date, bool]], on: date, overrides: Overrides
) -> str:
    """How far a standing mark has come, of which nobody complains."""
    told = served.get(Kind.MARKED)
    if told is None:
        return NOT_SERVED
    if deadlines.months_end_on(told[0], campaign.complaint_months, overrides) >= on:
        return IN_TERM
    return REACHED if any(by_post for _first, by_post in served.values()) else ABSENT


def not_chosen(campaign: Campaign, on: date) -> Counter[str]:
    """Of the overdue, which conditions keep how many from being marked that day."""
    against: Counter[str] = Counter()
    overdue = rule.annotated(campaign).filter(state=State.OVERDUE)
    for condition in rule.conditions(campaign, on):
        against[condition.code] = overdue.count() - overdue.filter(condition.holds).count()
    # The day of grace and the state itself are told by the obligations that are not overdue.
    in_time = campaign.obligations.exclude(state__in=[State.OVERDUE, State.MARKED])
    against["overdue"] = in_time.count()
    return against


# Nobody in a rehearsal claims or lives on grant money; a complaint is of a mark, so that whoever
# complains is not overdue; and no court has decided yet when marking is under way.
_NOT_PLAYED = ("no_claim", "no_sign_of_life", "no_complaint", "no_court_refusal")


def not_vacuous(campaign: Campaign, against: Mapping[str, int]) -> Iterator[Finding]:
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
        if code not in _NOT_PLAYED:
            yield Finding(f"some were kept from marking by: {code}", broken=0 if number else 1)


def not_vacuous_after_marks(campaign: Campaign, on: date) -> Iterator[Finding]:
    """Nor would one in which no mark is complained of, reversed, or outlives the term."""
    ends = dict(marked_funnel(campaign, on))
    complaints = Complaint.objects.filter(obligation__campaign=campaign)
    met = {
        "some complaints were dismissed": complaints.filter(outcome=AnswerOutcome.DISMISSED),
        "some complaints were upheld": complaints.filter(outcome=AnswerOutcome.UPHELD),
        "some marks were reversed": Reversal.objects.filter(mark__obligation__campaign=campaign),
    }
    for sentence, rows in met.items():
        yield Finding(sentence, broken=0 if rows.exists() else 1)
    for name in (CURED, REACHED, ABSENT):
        yield Finding(f"some are {name}", broken=0 if ends.get(name) else 1)


def not_vacuous_before_the_court(campaign: Campaign) -> Iterator[Finding]:
    """Nor would one in which the court has nothing to decide, or nothing is taken back."""
    ends = dict(marked_funnel(campaign, campaign.due_on))
    for name in (BEFORE_COURT, WITHDRAWN, COURT_REFUSED, LIQUIDATED, RESTORED):
        yield Finding(f"some are {name}", broken=0 if ends.get(name) else 1)
    files = Referral.objects.filter(obligation__campaign=campaign)
    met = {
        "some files were struck out of their schedule": ScheduleLine.objects.filter(
            referral__in=files, struck_at__isnull=False, struck_by__isnull=False
        ),
        "some bodies had to be reminded of a withdrawal": WithdrawalChase.objects.filter(
            withdrawal__referral__in=files
        ),
        "some withdrawals were acknowledged": ReferralWithdrawal.objects.filter(
            referral__in=files, acknowledged_at__isnull=False
        ),
    }
    for sentence, rows in met.items():
        yield Finding(sentence, broken=0 if rows.exists() else 1)


def invariants(campaign: Campaign, on: date) -> Iterator[Finding]:
    """What must hold after every campaign, whatever happened in it by that day."""
    yield _nobody_with_a_filing_is_marked(campaign)
    yield _nobody_filed_before_the_mark(campaign)
    yield _nobody_found_wrong_is_marked(campaign)
    yield from _marks_rest_on_served_notices(campaign)
    yield _every_notice_once()
    yield _states_equal_the_log(campaign)
    yield _standing_mirrors(campaign)
    yield _receipts(campaign)
    yield _one_email_of_reminders_a_day()
    yield _nothing_sent_too_late()
    yield _nothing_against_the_held()
    yield _upheld_complaints_undo_the_mark(campaign)
    yield _nobody_decides_on_their_own(campaign)
    yield _reversals_are_told(campaign)
    yield from _only_the_absent_are_referred(campaign)
    yield _whoever_left_is_withdrawn(campaign)
    yield _bodies_are_told_in_time(campaign, on)
    yield _only_a_court_ends_an_organisation(campaign)
    marked = campaign.obligations.filter(marks__isnull=False).distinct().count()
    told = sum(number for _, number in marked_funnel(campaign, campaign.due_on))
    yield Finding(
        "the funnel of the marked sums to them", abs(marked - told), f"{told} of {marked}"
    )
    total = Organisation.objects.listed().count()
    summed = sum(number for _, number in funnel(campaign))
    yield Finding("the funnel sums to the register", abs(total - summed), f"{summed} of {total}")


def _nobody_with_a_filing_is_marked(campaign: Campaign) -> Finding:
    broken = campaign.obligations.filter(
        ~Q(filings__state=FilingState.DRAFT), state=State.MARKED, filings__isnull=False
    ).count()
    return Finding("nobody with a filing is marked", broken)


def _nobody_filed_before_the_mark(campaign: Campaign) -> Finding:
    first_filing = (
        Filing.objects.filter(obligation=OuterRef("obligation"), submitted_at__isnull=False)
        .order_by("submitted_at")
        .values("submitted_at")[:1]
    )
    broken = (
        Mark.objects.filter(obligation__campaign=campaign)
        .annotate(filed_at=Subquery(first_filing))
        .filter(filed_at__lte=F("at"))
        .count()
    )
    return Finding("nobody was marked after filing", broken)


def _nobody_found_wrong_is_marked(campaign: Campaign) -> Finding:
    found_wrong = SampleVerdict.objects.filter(
        case__candidate__obligation=OuterRef("obligation"),
        cycle=OuterRef("cycle"),
        verdict=Verdict.WRONG,
    )
    marks = Mark.objects.filter(Exists(found_wrong), obligation__campaign=campaign)
    return Finding("nobody whom a person found wrong to mark is marked", marks.count())


def _marks_rest_on_served_notices(campaign: Campaign) -> Iterator[Finding]:
    marks = Mark.objects.filter(obligation__campaign=campaign).select_related(
        "obligation", "warning_service__notice", "decision_service__notice"
    )
    waits = {
        "warning_service": ("final_warning", campaign.warning_served_days),
        "decision_service": ("preliminary_decision", campaign.decision_served_days),
    }
    for name, (kind, days) in waits.items():
        broken = [mark for mark in marks if not _rests_on(mark, name, kind, days)]
        yield Finding(
            f"every mark rests on a {kind} served {days} days before, in its cycle",
            len(broken),
            str(broken[0]) if broken else "",
        )


def _rests_on(mark: Mark, name: str, kind: str, days: int) -> bool:
    service = getattr(mark, name)
    notice = service.notice
    return bool(
        notice.kind == kind
        and notice.organisation_id == mark.obligation.organisation_id
        and notice.source == mark.obligation.source
        and notice.cycle == mark.cycle
        and day_of(service.served_at) + timedelta(days=days) < day_of(mark.at)
    )


def _every_notice_once() -> Finding:
    doubles = (
        Notice.objects.values("organisation", "source", "cycle", "kind", "occasion")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
        .count()
    )
    return Finding("every notice was made once", doubles)


def _states_equal_the_log(campaign: Campaign) -> Finding:
    last = ObligationEvent.objects.filter(obligation=OuterRef("pk")).order_by("-pk")
    broken = (
        campaign.obligations.annotate(
            logged_state=Subquery(last.values("to_state")[:1]),
            logged_cycle=Subquery(last.values("cycle")[:1]),
            logged_due_on=Subquery(last.values("due_on")[:1]),
        )
        .exclude(state=F("logged_state"), cycle=F("logged_cycle"), due_on=F("logged_due_on"))
        .count()
    )
    return Finding("every state equals its log", broken)


def _standing_mirrors(campaign: Campaign) -> Finding:
    mirror = Standing.objects.filter(
        organisation=OuterRef("organisation"),
        campaign=campaign.code,
        state=OuterRef("state"),
        effective_due_on=OuterRef("due_on"),
    )
    broken = campaign.obligations.filter(~Exists(mirror))
    return Finding("the register mirrors every obligation", broken.count())


def _receipts(campaign: Campaign) -> Finding:
    receipted = Notice.objects.filter(kind="receipt").values("occasion")
    broken = (
        Filing.objects.filter(obligation__campaign=campaign, submitted_at__isnull=False)
        .exclude(number__in=receipted)
        .count()
    )
    return Finding("every filing got its receipt", broken)


def _one_email_of_reminders_a_day() -> Finding:
    several = (
        Dispatch.objects.filter(
            notice__kind=Kind.REMINDER,
            channel=Channel.EMAIL,
            sent_at__isnull=False,
            carried_by__isnull=True,
        )
        .values("address", day=TruncDate("sent_at"))
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
        .count()
    )
    return Finding("no address had two e-mails of reminders on one day", several)


def _nothing_sent_too_late() -> Finding:
    late = Dispatch.objects.filter(sent_at__gte=F("useful_until_at")).count()
    return Finding("nothing was sent after it had ceased to be of use", late)


def _nothing_against_the_held() -> Finding:
    broken = 0
    for hold in Hold.objects.filter(Q(region__isnull=False) | Q(obligation__isnull=False)):
        notices = Notice.objects.filter(kind__in=ADVERSE, made_at__gt=hold.at)
        if hold.ended_at:
            notices = notices.filter(made_at__lt=hold.ended_at)
        if hold.obligation:
            broken += notices.filter(source=hold.obligation.source).count()
        else:
            broken += notices.filter(organisation__region=hold.region).count()
    return Finding("nobody was warned or marked while the dates were held", broken)


def _upheld_complaints_undo_the_mark(campaign: Campaign) -> Finding:
    reversed_marks = Reversal.objects.filter(
        mark__obligation=OuterRef("obligation"), mark__cycle=OuterRef("cycle")
    )
    broken = (
        Complaint.objects.filter(
            obligation__campaign=campaign,
            outcome=AnswerOutcome.UPHELD,
            obligation__first_filed_at__isnull=True,
        )
        .filter(~Exists(reversed_marks))
        .count()
    )
    return Finding("every upheld complaint undid its mark, unless a filing had", broken)


def _nobody_decides_on_their_own(campaign: Campaign) -> Finding:
    hands = ("drafted_by", "frozen_by", "first_signed_by", "second_signed_by")
    own = Q(obligation__candidacies__round__cases__verdicts__by=F("decided_by"))
    for hand in hands:
        own |= Q(**{f"obligation__candidacies__round__{hand}": F("decided_by")})
    broken = Complaint.objects.filter(own, obligation__campaign=campaign).distinct().count()
    return Finding("nobody decided on a complaint of what they had checked or signed", broken)


def _reversals_are_told(campaign: Campaign) -> Finding:
    told = Notice.objects.filter(
        kind=Kind.MARK_REVERSED, organisation=OuterRef("mark__obligation__organisation")
    )
    broken = Reversal.objects.filter(~Exists(told), mark__obligation__campaign=campaign).count()
    return Finding("every reversal of a mark was told to the organisation", broken)


def _only_the_absent_are_referred(campaign: Campaign) -> Iterator[Finding]:
    sent = ScheduleLine.objects.filter(
        sent_at__isnull=False, referral__obligation__campaign=campaign
    ).select_related("referral__obligation__campaign", "schedule")
    overrides = DayOverride.objects.as_overrides()
    served = _first_served(campaign.obligations.filter(referrals__lines__in=sent))
    reached, early, partial = 0, 0, 0
    for line in sent:
        of_cycle = served[line.referral.obligation.source, line.referral.cycle]
        reached += any(by_post for _first, by_post in of_cycle.values())
        told_on, _by_post = of_cycle[Kind.MARKED]
        term_ends_on = deadlines.months_end_on(told_on, campaign.complaint_months, overrides)
        early += day_of(line.referral.prepared_at) <= term_ends_on
        partial += _signed_by_the_partial(line)
    yield Finding("nobody whom a notice reached was referred", reached)
    yield Finding("no file was prepared before the term of a complaint was over", early)
    yield Finding("two people who took no part before signed each schedule", partial)


def _signed_by_the_partial(line: ScheduleLine) -> bool:
    schedule, round_ = line.schedule, line.referral.mark.round
    signers = {schedule.first_signed_by_id, schedule.second_signed_by_id}
    before = {
        schedule.drafted_by_id,
        line.referral.prepared_by_id,
        round_.drafted_by_id,
        round_.first_signed_by_id,
        round_.second_signed_by_id,
    }
    return len(signers - {None}) < 2 or bool(signers & before)


def _whoever_left_is_withdrawn(campaign: Campaign) -> Finding:
    left = ObligationEvent.objects.filter(
        obligation__campaign=campaign, from_state=State.REFERRED
    ).exclude(to_state=State.TERMINATED)
    by_court = left.filter(reason__startswith=BY_A_COURT).count()
    withdrawn = ReferralWithdrawal.objects.filter(referral__obligation__campaign=campaign).count()
    return Finding(
        "whoever left the way to the court was withdrawn there",
        abs(left.count() - by_court - withdrawn),
    )


def _bodies_are_told_in_time(campaign: Campaign, on: date) -> Finding:
    late = ReferralWithdrawal.objects.filter(
        Q(sent_at__isnull=True, due_at__lt=end_of(on)) | Q(sent_at__gt=F("due_at")),
        referral__obligation__campaign=campaign,
    ).count()
    return Finding("every withdrawal was told to the body by the next working day", late)


def _only_a_court_ends_an_organisation(campaign: Campaign) -> Finding:
    ordered = CourtDecision.objects.filter(
        referral__obligation=OuterRef("obligation"),
        kind=CourtDecisionKind.LIQUIDATE,
        confirmation__isnull=False,
        in_force_on__lte=OuterRef("ended_on"),
    )
    broken = (
        ObligationEvent.objects.filter(obligation__campaign=campaign, to_state=State.TERMINATED)
        .annotate(ended_on=TruncDate("at"))
        .filter(~Exists(ordered))
        .count()
    )
    return Finding("nothing but a court's decision in force liquidates an organisation", broken)

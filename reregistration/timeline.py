"""What happened so far in an organisation's case, and what comes by when if it does nothing?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from notices.models import Notice
from notices.states import Kind
from registry.calendar import day_of, end_of
from registry.models import DayOverride
from registry.states import GOOD_UNTIL_DUE
from reregistration import (
    closures,
    deadlines,
    hearing_slots,
    hearings,
    holds,
    served,
    standstill,
)
from reregistration.models import (
    Appeal,
    Extension,
    Filing,
    Hearing,
    Obligation,
    ObligationEvent,
    Reopening,
    Review,
)
from reregistration.next_steps import state_on
from reregistration.states import (
    BEFORE_THE_COURT,
    BY_A_COURT,
    REOPENED,
    SHOWN_ONCE_SERVED,
    Decision,
    FilingState,
    State,
)


@dataclass(frozen=True)
class Line:
    """Something that happened: when, in words, more of it, and where to read it."""

    at: datetime
    words: str
    detail: str = ""
    link: str = ""

    @property
    def on(self) -> date:
        return day_of(self.at)


def past(
    obligation: Obligation, on: date, *, notices: Iterable[Notice] = (), is_whole: bool = True
) -> list[Line]:
    """What happened so far, the newest first; a passed due date is told from T+1.

    `notices` are those that the reader may see. Without `is_whole` only the moves are told: a
    person whose claim waits reads no more.
    """
    knows_mark = bool(served.known_marks([obligation]))
    extended = {row.at: row for row in obligation.extensions.all()}
    lines = list(_moves(obligation, extended, is_whole=is_whole, knows_mark=knows_mark))
    if is_whole:
        # A mark of an earlier cycle stands no more: its reversal has been told.
        lines += [
            _of_notice(notice, knows_mark=knows_mark or notice.cycle < obligation.cycle)
            for notice in notices
        ]
        lines += _answers(obligation)
        lines += _held(obligation)
        lines += _said_of_filings(obligation)
    state = state_on(obligation, on, knows_mark=knows_mark)
    if state == State.OVERDUE and obligation.state in GOOD_UNTIL_DUE:
        missed_at = end_of(obligation.due_on)
        lines.append(Line(missed_at - timedelta(seconds=1), _missed()))
    # A stable sort: what happened in the same moment stays in the order it was written.
    return sorted(lines, key=lambda line: line.at)[::-1]


def _missed() -> str:
    return _("The due date passed without a filing")


def _moves(
    obligation: Obligation,
    extended: Mapping[datetime, Extension],
    *,
    is_whole: bool,
    knows_mark: bool,
) -> Iterator[Line]:
    decided = Review.objects.filter(filing__obligation=obligation)
    notes = {
        **dict(decided.exclude(decision=Decision.ACCEPT).values_list("at", "note")),
        **dict(Reopening.objects.filter(review__in=decided).values_list("at", "words")),
    }
    for event in obligation.events.order_by("pk"):
        is_hidden = event.to_state in SHOWN_ONCE_SERVED and event.cycle == obligation.cycle
        if is_hidden and obligation.state in SHOWN_ONCE_SERVED and not knows_mark:
            continue
        extension = extended.get(event.at)
        detail = notes.get(event.at, "") if is_whole else ""
        yield Line(event.at, _more_time(extension) if extension else _event(event), detail)


def _more_time(extension: Extension) -> str:
    return _("More time: the new due date is %(due)s") % {"due": date_format(extension.due_on)}


def _event(event: ObligationEvent) -> str:
    due = date_format(event.due_on)
    if not event.from_state:
        return _("The campaign opened; to be filed by %(due)s") % {"due": due}
    if event.reason.startswith(REOPENED):
        if event.to_state == State.FILED:
            return _("The refusal was set aside: the filing is reviewed again")
        return _("The acceptance was taken back; to be filed again by %(due)s") % {"due": due}
    if event.from_state == event.to_state or event.to_state == State.DUE:
        return _("New due date: %(due)s") % {"due": due}
    if event.reason.startswith(BY_A_COURT) and event.to_state == State.OVERDUE:
        return _("The court did not order the liquidation")
    if event.from_state in BEFORE_THE_COURT and event.to_state == State.OVERDUE:
        return _("The mark for liquidation was reversed")
    texts = {
        State.FILED: _("Filed"),
        State.RETURNED: _("Returned for correction; new due date %(due)s"),
        State.FULFILLED: _("Accepted: the organisation is re-registered"),
        State.REFUSED: _("Refused on a legal ground"),
        State.OVERDUE: _missed(),
        State.MARKED: _("Marked for liquidation (only the court decides)"),
        State.REFERRED: _("Papers sent to the body that may go to court"),
        State.TERMINATED: _("A court has decided"),
        State.RELEASED: _("Released from the duty to file"),
    }
    return texts[State(event.to_state)] % {"due": due}


def _of_notice(notice: Notice, *, knows_mark: bool) -> Line:
    is_hidden = notice.kind == Kind.MARKED and not knows_mark
    kind = _("a decision: open it to read it") if is_hidden else notice.get_kind_display()
    served_at = min((proof.served_at for proof in notice.services.all()), default=None)
    detail = (
        _("It reached you on %(on)s.") % {"on": date_format(day_of(served_at))} if served_at else ""
    )
    return Line(
        notice.made_at,
        _("Notice %(number)s: %(kind)s") % {"number": notice.number, "kind": kind},
        detail,
        reverse("notice", args=[notice.number]),
    )


def _answers(obligation: Obligation) -> Iterator[Line]:
    for model in standstill.STOPPING:
        for appeal in model._default_manager.filter(obligation=obligation):
            words = {"what": capfirst(str(model.words)), "number": appeal.number}
            yield Line(
                appeal.at,
                _("%(what)s %(number)s received") % words,
                _("To be decided by %(on)s.") % {"on": date_format(appeal.decision_by_on)},
            )
            if isinstance(appeal, Hearing):
                yield from _heard(obligation, appeal)
            if appeal.decided_at:
                yield Line(
                    appeal.decided_at,
                    _("%(what)s %(number)s decided: %(outcome)s")
                    % {**words, "outcome": appeal.get_outcome_display()},
                    appeal.decision,
                )
    for question in obligation.questions.all():
        yield Line(
            question.opened_at,
            _("Question: %(subject)s") % {"subject": question.subject},
            link=reverse("question", args=[obligation.organisation.number, question.pk]),
        )


def _heard(obligation: Obligation, wish: Hearing) -> Iterator[Line]:
    for day in wish.dates.select_related("slot"):
        told = hearing_slots.told(day.slot)
        yield Line(day.at, _("The hearing is set: %(told)s") % {"told": told})
        if day.freed_at:
            yield Line(day.freed_at, _("The hearing was moved"), day.freed_because)
    minutes = hearings.minutes_of(wish)
    if minutes:
        place = [obligation.organisation.number, obligation.campaign.code, wish.number]
        words = _("Minutes of the hearing") if minutes.came else _("Nobody came to the hearing")
        yield Line(minutes.at, words, link=reverse("hearing_minutes", args=place))


def _held(obligation: Obligation) -> Iterator[Line]:
    for hold in holds.of(obligation):
        yield Line(hold.at, _("The dates are held: no day is counted"), hold.reason)
        if hold.ended_at:
            yield Line(hold.ended_at, _("The hold ended"))


def _said_of_filings(obligation: Obligation) -> Iterator[Line]:
    for filing in obligation.filings.exclude(state=FilingState.DRAFT).prefetch_related(
        "verifications", "contradictions"
    ):
        for verification in filing.verifications.all():
            yield Line(
                verification.at,
                _("Staff verified what %(number)s states") % {"number": filing.number},
            )
        for said in filing.contradictions.all():
            yield Line(
                said.at, _("“This is not so” was said of %(number)s") % {"number": filing.number}
            )


@dataclass(frozen=True)
class Step:
    """A step ahead: its day in words, and what it is."""

    when: str
    words: str


def ahead(obligation: Obligation, on: date) -> list[Step]:
    """The next steps, nearest first, if the organisation does nothing.

    While an objection, a complaint or a wish to be heard is open nothing else is ahead; nor while
    the dates are held.
    """
    if obligation.held_since_on and obligation.state not in holds.OVER:
        return [
            Step(
                _("Until the hold ends"),
                _("No day is counted and no step is taken. You can file at any moment."),
            )
        ]
    waiting = [
        appeal
        for model in standstill.STOPPING
        for appeal in model._default_manager.filter(obligation=obligation, decided_at__isnull=True)
    ]
    if waiting:
        return [step for appeal in waiting for step in _until_decided(appeal)]
    state = state_on(obligation, on)
    if state in (State.DUE, State.RETURNED):
        return [
            Step(_by(obligation.due_on), _("The last day to file.")),
            Step(_after(obligation.due_on), _("The organisation is overdue. You can still file.")),
            *_warnings(obligation, on),
        ]
    if state == State.OVERDUE:
        return list(_warnings(obligation, on))
    if state == State.FILED:
        return _release(obligation)
    return []


def _by(on: date) -> str:
    return _("By %(on)s") % {"on": date_format(on)}


def _after(on: date) -> str:
    return _("After %(on)s") % {"on": date_format(on)}


def _until_decided(appeal: Appeal) -> Iterator[Step]:
    if isinstance(appeal, Hearing) and not hearings.minutes_of(appeal):
        standing = hearings.date_of(appeal)
        if standing:
            yield Step(
                _("On %(on)s") % {"on": date_format(day_of(standing.slot.begins_at))},
                _("You are heard: %(told)s") % {"told": hearing_slots.told(standing.slot)},
            )
    yield Step(
        _by(appeal.decision_by_on),
        _("We decide on %(number)s. Until then no further step is taken.")
        % {"number": appeal.number},
    )


def _warnings(obligation: Obligation, on: date) -> Iterator[Step]:
    """The steps towards a mark, each with the day before which it cannot come."""
    if obligation.first_filed_at:
        yield Step(_("Then"), _("A member of staff looks at your case. No machine decides."))
        return
    campaign = obligation.campaign
    overrides = DayOverride.objects.as_overrides()
    row = served.annotate(Obligation.objects.filter(pk=obligation.pk), campaign).get()
    warned_at, decided_at = row.warning_served_at, row.decision_served_at  # type: ignore[attr-defined]
    if not warned_at:
        grace = deadlines.grace_ends_on(obligation.due_on, campaign.grace_days, overrides)
        yield Step(_after(max(grace, on - timedelta(days=1))), _("A final warning is sent."))
    if not decided_at:
        yield Step(
            _days_after(warned_at, campaign.decision_after_days),
            _("A preliminary decision is sent, with the offer to be heard."),
        )
    yield Step(
        _days_after(decided_at, campaign.decision_served_days),
        _("The organisation may be marked for liquidation. Only a court can decide on that."),
    )


def _days_after(served_at: datetime | None, days: int) -> str:
    if served_at:
        return _after(day_of(served_at) + timedelta(days=days))
    return _("%(days)d days after that reaches you") % {"days": days}


def _release(obligation: Obligation) -> list[Step]:
    submitted: Filing | None = obligation.filings.filter(state=FilingState.SUBMITTED).first()
    verification = closures.verification_of(submitted) if submitted else None
    if verification is None:
        return []
    return [
        Step(
            _("On %(on)s") % {"on": date_format(closures.releases_on(verification))},
            _("The organisation is released from the duty to file, unless somebody contradicts."),
        )
    ]

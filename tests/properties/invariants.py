"""What must hold after every step, each with the sentence by which it is known."""

from __future__ import annotations

from collections import Counter
from copy import copy
from datetime import timedelta

from registry import seals
from registry.states import GOOD_UNTIL_DUE
from reregistration.states import ALLOWED
from tests.properties.reckoning import Log, Memory, Row, almaty_day, is_protected

NEVER_FILED = "nobody who ever submitted in the campaign is marked by a task"
SERVED = "no mark without both services, their terms over, in its own cycle"
KEPT_FROM = "nobody is marked whom a condition keeps from it"
SIGNED = "no mark but by a round that was checked and signed by two others, and runs"
CAPPED = "no more marks than the caps of the round and the week allow"
PROTECTED = "nothing adverse on a protected day"
STOPPED = "a stopped round marks nobody more"
STOPS_BY_ERROR = "no round is stopped by an error that nobody made"
DATES = "every date is what the decisions, extensions, holds and returns make it"
LOG = "every state is what the log says, and the register mirrors it"
LEDGER = "the ledger verifies"
ONCE = "each notice once a cycle"
SENT_ONCE = "each sending once"
WARNED = "nobody is warned who answers, is held, or was not warned before"
STANDS = "who stands marked has one mark that nobody reversed, and was told"
NOBODY_LEFT_OUT = "a dry run leaves out nobody who may be marked"
NOBODY_FROZEN_WRONGLY = "nobody is frozen in a round whom a condition keeps from it"
# Of these kinds a cycle has one, whatever its occasion.
_ONE_A_CYCLE = ("overdue", "final_warning", "preliminary_decision", "marked")
_ADVERSE = ("final_warning", "preliminary_decision", "marked", "referred")


class Broken(AssertionError):  # noqa: N818 - it was broken
    """An invariant does not hold."""

    def __init__(self, invariant: str, example: object) -> None:
        super().__init__(f"{invariant}: {example}")
        self.invariant = invariant


def hold(condition: bool, invariant: str, example: object) -> None:
    if not condition:
        raise Broken(invariant, example)


# Marks, each looked at once, in the moment after it was made


def check_mark(log: Log, mark: Row, memory: Memory) -> None:
    on = almaty_day(mark.at)
    row = _before(log, mark)
    filed_at = memory.submitted.get(row.id)
    hold(not log.has_submitted(row) and filed_at is None, NEVER_FILED, mark)
    hold(row.state == "overdue" and row.cycle == mark.cycle, LOG, mark)
    against = log.against(row, on, memory)
    hold(not against & {"warning_served", "decision_served"}, SERVED, (mark, against))
    hold(not against, KEPT_FROM, (mark, sorted(against)))
    for key, kind in (
        (mark.warning_service_id, "final_warning"),
        (mark.decision_service_id, "preliminary_decision"),
    ):
        (proof,) = [one for one in log.services if one.id == key]
        hold(log.proves(proof, row, mark.cycle, kind, memory), SERVED, (mark, proof))
    hold(not is_protected(on), PROTECTED, mark)
    hold(mark.round_id in memory.checked, SIGNED, mark)
    _check_round(log, mark)


def _before(log: Log, mark: Row) -> Row:
    """The obligation as it was in the moment before the mark."""
    row = copy(log.obligations[mark.obligation_id])
    (event,) = [
        event
        for event in log.events[row.id]
        if event.to_state == "marked" and event.cycle == mark.cycle
    ]
    row.state, row.cycle, row.due_on = event.from_state, event.cycle, event.due_on
    return row


def _check_round(log: Log, mark: Row) -> None:
    round_ = log.rounds[mark.round_id]
    hands = [round_.drafted_by_id, round_.first_signed_by_id, round_.second_signed_by_id]
    hold(None not in hands and len(set(hands)) == 3, SIGNED, round_)
    frozen = [one for one in log.candidates if one.round_id == round_.id]
    hold(mark.obligation_id in {one.obligation_id for one in frozen}, SIGNED, mark)
    hold(len(frozen) <= log.campaign.round_cap, CAPPED, round_)
    monday = almaty_day(mark.at) - timedelta(days=almaty_day(mark.at).weekday())
    of_the_week = [one for one in log.marks if almaty_day(one.at) >= monday and one.id <= mark.id]
    hold(len(of_the_week) <= log.campaign.week_cap, CAPPED, mark)


# Notices, each looked at once


def check_notice(log: Log, notice: Row, memory: Memory) -> None:
    if notice.kind not in _ADVERSE:
        return
    on = almaty_day(notice.made_at)
    hold(not is_protected(on), PROTECTED, notice)
    if notice.kind not in ("final_warning", "preliminary_decision"):
        return
    row = log.obligations[int(notice.source.partition(":")[2])]
    against = log.against(row, on, memory)
    kept = against & {"overdue", "grace_over", "never_filed", "in_scope", "no_hold"}
    hold(not kept and not log.is_answered(row), WARNED, (notice, kept))
    if notice.kind == "preliminary_decision":
        served_at = log.served_at(row, "final_warning", memory)
        days = timedelta(days=log.campaign.decision_after_days)
        hold(served_at is not None and almaty_day(served_at) + days <= on, WARNED, notice)


# What must hold of all rows at every moment


def check_all(log: Log, memory: Memory) -> None:
    for row in log.obligations.values():
        _check_log(log, row)
        _check_dates(log, row)
    _check_marks(log, memory)
    _check_once(log)
    for pk, count in memory.stopped.items():
        made = sum(mark.round_id == pk for mark in log.marks)
        hold(log.rounds[pk].state == "stopped" and made == count, STOPPED, (pk, made, count))
    for round_ in log.rounds.values():
        hold(round_.state != "stopped" or round_.id in memory.stopped, STOPS_BY_ERROR, round_)


def _check_log(log: Log, row: Row) -> None:
    """Replay the events: each begins where the one before it ended, and the last one is the row."""
    events = log.events[row.id]
    state, cycle = "", 1
    for event in events:
        hold(event.from_state == state, LOG, event)
        may_follow = not state or event.to_state == state or event.to_state in ALLOWED[state]
        hold(may_follow and event.cycle in (cycle, cycle + 1), LOG, event)
        state, cycle = event.to_state, event.cycle
    hold((state, cycle, events[-1].due_on) == (row.state, row.cycle, row.due_on), LOG, row)
    numbers = [one.number for one in log.cycles[row.id]]
    hold(numbers == list(range(1, row.cycle + 1)), LOG, (row, numbers))
    filed = [event.at for event in events if event.to_state == "filed"]
    hold(row.first_filed_at == (filed[0] if filed else None), LOG, row)
    mirror = log.standings[row.organisation_id]
    hold(
        (mirror.state, mirror.effective_due_on, mirror.on_time, mirror.in_process)
        == (row.state, row.due_on, row.on_time, row.state in ("marked", "referred", "terminated")),
        LOG,
        (row, mirror),
    )
    is_held = row.state in GOOD_UNTIL_DUE and bool(
        row.held_since_on and row.held_since_on <= row.due_on
    )
    hold(mirror.reason == ("held" if is_held else row.release_reason), LOG, (row, mirror))


def _check_dates(log: Log, row: Row) -> None:
    if log.is_over(row):
        return
    dates = log.dates_of(row)
    if not log.has_a_date(row):
        dates.due_on = row.due_on
    stored = {name: getattr(row, name) for name in vars(dates)}
    hold(stored == vars(dates), DATES, (row, dates))


def _check_marks(log: Log, memory: Memory) -> None:
    newest = {mark.obligation_id: mark for mark in log.marks}
    for pk, mark_then in memory.submitted.items():
        mark = newest.get(pk)
        hold(mark is None or mark.id <= mark_then, NEVER_FILED, mark)
    standing = {
        mark.obligation_id: mark
        for mark in log.marks
        if mark.id not in log.reversals and log.obligations[mark.obligation_id].cycle == mark.cycle
    }
    for row in log.obligations.values():
        if row.state == "marked":
            hold(row.id in standing, STANDS, row)
    told = Counter(
        (notice.source, notice.cycle) for notice in log.notices.values() if notice.kind == "marked"
    )
    made = Counter((f"obligation:{mark.obligation_id}", mark.cycle) for mark in log.marks)
    hold(told == made and not set(made.values()) - {1}, STANDS, (told, made))
    for answers in log.complaints.values():
        for complaint in answers:
            mark = standing.get(complaint.obligation_id)
            row = log.obligations[complaint.obligation_id]
            undone = mark is None or mark.cycle != complaint.cycle or row.state != "marked"
            hold(complaint.outcome != "upheld" or undone, STANDS, complaint)
    for candidate in log.candidates:
        has_mark = any(
            (mark.round_id, mark.obligation_id) == (candidate.round_id, candidate.obligation_id)
            for mark in log.marks
        )
        hold((candidate.state == "marked") == has_mark, STANDS, candidate)


def _check_once(log: Log) -> None:
    notices = log.notices.values()
    occasions = Counter((one.source, one.cycle, one.kind, one.occasion) for one in notices)
    cycles = Counter(
        (one.source, one.cycle, one.kind) for one in notices if one.kind in _ONE_A_CYCLE
    )
    repeated = [key for found in (occasions, cycles) for key, n in found.items() if n > 1]
    hold(not repeated, ONCE, repeated)


def check_sent(taken: dict[str, int], memory: Memory) -> None:
    """Every message went to the mail server once; those of a killed sender perhaps once more."""
    doubled = {name: count for name, count in taken.items() if count > 1}
    hold(set(doubled) <= memory.perhaps_doubled, SENT_ONCE, doubled)


def check_ledger() -> None:
    found = [str(finding) for finding in seals.verify(seals.Counts())]
    hold(not found, LEDGER, found)


def check_dry_run(log: Log, round_: Row, memory: Memory, region: str | None) -> None:
    """Whoever the log says may be marked was frozen, unless the cap was used up; nobody else."""
    frozen = {one.obligation_id for one in log.candidates if one.round_id == round_.id}
    waiting = {one.obligation_id for one in log.candidates if one.state == "waiting"}
    may = {
        row.id
        for row in log.obligations.values()
        if not log.against(row, round_.on, memory)
        and region in (None, log.organisations[row.organisation_id].region_id)
    }
    left_out = may - frozen - waiting
    hold(len(frozen) == log.campaign.round_cap or not left_out, NOBODY_LEFT_OUT, left_out)
    hold(not frozen - may, NOBODY_FROZEN_WRONGLY, frozen - may)

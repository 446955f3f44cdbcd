"""Sending what is queued: claim a slice, send it outside any lock, record how it ended.

A claim is a lease. A dead worker's slice falls due again when the lease runs out: nothing is
lost, and what it sent without recording is doubled at most, under the same Message-ID.
"""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from accounts.refusals import Refused
from notices import addresses, digest, emails, gate, short_messages
from notices.addresses import Address
from notices.emails import Ending, Outcome
from notices.models import Dispatch, Notice
from notices.states import (
    ALLOWED,
    ANSWERED,
    OF_A_DAY,
    POINTLESS_ONCE_FILED,
    POINTLESS_WITH_A_LATER_DATE,
    TO_NOBODY_ELSE,
    Channel,
    DispatchState,
    Kind,
)
from registry import contacts

LEASE = timedelta(minutes=10)
# A slice stops sending well before its lease runs out, however slow the mail server is.
SLICE_SECONDS = 480.0
MAX_ATTEMPTS = 5
BACK_OFF = timedelta(minutes=5)
UNRELEASED_PAUSE = timedelta(hours=1)
_LIVE = (DispatchState.QUEUED, DispatchState.SENDING)
_REACHED = (DispatchState.SENT, DispatchState.DELIVERED)
# What gives a slice of each channel away; letters go in batches, publications stand on the portal.
_TRANSMIT: dict[Channel, Callable[..., list[Outcome]]] = {
    Channel.EMAIL: emails.transmit,
    Channel.SMS: short_messages.transmit,
}


@dataclass(frozen=True)
class Counts:
    """What became of the dispatches of one run."""

    sent: int = 0
    held_back: int = 0
    put_off: int = 0
    failed: int = 0
    not_tried: int = 0
    # Recorded by another worker while this one was sending them too.
    doubled: int = 0

    def __add__(self, other: Counts) -> Counts:
        mine, theirs = asdict(self), asdict(other)
        return Counts(**{name: mine[name] + theirs[name] for name in mine})


@transaction.atomic
def claim(
    channel: Channel, *, at: datetime, size: int = 200, lease: timedelta = LEASE
) -> list[int]:
    """Take up to `size` due dispatches for this worker; returns their keys.

    What they carry is claimed with them. Workers never wait for each other: rows that another one
    is claiming are passed over. Safe to repeat: what is claimed is due again only after the lease.
    """
    rows = Dispatch.objects.to_send(channel, at).only("pk")
    ids = [row.pk for row in rows.select_for_update(skip_locked=True, of=("self",))[:size]]
    carried = Dispatch.objects.carried(ids, at).only("pk") if channel == Channel.EMAIL else ()
    Dispatch.objects.filter(pk__in=[*ids, *(row.pk for row in carried)]).update(
        state=DispatchState.SENDING, attempts=F("attempts") + 1, next_attempt_at=at + lease
    )
    return ids


def deliver_due(
    *,
    at: datetime,
    budget: timedelta,
    channel: Channel = Channel.EMAIL,
    lease: timedelta = LEASE,
    slice_seconds: float = SLICE_SECONDS,
) -> Counts:
    """Send what is due by `at` in one channel, slice by slice, until none is left or the budget
    is spent.

    Safe to repeat and to run many times at once: each dispatch is claimed by one worker.
    """
    stops = time.monotonic() + budget.total_seconds()
    counts = Counts(held_back=hold_back_stale(at=at))
    while time.monotonic() < stops:
        if channel == Channel.EMAIL:
            digest.gather(at=at)
        ids = claim(channel, at=at, lease=lease)
        if not ids:
            break
        counts += send_slice(ids, at=at, channel=channel, seconds=slice_seconds)
    return counts


def send_slice(
    ids: Sequence[int],
    *,
    at: datetime,
    channel: Channel = Channel.EMAIL,
    seconds: float = SLICE_SECONDS,
) -> Counts:
    """Send claimed dispatches one by one over one connection, then record them together."""
    rows = emails.dispatches(ids)
    fresh = [row for row in rows if row.attempts <= MAX_ATTEMPTS]
    outcomes = _TRANSMIT[channel](fresh, seconds=seconds)
    # Every worker that had it ended without a word. It may be the cause, and its neighbours
    # were sent each time: it is not tried again.
    outcomes += [
        Outcome(
            row.pk,
            Ending.REFUSED,
            _("Sending was cut off %(count)d times.") % {"count": MAX_ATTEMPTS},
        )
        for row in rows
        if row.attempts > MAX_ATTEMPTS
    ]
    return record(outcomes, at=at)


def hold_back_stale(*, at: datetime) -> int:
    """Hold back what would be of no use any more; returns how many. Safe to repeat."""
    held_back = 0
    while rows := _some_stale(at):
        held_back += len(rows)
    return held_back


@transaction.atomic
def _some_stale(at: datetime, size: int = 500) -> list[Dispatch]:
    rows = list(
        Dispatch.objects.stale(at)
        .select_related("notice")
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("pk")[:size]
    )
    why = _("It waited too long: sent now it would say nothing useful any more.")
    move_all(rows, DispatchState.SUPPRESSED, ended_at=at, failure=why)
    return rows


@transaction.atomic
def record(outcomes: Iterable[Outcome], *, at: datetime) -> Counts:
    """Write down how a slice ended; for what failed, queue the next address in line.

    What a dispatch carries shares its fate. Safe to repeat: what is no longer being sent has been
    recorded, and is only counted.
    """
    by_id = {outcome.dispatch_id: outcome for outcome in outcomes}
    rows = list(Dispatch.objects.locked_with_carried(by_id, DispatchState.SENDING))
    live = [row for row in rows if row.state == DispatchState.SENDING]
    sent = [row for row in live if by_id[_leader(row)].ending == Ending.SENT]
    move_all(sent, DispatchState.SENT, sent_at=at, failure="")
    _keep_provider_ids(sent, by_id)
    counts = Counts(sent=len(sent), doubled=len(rows) - len(live))
    carried = _by_leader(live)
    failed = []
    for row in live:
        if row.carried_by_id or row.state != DispatchState.SENDING:
            continue
        its = carried.get(row.pk, [])
        counts += _end([row, *its], by_id[row.pk], at)
        if row.state == DispatchState.FAILED:
            failed += [row, *its]
    queue_next(failed, at=at)
    return counts


def _leader(row: Dispatch) -> int:
    """The key of the dispatch that is sent: its own, or of the one that carries it."""
    return row.carried_by_id or row.pk


def _by_leader(rows: Iterable[Dispatch]) -> Mapping[int, list[Dispatch]]:
    found: dict[int, list[Dispatch]] = defaultdict(list)
    for row in rows:
        if row.carried_by_id:
            found[row.carried_by_id].append(row)
    return found


def bounce(dispatch_id: int, *, at: datetime, reason: str) -> None:
    """An e-mail came back: note the address as bounced, and queue the next one in line, also for
    what the e-mail carried.

    Refuses a dispatch that was not sent. Safe to repeat: what has come back stays so.
    """
    with transaction.atomic():
        rows = list(Dispatch.objects.locked_with_carried([dispatch_id], *_REACHED))
        row = next(row for row in rows if row.pk == dispatch_id)
        if row.state == DispatchState.BOUNCED:
            return
        come_back(rows, at=at, reason=reason)


def come_back(
    rows: Sequence[Dispatch], *, at: datetime, reason: str, ended_at: datetime | None = None
) -> None:
    """Move locked dispatches to `bounced` and queue the next address of each. `ended_at` is when
    they came back, where that is known to be before `at`."""
    move_all(rows, DispatchState.BOUNCED, ended_at=ended_at or at, failure=reason)
    for row in rows:
        if row.channel in (Channel.EMAIL, Channel.SMS):
            contacts.note_bounce(row.notice.organisation_id, row.address, at=at)
    queue_next(rows, at=at)


def move_all(rows: Sequence[Dispatch], to: DispatchState, **changes: Any) -> None:
    """The one door of a dispatch's state: move locked rows, with other changes, in one statement.

    Refuses a move that `states.ALLOWED` does not have.
    """
    for row in rows:
        if to not in ALLOWED[row.state]:
            raise Refused(
                _("The dispatch of notice %(number)s is %(state)s and cannot become %(to)s.")
                % {
                    "number": row.notice.number,
                    "state": row.get_state_display(),
                    "to": to.label,
                }
            )
    Dispatch.objects.filter(pk__in=[row.pk for row in rows]).update(state=to, **changes)
    for row in rows:
        row.state = to


def withdraw(
    source: str,
    *,
    at: datetime,
    reason: str,
    kinds: Collection[Kind] = POINTLESS_WITH_A_LATER_DATE,
) -> int:
    """As `withdraw_all`, for one source."""
    return withdraw_all([source], at=at, reason=reason, kinds=kinds)


def withdraw_all(
    sources: Collection[str],
    *,
    at: datetime,
    reason: str,
    kinds: Collection[Kind] = POINTLESS_WITH_A_LATER_DATE,
) -> int:
    """Hold back what notices of those sources and kinds still wait to be sent; returns how many.

    Called when the organisation answers or gets more time: neither a warning nor a reminder must
    arrive after the filing, and nobody who has answered is looked for in public. What a worker is
    sending this moment goes out, but is not tried again; what a withdrawn reminder carried waits
    for another digest. Safe to repeat.
    """
    live = list(
        Dispatch.objects.select_for_update(of=("self",), no_key=True)
        .filter(notice__source__in=sources, notice__kind__in=kinds, state__in=_LIVE)
        .order_by("pk")
    )
    rows = [row for row in live if row.state == DispatchState.QUEUED]
    move_all(rows, DispatchState.SUPPRESSED, ended_at=at, failure=reason)
    being_sent = [row.pk for row in live if row.state == DispatchState.SENDING]
    Dispatch.objects.filter(pk__in=being_sent).update(useful_until_at=at)
    # After the wait for those locks: one of them may have been published meanwhile.
    Dispatch.objects.filter(
        notice__source__in=sources,
        channel=Channel.PUBLICATION,
        sent_at__isnull=False,
        taken_down_at__isnull=True,
    ).update(taken_down_at=at)
    return len(rows)


def queue_next(rows: Sequence[Dispatch], *, at: datetime) -> None:
    """For each dispatch that failed or came back, a dispatch to the next address not yet tried.

    The organisation's other e-mail addresses first, then a letter to its legal seat, then the
    public page (`addresses.next_in_line`); nothing for an SMS, which only goes beside them, or
    for what was nobody else's, and no warning or reminder to who has answered since. Safe to
    repeat: a notice has one dispatch an address.
    """
    last = {
        row.notice_id: row
        for row in rows
        if row.channel != Channel.SMS and row.notice.kind not in TO_NOBODY_ELSE
    }
    for key in _answered(last.values()):
        del last[key]
    if not last:
        return
    in_line = addresses.next_in_line([row.notice for row in last.values()])
    # In the order of their keys: two transactions that insert never wait for each other crosswise.
    made = [_after(last[key], address, at) for key, address in sorted(in_line.items()) if address]
    Dispatch.objects.bulk_create(made, ignore_conflicts=True)


def _answered(rows: Iterable[Dispatch]) -> list[int]:
    """Of these, the keys of the notices that the organisation has made pointless by an answer."""
    asked = [row.notice_id for row in rows if row.notice.kind in POINTLESS_ONCE_FILED]
    if not asked:
        return []
    answers = Notice.objects.filter(
        organisation=OuterRef("organisation"),
        kind__in=ANSWERED,
        made_at__gte=OuterRef("made_at"),
    )
    return list(Notice.objects.filter(Exists(answers), pk__in=asked).values_list("pk", flat=True))


def _after(row: Dispatch, address: Address, at: datetime) -> Dispatch:
    """The dispatch to the next address: in the same wave, and no longer of use than it was."""
    made = addresses.dispatch_to(address, row.notice, at=at)
    made.wave_id = row.wave_id
    if row.notice.kind in OF_A_DAY:
        made.useful_until_at = row.useful_until_at
    return made


def _end(rows: Sequence[Dispatch], outcome: Outcome, at: datetime) -> Counts:
    """Record one that was not sent, with what it carries: the first of the rows was tried."""
    attempts, count = rows[0].attempts, len(rows)
    if outcome.ending in (Ending.REJECTED, Ending.REFUSED):
        return _fail(rows, outcome, at)
    if outcome.ending in (Ending.PUT_OFF, Ending.CUT_OFF):
        if attempts >= MAX_ATTEMPTS:
            return _fail(rows, outcome, at)
        _queue_again(rows, at + _back_off(attempts), failure=outcome.why, attempts=attempts)
        return Counts(put_off=count)
    if outcome.ending == Ending.HELD_BACK:
        return _hold_back(rows, at)
    # No attempt was made, so none is counted against the address.
    pause = _spread(outcome.wait) if outcome.ending == Ending.HAS_TO_WAIT else BACK_OFF
    _queue_again(rows, at + pause, failure=outcome.why, attempts=attempts - 1)
    return Counts(not_tried=count)


def _keep_provider_ids(rows: Sequence[Dispatch], outcomes: Mapping[int, Outcome]) -> None:
    """What the provider calls each sending; what it carries has no number of its own."""
    named = [row for row in rows if row.pk in outcomes and outcomes[row.pk].provider_id]
    for row in named:
        row.provider_id = outcomes[row.pk].provider_id
    Dispatch.objects.bulk_update(named, ["provider_id"])


def _fail(rows: Sequence[Dispatch], outcome: Outcome, at: datetime) -> Counts:
    move_all(rows, DispatchState.FAILED, ended_at=at, failure=outcome.why)
    if outcome.ending == Ending.REJECTED:
        for row in rows:
            contacts.note_bounce(row.notice.organisation_id, row.address, at=at)
    return Counts(failed=len(rows))


def _hold_back(rows: Sequence[Dispatch], at: datetime) -> Counts:
    if gate.waits_for_release():
        why = _("Waits until notices are released on this installation.")
        attempts = rows[0].attempts - 1
        _queue_again(rows, at + UNRELEASED_PAUSE, failure=why, attempts=attempts)
    else:
        why = _("A test installation: the address is not on the allow-list.")
        move_all(rows, DispatchState.SUPPRESSED, ended_at=at, failure=why)
    return Counts(held_back=len(rows))


def _queue_again(rows: Sequence[Dispatch], next_attempt_at: datetime, **changes: Any) -> None:
    move_all(rows, DispatchState.QUEUED, next_attempt_at=next_attempt_at, **changes)


def _back_off(attempts: int) -> timedelta:
    """5 minutes, doubled with each attempt."""
    return _spread(BACK_OFF * 2.0**attempts)


def _spread(pause: timedelta) -> timedelta:
    """Up to a quarter more, so that what was put off together does not come again together."""
    return pause * (1 + secrets.randbelow(250) / 1000)

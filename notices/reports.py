"""What providers and bounce messages say of our sendings, and what follows from it.

Delivered to an address that its owner verified is a proof of service; delivered to any other
proves nothing. What came back makes the next address the next dispatch. Reports come twice, late
and in any order, even before we wrote down that we sent: each is kept once, and what it says of a
sending that has moved on changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from notices import declined, dispatch, service
from notices.models import DeliveryReport, Dispatch
from notices.service import Proof
from notices.states import (
    COURTESY,
    Channel,
    DispatchState,
    ReportEvent,
    ReportOrigin,
    ServiceGround,
)

_OUT = (DispatchState.SENT, DispatchState.DELIVERED)


@dataclass(frozen=True)
class Report:
    """One report. It names a sending by our own key, else by the provider's number or by the
    Message-ID; `sending` says which of the sendings of a dispatch that staff sent again."""

    origin: ReportOrigin
    event: ReportEvent
    # The same each time the same report is told.
    key: str
    happened_at: datetime
    diagnostic: str = ""
    dispatch_id: int | None = None
    sending: int | None = None
    provider_id: str = ""
    message_id: str = ""


@dataclass(frozen=True)
class Taken:
    """What became of some reports."""

    taken: int = 0
    repeated: int = 0
    # Kept, though they name no sending of ours.
    unknown: int = 0

    def __add__(self, other: Taken) -> Taken:
        mine, theirs = asdict(self), asdict(other)
        return Taken(**{name: mine[name] + theirs[name] for name in mine})


def take(reports: Iterable[Report], *, at: datetime) -> Taken:
    """Keep each report, and do what follows from it, in one transaction a report.

    Refuses nothing. Safe to repeat, and for two at once: the database keeps a report once by its
    key, and only who wrote it down acts on it.
    """
    counts = Taken()
    for report in reports:
        counts += _take_one(report, at)
    return counts


@transaction.atomic
def _take_one(report: Report, at: datetime) -> Taken:
    rows = _locked(_found(report))
    named = rows[0] if rows else None
    _kept, is_new = DeliveryReport.objects.get_or_create(
        key=report.key[:200],
        defaults={
            "dispatch": named,
            "origin": report.origin,
            "event": report.event,
            "happened_at": report.happened_at,
            "received_at": at,
            "diagnostic": report.diagnostic[:2000],
        },
    )
    if not is_new:
        return Taken(repeated=1)
    if named is None:
        return Taken(unknown=1)
    if report.sending in (None, named.resends):
        _act(rows, report, at)
    return Taken(taken=1)


def _found(report: Report) -> int | None:
    """The key of the dispatch that the report names."""
    rows = Dispatch.objects.filter(channel__in=[Channel.EMAIL, Channel.SMS])
    if report.dispatch_id is not None:
        return rows.filter(pk=report.dispatch_id).values_list("pk", flat=True).first()
    if report.provider_id:
        by_number = rows.filter(provider_id=report.provider_id).exclude(provider_id="")
        if key := by_number.values_list("pk", flat=True).first():
            return key
    # The number of the notice begins its Message-ID, and by it the row is found quickly.
    number = report.message_id.lstrip("<").partition(".")[0]
    mine = rows.filter(notice__number=number, message_id=report.message_id)
    return mine.values_list("pk", flat=True).first() if number else None


def _locked(key: int | None) -> list[Dispatch]:
    """The dispatch and what it carries, locked in the order of their keys; itself first."""
    if key is None:
        return []
    keys = [key, *Dispatch.objects.filter(carried_by=key).values_list("pk", flat=True)]
    rows = list(Dispatch.objects.locked(keys))
    return sorted(rows, key=lambda row: row.pk != key)


def _act(rows: list[Dispatch], report: Report, at: datetime) -> None:
    _catch_up(rows, report, at)
    # What was held back, given up or sent again in the meantime is left as it is.
    out = [row for row in rows if row.state in _OUT]
    if report.event == ReportEvent.DELIVERED:
        _deliver([row for row in out if row.state == DispatchState.SENT], report, at)
    elif report.event == ReportEvent.BOUNCED:
        dispatch.come_back(out, at=at, reason=report.diagnostic[:2000])
    elif report.event == ReportEvent.COMPLAINED:
        _decline(rows[0], at)


def _catch_up(rows: list[Dispatch], report: Report, at: datetime) -> None:
    """Whoever reports on a sending has it: it was sent, though its worker did not say so yet.

    The worker's own record then finds nothing left to write down.
    """
    for row in rows:
        if row.state != DispatchState.SENDING:
            continue
        sent_at = _between(report.happened_at, row.notice.made_at, at)
        named = {"provider_id": report.provider_id[:200]} if report.provider_id else {}
        dispatch.move_all([row], DispatchState.SENT, sent_at=sent_at, failure="", **named)
        row.sent_at = sent_at


def _deliver(rows: list[Dispatch], report: Report, at: datetime) -> None:
    for row in rows:
        moment = _between(report.happened_at, row.sent_at or row.notice.made_at, at)
        dispatch.move_all([row], DispatchState.DELIVERED, ended_at=moment)
        if row.is_verified:
            proof = Proof(row.notice, ServiceGround.DELIVERED_TO_VERIFIED, moment, dispatch=row)
            service.record_all([proof], at=at)


def _decline(row: Dispatch, at: datetime) -> None:
    """A reader who calls a reminder spam gets no more of them. Legal notices go on."""
    if row.notice.kind in COURTESY and row.channel == Channel.EMAIL:
        declined.decline(row.address, at=at)


def _between(moment: datetime, earliest: datetime, latest: datetime) -> datetime:
    """The reporter's clock is not ours: never before we sent it, never after we heard of it."""
    return min(max(moment, earliest), latest)

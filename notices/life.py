"""What has happened to a notice, in order? For whoever must answer for it years later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from notices import addresses
from notices.addresses import Address
from notices.models import DeliveryReport, Dispatch, DispatchDecision, Notice
from notices.states import Channel, DispatchState

_ENDED = (DispatchState.FAILED, DispatchState.BOUNCED)


@dataclass(frozen=True)
class Event:
    """One thing that happened: when, what, and whatever more there is to say of it."""

    at: datetime
    what: str
    more: tuple[str, ...] = ()
    # The sending that it happened to.
    dispatch: Dispatch | None = None
    # Whether it went wrong.
    is_bad: bool = False


def of(notice: Notice) -> list[Event]:
    """All that is known of the notice, oldest first. The same few queries however much it is."""
    rows = list(
        notice.dispatches.select_related("wave", "batch", "carried_by__notice", "recipient")
    )
    reports = DeliveryReport.objects.filter(dispatch__in=rows).select_related("dispatch")
    decisions = DispatchDecision.objects.filter(dispatch__in=rows).select_related("dispatch", "by")
    services = notice.services.select_related("by", "receipt_file", "dispatch")
    events = [
        _made(notice),
        *(event for row in rows for event in _of_dispatch(row)),
        *(_report(report) for report in reports),
        *(event for decision in decisions for event in _decision(decision)),
        *(_service(service) for service in services),
    ]
    # Stable: what happened in the same moment stays in the order in which it is listed above.
    return sorted(events, key=lambda event: event.at)


def what_follows(rows: Sequence[Dispatch]) -> dict[int, Dispatch | Address | None]:
    """For each that failed or came back: the sending after it, else the next address in line.

    None where every address was tried. Rows that did not fail, and SMS, which only go beside, are
    left out. A few queries however many rows.
    """
    ended = [row for row in rows if row.state in _ENDED and row.channel != Channel.SMS]
    notices = {row.notice_id: row.notice for row in ended}
    later: dict[int, list[Dispatch]] = defaultdict(list)
    others = Dispatch.objects.filter(notice__in=notices).exclude(channel=Channel.SMS)
    for other in others.order_by("pk"):
        later[other.notice_id].append(other)
    found: dict[int, Dispatch | Address | None] = {
        row.pk: next((other for other in later[row.notice_id] if other.pk > row.pk), None)
        for row in ended
    }
    last = {row.notice_id: row.notice for row in ended if found[row.pk] is None}
    in_line = addresses.next_in_line(list(last.values())) if last else {}
    return {row.pk: found[row.pk] or in_line.get(row.notice_id) for row in ended}


def _made(notice: Notice) -> Event:
    wording = notice.template
    approved = (
        _("approved by %(who)s") % {"who": wording.approved_by}
        if wording.approved_by
        else _("it came with the portal")
    )
    return Event(
        notice.made_at,
        _("Made"),
        (
            _("Wording: %(kind)s, %(language)s, version %(version)d, %(approved)s")
            % {
                "kind": wording.get_kind_display(),
                "language": wording.get_language_display(),
                "version": wording.version,
                "approved": approved,
            },
            _("About: %(source)s, cycle %(cycle)d, %(occasion)s")
            % {"source": notice.source, "cycle": notice.cycle, "occasion": notice.occasion},
        ),
    )


def _of_dispatch(row: Dispatch) -> Iterator[Event]:
    yield Event(row.made_at, _("Queued"), tuple(_about(row)), row)
    if row.sent_at:
        yield Event(row.sent_at, _("Sent"), tuple(_how_it_went(row)), row)
    if row.ended_at:
        said = (row.failure,) if row.failure else ()
        is_bad = row.state in (*_ENDED, DispatchState.SUPPRESSED)
        yield Event(row.ended_at, _capital(row.get_state_display()), said, row, is_bad)
    if row.state in (DispatchState.QUEUED, DispatchState.SENDING) and row.attempts:
        when = {"count": row.attempts, "at": _moment(row.next_attempt_at)}
        tried = _("%(count)d attempts; the next one at %(at)s") % when
        why = (row.failure,) if row.failure else ()
        # Not yet an ending: it stands where it is known from, behind its queueing.
        yield Event(row.made_at, _("Not sent yet"), (tried, *why), row, bool(row.failure))


def _about(row: Dispatch) -> Iterator[str]:
    if row.recipient:
        yield _("Its representative's own address")
    if row.is_verified:
        yield _("The address was verified by its owner")
    if row.wave:
        yield _("Wave %(number)d") % {"number": row.wave.number}
    if row.carried_by:
        yield _("Inside the digest that notice %(number)s leads") % {
            "number": row.carried_by.notice.number
        }
    elif row.digest_on:
        yield _("Leads the digest of %(day)s") % {
            "day": date_format(row.digest_on, "SHORT_DATE_FORMAT")
        }


def _how_it_went(row: Dispatch) -> Iterator[str]:
    if row.batch:
        yield _("In batch %(number)s") % {"number": row.batch.number}
    if row.attempts > 1:
        yield _("At attempt %(count)d") % {"count": row.attempts}
    if row.message_id:
        yield row.message_id
    if row.provider_id:
        yield _("The provider calls it %(name)s") % {"name": row.provider_id}


def _report(report: DeliveryReport) -> Event:
    said = _("Reported by %(who)s: %(what)s") % {
        "who": report.get_origin_display(),
        "what": report.get_event_display(),
    }
    more = (report.diagnostic,) if report.diagnostic else ()
    return Event(report.happened_at, said, more, report.dispatch)


def _decision(decision: DispatchDecision) -> Iterator[Event]:
    if decision.sent_at:
        yield Event(decision.sent_at, _("Sent"), (), decision.dispatch)
    before = decision.get_from_state_display()
    yield Event(
        decision.at,
        _("Decided by %(who)s: %(what)s")
        % {"who": decision.by, "what": decision.get_action_display()},
        (
            decision.reason,
            _("Until then it was: %(state)s. %(why)s") % {"state": before, "why": decision.failure},
        ),
        decision.dispatch,
    )


def _service(service: Any) -> Event:
    more = [_("Recorded %(at)s") % {"at": _moment(service.recorded_at)}]
    if service.by:
        more.append(str(service.by))
    if service.receipt_file:
        more.append(str(service.receipt_file))
    return Event(
        service.served_at,
        _("Served: %(ground)s") % {"ground": service.get_ground_display()},
        tuple(more),
        service.dispatch,
    )


def _moment(at: datetime) -> str:
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT")


def _capital(text: Any) -> str:
    return str(text)[:1].upper() + str(text)[1:]

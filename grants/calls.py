"""Announcing a call, moving its end, closing and cancelling it: decisions that are recorded."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from grants.models import Call, CallDocument, CallEvent
from grants.states import CALL_ALLOWED, CallState
from registry.calendar import ALMATY, add_working_days, day_of
from registry.models import DayOverride, StoredFile
from registry.sequences import next_numbers

ALL_WEIGHTS = 100


def next_number() -> str:
    """The number of a call that is being drafted."""
    return f"K-{next_numbers('grant_call_number')[0]:07d}"


@transaction.atomic
def open_call(call: Call, *, ground: str, by: User, at: datetime) -> Call:
    """Announce a drafted call. From `opens_at` on it takes applications.

    Refuses one whose criteria do not sum to 100, without lots, whose lots ask for more than its
    budget, whose limits no lot can meet, or whose end has passed. A trigger holds the first three.
    """
    fresh = lock(call)
    _refuse_unless_allowed(fresh, CallState.OPEN)
    weights = fresh.criteria.aggregate(all=Sum("weight"))["all"] or 0
    if weights != ALL_WEIGHTS:
        raise Refused(
            _("The weights of the criteria sum to %(sum)s. They must sum to 100.")
            % {"sum": weights}
        )
    lots = fresh.lots.aggregate(all=Sum("budget"))["all"]
    if not lots:
        raise Refused(_("The call has no lot yet. Add one with its budget."))
    if lots > fresh.budget:
        raise Refused(_("The lots ask for more than the call's budget. Lower one of them."))
    if any(lot.budget < fresh.least_amount for lot in fresh.lots.all()):
        raise Refused(_("A lot has less money than the smallest grant of this type."))
    if fresh.closes_at <= at:
        raise Refused(_("The end of the term for applications has passed. Set a later one."))
    return move_locked(fresh, CallState.OPEN, ground=ground, by=by, at=at)


@transaction.atomic
def extend(call: Call, closes_at: datetime, *, ground: str, by: User, at: datetime) -> Call:
    """Give everyone more time. Refuses an earlier end, time once given is not taken back, and a
    call whose end has passed: who was late then is late."""
    fresh = lock(call)
    if fresh.state != CallState.OPEN or at >= fresh.closes_at:
        raise Refused(_("Only a call that still takes applications can be extended."))
    if closes_at <= fresh.closes_at:
        raise Refused(
            _("The end can only move to later than %(end)s.") % {"end": _moment(fresh.closes_at)}
        )
    fresh.closes_at = closes_at
    fresh.save(update_fields=["closes_at"])
    _record(fresh, fresh.state, ground=ground, by=by, at=at)
    return fresh


@transaction.atomic
def close(call: Call, *, ground: str, by: User, at: datetime) -> Call:
    """Close a call whose end has passed, and write down by when it is checked and decided: the
    operator's and the commission's working days (grant rules, order No. 413).

    An application that arrived in time and is still on its way is taken all the same.
    """
    fresh = lock(call)
    _refuse_unless_allowed(fresh, CallState.CLOSED)
    if at < fresh.closes_at:
        raise Refused(
            _("The call takes applications until %(end)s. It cannot be closed before.")
            % {"end": _moment(fresh.closes_at)}
        )
    overrides = DayOverride.objects.as_overrides()
    # One that ends at 24:00 ends that day, not the next.
    ended_on = day_of(fresh.closes_at - timedelta.resolution)
    fresh.check_due_on = add_working_days(ended_on, fresh.check_working_days, overrides)
    fresh.decide_due_on = add_working_days(fresh.check_due_on, fresh.decide_working_days, overrides)
    fresh.save(update_fields=["check_due_on", "decide_due_on"])
    return move_locked(fresh, CallState.CLOSED, ground=ground, by=by, at=at)


@transaction.atomic
def cancel(call: Call, *, ground: str, by: User, at: datetime) -> Call:
    """Cancel a call: nothing is applied for, scored or awarded in it any more."""
    fresh = lock(call)
    _refuse_unless_allowed(fresh, CallState.CANCELLED)
    return move_locked(fresh, CallState.CANCELLED, ground=ground, by=by, at=at)


@transaction.atomic
def attach(call: Call, stored: StoredFile, *, title: str, by: User, at: datetime) -> CallDocument:
    """Attach a kept file that everybody may read once the call is announced: its terms, a form.
    Refuses a call that was announced, for what all have read stays, a document without a title, and
    more than anybody reads. Safe to repeat: the same content under the same title is attached
    once."""
    fresh = _lock_draft(call)
    if not title.strip():
        raise Refused(_("Give the document a title."))
    same = fresh.documents.filter(title=title.strip(), file__sha256=stored.sha256).first()
    if same:
        return same
    if fresh.documents.count() >= settings.UPLOADS_AT_MOST:
        raise Refused(
            _("A call has %(most)s documents at most. Put pages into one PDF.")
            % {"most": settings.UPLOADS_AT_MOST}
        )
    return CallDocument.objects.create(call=fresh, title=title.strip(), file=stored, by=by, at=at)


@transaction.atomic
def detach(call: Call, document: CallDocument) -> None:
    """Take a document off a draft. Safe to repeat."""
    _lock_draft(call).documents.filter(pk=document.pk).delete()


def _lock_draft(call: Call) -> Call:
    fresh = lock(call)
    if fresh.state != CallState.DRAFT:
        raise Refused(_("This call was announced. The documents that all have read stay."))
    return fresh


def lock(call: Call) -> Call:
    """The fresh row under its lock; lots and applications are locked after it."""
    return (
        Call.objects.select_related("rule", "mci")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=call.pk)
    )


def move_locked(call: Call, to: CallState, *, ground: str, by: User | None, at: datetime) -> Call:
    """The one door of a call's state, for a row that `lock` gave."""
    _refuse_unless_allowed(call, to)
    before = call.state
    call.state = to
    call.save(update_fields=["state"])
    _record(call, before, ground=ground, by=by, at=at)
    return call


def _refuse_unless_allowed(call: Call, to: CallState) -> None:
    if to not in CALL_ALLOWED[call.state]:
        raise Refused(
            _("The call %(number)s is “%(state)s”. It cannot become “%(to)s” now.")
            % {"number": call.number, "state": call.get_state_display(), "to": to.label}
        )


def _record(call: Call, before: str, *, ground: str, by: User | None, at: datetime) -> None:
    if not ground.strip():
        raise Refused(_("Give the ground of the decision: the order's number and date."))
    CallEvent.objects.create(
        call=call,
        from_state=before,
        to_state=call.state,
        closes_at=call.closes_at,
        ground=ground.strip(),
        by=by,
        at=at,
    )


def _moment(at: datetime) -> str:
    return date_format(at.astimezone(ALMATY), "DATETIME_FORMAT")

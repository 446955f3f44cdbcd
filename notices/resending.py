"""Staff decide on one sending: send it again, or hold it back. Each time with a reason.

What is decided is kept (DispatchDecision), with what had become of the sending until then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from notices import declined
from notices.addresses import WANTS_NO_REMINDERS, message_id_of
from notices.dispatch import move_all
from notices.models import Dispatch, DispatchDecision, Notice
from notices.states import ALLOWED, COURTESY, Channel, DispatchState

# What waits longer than this after a person sent it again is not what the person meant.
USEFUL_FOR = timedelta(days=30)


def may_be_resent(row: Dispatch) -> bool:
    """Whether the state of the row lets it; `resend` itself asks for more."""
    return (
        row.state != DispatchState.SENDING
        and DispatchState.QUEUED in ALLOWED[row.state]
        and row.channel != Channel.PUBLICATION
        and row.carried_by_id is None
    )


def may_be_held_back(row: Dispatch) -> bool:
    return row.state == DispatchState.QUEUED and row.carried_by_id is None


@transaction.atomic
def resend(
    row: Dispatch, *, by: User, at: datetime, reason: str, seen: int | None = None
) -> Dispatch:
    """Queue a sending anew, at once and with all its attempts; returns the fresh row.

    It goes under a Message-ID of its own, so that no mail program drops it as a double; reminders
    that it carried go with it, those that are still true. An adverse one waits through protected
    days like any other. Refuses without a reason, what is waiting, being sent or was delivered, a
    publication, a reminder inside a digest or to who declines them, and a notice that is no longer
    true: a warning to who has filed since, a reminder that counts days long past. `seen` is how
    often it had been sent again when
    the person decided (else the row's own number): so two clicks, or two people, send it once.
    """
    reason = _stated(reason)
    # Locks what the notices are about before the sendings, in the order in which a filing does.
    true = _true_ones(row)
    fresh = _locked(row, row.resends if seen is None else seen)
    _refuse_to_resend(fresh, at)
    _note(fresh, DispatchDecision.Action.RESENT, by=by, at=at, reason=reason)
    together = [one for one in _carried(fresh) if one.pk in true and not _is_past(one, at)]
    resends = fresh.resends + 1
    anew = {
        "attempts": 0,
        "next_attempt_at": at,
        "sent_at": None,
        "ended_at": None,
        "failure": "",
        # A late report on the sending before must not be taken for one on this.
        "provider_id": "",
    }
    own = {
        "resends": resends,
        "message_id": message_id_of(fresh.channel, fresh.address, fresh.notice, resends=resends),
        # Its address may have had another digest of that day since; a person decided on this one.
        "waits_for_digest": False,
        "digest_on": None,
    }
    if fresh.notice.kind not in COURTESY:
        own["useful_until_at"] = at + USEFUL_FOR
    move_all([fresh], DispatchState.QUEUED, **anew, **own)
    move_all(together, DispatchState.QUEUED, **anew)
    fresh.refresh_from_db()
    return fresh


@transaction.atomic
def hold_back(row: Dispatch, *, by: User, at: datetime, reason: str) -> Dispatch:
    """Hold a waiting sending back; returns the fresh row. Nothing else is sent in its place.

    Any kind may be held back: what is not sent is not served, and no clock runs from it. Refuses
    without a reason, what does not wait any more, and a reminder inside a digest (its digest is
    held back as a whole). Safe to repeat: what is held back does not wait.
    """
    reason = _stated(reason)
    fresh = _locked(row, row.resends)
    _refuse_carried(fresh)
    if not may_be_held_back(fresh):
        raise Refused(
            _(
                "The sending of notice %(number)s is %(state)s. Only what waits in the queue can "
                "be held back."
            )
            % _named(fresh)
        )
    _note(fresh, DispatchDecision.Action.HELD_BACK, by=by, at=at, reason=reason)
    move_all(
        [fresh, *_carried(fresh)],
        DispatchState.SUPPRESSED,
        ended_at=at,
        failure=_("Held back by staff: %(reason)s") % {"reason": reason},
    )
    fresh.refresh_from_db()
    return fresh


def resend_all(
    rows: Iterable[Dispatch], *, by: User, at: datetime, reason: str
) -> tuple[int, list[str]]:
    """Send many again, each in a transaction of its own: how many were, and why others were not.

    Refuses without a reason. Safe to repeat as `resend` is.
    """
    _stated(reason)
    done, refused = 0, []
    for row in rows:
        try:
            resend(row, by=by, at=at, reason=reason)
        except Refused as refusal:
            refused.append(str(refusal))
        else:
            done += 1
    return done, refused


def _stated(reason: str) -> str:
    if not (stated := reason.strip()):
        raise Refused(_("Say why, in a few words: the decision is kept with its reason."))
    return stated


def _true_ones(row: Dispatch) -> set[int]:
    """The keys of the sending and of those inside it that still tell the truth; refuses where it
    does not itself."""
    together = sorted([row, *row.carries.select_related("notice")], key=lambda one: one.notice_id)
    outdated = {one.pk: _outdated(one.notice) for one in together}
    if why := outdated[row.pk]:
        raise Refused(
            _("Notice %(number)s is no longer true and is not sent again. %(why)s")
            % {"number": row.notice.number, "why": why}
        )
    return {pk for pk, why in outdated.items() if not why}


def _outdated(notice: Notice) -> str:
    """The setting NOTICE_OUTDATED names who knows: what a notice is about lies in layers above."""
    asked: list[Callable[[Notice], str]] = [
        import_string(name) for name in settings.NOTICE_OUTDATED
    ]
    return next((why for ask in asked if (why := ask(notice))), "")


def _is_past(row: Dispatch, at: datetime) -> bool:
    """Whether it is a reminder that counts days which have passed."""
    until = row.useful_until_at
    return row.notice.kind in COURTESY and until is not None and until <= at


def _locked(row: Dispatch, seen: int) -> Dispatch:
    fresh = Dispatch.objects.locked([row.pk]).get()
    if fresh.resends != seen:
        raise Refused(
            _(
                "The sending of notice %(number)s has been sent again meanwhile. Look at its page "
                "before you decide."
            )
            % {"number": fresh.notice.number}
        )
    return fresh


def _refuse_to_resend(row: Dispatch, at: datetime) -> None:
    _refuse_carried(row)
    if row.channel == Channel.PUBLICATION:
        raise Refused(
            _("Notice %(number)s stands on the portal: a publication is not sent again.")
            % _named(row)
        )
    if not may_be_resent(row):
        raise Refused(
            _("The sending of notice %(number)s is %(state)s and cannot be sent again now.")
            % _named(row)
        )
    is_courtesy = row.channel == Channel.EMAIL and row.notice.kind in COURTESY
    if is_courtesy and declined.is_declined(row.address):
        raise Refused(str(WANTS_NO_REMINDERS))
    if _is_past(row, at):
        raise Refused(
            _(
                "Notice %(number)s is a reminder that counts days which have passed. The next "
                "reminder comes by itself."
            )
            % _named(row)
        )


def _refuse_carried(row: Dispatch) -> None:
    if row.carried_by is not None:
        raise Refused(
            _("Notice %(number)s travels in the digest that notice %(digest)s leads. Decide there.")
            % {"number": row.notice.number, "digest": row.carried_by.notice.number}
        )


def _carried(row: Dispatch) -> list[Dispatch]:
    """The reminders inside that digest which share its fate."""
    carried = row.carries.filter(state=row.state).values_list("pk", flat=True)
    return list(Dispatch.objects.locked(carried))


def _note(
    row: Dispatch, action: DispatchDecision.Action, *, by: User, at: datetime, reason: str
) -> None:
    DispatchDecision.objects.create(
        dispatch=row,
        action=action,
        from_state=row.state,
        sent_at=row.sent_at,
        failure=row.failure,
        reason=reason,
        by=by,
        at=at,
    )


def _named(row: Dispatch) -> dict[str, str]:
    return {"number": row.notice.number, "state": row.get_state_display()}

"""Giving a slice of text messages to the SMS gateway."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import timedelta

from accounts import sms
from accounts.refusals import Refused
from notices import gate, rates
from notices.emails import Ending, Outcome
from notices.models import Dispatch
from notices.states import Channel

logger = logging.getLogger(__name__)

TEST_WORD = "[TEST] "


def written(dispatch: Dispatch) -> str:
    """The message of a dispatch: its notice's short text, which says TEST outside production."""
    text = dispatch.notice.text.sms
    return TEST_WORD + text if gate.is_test() else text


def key_of(dispatch: Dispatch) -> str:
    """The same for every attempt of a dispatch: a gateway sends a doubled one once."""
    return dispatch.message_id.strip("<>")


def transmit(dispatches: Iterable[Dispatch], *, seconds: float) -> list[Outcome]:
    """Give each to the gateway, and say how each ended; writes nothing.

    What time or the gateway leaves no room for ends as NOT_TRIED, and what a limit leaves none
    for as HAS_TO_WAIT. One bad number never stops the others.
    """
    gateway = sms.gateway()
    stops = time.monotonic() + seconds
    pace = rates.Pace(Channel.SMS, stops=stops)
    outcomes: list[Outcome] = []
    # How the slice was broken off: so end all that are left.
    broken_off: Outcome | None = None
    for dispatch in dispatches:
        if broken_off is None and time.monotonic() >= stops:
            broken_off = Outcome(dispatch.pk, Ending.NOT_TRIED)
        if broken_off:
            ended = Outcome(dispatch.pk, broken_off.ending, broken_off.why, broken_off.wait)
        else:
            ended = _send(gateway, dispatch, pace)
            broken_off = _for_the_others(ended)
        outcomes.append(ended)
    if broken_off:
        logger.warning("The slice of SMS was broken off: %s", broken_off.why)
    return outcomes


def _for_the_others(ended: Outcome) -> Outcome | None:
    """What this ending means for the rest of the slice; None: nothing."""
    if ended.ending == Ending.CUT_OFF:
        # It is counted against this one alone, which may be the cause.
        return Outcome(ended.dispatch_id, Ending.NOT_TRIED, ended.why)
    return ended if ended.ending in (Ending.NOT_TRIED, Ending.HAS_TO_WAIT) else None


def _send(gateway: sms.Gateway, dispatch: Dispatch, pace: rates.Pace) -> Outcome:
    try:
        pace.wait(dispatch.address)
        taken = gateway.send(dispatch.address, written(dispatch), key=key_of(dispatch))
    except rates.NoCount as uncounted:
        return Outcome(dispatch.pk, Ending.NOT_TRIED, str(uncounted))
    except sms.NoSuchNumber as refused:
        return Outcome(dispatch.pk, Ending.REJECTED, refused.why)
    except sms.Busy as busy:
        wait = timedelta(seconds=busy.seconds)
        return Outcome(dispatch.pk, Ending.HAS_TO_WAIT, busy.why, wait)
    except sms.OutOfOrder as broken:
        return Outcome(dispatch.pk, Ending.NOT_TRIED, broken.why)
    except sms.NotTaken as broken:
        return Outcome(dispatch.pk, Ending.CUT_OFF, broken.why)
    except Refused as refused:
        # No gateway is connected any more: the messages wait until one is, or are of no use.
        return Outcome(dispatch.pk, Ending.NOT_TRIED, str(refused))
    if taken is None:
        return Outcome(dispatch.pk, Ending.HELD_BACK)
    return Outcome(dispatch.pk, Ending.SENT, provider_id=taken.provider_id)

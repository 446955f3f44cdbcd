"""Putting one dispatch into one e-mail, and giving a slice of them to the mail server."""

from __future__ import annotations

import logging
import smtplib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from django.core.mail import EmailMessage, get_connection

from notices import rates
from notices.documents import attached_to
from notices.models import Dispatch
from notices.states import Channel

logger = logging.getLogger(__name__)


class Ending(Enum):
    """How the sending of one dispatch ended."""

    SENT = "sent"
    # The gate let nobody through.
    HELD_BACK = "held back"
    # The receiving server said: not now.
    PUT_OFF = "put off"
    # The receiving server said: no such address. Another attempt would end the same.
    REJECTED = "rejected"
    # The receiving server said no to the message, whatever the address.
    REFUSED = "refused"
    # The connection broke while this one was being sent, perhaps because of it.
    CUT_OFF = "cut off"
    # Our own way out was out of reach, or time ran out: no attempt at this address.
    NOT_TRIED = "not tried"
    # A limit on what goes there was reached: no attempt at this address, until `wait` is over.
    HAS_TO_WAIT = "has to wait"


@dataclass(frozen=True)
class Outcome:
    dispatch_id: int
    ending: Ending
    why: str = ""
    wait: timedelta = timedelta()
    # What the provider or gateway calls the sending.
    provider_id: str = ""


def compose(dispatch: Dispatch) -> EmailMessage:
    """The e-mail of a dispatch: its notice's text as it was rendered, and the notice's file."""
    text = dispatch.notice.text
    message = EmailMessage(
        subject=text.subject,
        body=text.body,
        to=[dispatch.address],
        headers={
            # The same for every sending of a dispatch: a doubled one is recognised by it.
            "Message-ID": dispatch.message_id,
            "Content-Language": dispatch.notice.language,
            # Asks mail robots not to answer: an answer is nobody's to read.
            "Auto-Submitted": "auto-generated",
        },
    )
    if file := attached_to(dispatch.notice):
        message.attach(file.name, file.content, file.media_type)
    return message


def transmit(dispatches: Iterable[Dispatch], *, seconds: float) -> list[Outcome]:
    """Send each over one connection, and say how each ended; writes nothing.

    What time or the mail server leaves no room for ends as NOT_TRIED, and what a limit leaves
    none for as HAS_TO_WAIT. One bad address never stops the others.
    """
    connection = get_connection()
    stops = time.monotonic() + seconds
    pace = rates.Pace(Channel.EMAIL, stops=stops)
    outcomes = []
    outage = ""
    try:
        connection.open()
    except OSError as error:
        outage = _described(error)
    for dispatch in dispatches:
        if outage or time.monotonic() >= stops:
            outcome = Outcome(dispatch.pk, Ending.NOT_TRIED, outage)
        else:
            outcome = _at_its_pace(connection, dispatch, pace)
            if outcome.ending in (Ending.CUT_OFF, Ending.NOT_TRIED):
                outage = outcome.why
        outcomes.append(outcome)
    if outage:
        logger.warning("The slice was broken off; what is left keeps waiting: %s", outage)
    _close(connection)
    return outcomes


def _at_its_pace(connection: Any, dispatch: Dispatch, pace: rates.Pace) -> Outcome:
    try:
        seconds = pace.wait(dispatch.address)
    except rates.NoCount as uncounted:
        return Outcome(dispatch.pk, Ending.NOT_TRIED, str(uncounted))
    if seconds:
        return Outcome(dispatch.pk, Ending.HAS_TO_WAIT, wait=timedelta(seconds=seconds))
    return Outcome(dispatch.pk, *_send(connection, dispatch))


def _send(connection: Any, dispatch: Dispatch) -> tuple[Ending, str]:
    try:
        sent = connection.send_messages([compose(dispatch)])
    except smtplib.SMTPRecipientsRefused as refused:
        code, answer = next(iter(refused.recipients.values()))
        return _by_code(code, Ending.REJECTED), f"{code} {_text(answer)}"
    except smtplib.SMTPServerDisconnected as broken:
        return Ending.CUT_OFF, _described(broken)
    except smtplib.SMTPResponseException as refused:
        return _by_code(refused.smtp_code, Ending.REFUSED), _described(refused)
    except (smtplib.SMTPException, ValueError) as refused:
        # An address that cannot be written into a header, or one the server has no words for.
        return Ending.REJECTED, _described(refused)
    except OSError as broken:
        return Ending.CUT_OFF, _described(broken)
    return (Ending.SENT, "") if sent else (Ending.HELD_BACK, "")


def _by_code(code: int, if_final: Ending) -> Ending:
    """4xx: the server asks to come again. 5xx: another attempt would end the same."""
    return Ending.PUT_OFF if 400 <= code < 500 else if_final


def _described(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return f"{type(error).__name__}: {error}"


def _text(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer


def _close(connection: Any) -> None:
    try:
        connection.close()
    except OSError as error:
        # Every message was answered for before this: a rude goodbye changes nothing.
        logger.info("The mail server closed the connection first: %s", error)

"""Putting one dispatch into one e-mail, and giving a slice of them to the mail server."""

from __future__ import annotations

import logging
import smtplib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.core.mail import EmailMessage, get_connection

from notices.documents import attached_to
from notices.models import Dispatch

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
    # Our own mail server was out of reach, or time ran out: no attempt at this address.
    NOT_TRIED = "not tried"


@dataclass(frozen=True)
class Outcome:
    dispatch_id: int
    ending: Ending
    why: str = ""


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

    What time or the mail server leaves no room for ends as NOT_TRIED. One bad address never
    stops the others.
    """
    connection = get_connection()
    stops = time.monotonic() + seconds
    outcomes = []
    outage = ""
    try:
        connection.open()
    except OSError as error:
        outage = _described(error)
    for dispatch in dispatches:
        if outage or time.monotonic() >= stops:
            ending, why = Ending.NOT_TRIED, outage
        else:
            ending, why = _send(connection, dispatch)
            if ending == Ending.CUT_OFF:
                outage = why
        outcomes.append(Outcome(dispatch.pk, ending, why))
    if outage:
        logger.warning("The mail server is out of reach; what is left keeps waiting: %s", outage)
    _close(connection)
    return outcomes


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

"""Putting one dispatch into one e-mail, and giving a slice of them to the mail server."""

from __future__ import annotations

import logging
import smtplib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
)
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import Prefetch
from django.utils import translation

from notices import declining, email_html, rates, verp
from notices.documents import attached_to
from notices.models import Dispatch, Notice
from notices.states import COURTESY, Channel, DispatchState

logger = logging.getLogger(__name__)

# A digest of more than so many is a list alone: with every text mail programs would cut it off.
_TEXTS_AT_MOST = 20
# The provider knows us no more, has enough of us for now, or is out of reach itself.
_OUR_OUTAGE = frozenset({401, 403, 408, 429, 502, 503, 504})


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


# After one of these nothing more of the slice is tried.
_BREAKS_OFF = (Ending.CUT_OFF, Ending.NOT_TRIED)


@dataclass(frozen=True)
class Outcome:
    dispatch_id: int
    ending: Ending
    why: str = ""
    wait: timedelta = timedelta()
    # What the provider or gateway calls the sending.
    provider_id: str = ""


def compose(dispatch: Dispatch) -> EmailMultiAlternatives:
    """The e-mail of a dispatch: its notice's text as it was rendered, the same as HTML, and the
    notice's file. A digest carries the texts of all its notices,
    or their list alone where there are many.

    Reads the rows that `dispatches` below prefetches, so a slice costs a few queries.
    """
    notices = [dispatch.notice, *(row.notice for row in _carried(dispatch))]
    subject, text, names = _words(notices)
    cid = f"{dispatch.notice.number}@portal"
    message = EmailMultiAlternatives(
        subject=subject,
        body=text,
        from_email=verp.sender_of(dispatch) or None,
        to=[dispatch.address],
        headers=_headers(dispatch),
    )
    page = email_html.page(
        notices,
        subject=subject,
        qr_cid=cid,
        organisations=names,
        shows_texts=len(notices) <= _TEXTS_AT_MOST,
        decline=declining.link(dispatch.address) if dispatch.notice.kind in COURTESY else "",
    )
    message.attach_alternative(page, "text/html")
    message.attach(email_html.qr_code(dispatch.notice.number, cid))
    # Django's message has no such attributes; django-anymail reads them where there are any: what
    # a provider's reports name the sending by, and how its own desk sorts it.
    vars(message).update(
        metadata={
            "dispatch": str(dispatch.pk),
            "sending": str(dispatch.resends),
            "notice": dispatch.notice.number,
        },
        tags=[dispatch.notice.kind],
    )
    if file := attached_to(dispatch.notice):
        message.attach(file.name, file.content, file.media_type)
    else:
        # Where the picture is the only thing attached, it belongs to the page.
        vars(message)["mixed_subtype"] = "related"
    return message


def dispatches(ids: Iterable[int]) -> list[Dispatch]:
    """These dispatches with all that `compose` reads, what they carry included."""
    carried = Prefetch(
        "carries",
        Dispatch.objects.select_related("notice__text", "notice__organisation").order_by("pk"),
    )
    rows = Dispatch.objects.filter(pk__in=list(ids)).order_by("pk")
    return list(
        rows.select_related("notice__text", "notice__organisation").prefetch_related(carried)
    )


def _carried(dispatch: Dispatch) -> list[Dispatch]:
    """What was claimed with it, and so goes out inside it; one that was held back does not."""
    # A preview's was never saved.
    if not dispatch.pk:
        return []
    return [row for row in dispatch.carries.all() if row.state == DispatchState.SENDING]


def _words(notices: Sequence[Notice]) -> tuple[str, str, list[str]]:
    """Subject and text of the e-mail, and the organisations' names where there are several."""
    first = notices[0]
    if len(notices) == 1:
        return first.text.subject, first.text.body, []
    names = [_name(notice) for notice in notices]
    with translation.override(first.language):
        subject = email_html.digest_subject(len(notices))
        heading = email_html.digest_heading(shows_texts=len(notices) <= _TEXTS_AT_MOST)
    contents = [
        f"{place}. {name}: {notice.text.subject} ({notice.number})"
        for place, (name, notice) in enumerate(zip(names, notices, strict=True), 1)
    ]
    shown = notices if len(notices) <= _TEXTS_AT_MOST else ()
    texts = [f"{notice.text.subject}\n\n{notice.text.body.strip()}" for notice in shown]
    rule = f"\n\n{'-' * 40}\n\n"
    return subject, rule.join(["\n".join([heading, "", *contents]), *texts]) + "\n", names


def _name(notice: Notice) -> str:
    organisation = notice.organisation
    return getattr(organisation, f"name_{notice.language}") or organisation.name_ru


def _headers(dispatch: Dispatch) -> dict[str, str]:
    headers = {
        # The same for every sending of a dispatch: a doubled one is recognised by it.
        "Message-ID": dispatch.message_id,
        "Content-Language": dispatch.notice.language,
        # Asks mail robots not to answer: an answer is nobody's to read.
        "Auto-Submitted": "auto-generated",
    }
    if token := verp.token_of(dispatch):
        # The envelope's sender is the bounce mailbox; the reader sees the portal's own address.
        headers["From"] = settings.DEFAULT_FROM_EMAIL
        headers[verp.HEADER] = token
    if dispatch.notice.kind in COURTESY:
        headers["List-Unsubscribe"] = f"<{declining.link(dispatch.address)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


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
            if outcome.ending in _BREAKS_OFF:
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
    return _send(connection, dispatch)


def _send(connection: Any, dispatch: Dispatch) -> Outcome:
    message = compose(dispatch)
    ending, why = _given_away(connection, message)
    status = getattr(message, "anymail_status", None)
    # One recipient, one number; without the brackets some providers write around it.
    named = str(getattr(status, "message_id", None) or "") if ending == Ending.SENT else ""
    return Outcome(dispatch.pk, ending, why, provider_id=named[:200])


def _given_away(connection: Any, message: EmailMultiAlternatives) -> tuple[Ending, str]:
    try:
        sent = connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as refused:
        code, answer = next(iter(refused.recipients.values()))
        return _by_code(code, Ending.REJECTED), f"{code} {_text(answer)}"
    except smtplib.SMTPServerDisconnected as broken:
        return Ending.CUT_OFF, _described(broken)
    except smtplib.SMTPResponseException as refused:
        return _by_code(refused.smtp_code, Ending.REFUSED), _described(refused)
    except AnymailError as refused:
        ending = _by_provider(refused)
        return ending, _named(refused) if ending in _BREAKS_OFF else _described(refused)
    except (smtplib.SMTPException, ValueError) as refused:
        # An address that cannot be written into a header, or one the server has no words for.
        return Ending.REJECTED, _described(refused)
    except OSError as broken:
        return Ending.CUT_OFF, _described(broken)
    return (Ending.SENT, "") if sent else (Ending.HELD_BACK, "")


def _by_provider(refused: AnymailError) -> Ending:
    """What a provider's no means: to the address, to the message, or to all of us for now."""
    if isinstance(refused, (AnymailRecipientsRefused, AnymailInvalidAddress)):
        return Ending.REJECTED
    if not isinstance(refused, AnymailAPIError):
        return Ending.REFUSED
    code = _status(refused)
    if code is None:
        # Perhaps the message was what made it silent, so that this one pays with an attempt.
        slow = isinstance(refused, requests.ReadTimeout)
        return Ending.CUT_OFF if slow else Ending.NOT_TRIED
    if code in _OUR_OUTAGE:
        return Ending.NOT_TRIED
    return Ending.CUT_OFF if code >= 500 else Ending.REFUSED


def _status(refused: AnymailAPIError) -> int | None:
    if refused.status_code is not None:
        return int(refused.status_code)
    answer = getattr(refused.__cause__, "response", None)
    if isinstance(answer, dict):  # Amazon's
        return int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
    return None


def _by_code(code: int, if_final: Ending) -> Ending:
    """4xx: the server asks to come again. 5xx: another attempt would end the same."""
    return Ending.PUT_OFF if 400 <= code < 500 else if_final


def _named(refused: AnymailError) -> str:
    """What broke a slice off, for the log: the provider's own words may name an address."""
    code = _status(refused) if isinstance(refused, AnymailAPIError) else None
    return f"{type(refused).__name__} {code or ''}".rstrip()


def _described(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return f"{type(error).__name__}: {error}"[:1000]


def _text(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer


def _close(connection: Any) -> None:
    try:
        connection.close()
    except OSError as error:
        # Every message was answered for before this: a rude goodbye changes nothing.
        logger.info("The mail server closed the connection first: %s", error)

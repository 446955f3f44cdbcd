"""What does a message in the bounce mailbox say? It is given as bytes, whoever fetched it.

Read are reports of RFC 3464, as Postfix, Exchange and Gmail write them, and Exim's older ones. Only
a message that carries a token of ours (notices.verp) is believed, in its envelope's address or in
the letter that it sends back: a Message-ID can be guessed from a notice's number, and would let a
stranger switch off an organisation's e-mail.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, message_from_string
from email.message import Message
from email.utils import parsedate_to_datetime
from enum import Enum
from hashlib import sha256

from notices import reports, verp
from notices.reports import Report
from notices.states import ReportEvent, ReportOrigin

_ENVELOPE = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To")
_STATUS = re.compile(r"\b([45])\.\d{1,3}\.\d{1,3}\b")
_LINES = re.compile(r"\n\s*\n")
# What a robot answers in its owner's name; RFC 3834 and what came before it.
_ROBOTS = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply-From")


class Verdict(Enum):
    """What became of one message."""

    BOUNCED = "came back"
    DELAYED = "delayed"
    # Known before: the same message, or the same fetched again.
    REPEATED = "repeated"
    # Out of office and the like: it says nothing of the delivery.
    AUTOMATIC = "automatic reply"
    # It names a sending of ours with a code that is not ours.
    FORGED = "forged"
    # A person has to look: no report that we can read, or not about a sending of ours.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Said:
    """What a report says of a delivery."""

    event: ReportEvent
    diagnostic: str


def read(content: bytes, *, at: datetime) -> Verdict:
    """Take one message for what it says; what came back makes the next address the next dispatch.

    Refuses nothing: what it cannot read or does not believe is left to a person. Safe to repeat: a
    message is known by its Message-ID, or by its bytes where it has none.
    """
    message = message_from_bytes(content)
    said = _said(message)
    if said is None:
        return Verdict.AUTOMATIC if _is_automatic(message) else Verdict.UNKNOWN
    named, is_forged = _named(message)
    if named is None:
        return Verdict.FORGED if is_forged else Verdict.UNKNOWN
    name = str(message.get("Message-ID") or "").strip().encode(errors="replace") or content
    taken = reports.take(
        [
            Report(
                origin=ReportOrigin.MAILBOX,
                event=said.event,
                key=f"mailbox:{named[0]}.{named[1]}:{sha256(name).hexdigest()}",
                happened_at=min(_dated(message) or at, at),
                diagnostic=said.diagnostic,
                dispatch_id=named[0],
                sending=named[1],
            )
        ],
        at=at,
    )
    if taken.repeated:
        return Verdict.REPEATED
    if taken.unknown:
        return Verdict.UNKNOWN
    return Verdict.BOUNCED if said.event == ReportEvent.BOUNCED else Verdict.DELAYED


def _said(message: Message) -> Said | None:
    """What the message says of a delivery; None where it is no report of one."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            told = [said for block in _blocks(part) if (said := _of_recipient(block))]
            # One recipient a message: of several lines the final one counts.
            return min(told, key=lambda said: said.event != ReportEvent.BOUNCED, default=None)
    return _of_exim(message)


def _blocks(part: Message) -> Iterator[Message]:
    """The groups of fields, also where the whole was sent in base64."""
    payload = part.get_payload()
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if isinstance(payload, list) and encoding != "base64":
        yield from (block for block in payload if isinstance(block, Message))
        return
    lines = payload if isinstance(payload, str) else "".join(map(str, payload or ()))
    try:
        text = b64decode("".join(lines.split())).decode(errors="replace")
    except (binascii.Error, ValueError):
        return
    for group in _LINES.split(text.replace("\r\n", "\n")):
        yield message_from_string(group.strip() + "\n\n")


def _of_recipient(fields: Message) -> Said | None:
    action = _field(fields, "Action").lower()
    status = _field(fields, "Status")
    if not action and not status:
        return None
    diagnostic = " ".join([status, *_field(fields, "Diagnostic-Code").split()]).strip()
    if action == "failed" or (not action and status.startswith("5")):
        # Final, be the status 5.1.1 or 4.4.7 (tried for days): nobody will try again.
        return Said(ReportEvent.BOUNCED, diagnostic)
    if action == "delayed" or status.startswith("4"):
        return Said(ReportEvent.DELAYED, diagnostic)
    # "delivered", "relayed", "expanded": anybody could write such a letter, so it proves nothing.
    return None


def _of_exim(message: Message) -> Said | None:
    """Exim before 4.83 wrote no report, only words and a header."""
    if not message.get("X-Failed-Recipients"):
        return None
    text = next((text for part, text in _texts(message) if part == "text/plain"), "")
    status = _STATUS.search(text)
    return Said(ReportEvent.BOUNCED, status[0] if status else "X-Failed-Recipients")


def _is_automatic(message: Message) -> bool:
    submitted = _field(message, "Auto-Submitted").lower()
    return (
        submitted.startswith(("auto-replied", "auto-generated", "auto-notified"))
        or _field(message, "Precedence").lower() in ("auto_reply", "bulk", "junk")
        or any(message.get(name) for name in _ROBOTS)
        or str(message.get_param("report-type") or "").lower() == "disposition-notification"
    )


def _named(message: Message) -> tuple[tuple[int, int] | None, bool]:
    """The sending that the message names: by its own addresses, else in what it sends back."""
    envelope = "\n".join(str(value) for name in _ENVELOPE for value in message.get_all(name, []))
    named, is_forged = verp.named_in(envelope)
    if named is not None or is_forged:
        return named, is_forged
    return verp.named_in("\n".join(text for _kind, text in _texts(message)))


def _texts(message: Message) -> Iterator[tuple[str, str]]:
    """Every text in the message with its kind, headers of letters inside it included."""
    for part in message.walk():
        if part is not message:
            yield "headers", "\n".join(f"{name}: {value}" for name, value in part.items())
        if part.get_content_maintype() == "text":
            yield part.get_content_type(), _decoded(part)


def _decoded(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return content.decode(part.get_content_charset() or "utf-8", errors="replace")
    except LookupError:
        return content.decode(errors="replace")


def _field(message: Message, name: str) -> str:
    return str(message.get(name) or "").strip()


def _dated(message: Message) -> datetime | None:
    try:
        moment = parsedate_to_datetime(_field(message, "Date"))
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo else None

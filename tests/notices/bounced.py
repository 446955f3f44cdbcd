"""Messages that come back, in the style of the servers that write them."""

from __future__ import annotations

import base64

LETTER = """From: register@portal.example
To: office@ngo.example
Message-ID: {message_id}
X-Portal-Sending: {token}
Subject: =?utf-8?b?0J3QsNC/0L7QvNC40L3QsNC90LjQtQ==?=
"""


def report(
    *,
    to: str,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 user unknown",
    letter: str = "",
    subject: str = "Undelivered Mail Returned to Sender",
    name: str = "<report-1@mx.ngo.example>",
    in_base64: bool = False,
) -> bytes:
    """A report of RFC 3464: words, fields, and the head of the letter."""
    fields = (
        "Reporting-MTA: dns; mx.ngo.example\n"
        "Arrival-Date: Tue, 15 Sep 2026 12:00:00 +0500\n\n"
        "Final-Recipient: rfc822; office@ngo.example\n"
        f"Action: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: {diagnostic}\n"
    )
    encoding = ""
    if in_base64:
        fields = base64.encodebytes(fields.encode()).decode()
        encoding = "Content-Transfer-Encoding: base64\n"
    return (
        f"Return-Path: <>\nDelivered-To: {to}\nFrom: MAILER-DAEMON@mx.ngo.example\nTo: {to}\n"
        f"Subject: {subject}\nMessage-ID: {name}\nDate: Tue, 15 Sep 2026 12:05:00 +0500\n"
        "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="edge"\n\n'
        "--edge\nContent-Type: text/plain; charset=utf-8\n\nIt could not be delivered.\n"
        f"--edge\nContent-Type: message/delivery-status\n{encoding}\n{fields}\n"
        f"--edge\nContent-Type: text/rfc822-headers\n\n{letter}\n--edge--\n"
    ).encode()


def of_exim(*, to: str, letter: str) -> bytes:
    return (
        f"Return-path: <>\nEnvelope-to: {to}\nX-Failed-Recipients: office@ngo.example\n"
        "Auto-Submitted: auto-replied\nFrom: Mail Delivery System <Mailer-Daemon@exim.example>\n"
        f"To: {to}\nSubject: Mail delivery failed: returning message to sender\n"
        "Message-Id: <E1-exim@exim.example>\nDate: Tue, 15 Sep 2026 12:05:00 +0500\n\n"
        "A message that you sent could not be delivered to one of its recipients:\n\n"
        "  office@ngo.example\n    host mx.ngo.example: 550 5.7.1 rejected\n\n"
        f"------ This is a copy of the headers: ------\n\n{letter}"
    ).encode()


def out_of_office(*, to: str) -> bytes:
    words = base64.encodebytes("Мен демалыстамын, 1 қазанда ораламын.".encode()).decode()
    return (
        f"From: office@ngo.example\nTo: {to}\nAuto-Submitted: auto-replied\n"
        "Subject: =?utf-8?b?0JTQtdC80LDQu9GL0YE=?=\nMessage-ID: <away@ngo.example>\n"
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
        f"Content-Transfer-Encoding: base64\n\n{words}"
    ).encode()

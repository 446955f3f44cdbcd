"""The portal's e-mail backends: all mail of the site passes the gate here.

Django and allauth send through these too, so that a sign-in code is guarded like a notice.
"""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import (
    EmailAlternative,
    EmailMessage,
    EmailMultiAlternatives,
    get_connection,
)
from django.core.mail.backends import console, smtp

from notices import gate

TEST_SUBJECT = "[TEST] "
# In the three languages at once: a backend does not know its reader's.
TEST_LINE = (
    "СЫНАҚ. Бұл хабар сынақ жүйесінен жіберілді, оның заңдық күші жоқ.\n"
    "ТЕСТ. Это сообщение отправлено испытательной системой и не имеет юридической силы.\n"
    "TEST. This message comes from a test installation and has no legal effect.\n\n"
)

TEST_BANNER = (
    '<div role="note" style="margin:0;padding:12px 16px;background:#8a1c1c;color:#ffffff;'
    'font:bold 15px/1.4 Arial,sans-serif;text-align:center">'
    f"{TEST_LINE.strip().replace(chr(10), '<br>')}</div>"
)
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)

logger = logging.getLogger(__name__)


class GuardedConsole(console.EmailBackend):
    """Writes to the console: nothing leaves the machine. Says TEST outside production."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return super().send_messages([_marked(message) for message in email_messages]) or 0


class GuardedSMTP(smtp.EmailBackend):
    """Sends by SMTP, and only to those whom the gate lets through.

    Returns how many messages went out; one without a recipient left is dropped with a log line.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        let_through = [_let_through(message) for message in email_messages]
        going = [_marked(message) for message in let_through if message.recipients()]
        return super().send_messages(going) or 0 if going else 0


class GuardedProvider:
    """Sends through the provider that EMAIL_PROVIDER names, and only to those whom the gate lets
    through. Counts as GuardedSMTP does.

    It holds the provider's backend and does not inherit from it, so that no other way out of it
    stays open.
    """

    def __init__(self, **options: Any) -> None:
        options.pop("username", None)
        options.pop("password", None)
        self._provider = get_connection(
            f"anymail.backends.{settings.EMAIL_PROVIDER}.EmailBackend", **options
        )

    def open(self) -> bool | None:
        return self._provider.open()

    def close(self) -> None:
        self._provider.close()

    def __enter__(self) -> GuardedProvider:
        self.open()
        return self

    def __exit__(self, *_failure: object) -> None:
        self.close()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        sent = 0
        for message in email_messages:
            let_through = _let_through(message)
            if not let_through.recipients():
                continue
            going = _marked(let_through)
            sent += self._provider.send_messages([going]) or 0
            # What the provider calls it is told on the copy; the sender asks its own message.
            vars(message)["anymail_status"] = getattr(going, "anymail_status", None)
        return sent


def _let_through(message: EmailMessage) -> EmailMessage:
    """A copy without the recipients whom the gate holds back."""
    passed = copy.copy(message)
    for field in ("to", "cc", "bcc"):
        kept = [address for address in getattr(message, field) if gate.may_leave(address)]
        setattr(passed, field, kept)
    held_back = len(message.recipients()) - len(passed.recipients())
    if held_back:
        # Addresses are personal, so the line only counts them.
        logger.warning("Held back mail to %d address(es) that may not be reached.", held_back)
    return passed


def _marked(message: EmailMessage) -> EmailMessage:
    """A copy that says TEST in subject, text and every other form of it, outside production."""
    if not gate.is_test():
        return message
    marked = copy.copy(message)
    marked.subject = TEST_SUBJECT + message.subject
    if message.content_subtype == "html":
        marked.body = _html_marked(str(message.body))
    else:
        marked.body = TEST_LINE + str(message.body)
    if isinstance(marked, EmailMultiAlternatives):
        marked.alternatives = [
            EmailAlternative(_alternative_marked(str(content), str(mimetype)), mimetype)
            for content, mimetype in marked.alternatives
        ]
    return marked


def _alternative_marked(content: str, mimetype: str) -> str:
    if mimetype == "text/html":
        return _html_marked(content)
    # A calendar entry or the like would be broken by a line before it; its subject says TEST.
    return TEST_LINE + content if mimetype == "text/plain" else content


def _html_marked(content: str) -> str:
    """With the banner as the first thing in the body; before everything where there is none."""
    body = _BODY.search(content)
    place = body.end() if body else 0
    return content[:place] + TEST_BANNER + content[place:]

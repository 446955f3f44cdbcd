"""The portal's e-mail backends: all mail of the site passes the gate here.

Django and allauth send through these too, so that a sign-in code is guarded like a notice.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence

from django.core.mail import EmailAlternative, EmailMessage, EmailMultiAlternatives
from django.core.mail.backends import console, smtp

from notices import gate

TEST_SUBJECT = "[TEST] "
# In the three languages at once: a backend does not know its reader's.
TEST_LINE = (
    "СЫНАҚ. Бұл хабар сынақ жүйесінен жіберілді, оның заңдық күші жоқ.\n"
    "ТЕСТ. Это сообщение отправлено испытательной системой и не имеет юридической силы.\n"
    "TEST. This message comes from a test installation and has no legal effect.\n\n"
)

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
    """A copy that says TEST in subject and text, outside production."""
    if not gate.is_test():
        return message
    marked = copy.copy(message)
    marked.subject = TEST_SUBJECT + message.subject
    marked.body = TEST_LINE + str(message.body)
    if isinstance(marked, EmailMultiAlternatives):
        marked.alternatives = [
            EmailAlternative(f"<p>{TEST_LINE}</p>{content!s}", mimetype)
            for content, mimetype in marked.alternatives
        ]
    return marked

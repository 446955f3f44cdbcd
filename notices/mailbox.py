"""Fetching what is new in the bounce mailbox.

A message is marked as seen only when what it says is committed: whoever dies between the two reads
it again, and finds it known. What a person has to look at is flagged besides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from imap_tools import AND, BaseMailBox, MailBox, MailBoxUnencrypted, MailMessageFlags

from notices import bounces
from notices.bounces import Verdict

_TIMEOUT_SECONDS = 30
_AT_MOST = 500
_FOR_A_PERSON = (Verdict.UNKNOWN, Verdict.FORGED)


def is_set() -> bool:
    """Whether this installation reads a mailbox: a provider reports by itself."""
    return bool(settings.BOUNCE_IMAP_HOST and not settings.EMAIL_PROVIDER)


def read_new(*, at: datetime) -> Counter[Verdict]:
    """Read the messages that nobody has seen, up to 500; returns how many of each kind.

    Safe to repeat, and for two at once: `bounces.read` takes a message once.
    """
    counts: Counter[Verdict] = Counter()
    with _opened() as mailbox:
        for message in mailbox.fetch(AND(seen=False), mark_seen=False, limit=_AT_MOST):
            verdict = bounces.read(message.obj.as_bytes(), at=at)
            flags = [MailMessageFlags.SEEN]
            if verdict in _FOR_A_PERSON:
                flags.append(MailMessageFlags.FLAGGED)
            mailbox.flag([str(message.uid)], flags, True)
            counts[verdict] += 1
    return counts


@contextmanager
def _opened() -> Iterator[BaseMailBox]:
    # Without TLS only a server on the same machine is spoken to.
    host, port = settings.BOUNCE_IMAP_HOST, settings.BOUNCE_IMAP_PORT
    kind = MailBoxUnencrypted if host == "127.0.0.1" else MailBox
    mailbox = kind(host, port, timeout=_TIMEOUT_SECONDS)
    with mailbox.login(
        settings.BOUNCE_IMAP_USER, settings.BOUNCE_IMAP_PASSWORD, settings.BOUNCE_IMAP_FOLDER
    ):
        yield mailbox

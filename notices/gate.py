"""May anything leave the portal for this address? The one rule.

Notices of one system's test machine once reached real companies. So mail and letters leave only
a production installation whose notices a person has released; everywhere else only an address
on the allow-list is reached: whole addresses, or domains written "@example.org".
"""

from __future__ import annotations

from email.utils import getaddresses

from django.conf import settings


def may_leave(address: str) -> bool:
    """Whether an e-mail may go out of this machine to that address."""
    if settings.IS_PRODUCTION and settings.NOTICES_RELEASED:
        return True
    parsed = getaddresses([address])
    if len(parsed) != 1:
        # Two addresses in one text: a listed one must not carry a stranger through.
        return False
    folded = parsed[0][1].lower()
    domain = "@" + folded.rpartition("@")[2]
    return any(listed.strip().lower() in (folded, domain) for listed in settings.NOTICES_ALLOW_LIST)


def is_test() -> bool:
    """Whether everything made here must say that it is a test."""
    return not settings.IS_PRODUCTION


def waits_for_release() -> bool:
    """Whether this is a production installation whose notices nobody has released yet.

    What is held back there keeps waiting in the queue; on a test machine it is suppressed.
    """
    return settings.IS_PRODUCTION and not settings.NOTICES_RELEASED

"""The envelope's sender of each e-mail, by which a message that comes back names its sending.

"bounce+123.0-<code>@portal.example": the dispatch, how often it was sent again, and a code that
only we can make. Everybody may write to the bounce mailbox, and Message-IDs can be guessed: what
carries no right code of ours changes nothing.
"""

from __future__ import annotations

import re

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from notices.models import Dispatch

# The same token in the message itself: some servers send the letter back without its envelope.
HEADER = "X-Portal-Sending"

_TOKEN = re.compile(r"(?<![\w.])(\d{1,18})\.(\d{1,4})-([0-9a-f]{20})(?![0-9a-f])")
_SALT = "notices.verp"


def token_of(dispatch: Dispatch) -> str:
    """Empty where the portal reads no bounce mailbox: there is none, or a provider reports."""
    if settings.EMAIL_PROVIDER or not settings.BOUNCE_ADDRESS or dispatch.pk is None:
        return ""
    return _token(dispatch.pk, dispatch.resends)


def sender_of(dispatch: Dispatch) -> str:
    """The envelope's sender; empty where there is no token."""
    token = token_of(dispatch)
    name, _at, domain = settings.BOUNCE_ADDRESS.rpartition("@")
    return f"{name}+{token}@{domain}" if token else ""


def named_in(text: str) -> tuple[tuple[int, int] | None, bool]:
    """The dispatch and its sending that a text names, and whether it tries to with a false code."""
    is_forged = False
    for found in _TOKEN.finditer(text):
        key, sending = int(found[1]), int(found[2])
        if constant_time_compare(found[0], _token(key, sending)):
            return (key, sending), False
        is_forged = True
    return None, is_forged


def _token(key: int, sending: int) -> str:
    code = salted_hmac(_SALT, f"{key}.{sending}", algorithm="sha256").hexdigest()[:20]
    return f"{key}.{sending}-{code}"

"""The link in a reminder by which its reader declines reminders: it names the address, signed."""

from __future__ import annotations

from django.conf import settings
from django.core import signing

_SALT = "notices.declining"


def token(address: str) -> str:
    """What the link names the address by; nobody can make one for another's."""
    return signing.dumps(address.lower(), salt=_SALT)


def address_of(token: str) -> str | None:
    """The address that a token names; None for what we have not signed. It never grows old."""
    try:
        return str(signing.loads(token, salt=_SALT))
    except signing.BadSignature:
        return None


def link(address: str) -> str:
    """Where the owner of an address declines reminders, or takes them again."""
    return f"{settings.PORTAL_URL}/reminders/{token(address)}/"

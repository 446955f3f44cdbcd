"""May mail leave by the provider that is set, and can its reports be told from forged ones?"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from notices import providers


def mail_is_secured(**_: Any) -> list[CheckMessage]:
    """Refuse a provider that is unknown, lacks an option, or whose reports anybody could forge;
    and a bounce mailbox whose server is not named."""
    faults = [providers.fault(settings.EMAIL_PROVIDER, settings.ANYMAIL)]
    if settings.BOUNCE_IMAP_HOST and not settings.BOUNCE_ADDRESS:
        faults.append("BOUNCE_IMAP_HOST names a mailbox, but BOUNCE_ADDRESS not its address.")
    return [Error(fault, id="notices.E001") for fault in faults if fault]

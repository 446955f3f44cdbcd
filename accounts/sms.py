"""How does a text message leave? Through the one gateway that the settings name.

`Gateway.send` asks the guard (SENDING_GUARD, the rule of all that leaves the portal) before any
gateway sees the message, so that no gateway can forget it.
"""

from __future__ import annotations

import json
import logging
from abc import ABC, abstractmethod
from pathlib import Path
from typing import cast
from urllib.error import URLError
from urllib.request import Request, urlopen

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.refusals import Refused

logger = logging.getLogger(__name__)

# Seconds. A person waits for the page meanwhile.
_PATIENCE = 10


def gateway() -> Gateway:
    """The gateway of this installation."""
    return cast(Gateway, import_string(settings.SMS_GATEWAY)())


class Gateway(ABC):
    """A way for text messages to leave."""

    # Whether people are offered codes by SMS at all.
    is_connected = True
    # Whether messages leave the machine, so that the guard is asked.
    leaves = True

    def send(self, phone: str, text: str) -> bool:
        """Send a message; False if the guard holds it back. Refuses when the gateway fails."""
        if self.leaves and not import_string(settings.SENDING_GUARD)(phone):
            # Numbers are personal, so the line does not name it.
            logger.warning("Held back an SMS to a number that may not be reached.")
            return False
        self._deliver(phone, text)
        return True

    @abstractmethod
    def _deliver(self, phone: str, text: str) -> None: ...


class FileGateway(Gateway):
    """Writes to a file and the console: nothing leaves. For laptops, never for production."""

    leaves = False

    def _deliver(self, phone: str, text: str) -> None:
        if settings.IS_PRODUCTION:
            raise ImproperlyConfigured("Codes must not be written to a file in production.")
        path = Path(settings.SMS_LOG)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as log:
            log.write(f"{phone} {text}\n")
        logger.info("SMS to %s: %s", phone, text)


class HttpGateway(Gateway):
    """Posts JSON to SMS_URL with a bearer token; any answer of 200 to 299 means taken over."""

    def _deliver(self, phone: str, text: str) -> None:
        request = Request(  # noqa: S310 - the settings let https alone through
            settings.SMS_URL,
            data=json.dumps({"to": phone, "text": text}).encode(),
            headers={
                "Authorization": f"Bearer {settings.SMS_TOKEN}",
                "Content-Type": "application/json",
            },
        )
        try:
            # An HTTP error is a URLError too; a time-out may be a plain OSError.
            with urlopen(request, timeout=_PATIENCE):  # noqa: S310 - as above
                pass
        except (URLError, OSError) as problem:
            logger.warning("The SMS gateway failed: %s", problem)
            raise Refused(
                _("The SMS could not be sent. Try again in some minutes, or use your e-mail.")
            ) from problem


class NoGateway(Gateway):
    """Where no gateway is connected: nobody is offered codes by SMS."""

    is_connected = False

    def _deliver(self, phone: str, text: str) -> None:  # noqa: ARG002 - nothing is sent
        raise Refused(_("Codes by SMS are not available. Use your e-mail."))

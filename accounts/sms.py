"""How does a text message leave? Through the one gateway that the settings name.

`Gateway.send` asks the guard (SENDING_GUARD, the rule of all that leaves the portal) before any
gateway sees the message, so that no gateway can forget it.
"""

from __future__ import annotations

import json
import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, cast
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.refusals import Refused

logger = logging.getLogger(__name__)

# Seconds. A person waits for the page meanwhile.
_PATIENCE = 10
# Where a gateway asks to come again and does not say when.
_COME_AGAIN_SECONDS = 60.0
_LONGEST_WAIT_SECONDS = 24 * 3600.0
# Answers that are about us or the gateway, whatever the message: a wrong token, no money left,
# out of order behind its proxy.
_OUT_OF_ORDER = {401, 402, 403, 502, 503, 504}
_COME_AGAIN = {408, 409, 425, 429}


@dataclass(frozen=True)
class Taken:
    """A gateway took a message over; its number of it, where it gave one."""

    provider_id: str = ""


class NotTaken(Refused):
    """The gateway did not take the message over; `why` is for staff, the sentence for people."""

    def __init__(self, why: str) -> None:
        super().__init__(
            _("The SMS could not be sent. Try again in some minutes, or use your e-mail.")
        )
        self.why = why


class OutOfOrder(NotTaken):
    """The gateway is not there, or not for us: any other message would end the same."""


class Busy(NotTaken):
    """The gateway asks to come again after so many seconds."""

    def __init__(self, why: str, seconds: float) -> None:
        super().__init__(why)
        self.seconds = seconds


class NoSuchNumber(NotTaken):
    """The gateway does not take this message or number: another attempt would end the same."""


def gateway() -> Gateway:
    """The gateway of this installation."""
    return cast(Gateway, import_string(settings.SMS_GATEWAY)())


class Gateway(ABC):
    """A way for text messages to leave."""

    # Whether people are offered codes by SMS at all.
    is_connected = True
    # Whether messages leave the machine, so that the guard is asked.
    leaves = True

    def send(self, phone: str, text: str, *, key: str = "") -> Taken | None:
        """Send a message; None if the guard holds it back. Refuses when the gateway fails.

        `key` names the message: a gateway that is given the same one twice sends it once.
        """
        if self.leaves and not import_string(settings.SENDING_GUARD)(phone):
            # Numbers are personal, so the line does not name it.
            logger.warning("Held back an SMS to a number that may not be reached.")
            return None
        return self._deliver(phone, text, key)

    @abstractmethod
    def _deliver(self, phone: str, text: str, key: str) -> Taken: ...


class FileGateway(Gateway):
    """Writes to a file and the console: nothing leaves. For laptops, never for production."""

    leaves = False

    def _deliver(self, phone: str, text: str, key: str) -> Taken:  # noqa: ARG002 - a line a message
        if settings.IS_PRODUCTION:
            raise ImproperlyConfigured("Codes must not be written to a file in production.")
        path = Path(settings.SMS_LOG)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as log:
            log.write(f"{phone} {text}\n")
        logger.info("SMS to %s: %s", phone, text)
        return Taken()


class HttpGateway(Gateway):
    """Posts JSON to SMS_URL with a bearer token; any answer of 200 to 299 means taken over.

    The message's key goes as the header Idempotency-Key. Of a JSON answer "id" (or "message_id")
    is kept: the gateway's reports name the message by it.
    """

    def _deliver(self, phone: str, text: str, key: str) -> Taken:
        request = Request(  # noqa: S310 - the settings let https alone through
            settings.SMS_URL,
            data=json.dumps({"to": phone, "text": text}).encode(),
            headers={
                "Authorization": f"Bearer {settings.SMS_TOKEN}",
                "Content-Type": "application/json",
                **({"Idempotency-Key": key} if key else {}),
            },
        )
        try:
            with urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310 - as above
                return Taken(_id_in(answer.read(65_536)))
        except HTTPError as answer:
            problem: NotTaken = _told(answer)
        except (OSError, HTTPException) as broken:
            problem = OutOfOrder(f"{type(broken).__name__}: {broken}")
        logger.warning("The SMS gateway failed: %s", problem.why)
        raise problem


class NoGateway(Gateway):
    """Where no gateway is connected: nobody is offered codes by SMS."""

    is_connected = False

    def _deliver(self, phone: str, text: str, key: str) -> Taken:  # noqa: ARG002 - nothing is sent
        raise Refused(_("Codes by SMS are not available. Use your e-mail."))


def _told(answer: HTTPError) -> NotTaken:
    """What an answer of 300 and more says of the message."""
    why = f"HTTP {answer.code}"
    if answer.code in _COME_AGAIN:
        return Busy(why, _wait_in(answer))
    if answer.code in _OUT_OF_ORDER:
        return OutOfOrder(why)
    if 400 <= answer.code < 500:
        return NoSuchNumber(why)
    return NotTaken(why)


def _wait_in(answer: HTTPError) -> float:
    """The seconds that the header Retry-After asks for; a date in it is answered by a minute."""
    asked = answer.headers.get("Retry-After", "")
    return min(float(asked), _LONGEST_WAIT_SECONDS) if asked.isdecimal() else _COME_AGAIN_SECONDS


def _id_in(body: bytes) -> str:
    """The gateway's number of the message, from an answer that may hold anything."""
    try:
        said: Any = json.loads(body)
    except ValueError:
        return ""
    found = (said.get("id") or said.get("message_id")) if isinstance(said, dict) else None
    return str(found)[:200] if isinstance(found, str | int) else ""

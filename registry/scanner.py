"""Is there a virus in a file? Asks ClamAV's daemon, when one is set up (CLAMAV_URL)."""

from __future__ import annotations

from typing import BinaryIO
from urllib.parse import urlsplit

from clamav_client.clamd import ClamdError, ClamdNetworkSocket, ClamdUnixSocket
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from accounts.refusals import Refused

_PORT = 3310


def is_set_up() -> bool:
    return bool(settings.CLAMAV_URL)


def refuse_viruses(file: BinaryIO, name: str) -> None:
    """Refuses a file with a virus, and every file while the scanner does not answer: what could
    not be looked at is not kept."""
    file.seek(0)
    try:
        answer = _client().instream(file)
    except (ClamdError, OSError) as error:
        raise _out_of_reach() from error
    status, virus = answer.get("stream", ("ERROR", None))
    if status == "FOUND":
        raise Refused(
            _("“%(name)s” holds a virus (%(virus)s) and was not kept. Check your device.")
            % {"name": name, "virus": virus}
        )
    if status != "OK":
        raise _out_of_reach()


def _client() -> ClamdNetworkSocket:
    url = urlsplit(settings.CLAMAV_URL)
    timeout = settings.CLAMAV_TIMEOUT_SECONDS
    if url.scheme == "unix":
        return ClamdUnixSocket(url.path, timeout=timeout)
    if url.scheme == "tcp" and url.hostname:
        return ClamdNetworkSocket(url.hostname, url.port or _PORT, timeout=timeout)
    raise ImproperlyConfigured("CLAMAV_URL is neither tcp://host:port nor unix:///path.")


def _out_of_reach() -> Refused:
    return Refused(
        _("Files cannot be checked for viruses just now. Your file was not kept: try again later.")
    )

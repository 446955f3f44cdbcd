"""The HTML of a notice's e-mail: the same words as its text, easier to read on a phone.

Names of organisations and people's own words are in it, so everything is escaped; only the
portal's own addresses become links. Nothing is loaded from elsewhere: the one picture, the QR code,
travels with the message.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.mime.image import MIMEImage
from itertools import groupby

import segno
from django.conf import settings
from django.template.loader import get_template
from django.utils import translation
from django.utils.html import escape
from django.utils.safestring import SafeString

from notices.documents.letterhead import verify_address
from notices.documents.notice import parts_of
from notices.variables import date_in
from registry.calendar import day_of

# How the message names its picture inside itself.
QR_ID = "qr@portal"
_STEP = re.compile(r"\d+\. ")
_BULLET = "- "
_LINK = r'<a href="\g<0>" style="color:#0b6470">\g<0></a>'


@dataclass(frozen=True)
class Block:
    """Lines that belong together: a paragraph ("p"), numbered steps ("ol") or a list ("ul")."""

    tag: str
    lines: tuple[SafeString, ...]


def page(
    *, subject: str, body: str, language: str, number: str, made_at: datetime, decline: str = ""
) -> str:
    """The HTML document of a letter with that text.

    `number` is empty for a digest, whose reminders each have their own; `decline` is where its
    reader declines more of the kind.
    """
    sender, letter = parts_of(body)
    with translation.override(language):
        return get_template("notices/email.html").render(
            {
                "language": language,
                "subject": subject,
                "sender": sender,
                "number": number,
                "dated": date_in(language, day_of(made_at).isoformat()),
                "blocks": list(_blocks(letter)),
                "verify_address": verify_address(number),
                "qr_id": QR_ID,
                "decline": decline,
            }
        )


def qr_picture(number: str) -> MIMEImage:
    """The QR code of the page that confirms the number, as a part of the message."""
    drawing = io.BytesIO()
    # The mask is given: trying all eight takes most of the time of a whole message, and every
    # reader reads any of them.
    code = segno.make(verify_address(number), error="m", mask=4)
    code.save(drawing, kind="png", scale=4, border=2)
    picture = MIMEImage(drawing.getvalue(), "png")
    picture.add_header("Content-ID", f"<{QR_ID}>")
    picture.add_header("Content-Disposition", "inline", filename=f"{number}.png")
    return picture


def _blocks(letter: str) -> Iterator[Block]:
    for part in letter.split("\n\n"):
        lines = [line for line in part.split("\n") if line.strip()]
        for tag, together in groupby(lines, _tag):
            yield Block(tag, tuple(_shown(line, tag) for line in together))


def _tag(line: str) -> str:
    if _STEP.match(line):
        return "ol"
    return "ul" if line.startswith(_BULLET) else "p"


def _shown(line: str, tag: str) -> SafeString:
    if tag == "ol":
        line = _STEP.sub("", line, count=1)
    return _linked(escape(line.removeprefix(_BULLET) if tag == "ul" else line))


def _linked(escaped: str) -> SafeString:
    """The portal's own addresses as links; the rest was escaped before."""
    return SafeString(_own_address().sub(_LINK, escaped))


def _own_address() -> re.Pattern[str]:
    return re.compile(re.escape(escape(settings.PORTAL_URL)) + r"(?:/[\w/-]*)?")

"""The HTML of a notice's e-mail: the same words as its text, on a quiet page.

No table, no remote picture, no script; one column that a phone shows as it is. What stands in a
letter was typed by many people, so all of it is escaped, and only the portal's own addresses
become links.
"""

from __future__ import annotations

import io
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from email.mime.image import MIMEImage
from functools import lru_cache
from typing import cast

import segno
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from notices.documents import parts_of, verify_address
from notices.documents.letterhead import MASK
from notices.models import Notice
from notices.variables import date_in
from registry.calendar import day_of

_STEP = re.compile(r"\d{1,2}\. ")
_LINK = '<a href="{0}" style="color:#14578a">{0}</a>'


@dataclass(frozen=True)
class Step:
    """A line of a letter: a numbered step, or plain words."""

    html: SafeString
    number: str = ""


@dataclass(frozen=True)
class Part:
    """One notice on the page."""

    sender: str
    subject: str
    number: str
    dated: str
    organisation: str
    paragraphs: Sequence[Sequence[Step]]


def page(
    notices: Sequence[Notice],
    *,
    subject: str,
    qr_cid: str,
    organisations: Sequence[str] = (),
    shows_texts: bool = True,
    decline: str = "",
) -> str:
    """The page of one notice, or of a digest's; in the language of the first.

    `organisations` are the names for a digest's list, in the order of the notices, whose texts
    stand below it where `shows_texts`. `decline` is where the reader declines more of the kind.
    """
    first = notices[0]
    names = organisations or [""] * len(notices)
    with translation.override(first.language):
        return render_to_string(
            "notices/email.html",
            {
                "language": first.language,
                "subject": subject,
                "heading": digest_heading(shows_texts=shows_texts),
                "shows_texts": shows_texts,
                "decline": decline,
                "parts": [_part(*each) for each in zip(notices, names, strict=True)],
                "qr": f"cid:{qr_cid}",
                "verify": verify_address(first.number),
                "verify_number": first.number,
                "verify_page": f"{settings.PORTAL_URL}/verify/",
            },
        )


def qr_code(number: str, cid: str) -> MIMEImage:
    """The address that confirms a document, as a picture that travels inside the message."""
    drawing = io.BytesIO()
    code = segno.make(verify_address(number), error="m", mask=MASK, boost_error=False)
    code.save(drawing, kind="png", scale=4, border=4)
    picture = MIMEImage(drawing.getvalue(), "png")
    picture.add_header("Content-ID", f"<{cid}>")
    picture.add_header("Content-Disposition", "inline", filename=f"{number}.png")
    return picture


def as_shown(message: EmailMultiAlternatives) -> str:
    """The page of a composed message with its picture inside, for a browser instead of a mail
    program."""
    (page,) = (
        str(content) for content, media_type in message.alternatives if media_type == "text/html"
    )
    for part in message.attachments:
        if isinstance(part, MIMEImage):
            cid = str(part["Content-ID"]).strip("<>")
            picture = b64encode(cast(bytes, part.get_payload(decode=True))).decode()
            page = page.replace(f"cid:{cid}", f"data:image/png;base64,{picture}")
    return page


def digest_subject(count: int) -> str:
    """In the language that is active."""
    return _("Reminders: %(count)d") % {"count": count}


def digest_heading(*, shows_texts: bool) -> str:
    """In the language that is active."""
    if shows_texts:
        return _("This e-mail carries these reminders; each one's text stands below.")
    return _(
        "These NGOs have not filed yet. Read their reminders in My organisations: %(page)s"
    ) % {"page": f"{settings.PORTAL_URL}/my/"}


def _part(notice: Notice, organisation: str) -> Part:
    sender, body = parts_of(notice.text.body)
    return Part(
        sender=sender,
        subject=notice.text.subject,
        number=notice.number,
        dated=date_in(notice.language, day_of(notice.made_at).isoformat()),
        organisation=organisation,
        paragraphs=[
            [_step(line) for line in paragraph.split("\n")]
            for paragraph in body.split("\n\n")
            if paragraph.strip()
        ],
    )


def _step(line: str) -> Step:
    numbered = _STEP.match(line)
    if not numbered:
        return Step(_linked(line))
    return Step(_linked(line[numbered.end() :]), numbered[0].strip())


def _linked(text: str) -> SafeString:
    """The text escaped, with links made of the portal's own addresses and of no other."""
    shown, done = [], 0
    for found in _own_address(settings.PORTAL_URL).finditer(text):
        address = escape(found[0])
        shown += [escape(text[done : found.start()]), _LINK.format(address)]
        done = found.end()
    return mark_safe("".join([*shown, escape(text[done:])]))  # noqa: S308 - escaped piece by piece


@lru_cache(maxsize=8)
def _own_address(portal: str) -> re.Pattern[str]:
    """Not where a longer name of somebody else's begins with ours: portal.example.evil.kz."""
    return re.compile(
        rf"(?<!\w){re.escape(portal)}(?:/[A-Za-z0-9_\-./]*[A-Za-z0-9_/-])?(?!\.?[\w@:-])"
    )

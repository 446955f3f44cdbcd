"""What stands on every document: who issued it, its number and date, how to check it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import segno
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from notices import gate
from notices.variables import date_in

# One mask for all: trying all eight takes three times as long, and every reader reads any.
MASK = 3
_TEST = "СЫНАҚ · ТЕСТ · TEST"


def letterhead(
    *, language: str, title: str, number: str, issued_on: date, issuer: str
) -> Mapping[str, Any]:
    """The values that the template `letterhead.typ` asks for, in the document's language.

    `issuer` is the body in charge as it was named then. Outside production every page says TEST.
    """
    with translation.override(language):
        return {
            "language": language,
            "title": title,
            "issuer": issuer,
            "number": number,
            "number_label": _("Number"),
            "dated": date_in(language, issued_on.isoformat()),
            "dated_label": _("Date"),
            "qr": _qr(verify_address(number)),
            "qr_alt": _("QR code with the address of the page that confirms this document"),
            "verify": _("Is this document real? Scan the code, or type the number at"),
            "verify_address": f"{settings.PORTAL_URL.split('//')[-1]}/verify/",
            "not_the_state": _("This is not the state registration of a legal entity."),
            # The two gaps are filled in by the typesetter, page by page.
            "page_of": _("Page {page} of {pages}"),
            "test": _TEST if gate.is_test() else "",
        }


def verify_address(number: str) -> str:
    """Where the portal confirms that number; without a language: the reader's is chosen there."""
    return f"{settings.PORTAL_URL}/verify/{number}"


@lru_cache(maxsize=64)
def _qr(address: str) -> str:
    drawing = io.BytesIO()
    code = segno.make(address, error="m", mask=MASK)
    code.save(drawing, kind="svg", border=0, xmldecl=False)
    return drawing.getvalue().decode()

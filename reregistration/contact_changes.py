"""Does a filing state a new e-mail, phone or head? Then every old address is told of it.

Changing contact details is how an organisation is taken over (design.md section 11).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notices import addresses, notice
from notices.states import Kind
from registry.facts import email_of, phone_of, same_text
from registry.models import Contact
from reregistration import letters
from reregistration.models import Filing, Obligation

# What a letter calls each part: the kind of thing, never its value.
WORDS: dict[str, Promise] = {
    "email": _("the e-mail of the organisation"),
    "phone": _("the phone of the organisation"),
    "head_name": _("the head of the organisation"),
}


def stated_anew(filing: Filing) -> list[str]:
    """Which of e-mail, phone and head the filing states otherwise than the register holds.

    What the filing leaves empty takes nothing away, and is not named.
    """
    organisation = filing.obligation.organisation
    held = set(organisation.contacts.filter(retired_at__isnull=True).values_list("kind", "value"))
    email, phone = email_of(filing.email), phone_of(filing.phone) or filing.phone.strip()
    found = []
    if email and (Contact.Kind.EMAIL, email) not in held:
        found.append("email")
    if phone and (Contact.Kind.PHONE, phone) not in held:
        found.append("phone")
    if filing.head_name and not same_text(organisation.head_name, filing.head_name):
        found.append("head_name")
    return found


def announce(filing: Filing, obligation: Obligation, *, at: datetime) -> Sequence[str]:
    """Tell every known address that a submitted filing states new contacts or a new head.

    Returns the parts. For `filing.submit`, in its transaction. Safe to repeat: one notice a
    filing.
    """
    parts = stated_anew(filing)
    if not parts:
        return parts
    number = filing.number or ""
    changes = {
        f"changes_{language}": "\n".join(f"- {words}" for words in spoken)
        for language, spoken in letters.spoken([WORDS[part] for part in parts]).items()
    }
    notice.register(
        [
            letters.draft(
                obligation,
                Kind.CONTACTS_CHANGED,
                number,
                {"filing_number": number, "filed_at": at.isoformat(), **changes},
                to=addresses.everyone(obligation.organisation, at=at),
            )
        ],
        at=at,
    )
    return parts

"""Does it say otherwise than the register, or than those who pay grants?"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from registry.facts import STATE_OWNED_FIELDS, same_text
from reregistration import contact_changes
from reregistration.checks.finding import Finding
from reregistration.checks.known import Known
from reregistration.sections import remarks
from reregistration.states import REPORTS


def stated_otherwise(known: Known) -> Iterator[Finding]:
    for name in STATE_OWNED_FIELDS:
        held, stated = getattr(known.organisation, name), getattr(known.filing, name)
        if held and stated and not same_text(held, stated):
            yield Finding(
                f"otherwise_{name}",
                remarks.STATED_OTHERWISE[name](),
                _("It is noted as declared; the register follows the state registration."),
                _("the register, as the state registration holds it"),
            )


def new_contacts(known: Known) -> Iterator[Finding]:
    for part in known.stated_anew:
        yield Finding(
            f"new_{part}",
            _("Not what the register holds: %(part)s.") % {"part": contact_changes.WORDS[part]},
            _("Changing contacts is how an organisation is taken over. The old ones were told."),
            _("the register's contacts"),
        )


def grants(known: Known) -> Iterator[Finding]:
    if not known.grants:
        return
    source = _("the register's signs of life: %(grants)s") % {"grants": ", ".join(known.grants)}
    if known.filing.kind not in REPORTS:
        yield Finding(
            "grant_closed",
            _("It states that there is nothing to report on, and holds live grant money."),
            _("Whoever has closed, or is no NGO, cannot spend a grant."),
            source,
        )
    elif not known.filing.income:
        yield Finding(
            "grant_no_income",
            _("It states no income, and holds live grant money."),
            _("Grant money is income, of the year in which it was paid."),
            source,
        )


CHECKS = (stated_otherwise, new_contacts, grants)

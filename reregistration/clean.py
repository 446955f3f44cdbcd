"""Is a filing clean, so that many can be accepted together?

Nothing changed but people, money and activity; contacts and head as before; every check passes; it
is whole; its author may act; nobody says that it is not so; its answers are those that were sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from registry.facts import STATE_OWNED_FIELDS, same_text
from registry.models import Claim
from reregistration import checks
from reregistration.answers import label_of
from reregistration.checks.known import Known
from reregistration.models import Filing
from reregistration.sections.table import ALL
from reregistration.states import REPORTS

# People, money and activity change from year to year: nobody looks whether these did.
CHANGING_SECTIONS = frozenset({"activity", "income", "spending", "projects", "year", "figures"})


def obstacles(known: Known, *, seen: str) -> list[str]:
    """Why it is not clean, in sentences; none means that it is.

    `seen` is the fingerprint of the answers as they stand now.
    """
    return [
        *_of_the_filing(known.filing, seen),
        *(finding.sentence for finding in checks.of(known)),
        *_changes(known),
    ]


def _of_the_filing(filing: Filing, seen: str) -> Iterator[str]:
    if filing.kind not in REPORTS:
        yield _("It states: %(stated)s.") % {"stated": filing.get_kind_display()}
    if seen != filing.sha256:
        yield _("Its answers are not those that were submitted. Tell the operator.")
    if filing.claim_id is not None and not _is_accepted(filing.claim_id):
        yield _("It was filed under a claim that is not accepted.")
    if filing.contradictions.exists():
        yield _("Somebody says that it is not so.")
    if filing.refusal_proposals.exists():
        yield _("Somebody proposed to refuse it.")


def _is_accepted(claim_id: int) -> bool:
    return Claim.objects.filter(pk=claim_id, state=Claim.State.ACCEPTED).exists()


def _changes(known: Known) -> Iterator[str]:
    for name in ("name_en", *STATE_OWNED_FIELDS):
        held, stated = getattr(known.organisation, name), getattr(known.filing, name)
        # Where the state registration says otherwise, a check has said so.
        is_told = bool(held) and name in STATE_OWNED_FIELDS
        if stated and not is_told and not same_text(held, stated):
            yield _("Changed: %(part)s.") % {"part": label_of(name)}
    before: Mapping[str, Any] = known.accepted.details if known.accepted else {}
    now = known.filing.details
    for code in now:
        if code not in CHANGING_SECTIONS and now[code] != before.get(code, {}):
            yield _("Changed, or told for the first time: %(part)s.") % {"part": ALL[code].title}

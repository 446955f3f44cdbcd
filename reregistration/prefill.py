"""What does a new draft begin with? What the register knows, and what was filed before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts.refusals import Refused
from registry import contacts
from registry.models import Organisation
from reregistration.claimants import OF_THE_ORGANISATION
from reregistration.models import Filing, Obligation
from reregistration.sections.columns import answers_of
from reregistration.sections.table import FULL
from reregistration.states import FilingKind, FilingState

# The answers of one year alone: never carried into the next.
_OF_THE_YEAR = ("income", "spending", "projects")
_CARRIED = tuple(section.code for section in FULL if section.code not in _OF_THE_YEAR)


def from_version(last: Filing) -> dict[str, Any]:
    """The version before, whole: it was returned, or is corrected. What was confirmed in it is
    confirmed again."""
    details = {code: told for code, told in last.details.items() if code != "held"}
    return {
        **answers_of(last),
        "kind": last.kind,
        "is_short": last.is_short,
        "details": details,
    }


def from_register(obligation: Obligation) -> dict[str, Any]:
    """What the register holds; what it does not hold, from the last filing that was accepted in
    an earlier campaign, else from the last one submitted. Money is never guessed."""
    organisation = obligation.organisation
    return {**held(organisation), "details": _carried(_before(organisation))}


def held(organisation: Organisation) -> dict[str, Any]:
    """What the register holds of each answer."""
    known = contacts.current(organisation)
    longest_head_name = Filing._meta.get_field("head_name").max_length
    return {
        "name_kk": organisation.name_kk,
        "name_ru": organisation.name_ru,
        "name_en": organisation.name_en,
        "address": organisation.address,
        # The register takes an extract's text as it is; the person who files shortens it.
        "head_name": organisation.head_name[:longest_head_name],
        "email": known.get("email", ""),
        "phone": known.get("phone", ""),
        "employees": organisation.employees,
        "volunteers": organisation.volunteers,
        "activity_areas": list(organisation.activity_areas.values_list("code", flat=True)),
    }


def refuse_unless_unchanged(draft: Filing) -> None:
    """Refuse “nothing has changed” where too little is known, for a large organisation, and for
    a person whose claim to act waits: what is held is not theirs to read."""
    if draft.claim_id or not knows_enough(answers_of(draft)):
        raise Refused(
            _("The register shows too little to confirm it. Choose “Our details” instead.")
        )
    if not draft.is_short:
        raise Refused(
            _(
                "“Nothing has changed” is for small organisations. Choose “Our details”: what is "
                "known stands there already."
            )
        )


def knows_enough(answers: Mapping[str, Any]) -> bool:
    """Whether names, a head and a contact are known."""
    is_named = all(answers[name] for name in ("name_kk", "name_ru", "head_name"))
    return is_named and bool(answers["email"] or answers["phone"])


def _before(organisation: Organisation) -> Filing | None:
    submitted = Filing.objects.filter(
        OF_THE_ORGANISATION, obligation__organisation=organisation, kind=FilingKind.DETAILS
    ).exclude(state=FilingState.DRAFT)
    newest = list(submitted.order_by("-submitted_at")[:20])
    accepted = (filing for filing in newest if filing.state == FilingState.ACCEPTED)
    return next(accepted, newest[0] if newest else None)


def _carried(before: Filing | None) -> dict[str, Any]:
    if before is None:
        return {}
    return {code: told for code, told in before.details.items() if code in _CARRIED}

"""A filing's answers beside the register's present facts and the last accepted filing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from registry.facts import STATE_OWNED_FIELDS, email_of, phone_of, same_text
from registry.models import ActivityArea, AnnualFigures, Organisation
from registry.money import tenge
from reregistration import contact_changes
from reregistration.accepted import last_accepted
from reregistration.answers import label_of
from reregistration.models import Filing
from reregistration.sections.columns import ANSWERS, answers_of


class Change(TextChoices):
    SAME = "same", _("same")
    NEW = "new", _("new")
    CHANGED = "changed", _("changed")


@dataclass(frozen=True)
class Line:
    """One answer of the form, three times."""

    label: str
    held: str
    filed: str
    accepted: str
    change: Change
    # Whether the state registration owns the fact: what is filed otherwise is kept as declared.
    is_state_owned: bool


def lines(filing: Filing) -> list[Line]:
    """The filing's answers, in the form's order. A fixed number of queries."""
    organisation = filing.obligation.organisation
    held = held_facts(organisation, filing.obligation.campaign.reporting_year)
    accepted = last_accepted(filing)
    before = answers_of(accepted) if accepted else {}
    areas = {area.code: area.name for area in ActivityArea.objects.all()}
    return [
        Line(
            label=label_of(name),
            held=_shown(held[name], areas),
            filed=_shown(value, areas),
            accepted=_shown(before.get(name), areas),
            change=change_of(name, held[name], value),
            is_state_owned=name in STATE_OWNED_FIELDS,
        )
        for name, value in answers_of(filing).items()
    ]


def takes_over(filing: Filing) -> bool:
    """Whether it names a head, an e-mail or a phone that the register does not hold."""
    return bool(contact_changes.stated_anew(filing))


def held_facts(organisation: Organisation, year: int) -> dict[str, Any]:
    """What the register holds of each answer; contacts are lists, for it may hold several."""
    contacts: dict[str, list[str]] = defaultdict(list)
    for contact in organisation.contacts.filter(retired_at__isnull=True).order_by("pk"):
        contacts[contact.kind].append(contact.value)
    money = AnnualFigures.objects.filter(organisation=organisation, year=year).first()
    facts: dict[str, Any] = {name: getattr(organisation, name, None) for name in ANSWERS}
    facts["activity_areas"] = [area.code for area in organisation.activity_areas.all()]
    facts["email"], facts["phone"] = contacts["email"], contacts["phone"]
    facts["income"] = money.income if money else None
    facts["spending"] = money.spending if money else None
    return facts


def change_of(name: str, held: Any, filed: Any) -> Change:
    """How a filed answer stands to what the register holds; an empty one takes nothing away."""
    if filed in (None, "", []) or _is_same(name, held, filed):
        return Change.SAME
    return Change.NEW if held in (None, "", []) else Change.CHANGED


def _is_same(name: str, held: Any, filed: Any) -> bool:
    if name == "email":
        return email_of(filed) in held
    if name == "phone":
        return (phone_of(filed) or filed.strip()) in held
    if name == "activity_areas":
        return set(held) == set(filed)
    if isinstance(held, str) and isinstance(filed, str):
        return same_text(held, filed)
    return bool(held == filed)


def _shown(value: Any, areas: Mapping[str, str]) -> str:
    if value in (None, "", []):
        return ""
    if isinstance(value, list):
        return "; ".join(areas.get(item, item) for item in value)
    if isinstance(value, Decimal):
        return tenge(value)
    if isinstance(value, int):
        return number_format(value, use_l10n=True, force_grouping=True)
    return str(value)

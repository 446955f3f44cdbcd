"""What in a filing is worth a second look? Told to the person and the reviewer; never a block."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from registry.facts import STATE_OWNED_FIELDS, same_text
from registry.money import tenge
from reregistration.models import Filing
from reregistration.sections.section import Section, answers_in
from reregistration.sections.table import sections_of
from reregistration.states import REPORTS, FilingKind

STATED_OTHERWISE = {
    "name_kk": lambda: _("The name in Kazakh is not the one of the state registration."),
    "name_ru": lambda: _("The name in Russian is not the one of the state registration."),
    "address": lambda: _("The address is not the one of the state registration."),
    "head_name": lambda: _("The head is not the one of the state registration."),
}


def of_filing(filing: Filing) -> list[str]:
    """Every remark once, in the order of the form."""
    return list(
        dict.fromkeys(line for section in sections_of(filing) for line in of(section, filing))
    )


def of(section: Section, filing: Filing) -> list[str]:
    """The remarks that belong to one section."""
    names = {*section.columns, *section.computed(answers_in(filing, section.code))}
    return [*_otherwise(filing, names), *_money(filing, names), *_size(filing, names)]


def _otherwise(filing: Filing, names: set[str]) -> Iterator[str]:
    organisation = filing.obligation.organisation
    for name in STATE_OWNED_FIELDS:
        held, stated = getattr(organisation, name), getattr(filing, name)
        if name in names and held and stated and not same_text(held, stated):
            yield (
                STATED_OTHERWISE[name]()
                + " "
                + _(
                    "We note it as declared. The register follows when the state registration does."
                )
            )


def _money(filing: Filing, names: set[str]) -> Iterator[str]:
    income, spending = filing.income, filing.spending
    if not names & {"income", "spending"} or income is None or spending is None:
        return
    if spending > income and not answers_in(filing, "spending").get("why_more"):
        yield _(
            "You spent %(more)s more than you received: from savings? That may well be; check "
            "both sums for a slip."
        ) % {"more": tenge(spending - income)}


def _size(filing: Filing, names: set[str]) -> Iterator[str]:
    if filing.kind not in REPORTS or not names & {"employees", "income"}:
        return
    campaign = filing.obligation.campaign
    employees, income = filing.employees or 0, filing.income or 0
    is_small = employees <= campaign.short_form_employees and income <= campaign.short_form_income
    if filing.is_short and not is_small:
        yield _(
            "The figures are above the limit of the short form. You may submit it all the same; "
            "the reviewer may ask for more."
        )
    elif (
        not filing.is_short and is_small and filing.kind == FilingKind.DETAILS and _is_told(filing)
    ):
        yield _("The figures are small: the short form would have been enough.")


def _is_told(filing: Filing) -> bool:
    return filing.employees is not None and filing.income is not None

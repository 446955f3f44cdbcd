"""Do the figures add up, and do they follow from those before?"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from registry.money import tenge
from reregistration.answers import label_of
from reregistration.checks.finding import Finding
from reregistration.checks.known import Known
from reregistration.sections.section import answers_in
from reregistration.states import REPORTS

# A figure that grew or shrank so many times, and by at least so much, is worth a look.
TIMES = 10
AT_LEAST = {
    "employees": Decimal(20),
    "volunteers": Decimal(200),
    "income": Decimal(10_000_000),
    "spending": Decimal(10_000_000),
}
_MONEY = ("income", "spending")


def more_spent(known: Known) -> Iterator[Finding]:
    income, spending = known.filing.income, known.filing.spending
    if income is None or spending is None or spending <= income:
        return
    if not answers_in(known.filing, "spending").get("why_more"):
        yield Finding(
            "more_spent",
            _("It spent %(more)s more than it received, and does not say from what.")
            % {"more": tenge(spending - income)},
            _("It may have been savings, or one of the two sums is a slip."),
            _("income and spending of this filing"),
        )


def above_the_short_form(known: Known) -> Iterator[Finding]:
    filing, campaign = known.filing, known.filing.obligation.campaign
    if filing.kind not in REPORTS or not filing.is_short:
        return
    people, income = filing.employees or 0, filing.income or 0
    if people > campaign.short_form_employees or income > campaign.short_form_income:
        yield Finding(
            "above_short_form",
            _("The figures are above the limit of the short form."),
            _("The short form does not ask for founders, property and projects."),
            _("the campaign's limits of the short form"),
        )


def jumps(known: Known) -> Iterator[Finding]:
    for name, least in AT_LEAST.items():
        before, source = _before(known, name)
        stated = getattr(known.filing, name)
        if before is None or stated is None:
            continue
        low, high = sorted((Decimal(before), Decimal(stated)))
        if high - low >= least and high >= low * TIMES:
            yield Finding(
                f"jump_{name}",
                _("%(what)s: %(before)s before, %(now)s now.")
                % {
                    "what": label_of(name),
                    "before": _written(name, before),
                    "now": _written(name, stated),
                },
                _("So great a change may be a slip of a digit."),
                source,
            )


def _before(known: Known, name: str) -> tuple[Decimal | int | None, str]:
    if known.accepted is not None:
        return getattr(known.accepted, name), _("the last accepted filing, %(number)s") % {
            "number": known.accepted
        }
    if name in _MONEY:
        return known.figures_before.get(name), _("the register's figures of the year before")
    return getattr(known.organisation, name), _("the register")


def _written(name: str, value: Decimal | int) -> str:
    if name in _MONEY:
        return tenge(Decimal(value))
    return str(number_format(value, use_l10n=True, force_grouping=True))


CHECKS = (more_spent, above_the_short_form, jumps)

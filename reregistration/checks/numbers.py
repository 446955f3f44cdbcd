"""Do the identification numbers in it hold? Their last digit checks the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from registry.bin import fault_of, has_iin
from reregistration.checks.finding import Finding
from reregistration.checks.known import Known


def bin_of_the_organisation(known: Known) -> Iterator[Finding]:
    held = known.organisation.bin
    fault = fault_of(held) if held else None
    if fault:
        yield Finding(
            "bin",
            _("The register's BIN %(bin)s does not hold: %(fault)s")
            % {"bin": held, "fault": fault.label},
            _("Papers under a wrong number may be of another organisation."),
            _("the register; the rule of the BIN's digits"),
        )


def bins_of_founders(known: Known) -> Iterator[Finding]:
    founders: list[dict[str, Any]] = known.filing.details.get("founders", {}).get("founders", [])
    for row in founders:
        stated = str(row.get("bin") or "")
        fault = fault_of(stated) if stated else None
        if fault:
            yield Finding(
                "founder_bin",
                _("A founder's BIN does not hold: %(fault)s") % {"fault": fault.label},
                _("The founder cannot be found under such a number."),
                _("the section “Founders” of this filing; the rule of the BIN's digits"),
            )


def personal_numbers(known: Known) -> Iterator[Finding]:
    if any(has_iin(text) for text in _texts(known.filing.details)):
        yield Finding(
            "iin",
            _("A personal number (IIN) stands in the answers."),
            _("Nobody needs it here. Do not copy it into a letter or a note."),
            _("this filing; the rule of the IIN's digits"),
        )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


CHECKS = (bin_of_the_organisation, bins_of_founders, personal_numbers)

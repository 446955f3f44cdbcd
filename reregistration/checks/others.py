"""Is there another organisation like it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from reregistration.checks.finding import Finding
from reregistration.checks.known import MANY_AT_ONE_ADDRESS, MANY_HEADED, Known


def same_head(known: Known) -> Iterator[Finding]:
    if len(known.of_same_head) >= MANY_HEADED:
        yield Finding(
            "same_head",
            _("Its head is also the head of: %(others)s.") % {"others": _named(known.of_same_head)},
            _("One person who heads many may have filed for those that are not at work."),
            _("the register's heads in the region; people of one name may be different people"),
        )


def same_address(known: Known) -> Iterator[Finding]:
    if len(known.of_same_address) >= MANY_AT_ONE_ADDRESS:
        yield Finding(
            "same_address",
            _("At its address are also: %(others)s.") % {"others": _named(known.of_same_address)},
            _("An address of many may be one at which nobody is found."),
            _("the register's addresses"),
        )


def same_name(known: Known) -> Iterator[Finding]:
    if known.of_same_name:
        yield Finding(
            "same_name",
            _("Has the same name: %(others)s.") % {"others": _named(known.of_same_name)},
            _("It may stand in the register twice, or have filed for the other one."),
            _("the register's names in Russian in the region, without case and quotes"),
        )


def _named(numbers: Sequence[str]) -> str:
    return ", ".join(sorted(numbers))


CHECKS = (same_head, same_address, same_name)

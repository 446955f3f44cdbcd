"""How far is a draft: which sections are complete, what is missing, why was it returned?"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.urls import reverse

from reregistration.models import Filing, ReturnReason
from reregistration.sections.section import Part, Section
from reregistration.sections.table import sections_of
from reregistration.states import FilingState


@dataclass(frozen=True)
class Returned:
    """The latest return: the reviewer's reasons and note."""

    filing: Filing
    reasons: list[ReturnReason]
    note: str

    def about(self, section: Section) -> list[ReturnReason]:
        return [reason for reason in self.reasons if section.concerns(reason.section)]


@dataclass(frozen=True)
class Task:
    """One section of a draft, as the task list shows it."""

    section: Section
    url: str
    missing: list[Part]
    is_begun: bool
    reasons: list[ReturnReason] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        return not self.missing


def tasks_of(filing: Filing, returned: Returned | None) -> list[Task]:
    """The sections in the order of the form. Reads nothing."""
    return [
        Task(
            section,
            address(filing, section),
            section.missing(filing),
            section.code in filing.details,
            returned.about(section) if returned else [],
        )
        for section in sections_of(filing)
    ]


def address(filing: Filing, section: Section) -> str:
    obligation = filing.obligation
    return reverse(
        "filing_section",
        args=[obligation.organisation.number, obligation.campaign.code, section.code],
    )


def last_return(newest: Filing | None) -> Returned | None:
    """The return that a new version answers, if the newest submitted version was returned."""
    if newest is None or newest.state != FilingState.RETURNED:
        return None
    review = newest.review
    if review is None:
        return None
    reasons = list(ReturnReason.objects.filter(code__in=review.reasons))
    return Returned(newest, reasons, review.note)


def unplaced(tasks: list[Task], returned: Returned | None) -> list[ReturnReason]:
    """The reasons that are about no section of this form: the task list shows them."""
    if returned is None:
        return []
    placed = {reason.code for task in tasks for reason in task.reasons}
    return [reason for reason in returned.reasons if reason.code not in placed]

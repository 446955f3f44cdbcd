"""The numbered evidence of a referral file: what it shows, and its paper where there is one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from registry.bin import without_iin
from registry.calendar import day_of
from registry.models import StoredFile
from reregistration.models import Appeal, EvidenceItem
from reregistration.referral.demands import Case, Demand, Fact
from reregistration.states import EvidenceKind


@dataclass(frozen=True)
class Exhibit:
    """One numbered piece of evidence, and its paper where there is one."""

    number: int
    kind: str
    kind_label: str
    on: date
    address: str = ""
    words: str = ""
    # By whom and when it was logged, or from which file of the carrier's it was read.
    source: str = ""
    notice: str = ""
    # What it shows; None where the organisation sent it in itself.
    fact: Fact | None = None
    paper: StoredFile | None = None

    @property
    def item(self) -> EvidenceItem | None:
        """The entry of the log that it is, if it is one."""
        return self.fact.item if self.fact else None

    @property
    def attached_as(self) -> str:
        """The name of its paper inside the PDF."""
        return f"{self.number:02d} {without_iin(self.paper.name)}" if self.paper else ""


def exhibits_of(case: Case, demands: Iterable[Demand], answers: Iterable[Appeal]) -> list[Exhibit]:
    """What meets the demands, each thing once, in their order; then what else was logged since
    the organisation was last reached, and the papers that it sent in itself."""
    facts = list(dict.fromkeys(fact for one in demands if one.kind for fact in one.facts))
    told = {fact.item.pk for fact in facts if fact.item}
    facts += [
        Fact(EvidenceKind(item.kind), item.on, item.text.address, item=item)
        for item in case.items
        if item.pk not in told and case.counts(item.on)
    ]
    made = [_of_fact(number, fact) for number, fact in enumerate(facts, start=1)]
    papers = [answer for answer in answers if answer.document]
    return made + [
        _of_answer(number, answer) for number, answer in enumerate(papers, start=len(made) + 1)
    ]


def _of_fact(number: int, fact: Fact) -> Exhibit:
    shared: dict[str, Any] = {
        "number": number,
        "kind": fact.kind.value,
        "kind_label": capfirst(str(fact.kind.label)),
        "on": fact.on,
        "address": without_iin(fact.address),
        "fact": fact,
    }
    if fact.item:
        return Exhibit(
            **shared,
            words=without_iin(fact.item.text.words),
            source=_("Logged by %(who)s") % {"who": fact.item.by},
            notice=fact.item.dispatch.notice.number if fact.item.dispatch else "",
            paper=fact.item.file,
        )
    if fact.letter:
        return Exhibit(
            **shared,
            words=without_iin(fact.letter.failure),
            source=_tracking(fact.letter.provider_id),
            notice=fact.letter.notice.number,
        )
    assert fact.service is not None  # noqa: S101 - a fact is one of the three
    return Exhibit(
        **shared,
        words=fact.service.get_ground_display(),
        source=without_iin(fact.service.receipt_file.name) if fact.service.receipt_file else "",
        notice=fact.service.notice.number,
    )


def _of_answer(number: int, answer: Appeal) -> Exhibit:
    return Exhibit(
        number=number,
        kind="answer",
        kind_label=_("Sent in by the organisation"),
        on=day_of(answer.at),
        words=f"{capfirst(str(answer.words))} {answer.number}",
        paper=answer.document,
    )


def _tracking(number: str) -> str:
    return _("Carrier's number %(number)s") % {"number": number} if number else ""

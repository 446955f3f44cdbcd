"""May this organisation take part, apply and be paid; if not, on which ground, and what cures it?

The one home of that rule: the form, the formal check, the award, each payment and the page that
explains it ask here. Of re-registration it reads the register alone (`Standing`), so a delay of
the ministry is never a reason: who filed, whose date lies ahead, and who is held or extended is in
good standing, however long the review takes (design.md section 4).

Findings of the operator count until it finds otherwise; a trigger asks for them at each award and
payment too (migration 0002).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from grants.models import Call, ExclusionFinding, Participant
from grants.states import Exclusion
from registry.models import Organisation, Standing
from registry.states import GOOD_ALWAYS, LegalStatus, StandingState

_SSO = _("Law on State Social Order, article 6-1, paragraph 4")
_NGO = _("Law on State Social Order, article 1, item 7")
_AREAS = _("Law on State Social Order, article 5, and the terms of the call")
_DATABASE = _("Law on State Social Order, article 6-1, paragraph 4: only NGOs of the Database")
_RELIGIOUS = "RA"


@dataclass(frozen=True)
class Reason:
    """One reason against: its code, what is the case, the legal ground, and what cures it."""

    code: str
    words: str | Promise
    ground: str | Promise
    cure: str | Promise
    # Whether it also stops the payment of a grant that was awarded: suspension, liquidation and
    # the law's exclusions do; a loss of standing warns the officer alone.
    blocks_payment: bool = False


_STATUSES: dict[str, Reason] = {
    LegalStatus.LIQUIDATED: Reason(
        "liquidated",
        _("The organisation is liquidated."),
        _SSO,
        _("Nothing cures this. If the register is wrong, write to the ministry."),
        blocks_payment=True,
    ),
    LegalStatus.IN_LIQUIDATION: Reason(
        "in_liquidation",
        _("The organisation is being liquidated."),
        _SSO,
        _("It ends when the state register shows that the liquidation was stopped."),
        blocks_payment=True,
    ),
    LegalStatus.SUSPENDED: Reason(
        "suspended",
        _("The activity of the organisation is suspended."),
        _SSO,
        _("It ends with the term of the suspension, or when the court lifts it earlier."),
        blocks_payment=True,
    ),
}
_MERGED = Reason(
    "merged",
    _("This entry of the register was merged into another."),
    _DATABASE,
    _("Take part under the entry that it was merged into."),
)
_NO_NGO = Reason(
    "not_an_ngo",
    _("Political parties, trade unions and religious associations get no grants."),
    _NGO,
    _("If the register is wrong, write to the ministry."),
)
# A finding of these says no more than the legal status that is named already.
_SAID_BY_STATUS = {
    LegalStatus.SUSPENDED: Exclusion.SUSPENDED,
    LegalStatus.IN_LIQUIDATION: Exclusion.IN_LIQUIDATION,
}

_CURES: dict[str, str | Promise] = {
    Exclusion.IN_LIQUIDATION: _("Show that the liquidation was stopped; the operator checks it."),
    Exclusion.BANKRUPT: _("Bring the court's decision that ended it; the operator checks it."),
    Exclusion.ENFORCEMENT_DEBT: _("Pay the debt and bring the bailiff's paper that it is ended."),
    Exclusion.BAD_FAITH: _("It ends when the register of procurement no longer names you."),
    Exclusion.ARREST: _("Bring the paper by which the arrest was lifted."),
    Exclusion.SUSPENDED: _("It ends with the term of the suspension, or when it is lifted."),
    Exclusion.RELATED: _("It ends when the head or founder, or the official, is another person."),
    Exclusion.LISTED: _("It ends when the list no longer names the head or founder."),
}

_STANDINGS: dict[str, tuple[str | Promise, str | Promise]] = {
    StandingState.OVERDUE: (
        _("The organisation did not file for the re-registration by its due date."),
        _("File now: from that moment this reason is gone."),
    ),
    StandingState.REFUSED: (
        _("The filing for the re-registration was refused."),
        _("File again, or complain of the refusal; from the new filing this reason is gone."),
    ),
    StandingState.MARKED: (
        _("The organisation is marked for liquidation (only the court decides)."),
        _("File now: the filing takes back the mark and this reason."),
    ),
    StandingState.REFERRED: (
        _("The materials on the organisation were referred for going to court."),
        _("File now: until the court has decided the filing takes back the referral."),
    ),
    StandingState.TERMINATED: (
        _("A court has decided that the organisation is liquidated."),
        _("Nothing but a decision of a court cures this."),
    ),
    StandingState.RELEASED: (
        _("The organisation was released from re-registration as closed or not an NGO."),
        _("If it is at work, write to the ministry: the case is opened again."),
    ),
}

_NAMED = {reason.code: reason.words for reason in (_MERGED, _NO_NGO, *_STATUSES.values())}


def reasons_against(organisation: Organisation, call: Call | None, on: date) -> list[Reason]:
    """Every reason against that organisation on that day, the gravest first; none: it may.

    Without a call: whether it may register to take part. With one: whether it may apply for it
    and be awarded money.
    """
    reasons = register_against([organisation], on)[organisation.pk]
    if call is not None:
        reasons += [*_of_participation(organisation, on), *_of_the_call(organisation, call)]
    return reasons


def register_against(organisations: Sequence[Organisation], on: date) -> dict[int, list[Reason]]:
    """What the register and the operator's findings say against each of them, whatever the call:
    what stops the payments of its grants or warns their officer. Two queries however many."""
    keys = {row.pk for row in organisations}
    standings: dict[int, list[Standing]] = defaultdict(list)
    asked = Standing.objects.filter(organisation__in=keys)
    for standing in asked.order_by("-effective_due_on", "-pk"):
        standings[standing.organisation_id].append(standing)
    found: dict[int, list[ExclusionFinding]] = defaultdict(list)
    for finding in _newest_findings(keys):
        found[finding.organisation_id].append(finding)
    return {
        row.pk: [
            *_of_the_entry(row),
            *_of_the_status(row),
            *_found(row, found[row.pk]),
            *_of_the_standing(standings[row.pk], on),
        ]
        for row in organisations
    }


def named(code: str) -> str:
    """The reason of that code in a sentence, for a log that keeps codes."""
    kind, _sign, rest = code.partition("_")
    if kind == "found":
        return gettext("The operator found: %(exclusion)s.") % {"exclusion": Exclusion(rest).label}
    if kind == "standing":
        return str(_STANDINGS[rest][0])
    return str(_NAMED[code])


def payment_blocks(organisation: Organisation, on: date) -> list[Reason]:
    """What stops the payment of a grant that was awarded: eligibility bound at the award, so only
    suspension, liquidation and the law's exclusions do."""
    return [row for row in reasons_against(organisation, None, on) if row.blocks_payment]


def warnings(organisation: Organisation, on: date) -> list[Reason]:
    """What the officer of a live award is warned of, though it stops no payment."""
    return [row for row in reasons_against(organisation, None, on) if not row.blocks_payment]


def facts(organisation: Organisation, on: date) -> dict[str, Any]:
    """What eligibility rested on that day, for the award to keep."""
    standings = organisation.standings.order_by("campaign")
    participant = taking_part(organisation, on)
    return {
        "on": on.isoformat(),
        "status": organisation.status,
        "standings": {row.campaign: str(row.state_on(on)) for row in standings},
        "findings": [row.exclusion for row in standing_findings(organisation)],
        "participant": participant.number if participant else None,
    }


def taking_part(organisation: Organisation, on: date) -> Participant | None:
    """The registration under which it takes part that day."""
    return Participant.objects.taking_part(on).filter(organisation=organisation).first()


def standing_findings(organisation: Organisation) -> list[ExclusionFinding]:
    """Of each exclusion the newest finding, where that says that it is met."""
    return _newest_findings({organisation.pk})


def _newest_findings(organisations: Collection[int]) -> list[ExclusionFinding]:
    newest = (
        ExclusionFinding.objects.filter(organisation__in=organisations)
        .order_by("organisation", "exclusion", "-pk")
        .distinct("organisation", "exclusion")
    )
    return [row for row in newest if row.is_met]


def _of_the_entry(organisation: Organisation) -> list[Reason]:
    found = (
        (_MERGED, organisation.merged_into_id is not None),
        (_NO_NGO, _is_no_ngo(organisation)),
    )
    return [reason for reason, is_so in found if is_so]


def _is_no_ngo(organisation: Organisation) -> bool:
    return (
        organisation.political_party
        or organisation.trade_union
        or organisation.legal_form_id == _RELIGIOUS
    )


def _of_the_status(organisation: Organisation) -> list[Reason]:
    """Inactive is no exclusion of the law: an extract calls so whoever it has not heard of."""
    reason = _STATUSES.get(organisation.status)
    return [reason] if reason else []


def _found(organisation: Organisation, findings: Iterable[ExclusionFinding]) -> list[Reason]:
    said = _SAID_BY_STATUS.get(LegalStatus(organisation.status))
    return [
        Reason(
            f"found_{row.exclusion}",
            gettext("The operator found on %(on)s: %(exclusion)s.")
            % {"on": date_format(row.on), "exclusion": Exclusion(row.exclusion).label},
            _SSO,
            _CURES[row.exclusion],
            blocks_payment=True,
        )
        for row in findings
        if row.exclusion != said
    ]


def _of_the_standing(rows: Iterable[Standing], on: date) -> list[Reason]:
    """The newest campaign alone speaks, once the organisation has filed in it; one that it has
    not answered yet cures nothing that an earlier campaign says."""
    reasons = []
    for row in rows:
        if not row.is_good_on(on):
            reasons.append(_standing(row, on))
        elif row.state in GOOD_ALWAYS:
            break
    return reasons


def _standing(row: Standing, on: date) -> Reason:
    state = row.state_on(on)
    words, cure = _STANDINGS[state]
    return Reason(f"standing_{state.value}", words, _DATABASE, cure)


def _of_participation(organisation: Organisation, on: date) -> list[Reason]:
    if taking_part(organisation, on):
        return []
    return [
        Reason(
            "not_participant",
            _("The organisation is not registered to take part in grant programmes."),
            _SSO,
            _("Register it to take part: it takes a minute and counts at once."),
        )
    ]


def _of_the_call(organisation: Organisation, call: Call) -> list[Reason]:
    """An organisation whose areas the register does not know is not held against for that."""
    asked = set(call.areas.values_list("pk", flat=True))
    works_in = set(organisation.activity_areas.values_list("pk", flat=True))
    if not asked or not works_in or asked & works_in:
        return []
    return [
        Reason(
            "area",
            _("The call is for other areas of activity than those of the organisation."),
            _AREAS,
            _("State the area in your filing, if you work in it."),
        )
    ]

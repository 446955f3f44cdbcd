"""All that a person looks at who checks whether one candidate is right to mark."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notices.models import Dispatch, Service
from registry.calendar import day_of
from registry.models import Claim, Extract, Organisation, SignOfLife
from reregistration import holds, standstill
from reregistration.marking import rule
from reregistration.models import Filing, Obligation, SampleCase
from reregistration.states import State

# What each condition of the rule asks, as the heading of its present value.
QUESTIONS: dict[str, str | Promise] = {
    "in_scope": gettext_lazy("In the campaign's scope"),
    "in_newest_extract": gettext_lazy("Named by the newest extract"),
    "overdue": gettext_lazy("Overdue"),
    "grace_over": gettext_lazy("Due date and days of grace have passed"),
    "warning_served": gettext_lazy("Final warning served long enough ago"),
    "decision_served": gettext_lazy("Preliminary decision served long enough ago"),
    "no_objection_upheld": gettext_lazy("Objection upheld in this cycle"),
    "no_hearing_upheld": gettext_lazy("Heard and found right in this cycle"),
    "no_court_refusal": gettext_lazy("Liquidation refused by a court"),
    "never_filed": gettext_lazy("Filed in this campaign"),
    "no_draft": gettext_lazy("Filing begun"),
    "no_claim": gettext_lazy("Claim that is not decided"),
    "no_sign_of_life": gettext_lazy("Sign of life that nobody resolved"),
    "no_objection": gettext_lazy("Objection that is not decided"),
    "no_complaint": gettext_lazy("Complaint that is not decided"),
    "no_hearing": gettext_lazy("Hearing that is not decided"),
    "not_found_wrong": gettext_lazy("Found wrong by a check in this cycle"),
    "no_hold": gettext_lazy("Hold of its dates"),
}


@dataclass(frozen=True)
class Line:
    """One condition: what it asks, its present value, and whether it holds."""

    question: str | Promise
    value: str
    holds: bool


@dataclass(frozen=True)
class Happening:
    """Something else that is known of the organisation."""

    what: str
    on: date
    more: str


def of(case: SampleCase, on: date) -> dict[str, Any]:
    """The case's page. The same few queries however much there is to see."""
    candidate = case.candidate
    row: Any = (
        rule.annotated(candidate.obligation.campaign)
        .select_related(
            "campaign",
            "organisation__region",
            "organisation__legal_form",
            "organisation__last_seen_extract",
        )
        .get(pk=candidate.obligation_id)
    )
    lines = _lines(row, on)
    return {
        "candidate": candidate,
        "obligation": row,
        "organisation": row.organisation,
        "contacts": row.organisation.contacts.order_by("kind", "pk"),
        "lines": lines,
        "is_liquidable": all(line.holds for line in lines),
        "services": _services(row),
        "sendings": _sendings(row),
        "happenings": _happenings(row),
        "events": [
            {
                "event": event,
                "from_state": State(event.from_state).label if event.from_state else "",
                "to_state": State(event.to_state).label,
            }
            for event in row.events.select_related("by").order_by("-pk")
        ],
    }


def _lines(row: Any, on: date) -> list[Line]:
    broken = {condition.code for condition in rule.reasons_against(row, on)}
    values = _values(row, on)
    return [
        Line(
            QUESTIONS[condition.code],
            values.get(condition.code)
            or (str(condition.sentence) if condition.code in broken else _("no")),
            condition.code not in broken,
        )
        for condition in rule.conditions(row.campaign, on)
    ]


def _values(row: Any, on: date) -> dict[str, str]:
    """The values of the conditions that are more than a yes or no."""
    organisation, campaign = row.organisation, row.campaign
    newest = Extract.objects.in_force().first()
    seen = organisation.last_seen_extract
    return {
        "in_scope": " · ".join(
            [
                str(organisation.legal_form.name),
                organisation.get_status_display(),
                _("registered on %(day)s") % {"day": date_format(organisation.registered_on)},
            ]
        ),
        "in_newest_extract": _("last named on %(seen)s; the newest is of %(newest)s")
        % {
            "seen": date_format(seen.as_of_on) if seen else "—",
            "newest": date_format(newest.as_of_on) if newest else "—",
        },
        "overdue": row.get_state_display(),
        "grace_over": _("due on %(due)s, grace until %(until)s")
        % {
            "due": date_format(row.due_on),
            "until": date_format(row.due_on + timedelta(days=campaign.grace_days)),
        },
        "warning_served": _served(row.warning_served_at, campaign.warning_served_days, on),
        "decision_served": _served(row.decision_served_at, campaign.decision_served_days, on),
    }


def _served(at: datetime | None, days: int, on: date) -> str:
    if at is None:
        return _("not served")
    return _("served on %(day)s, %(passed)d days ago; %(asked)d are asked for") % {
        "day": date_format(day_of(at)),
        "passed": (on - day_of(at)).days,
        "asked": days,
    }


def _services(row: Any) -> QuerySet[Service]:
    """The two proofs that a mark would rest on."""
    return (
        Service.objects.filter(pk__in=[row.warning_service, row.decision_service])
        .select_related("notice", "dispatch", "receipt_file", "by")
        .order_by("served_at")
    )


def _sendings(row: Obligation) -> QuerySet[Dispatch]:
    """Every sending of this cycle, to whichever address."""
    return (
        Dispatch.objects.filter(
            notice__source=row.source,
            notice__organisation=row.organisation_id,
            notice__cycle=row.cycle,
        )
        .select_related("notice")
        .order_by("pk")
    )


def _happenings(row: Any) -> list[Happening]:
    """Signs of life, claims, filings, answers, more time, holds: newest first."""
    found = [
        *_of_the_organisation(row.organisation),
        *(
            Happening(_("Filing"), day_of(filing.saved_at), filing.get_state_display())
            for filing in Filing.objects.filter(obligation=row)
        ),
        *(
            Happening(
                str(answer._meta.verbose_name).capitalize(),
                day_of(answer.at),
                answer.get_outcome_display() or _("not decided"),
            )
            for model in standstill.STOPPING
            for answer in model._default_manager.filter(obligation=row)
        ),
        *(
            Happening(_("More time"), day_of(extension.at), extension.reason)
            for extension in row.extensions.all()
        ),
        *(Happening(_("Hold"), hold.began_on, hold.reason) for hold in holds.of(row)),
    ]
    return sorted(found, key=lambda happening: happening.on, reverse=True)


def _of_the_organisation(organisation: Organisation) -> list[Happening]:
    signs = SignOfLife.objects.filter(organisation=organisation)
    claims = Claim.objects.filter(organisation=organisation)
    return [
        *(
            Happening(
                _("Sign of life"),
                sign.from_on,
                f"{sign}: {_('resolved') if sign.resolved_at else _('not resolved')}",
            )
            for sign in signs
        ),
        *(
            Happening(_("Claim to act for it"), day_of(claim.opened_at), claim.get_state_display())
            for claim in claims
        ),
    ]

"""Who may be marked for liquidation? One rule, condition by condition, with its reasons.

The same conditions serve the count, the dry run, the selection, each re-check under the lock and
the page that explains why an organisation is, or is not, liquidable.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from registry.calendar import end_of
from registry.models import Claim, DayOverride, SignOfLife
from reregistration import claimants, deadlines, scope, served, standstill
from reregistration.models import (
    Appeal,
    Campaign,
    Complaint,
    Filing,
    Hearing,
    Objection,
    Obligation,
)
from reregistration.states import AnswerOutcome, FilingState, State

# The one condition that a person lifts by resolving: its queue asks for it by name.
NO_SIGN_OF_LIFE = "no_sign_of_life"


@dataclass(frozen=True)
class Condition:
    """One condition that must hold, and what to say where it does not."""

    code: str
    sentence: str | Promise
    holds: Q


def conditions(campaign: Campaign, on: date) -> Iterator[Condition]:
    """Conditions 1 to 4 of design.md section 9 on that day, for `annotated` obligations."""
    overrides = DayOverride.objects.as_overrides()

    def begun(days: int) -> date:
        return deadlines.latest_beginning(on, days, overrides)

    yield Condition(
        "in_scope",
        _("It is not in the campaign's scope (legal form, legal status, cut-off day)."),
        scope.condition(campaign, "organisation__"),
    )
    yield Condition(
        "in_newest_extract",
        _("The newest extract of the state register does not name it: a person must look."),
        scope.in_newest_extract("organisation__"),
    )
    yield Condition("overdue", _("It is not overdue."), Q(state=State.OVERDUE))
    yield Condition(
        "grace_over",
        _("The due date and the days of grace have not passed."),
        Q(due_on__lte=begun(campaign.grace_days)),
    )
    yield Condition(
        "warning_served",
        _("The final warning was not served long enough ago in this cycle."),
        Q(warning_served_at__lt=end_of(begun(campaign.warning_served_days))),
    )
    yield Condition(
        "decision_served",
        _("The preliminary decision was not served long enough ago in this cycle."),
        Q(decision_served_at__lt=end_of(begun(campaign.decision_served_days))),
    )
    yield Condition(
        "no_objection_upheld",
        _("Its objection was upheld in this cycle: only a person decides on it."),
        _none_upheld(Objection),
    )
    yield Condition(
        "no_hearing_upheld",
        _("It was heard and found right in this cycle: only a person decides on it."),
        _none_upheld(Hearing),
    )
    yield Condition(
        "never_filed",
        _("It has filed in this campaign: only a person decides on it."),
        Q(first_filed_at__isnull=True),
    )
    yield Condition(
        "no_draft",
        _("It has begun a filing: only a person decides on it."),
        ~Q(
            Exists(
                Filing.objects.filter(
                    claimants.PROTECTING, obligation=OuterRef("pk"), state=FilingState.DRAFT
                )
            )
        ),
    )
    yield Condition(
        "no_claim",
        _("Somebody has asked to act for it, and the claim is not decided."),
        ~Q(Exists(Claim.objects.waiting().filter(organisation=OuterRef("organisation")))),
    )
    yield Condition(
        NO_SIGN_OF_LIFE,
        _("There is a sign that it lives, which no person has resolved yet."),
        ~Q(Exists(SignOfLife.objects.unresolved(on).filter(organisation=OuterRef("organisation")))),
    )
    yield Condition(
        "no_objection",
        _("Its objection has not been decided."),
        standstill.none_open(Objection),
    )
    yield Condition(
        "no_complaint",
        _("Its complaint has not been decided."),
        standstill.none_open(Complaint),
    )
    yield Condition(
        "no_hearing",
        _("It wishes to be heard, and that has not been decided."),
        standstill.none_open(Hearing),
    )
    yield Condition("no_hold", _("Its dates are held: no day is counted."), standstill.NOT_HELD)


def _none_upheld(model: type[Appeal]) -> Q:
    """None of that kind was upheld in the present cycle. A later one begins with new warnings."""
    upheld = model._default_manager.filter(
        obligation=OuterRef("pk"), cycle=OuterRef("cycle"), outcome=AnswerOutcome.UPHELD
    )
    return ~Q(Exists(upheld))


def annotated(campaign: Campaign) -> QuerySet[Obligation]:
    """The campaign's obligations with what the conditions look at."""
    return served.annotate(campaign.obligations.all(), campaign)


def liquidable(campaign: Campaign, on: date, *, but: str = "") -> QuerySet[Obligation]:
    """The obligations of which every condition holds that day, oldest due date first.

    `but` is the code of a condition that is passed over: whom it may keep from marking alone.
    """
    rows = annotated(campaign)
    for condition in conditions(campaign, on):
        if condition.code != but:
            rows = rows.filter(condition.holds)
    return rows.order_by("due_on", "pk")


def reasons_against(obligation: Obligation, on: date) -> list[Condition]:
    """The conditions that do not hold for one obligation that day; none means liquidable."""
    asked = list(conditions(obligation.campaign, on))
    row = (
        annotated(obligation.campaign)
        .annotate(
            **{
                f"holds_{condition.code}": Case(
                    When(condition.holds, then=Value(True)),
                    default=Value(False),
                    output_field=BooleanField(),
                )
                for condition in asked
            }
        )
        .get(pk=obligation.pk)
    )
    return [condition for condition in asked if not getattr(row, f"holds_{condition.code}")]

"""Who came into an open campaign's scope since, and who left it? Lists for a manager to apply.

An import changes no duty. What it brings (new organisations, another form, a merge, a
liquidation) stands in two lists; a manager decides on each, once, and the timetable brings the
decision to the organisations in slices. Suspended and in liquidation are out of every step, and
may come back: nothing is released for that alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.refusals import Refused
from notices import dispatch
from notices.states import Kind
from registry.calendar import add_working_days, after_protected_days, day_of
from registry.models import DayOverride, LegalForm, Organisation
from registry.querysets import OrganisationQuerySet
from registry.states import LegalStatus
from reregistration import due_dates, holds, obligations, scope
from reregistration.models import Campaign, CampaignDecision, Obligation, ScopeChange
from reregistration.obligations import Move
from reregistration.states import CampaignState, ReleaseReason, State

SLICE = 500
# Whoever comes late has at least as long as one whose decision is reopened.
NEWCOMER_WORKING_DAYS = 30
# Nothing waits for a person, and no step towards the court stands.
RELEASABLE = (State.DUE, State.OVERDUE, State.RETURNED, State.REFUSED)
DECIDE_FIRST = (State.FILED, State.MARKED, State.REFERRED)
SAMPLES = 10
# What must not reach one of whom nothing is asked.
_POINTLESS = (
    Kind.ANNOUNCEMENT,
    Kind.REMINDER,
    Kind.OVERDUE,
    Kind.FINAL_WARNING,
    Kind.PRELIMINARY_DECISION,
)
_Kind = CampaignDecision.Kind

# Why an organisation left: the words, and the reason of its release.
REASONS: dict[str, tuple[str | Promise, ReleaseReason]] = {
    "merged": (gettext_lazy("merged into another organisation"), ReleaseReason.MERGED),
    "taken_out": (
        gettext_lazy("taken out of the register: its import was undone"),
        ReleaseReason.TAKEN_OUT,
    ),
    "liquidated": (gettext_lazy("liquidated"), ReleaseReason.CLOSED),
    "legal_form": (gettext_lazy("legal form not in scope"), ReleaseReason.EXEMPT),
    "cut_off": (
        gettext_lazy("registered on the cut-off day or later"),
        ReleaseReason.AFTER_CUT_OFF,
    ),
    "flag": (
        gettext_lazy("founded by the state, a political party or a trade union"),
        ReleaseReason.EXEMPT,
    ),
}


@dataclass(frozen=True)
class Change:
    """One of the two lists: how many, why, and the first few."""

    count: int
    by_reason: Sequence[tuple[str | Promise, int]]
    samples: list[Organisation]
    # Left, and under review, marked or referred: a person decides on that first.
    waiting: int = 0


def newcomers(campaign: Campaign) -> OrganisationQuerySet:
    """In scope, and without an obligation. Whoever was released stays so: two people reopen."""
    held = Obligation.objects.filter(campaign=campaign, organisation=OuterRef("pk"))
    return scope.in_scope(campaign).filter(~Exists(held))


def leavers(campaign: Campaign) -> QuerySet[Any]:
    """The obligations that ask something of an organisation out of scope, with why it left."""
    return (
        campaign.obligations.filter(state__in=(*RELEASABLE, *DECIDE_FIRST))
        .annotate(left=_why(campaign))
        .filter(left__isnull=False)
    )


def joined(campaign: Campaign) -> Change:
    """The newcomers, for the manager who decides."""
    rows = newcomers(campaign)
    by_form = rows.order_by().values_list("legal_form_id").annotate(count=Count("pk"))
    named = LegalForm.objects.in_bulk()
    counted = [(named[form].name, count) for form, count in by_form]
    return Change(
        count=sum(count for _form, count in counted),
        by_reason=counted,
        samples=list(rows.order_by("number")[:SAMPLES]),
    )


def left(campaign: Campaign) -> Change:
    """The leavers, for the manager who decides."""
    rows = leavers(campaign)
    counts = dict(
        rows.filter(state__in=RELEASABLE).order_by().values_list("left").annotate(count=Count("pk"))
    )
    samples = rows.filter(state__in=RELEASABLE).select_related("organisation").order_by("pk")
    return Change(
        count=sum(counts.values()),
        by_reason=[
            (words, counts[code]) for code, (words, _r) in REASONS.items() if code in counts
        ],
        samples=[row.organisation for row in samples[:SAMPLES]],
        waiting=rows.filter(state__in=DECIDE_FIRST).count(),
    )


@transaction.atomic
def take_in(campaign: Campaign, *, ground: str, by: User, at: datetime) -> ScopeChange:
    """Decide that whoever came into scope is asked too; `write_next` makes the obligations.

    Refuses where nobody came, without a ground, and while another decision is on its way: so a
    second click decides nothing twice.
    """
    fresh = _open(campaign)
    return _decide(fresh, _Kind.SCOPE_JOINED, newcomers(fresh).count(), ground, by, at)


@transaction.atomic
def release(campaign: Campaign, *, ground: str, by: User, at: datetime) -> ScopeChange:
    """Decide that whoever left the scope is released, each for its own reason.

    Refuses as `take_in` does. Who is under review, marked or referred stays: a person decides.
    """
    fresh = _open(campaign)
    count = leavers(fresh).filter(state__in=RELEASABLE).count()
    return _decide(fresh, _Kind.SCOPE_LEFT, count, ground, by, at)


def write_all(
    campaign: Campaign, *, at: datetime, is_over: Callable[[], bool] = lambda: False
) -> int:
    """Bring what was decided to all; returns to how many. Goes on where another run ended."""
    changed = 0
    while not is_over():
        written = write_next(campaign, at=at)
        if written is None:
            break
        changed += written
    return changed


@transaction.atomic
def write_next(campaign: Campaign, *, at: datetime) -> int | None:
    """Bring the decision on its way to the next organisations; returns to how many.

    None where nothing is on its way. Each slice is a transaction, and of two workers the second
    waits for the first's and takes the one behind it.
    """
    # The campaign before its organisations, as the marking locks them: else each waits for the
    # other. Making obligations and settling the holds, below, lock it too.
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    going = (
        ScopeChange.objects.select_for_update(of=("self",), no_key=True)
        .select_related("decision__by", "campaign")
        .filter(campaign=campaign, finished_at__isnull=True)
        .first()
    )
    if going is None:
        return None
    is_joining = going.decision.kind == _Kind.SCOPE_JOINED
    ids, changed = (_take_in if is_joining else _release)(going, at)
    going.done_to = ids[-1] if ids else going.done_to
    going.looked_at += len(ids)
    going.changed += changed
    if len(ids) < SLICE:
        going.finished_at = at
        # A hold that is open covers who came.
        holds.settle(going.campaign, by=going.decision.by, at=at)
    going.save(update_fields=["done_to", "looked_at", "changed", "finished_at"])
    return changed


def _take_in(going: ScopeChange, at: datetime) -> tuple[list[int], int]:
    rows = newcomers(going.campaign).filter(pk__gt=going.done_to).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:SLICE])
    # Read again under their locks: an import or a merge may be at work.
    locked = list(_lock(ids))
    still = list(newcomers(going.campaign).filter(pk__in=locked).values_list("pk", flat=True))
    made = obligations.make_many(
        going.campaign,
        still,
        by=going.decision.by,
        at=at,
        least_on=least_due_on(day_of(going.decision.at)),
        reason=f"came into scope, by decision {going.decision_id}",
    )
    return ids, made


def _release(going: ScopeChange, at: datetime) -> tuple[list[int], int]:
    rows = leavers(going.campaign).filter(pk__gt=going.done_to, state__in=RELEASABLE)
    found = list(rows.order_by("pk").values_list("pk", "organisation_id")[:SLICE])
    ids = [pk for pk, _organisation in found]
    _lock(organisation for _pk, organisation in found)
    why: dict[str, list[int]] = {}
    for pk, code in leavers(going.campaign).filter(pk__in=ids).values_list("pk", "left"):
        why.setdefault(code, []).append(pk)
    released = []
    for code, of_code in sorted(why.items()):
        change = Move(
            State.RELEASED,
            going.decision.by,
            at,
            f"left the scope ({code}), by decision {going.decision_id}",
            REASONS[code][1],
        )
        # A mark or a filing may have been quicker.
        released += obligations.move_many(
            of_code, change, still=lambda row: row.state in RELEASABLE
        )
    dispatch.withdraw_all(
        [row.source for row in released],
        at=at,
        reason=_("The organisation is asked for nothing any more"),
        kinds=_POINTLESS,
    )
    return ids, len(released)


def least_due_on(decided_on: date) -> date:
    """The first due date that a newcomer may have."""
    overrides = DayOverride.objects.as_overrides()
    return after_protected_days(
        add_working_days(decided_on, NEWCOMER_WORKING_DAYS, overrides), overrides
    )


def _open(campaign: Campaign) -> Campaign:
    fresh = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if fresh.state != CampaignState.OPEN:
        raise Refused(_("Only an open campaign asks anything of anybody."))
    if fresh.scope_changes.filter(finished_at__isnull=True).exists():
        raise Refused(
            _("The last change of scope is still being written. Wait until the page says so.")
        )
    return fresh


def _decide(
    campaign: Campaign, kind: CampaignDecision.Kind, count: int, ground: str, by: User, at: datetime
) -> ScopeChange:
    if not count:
        raise Refused(_("There is nobody on this list now. Reload the page."))
    decision = due_dates.record(campaign, kind, ground=ground, by=by, at=at)
    return ScopeChange.objects.create(decision=decision, campaign=campaign, expected=count)


def _lock(ids: Iterable[int]) -> list[int]:
    rows = Organisation.objects.select_for_update(no_key=True).filter(pk__in=list(ids))
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _why(campaign: Campaign) -> Case:
    """Why an obligation's organisation left the scope, as an expression; null where it did not."""
    flags = Q(organisation__state_founded=True)
    flags |= Q(organisation__political_party=True) | Q(organisation__trade_union=True)
    forms = campaign.legal_forms.values("pk")
    return Case(
        When(organisation__merged_into__isnull=False, then=Value("merged")),
        When(organisation__taken_out_at__isnull=False, then=Value("taken_out")),
        When(organisation__status=LegalStatus.LIQUIDATED, then=Value("liquidated")),
        When(~Q(organisation__legal_form__in=forms), then=Value("legal_form")),
        When(organisation__registered_on__gte=campaign.cut_off_on, then=Value("cut_off")),
        When(flags, then=Value("flag")),
        default=Value(None),
        output_field=CharField(null=True),
    )

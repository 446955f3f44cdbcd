"""The reviewers' queue: who works on which filing, and by when (docs/decisions/0039).

Whoever takes a filing holds it for the campaign's minutes. The verbs here lock the filing alone;
`review` locks it too before it asks who holds it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts import access, one_person
from accounts.models import RoleGrant, User
from accounts.refusals import Refused
from accounts.roles import PERMISSIONS
from registry.calendar import add_working_days, day_of, end_of
from registry.models import DayOverride
from reregistration import closures, leases, paper_terms, refusals, review
from reregistration.models import Filing, Lease
from reregistration.querysets import FilingQuerySet

REVIEW = review.REVIEW
ASSIGN = "reregistration.assign_filing"


@transaction.atomic
def take_next(*, by: User, at: datetime) -> Filing | None:
    """Give the person the oldest waiting filing that nobody holds; None if there is none.

    Of the regions in which they may review, and never one of an organisation for which they act.
    Who may assign is given those past the ministry's own deadline first. Each call gives another
    one; what the person gave back that day comes behind all else. Safely for many at once: nobody
    waits, and nobody gets the same.
    """
    free = _open_to(by, at).held_by_nobody(at)
    since_at = end_of(day_of(at) - timedelta(days=1))
    in_turn: list[FilingQuerySet] = []
    for rows in (free.not_let_go_by(by, since_at, at), free):
        if by.has_perm(ASSIGN):
            in_turn.append(rows.past_our_deadline(day_of(at)).order_by("review_due_on", "pk"))
        in_turn.append(rows.order_by("submitted_at", "pk"))
    return next((found for rows in in_turn if (found := _take_first(rows, by, at))), None)


def _take_first(free: FilingQuerySet, by: User, at: datetime) -> Filing | None:
    while True:
        found = (
            free.select_related("obligation__campaign")
            .select_for_update(skip_locked=True, of=("self",), no_key=True)
            .first()
        )
        if found is None:
            return None
        # Its lock may have been let go by somebody whose lease this query did not see yet. A new
        # query sees it; the next turn then passes over the filing.
        if leases.living(found, at) is None:
            _hold(found, by, at, until=_lasts_until(found, at))
            return found


@transaction.atomic
def take(filing: Filing, *, by: User, at: datetime) -> Lease:
    """Hold that one filing. Safe to repeat: who holds it holds it from now on anew.

    Refuses one that somebody else holds, that waits no longer, that lies in no region of theirs,
    or of an organisation for which they act.
    """
    fresh = _lock(filing)
    review.refuse_unless_open(fresh, fresh.obligation)
    _refuse_unless_theirs_to_review(fresh, by, at)
    leases.refuse_if_held(fresh, by, at)
    return _hold(fresh, by, at, until=_lasts_until(fresh, at))


@transaction.atomic
def give_back(filing: Filing, *, by: User, at: datetime) -> None:
    """Let go of a filing, so that it is the next one for somebody else. Safe to repeat.

    Refuses one that somebody else holds, unless the person may assign.
    """
    fresh = _lock(filing)
    if not _may_assign(fresh, by, at):
        leases.refuse_if_held(fresh, by, at)
    leases.give_back(fresh, at)


@transaction.atomic
def assign(filing: Filing, *, to: User, by: User, at: datetime) -> Lease:
    """A senior reviewer gives a filing to somebody, whoever holds it. Stands until the end of the
    next working day: the other one may not be at the desk now.

    Refuses a filing that waits no longer, and somebody who may not decide on it.
    """
    fresh = _lock(filing)
    if not _may_assign(fresh, by, at):
        raise Refused(_("Only a senior reviewer of the region assigns filings."))
    review.refuse_unless_open(fresh, fresh.obligation)
    others = Filing.objects.filter(pk=fresh.pk).not_own(one_person.of(to, at).ids)
    if not (candidates(fresh, day_of(at)).filter(pk=to.pk).exists() and others.exists()):
        raise Refused(
            _("%(person)s cannot decide on %(number)s. Choose another reviewer.")
            % {"person": to, "number": fresh}
        )
    overrides = DayOverride.objects.as_overrides()
    until = end_of(add_working_days(day_of(at), 1, overrides))
    return _hold(fresh, to, at, until=until, given_by=by)


def candidates(filing: Filing, on: date) -> QuerySet[User]:
    """Who may decide on it that day: reviewers of its region who act for another organisation, or
    for none."""
    organisation = filing.obligation.organisation
    roles = [role for role, may in PERMISSIONS.items() if REVIEW in may]
    grants = RoleGrant.objects.held_by(OuterRef("pk"), on).filter(role__in=roles)
    in_region = Q(regions=[]) | Q(regions__contains=[organisation.region_id])
    authors = [pk for pk in (filing.submitted_by_id, filing.saved_by_id) if pk]
    acting = organisation.representatives.filter(user=OuterRef("pk"), until_at__isnull=True)
    return (
        User.objects.filter(Exists(grants.filter(in_region)), ~Exists(acting), is_active=True)
        .exclude(pk__in=authors)
        .order_by("last_name", "first_name", "pk")
    )


def _open_to(by: User, at: datetime) -> FilingQuerySet:
    """The waiting filings on which the person may decide."""
    # What was verified waits for its days to pass, not for a person, unless somebody contradicted.
    verified = closures.all_standing().filter(filing=OuterRef("pk"))
    person = one_person.of(by, at)
    # What is proposed to be refused waits for a senior reviewer who did not propose it.
    proposed = refusals.all_standing().filter(filing=OuterRef("pk"))
    if by.has_perm(refusals.CONFIRM):
        proposed = proposed.filter(person.acts("by", "at"))
    rows = Filing.objects.waiting().not_own(person.ids).filter(~Exists(verified), ~Exists(proposed))
    rows = rows.filter(paper_terms.may_be_decided(at))
    if not by.has_perm(REVIEW):
        return rows.none()
    regions = access.regions_with(by, REVIEW, day_of(at))
    if regions is None:
        return rows
    return rows.filter(obligation__organisation__region__in=regions)


def _lock(filing: Filing) -> Filing:
    found: Filing = (
        Filing.objects.select_for_update(of=("self",), no_key=True)
        .select_related("obligation__campaign", "obligation__organisation")
        .get(pk=filing.pk)
    )
    return found


def _refuse_unless_theirs_to_review(filing: Filing, by: User, at: datetime) -> None:
    if not access.holds(by, REVIEW, filing.obligation.organisation.region_id, day_of(at)):
        raise Refused(_("%(number)s is not in one of your regions.") % {"number": filing})
    review.refuse_own(filing, filing.obligation, by, at)


def _may_assign(filing: Filing, by: User, at: datetime) -> bool:
    return access.holds(by, ASSIGN, filing.obligation.organisation.region_id, day_of(at))


def _lasts_until(filing: Filing, at: datetime) -> datetime:
    return at + timedelta(minutes=filing.obligation.campaign.review_lease_minutes)


def _hold(
    filing: Filing, by: User, at: datetime, *, until: datetime, given_by: User | None = None
) -> Lease:
    lease, _made = Lease.objects.update_or_create(
        filing=filing,
        defaults={"taken_by": by, "given_by": given_by, "taken_at": at, "until_at": until},
    )
    return lease

"""Who scores which application, what binds them to it; scores: alone, locked, then shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts import one_person
from accounts.models import User
from accounts.refusals import Refused
from grants import calls
from grants.models import Application, Call, ConflictDeclaration, Evaluation, Score
from grants.states import MOST_POINTS, ApplicationState, CallState
from registry import access

EVALUATE = "grants.evaluate"
# So many score each application, conflicts of interest not counted.
LEAST_REVIEWERS = 2
_HUNDREDTH = Decimal("0.01")


@transaction.atomic
def begin(call: Call, *, ground: str, by: User, at: datetime) -> Call:
    """The formal check is done, the evaluation begins. Refuses while an application waits for its
    check or for its correction."""
    fresh = calls.lock(call)
    refuse_while_unchecked(fresh)
    return calls.move_locked(fresh, CallState.EVALUATING, ground=ground, by=by, at=at)


def refuse_while_unchecked(call: Call) -> None:
    """Also when it is decided: one that arrived in time may have been written after the check of
    all others."""
    waiting = Application.objects.filter(
        lot__call=call, state__in=[ApplicationState.SUBMITTED, ApplicationState.RETURNED]
    ).count()
    if waiting:
        raise Refused(
            _("%(count)s applications still wait for the formal check or for their correction.")
            % {"count": waiting}
        )


@transaction.atomic
def assign(application: Application, reviewer: User, *, by: User, at: datetime) -> Evaluation:
    """Give an application to a reviewer. Safe to repeat: one evaluation a reviewer, by constraint.

    Refuses oneself, who is no member of the commission, a reviewer and an officer who act for the
    organisation, who counts as the same person as another of its reviewers, an application that is
    not admitted, and one whose scores are in a protocol already.
    """
    fresh = _lock(application)
    person = one_person.of(reviewer, at)
    if person.did(by.pk, at):
        raise Refused(_("Nobody assigns to themselves. Another officer does it."))
    if not (reviewer.is_active and reviewer.has_perm(EVALUATE)):
        raise Refused(_("Choose a member of the commission."))
    access.refuse_the_partial(fresh.organisation, by, at)
    access.refuse_the_partial(fresh.organisation, reviewer, at)
    if fresh.state != ApplicationState.ADMITTED:
        raise Refused(_("Only an application that was admitted is scored."))
    if fresh.lot.call.state != CallState.EVALUATING:
        raise Refused(_("The evaluation of this call has not begun, or is over."))
    if fresh.score is not None:
        raise Refused(_("Its scores stand in a protocol already."))
    held = fresh.evaluations.filter(taken_at__isnull=True)
    if held.filter(reviewer__in=person.ids - {reviewer.pk}).exists():
        raise Refused(_("One for whom this reviewer stands in scores it. Choose another reviewer."))
    given = Evaluation.objects.get_or_create(
        application=fresh,
        reviewer=reviewer,
        defaults={"assigned_by": by, "assigned_at": at},
    )[0]
    if given.taken_at:
        raise Refused(_("It was taken from this reviewer. Choose another one."))
    return given


@transaction.atomic
def take_away(evaluation: Evaluation, *, reason: str, by: User, at: datetime) -> Evaluation:
    """Take an application from a reviewer who does not score it: ill, on leave, gone. It counts for
    nothing and stays to be read; another reviewer is given it. Refuses what is locked, and who acts
    for the organisation. Safe to repeat."""
    application = _lock(evaluation.application)
    access.refuse_the_partial(application.organisation, by, at)
    fresh = Evaluation.objects.select_for_update(no_key=True).get(pk=evaluation.pk)
    if fresh.taken_at:
        return fresh
    if fresh.locked_at:
        raise Refused(_("These scores are locked. They count, and change no more."))
    if not reason.strip():
        raise Refused(_("Say why it is taken back."))
    fresh.taken_at, fresh.taken_by, fresh.taken_reason = at, by, reason.strip()
    fresh.save(update_fields=["taken_at", "taken_by", "taken_reason"])
    return fresh


@transaction.atomic
def declare(
    evaluation: Evaluation, *, has_conflict: bool, words: str = "", by: User, at: datetime
) -> ConflictDeclaration:
    """A reviewer says, before the first score, whether anything binds them to the applicant.
    Said once: refuses another answer; the same one again changes nothing."""
    fresh = _own(evaluation, by, at)
    if has_conflict and not words.strip():
        raise Refused(_("Say what binds you to the organisation."))
    said = ConflictDeclaration.objects.filter(evaluation=fresh).first()
    if said is None:
        return ConflictDeclaration.objects.create(
            evaluation=fresh, has_conflict=has_conflict, words=words.strip(), by=by, at=at
        )
    if said.has_conflict != has_conflict:
        raise Refused(_("You have declared already. Tell the officer who assigned it to you."))
    return said


@transaction.atomic
def score(
    evaluation: Evaluation, points: Mapping[int, int], *, words: str, by: User, at: datetime
) -> Evaluation:
    """Keep a reviewer's points by criterion (its id) and conclusion; some may still be missing.

    Refuses another's evaluation, before the declaration, with a conflict, and once locked (a
    trigger holds that too).
    """
    fresh = _to_score(evaluation, by, at)
    criteria = set(fresh.application.lot.call.criteria.values_list("pk", flat=True))
    if not set(points) <= criteria:
        raise Refused(_("A criterion is not of this call. Open the page again."))
    if any(not 0 <= given <= MOST_POINTS for given in points.values()):
        raise Refused(_("Give from 0 to %(most)s points.") % {"most": MOST_POINTS})
    for criterion, given in points.items():
        Score.objects.update_or_create(
            evaluation=fresh, criterion_id=criterion, defaults={"points": given}
        )
    fresh.words = words.strip()
    fresh.save(update_fields=["words"])
    return fresh


@transaction.atomic
def lock(evaluation: Evaluation, *, by: User, at: datetime) -> Evaluation:
    """A reviewer is done: from now on no score changes. Refuses while a criterion has no points or
    the conclusion no words. Safe to repeat."""
    own = _own(evaluation, by, at)
    if own.locked_at:
        return own
    fresh = _to_score(evaluation, by, at)
    missing = fresh.application.lot.call.criteria.exclude(
        pk__in=fresh.scores.values("criterion")
    ).count()
    if missing or not fresh.words:
        raise Refused(_("Give points for each criterion, and write your conclusion."))
    fresh.locked_at = at
    fresh.save(update_fields=["locked_at"])
    return fresh


def counted(application: Application) -> QuerySet[Evaluation]:
    """The evaluations that count: of reviewers without a conflict of interest, not taken back."""
    return application.evaluations.filter(
        Q(conflict__isnull=True) | Q(conflict__has_conflict=False), taken_at__isnull=True
    )


def is_locked(application: Application) -> bool:
    """Whether enough have scored it, and each of them has locked."""
    locked = list(counted(application).values_list("locked_at", flat=True))
    return len(locked) >= LEAST_REVIEWERS and all(locked)


def shown_to(user: User, application: Application) -> QuerySet[Evaluation]:
    """Whose scores this person may see: one's own; everybody's once all are locked, to who sees
    applications or scored it too. Whoever declared a conflict sees none."""
    rows = application.evaluations.order_by("pk")
    own = rows.filter(reviewer=user)
    if not is_locked(application):
        return own
    is_reviewer = counted(application).filter(reviewer=user).exists()
    if is_reviewer or (user.has_perm("grants.view_application") and not own.exists()):
        return rows.filter(pk__in=counted(application).values("pk"))
    return own


def score_of(application: Application) -> Decimal:
    """The mean of its evaluations, each the weighted points in a hundred. All must be locked."""
    rows = counted(application).prefetch_related("scores__criterion")
    each = [
        sum((Decimal(row.criterion.weight * row.points) for row in held.scores.all()), Decimal(0))
        / MOST_POINTS
        for held in rows
    ]
    return (sum(each, Decimal(0)) / len(each)).quantize(_HUNDREDTH, ROUND_HALF_UP)


def _lock(application: Application) -> Application:
    return (
        Application.objects.select_related("lot__call", "organisation")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=application.pk)
    )


def _own(evaluation: Evaluation, by: User, at: datetime) -> Evaluation:
    """The evaluation under its lock, after its application's, for its reviewer alone."""
    application = _lock(evaluation.application)
    fresh = Evaluation.objects.select_for_update(no_key=True).get(pk=evaluation.pk)
    if fresh.reviewer_id != by.pk or not by.has_perm(EVALUATE):
        raise Refused(_("Another reviewer scores this one."))
    if fresh.taken_at:
        raise Refused(_("This application was taken back from you. Ask the officer why."))
    access.refuse_the_partial(application.organisation, by, at)
    fresh.application = application
    return fresh


def _to_score(evaluation: Evaluation, by: User, at: datetime) -> Evaluation:
    fresh = _own(evaluation, by, at)
    said = ConflictDeclaration.objects.filter(evaluation=fresh).first()
    if said is None:
        raise Refused(_("Declare first whether anything binds you to the organisation."))
    if said.has_conflict:
        raise Refused(_("You have declared a conflict of interest: you give no scores here."))
    if fresh.locked_at:
        raise Refused(_("Your scores are locked. They change no more."))
    if fresh.application.state != ApplicationState.ADMITTED:
        raise Refused(_("Only an application that was admitted is scored."))
    if fresh.application.lot.call.state != CallState.EVALUATING:
        raise Refused(_("The evaluation of this call has not begun, or is over."))
    return fresh

"""Opening a claim: who asks, on what ground, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from notices import notice, people
from notices.notice import Draft
from notices.states import Kind
from notices.variables import in_languages
from registry.calendar import add_working_days, day_of
from registry.models import Claim, ClaimDocument, DayOverride, Organisation, StoredFile

# Working days: for others to object, and then for the ministry to decide.
DAYS_TO_OBJECT = 10
DAYS_TO_DECIDE = 10

Documents = Sequence[tuple[ClaimDocument.Kind, StoredFile]]


@transaction.atomic
def open_claim(
    organisation: Organisation,
    *,
    by: User,
    position: Claim.Position,
    documents: Documents,
    at: datetime,
) -> Claim:
    """Open a claim that rests on documents; the ministry decides on it.

    Refuses one without documents, and a person who acts for the organisation already. Others who
    act for it, and the register's addresses, are told and may object. Safe to repeat: a person has
    one waiting claim an organisation, and a second click gets it; documents given anew are added.
    """
    if not documents:
        raise Refused(_("Add at least one document that shows your powers."))
    locked = people.lock(organisation)
    claim = open_locked(locked, by=by, position=position, means=Claim.Means.DOCUMENTS, at=at)
    ClaimDocument.objects.bulk_create(
        [ClaimDocument(claim=claim, kind=kind, file=file) for kind, file in documents]
    )
    return claim


def open_locked(
    organisation: Organisation,
    *,
    by: User,
    position: Claim.Position,
    means: Claim.Means,
    at: datetime,
) -> Claim:
    """The person's waiting claim to an organisation locked before; opened if there is none."""
    refuse_who_acts(organisation, by)
    if organisation.merged_into_id:
        raise Refused(
            _("This organisation was merged into another. Choose the one that it is part of now.")
        )
    if organisation.taken_out_at:
        raise Refused(
            _("The import that entered this organisation was undone. It is listed no more.")
        )
    waiting = organisation.claims.waiting().filter(user=by).first()
    if waiting:
        return waiting
    overrides = DayOverride.objects.as_overrides()
    object_until_on = add_working_days(day_of(at), DAYS_TO_OBJECT, overrides)
    decide_until_on = object_until_on
    if people.acting(organisation).exists():
        decide_until_on = add_working_days(object_until_on, DAYS_TO_DECIDE, overrides)
    claim = Claim.objects.create(
        organisation=organisation,
        user=by,
        position=position,
        means=means,
        opened_at=at,
        object_until_on=object_until_on,
        decide_until_on=decide_until_on,
    )
    _tell_others(claim, at)
    return claim


@transaction.atomic
def withdraw(claim: Claim, *, by: User, at: datetime) -> Claim:
    """The claimant takes a waiting claim back. Refuses a decided one; safe to repeat."""
    people.lock(claim.organisation)
    fresh = Claim.objects.select_for_update(no_key=True).get(pk=claim.pk, user=by)
    if fresh.state == Claim.State.WITHDRAWN:
        return fresh
    if fresh.state != Claim.State.WAITING:
        raise Refused(_("This claim is decided already. Nothing is left to withdraw."))
    fresh.state, fresh.decided_at, fresh.decided_by = Claim.State.WITHDRAWN, at, by
    fresh.save(update_fields=["state", "decided_at", "decided_by"])
    return fresh


def refuse_who_acts(organisation: Organisation, by: User) -> None:
    if organisation.representatives.filter(user=by, until_at__isnull=True).exists():
        raise Refused(_("You act for this organisation already. Open “My organisations”."))


def _tell_others(claim: Claim, at: datetime) -> None:
    """To each address of those who act and of the register, but the claimant's own; by letter to
    the seat where there is none at all."""
    told = people.addresses_of(claim.organisation)
    others = tuple(address for address in told if address.text != claim.user.email)
    if told and not others:
        return
    variables = {
        "claimant": people.named(claim.user),
        "object_until_on": claim.object_until_on.isoformat(),
        **in_languages("position", claim.get_position_display),
    }
    draft = Draft(
        organisation=claim.organisation,
        source=claim.source,
        cycle=1,
        kind=Kind.CLAIM_OPENED,
        occasion="opened",
        variables=variables,
        to=others or None,
    )
    notice.register([draft], at=at)

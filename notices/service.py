"""When was a notice served, and what proves it?

Proof is a Service row, written once a ground. What counts as service is the campaign's data
(`Campaign.service_grounds`); here every proof is kept. Absence of a bounce is never a proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.db.models import Subquery
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from notices.models import Dispatch, Notice, ReceiptFile, Service
from notices.states import Kind, ServiceGround
from registry import signs
from registry.calendar import day_of
from registry.models import Representative


@dataclass(frozen=True)
class Proof:
    """What `record` writes: this notice was served on this ground at this moment."""

    notice: Notice
    ground: ServiceGround
    served_at: datetime
    dispatch: Dispatch | None = None
    receipt_file: ReceiptFile | None = None
    by: User | None = None


def record(
    notice: Notice,
    *,
    ground: ServiceGround,
    served_at: datetime,
    at: datetime,
    dispatch: Dispatch | None = None,
    receipt_file: ReceiptFile | None = None,
    by: User | None = None,
) -> Service:
    """Record that a notice was served; returns the Service of that ground.

    Refuses a moment of service that lies ahead, or before the notice was made. Safe to repeat:
    a notice has one Service a ground, and the first one recorded stands.
    """
    record_all([Proof(notice, ground, served_at, dispatch, receipt_file, by)], at=at)
    return Service.objects.get(notice=notice, ground=ground)


@transaction.atomic
def record_all(proofs: Sequence[Proof], *, at: datetime) -> None:
    """Record many proofs in a few statements; refuses and repeats as `record` does."""
    for proof in proofs:
        _refuse_impossible(proof, at)
    Service.objects.bulk_create(
        [
            Service(
                notice=proof.notice,
                dispatch=proof.dispatch,
                ground=proof.ground,
                served_at=proof.served_at,
                recorded_at=at,
                receipt_file=proof.receipt_file,
                by=proof.by,
            )
            for proof in proofs
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )


def opened(notice: Notice, *, by: User, at: datetime) -> Service:
    """A signed-in representative opened the notice: that serves it.

    It shows too that the organisation lives. Refuses a person who does not act for the organisation
    now. Safe to repeat: the first opening stands.
    """
    acts_now = Representative.objects.filter(
        organisation_id=notice.organisation_id, user=by, until_at__isnull=True
    )
    if not acts_now.exists():
        raise Refused(
            _(
                "Notice %(number)s can be opened only by an authorised representative of the "
                "organisation. Ask the ministry's helpline to register you as one."
            )
            % {"number": notice.number}
        )
    signs.seen([notice.organisation], on=day_of(at))
    return record(notice, ground=ServiceGround.OPENED, served_at=at, at=at, by=by)


def earliest_of(
    kind: Kind,
    *,
    source: Any,
    cycle: Any,
    grounds: Sequence[str],
    value: Literal["served_at", "pk"] = "served_at",
) -> Subquery:
    """The moment (or the key) of the earliest proof that a kind of notice was served.

    For an annotation of the rows that notices name as their source, null where nothing proves
    it. `source` and `cycle` are expressions over the outer row: for obligations
    `Concat(Value("obligation:"), Cast(OuterRef("pk"), TextField()))` and `OuterRef("cycle")`.
    """
    return Subquery(
        Service.objects.filter(
            notice__source=source,
            notice__cycle=cycle,
            notice__kind=kind,
            ground__in=list(grounds),
        )
        .order_by("served_at", "pk")
        .values(value)[:1]
    )


def _refuse_impossible(proof: Proof, at: datetime) -> None:
    if proof.served_at > at:
        raise Refused(
            _("Notice %(number)s cannot have been served in the future. Check the date.")
            % {"number": proof.notice.number}
        )
    if proof.served_at < proof.notice.made_at:
        raise Refused(
            _("Notice %(number)s cannot have been served before it was made. Check the date.")
            % {"number": proof.notice.number}
        )

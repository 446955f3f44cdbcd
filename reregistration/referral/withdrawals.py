"""Taking a referral back, and seeing to it that the receiving body knows.

Whoever leaves the way to the court is out of it in the same transaction: the door of obligations
calls `follow`, so that nobody can forget. The timetable then writes to the body, and reminds it
every working day until it has acknowledged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from notices import notice
from notices.addresses import Address
from notices.models import Dispatch, Notice
from notices.notice import Draft
from notices.states import Channel, Kind
from registry.calendar import ALMATY, add_working_days, day_of, end_of, is_working_day
from registry.models import DayOverride, StoredFile
from reregistration import letters
from reregistration.models import (
    Complaint,
    Obligation,
    ReceivingBody,
    Referral,
    ReferralWithdrawal,
    ScheduleLine,
    WithdrawalChase,
)
from reregistration.referral import lines
from reregistration.states import (
    LIVE_REFERRALS,
    AnswerOutcome,
    ReferralState,
    State,
    WithdrawalReason,
)

SLICE = 100
_REASONS = {
    State.FILED: WithdrawalReason.FILED,
    State.RELEASED: WithdrawalReason.RELEASED,
}


def follow(rows: Sequence[Obligation], *, by: User | None, at: datetime) -> None:
    """End the live files of obligations that have just left the way to the court.

    For the door of obligations, in its transaction and under its locks. A file that was not sent
    is dropped and struck out of its schedule; one that was sent is taken back.
    """
    states = {row.pk: State(row.state) for row in rows}
    live = Referral.objects.filter(obligation__in=states, state__in=LIVE_REFERRALS)
    for referral in live.select_for_update(of=("self",), no_key=True).order_by("pk"):
        to = states[referral.obligation_id]
        reason = _REASONS.get(to, WithdrawalReason.REVERSED)
        # Its own step needs nobody's name beside it.
        _end(referral, reason, by=None if to == State.FILED else by, at=at)


def _end(referral: Referral, reason: WithdrawalReason, *, by: User | None, at: datetime) -> None:
    was_sent = referral.state == ReferralState.REFERRED
    if was_sent:
        _withdraw(referral, reason, by=by, at=at)
    else:
        lines.strike_out_of_its_schedule(referral, by=None, at=at, reason=str(reason.label))
    referral.state = ReferralState.WITHDRAWN if was_sent else ReferralState.DROPPED
    referral.ended_at, referral.ended_by, referral.end_reason = at, by, str(reason.label)
    referral.save(update_fields=["state", "ended_at", "ended_by", "end_reason"])


def _withdraw(
    referral: Referral, reason: WithdrawalReason, *, by: User | None, at: datetime
) -> None:
    told_by_on = add_working_days(day_of(at), 1, DayOverride.objects.as_overrides())
    ReferralWithdrawal.objects.create(
        referral=referral, reason=reason, by=by, made_at=at, due_at=end_of(told_by_on)
    )


def tell(*, at: datetime) -> int:
    """Write to the bodies of the withdrawals that nobody has written of yet; returns how many.

    By letter and, where the body has an address, by e-mail. Safe to repeat and to run twice at
    once: there is one notice a withdrawal.
    """
    written = Notice.objects.filter(**_first_letter())
    rows = _with_referral(
        ReferralWithdrawal.objects.filter(~Exists(written), acknowledged_at__isnull=True)
    )
    told = 0
    while some := list(rows[:SLICE]):
        made = notice.register(
            [_letter(row, row.referral.number, _ways(row)) for row in some], at=at
        )
        told += len(made)
        if not made:
            break
    return told


def note_sent(*, at: datetime) -> int:  # noqa: ARG001 - as all verbs
    """Note when the first letter or e-mail of each withdrawal went out; returns of how many.

    Safe to repeat: what is noted stays.
    """
    sent = Dispatch.objects.filter(**_first_letter("notice__"), sent_at__isnull=False)
    first = sent.order_by("sent_at").values("sent_at")[:1]
    rows = ReferralWithdrawal.objects.filter(sent_at__isnull=True).annotate(first=Subquery(first))
    return sum(
        ReferralWithdrawal.objects.filter(pk=row.pk, sent_at__isnull=True).update(sent_at=row.first)
        for row in rows.filter(first__isnull=False)
    )


def chase(*, at: datetime) -> int:
    """Remind the bodies that have not acknowledged a withdrawal in time; returns of how many.

    On working days alone, from the day after the one by which it was to be told, once a day. By
    e-mail, or by letter where the body has no address. Safe to repeat and to run twice at once:
    each is chased under its lock, once a day.
    """
    on = day_of(at)
    if not is_working_day(on, DayOverride.objects.as_overrides()):
        return 0
    ids = list(_to_chase(at).order_by("due_at", "pk").values_list("pk", flat=True))
    return sum(_chase(pk, at) for pk in ids)


def _to_chase(at: datetime) -> QuerySet[ReferralWithdrawal]:
    today = at.astimezone(ALMATY).replace(hour=0, minute=0, second=0, microsecond=0)
    chased = WithdrawalChase.objects.filter(withdrawal=OuterRef("pk"), at__gte=today)
    return ReferralWithdrawal.objects.filter(
        ~Exists(chased.filter(by__isnull=True)), acknowledged_at__isnull=True, due_at__lte=at
    )


@transaction.atomic
def _chase(pk: int, at: datetime) -> bool:
    locked = ReferralWithdrawal.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk)
    row = _with_referral(locked).first()
    if row is None or not _to_chase(at).filter(pk=pk).exists():
        return False
    occasion = f"{row.referral.number}/{day_of(at).isoformat()}"
    (made,) = notice.register([_letter(row, occasion, _ways(row)[-1:])], at=at)
    WithdrawalChase.objects.create(withdrawal=row, how=made.number, at=at)
    return True


@transaction.atomic
def acknowledge(
    withdrawal: ReferralWithdrawal,
    *,
    reference: str = "",
    file: StoredFile | None = None,
    by: User,
    at: datetime,
) -> ReferralWithdrawal:
    """Record that the receiving body acknowledged a withdrawal: it is chased no more.

    Refuses without its own number and without its paper: one of them proves it. Safe to
    repeat: the first record stands.
    """
    row = ReferralWithdrawal.objects.select_for_update(of=("self",), no_key=True).get(
        pk=withdrawal.pk
    )
    if row.acknowledged_at:
        return row
    if not reference.strip() and file is None:
        raise Refused(_("Give the number of the body's answer, or its paper."))
    row.acknowledged_at, row.acknowledged_by = at, by
    row.reference, row.file = reference.strip(), file
    row.save(update_fields=["acknowledged_at", "acknowledged_by", "reference", "file"])
    return row


def tell_of_complaints(*, at: datetime) -> int:
    """Tell the bodies of complaints against referrals, and how they were decided; returns how many
    letters were made.

    The body is asked to take no step until the decision. An upheld complaint needs no letter of
    its own: the referral is taken back. Safe to repeat: one letter each.
    """
    referrals = Referral.objects.filter(
        obligation=OuterRef("obligation"), state=ReferralState.REFERRED
    )
    rows = list(
        Complaint.objects.filter(obligation__state=State.REFERRED, at__gte=Subquery(_sent_at()))
        .exclude(outcome=AnswerOutcome.UPHELD)
        .annotate(referral_id=Subquery(referrals.values("pk")[:1]))
        .select_related("obligation__campaign", "obligation__organisation")
        .order_by("pk")
    )
    by_key = _with_lines([row.referral_id for row in rows])
    drafts = [_of_complaint(row, by_key[row.referral_id]) for row in rows]
    return len(notice.register(drafts, at=at)) if drafts else 0


def _with_lines(ids: Sequence[int]) -> dict[int, Referral]:
    rows = Referral.objects.select_related("receiving_body").prefetch_related("lines")
    return rows.in_bulk(ids)


def _sent_at() -> QuerySet[ScheduleLine, datetime | None]:
    """When the live referral of a complaint's obligation was sent."""
    return ScheduleLine.objects.filter(
        referral__obligation=OuterRef("obligation"),
        referral__state=ReferralState.REFERRED,
        sent_at__isnull=False,
    ).values_list("sent_at", flat=True)[:1]


def _of_complaint(complaint: Complaint, referral: Referral) -> Draft:
    decided = bool(complaint.outcome)
    outcome = (
        letters.in_each_language("complaint_outcome", AnswerOutcome(complaint.outcome).label)
        if decided
        else {f"complaint_outcome_{language}": "" for language in ("kk", "ru", "en")}
    )
    return _to_the_body(
        complaint.obligation,
        referral,
        Kind.REFERRAL_CONTESTED,
        f"{complaint.number}/{'decided' if decided else 'open'}",
        {
            "answer_number": complaint.number,
            "received_at": complaint.at.isoformat(),
            **outcome,
        },
        _ways_to(referral.receiving_body),
    )


def late(at: datetime) -> Q:
    """Not acknowledged though the day by which the body was to be told is over, as a condition."""
    return Q(acknowledged_at__isnull=True, due_at__lte=at)


def _first_letter(notice_is: str = "") -> dict[str, Any]:
    """Conditions on notices: the first letter of the withdrawal that is the outer row."""
    obligation = Cast(OuterRef("referral__obligation"), TextField())
    return {
        f"{notice_is}source": Concat(Value("obligation:"), obligation),
        f"{notice_is}kind": Kind.REFERRAL_WITHDRAWN,
        f"{notice_is}occasion": OuterRef("referral__number"),
    }


def _with_referral(rows: QuerySet[ReferralWithdrawal]) -> QuerySet[ReferralWithdrawal]:
    return rows.select_related(
        "referral__receiving_body",
        "referral__obligation__campaign",
        "referral__obligation__organisation",
    ).prefetch_related("referral__lines")


def _letter(row: ReferralWithdrawal, occasion: str, to: tuple[Address, ...]) -> Draft:
    return _to_the_body(
        row.referral.obligation,
        row.referral,
        Kind.REFERRAL_WITHDRAWN,
        occasion,
        {
            "withdrawn_on": day_of(row.made_at).isoformat(),
            **letters.in_each_language("reason", WithdrawalReason(row.reason).label),
        },
        to,
    )


def _to_the_body(
    obligation: Obligation,
    referral: Referral,
    kind: Kind,
    occasion: str,
    variables: dict[str, str],
    to: tuple[Address, ...],
) -> Draft:
    """In the referral's own cycle: the obligation may be in the next one already."""
    sent_at = next((line.sent_at for line in referral.lines.all() if line.sent_at), None)
    return replace(
        letters.draft(
            obligation,
            kind,
            occasion,
            {
                "referral_number": referral.number,
                "referred_on": day_of(sent_at or referral.prepared_at).isoformat(),
                **body_names(referral.receiving_body),
                **variables,
            },
            to=to,
        ),
        cycle=referral.cycle,
    )


def body_names(body: ReceivingBody) -> dict[str, str]:
    """The receiving body as the letters' variable that is spoken."""
    return {
        f"receiving_body_{language}": getattr(body, f"name_{language}")
        for language in ("kk", "ru", "en")
    }


def _ways(row: ReferralWithdrawal) -> tuple[Address, ...]:
    return _ways_to(row.referral.receiving_body)


def _ways_to(body: ReceivingBody) -> tuple[Address, ...]:
    """By registered letter and, where it has an address, by e-mail; that last."""
    letter = Address(Channel.LETTER, body.address, addressee=body.name_ru)
    email = [Address(Channel.EMAIL, body.email)] if body.email else []
    return (letter, *email)

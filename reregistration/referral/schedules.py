"""Schedules: up to a hundred referral files that go to one body together, signed by two people.

Only the court decides on liquidation. What is signed is a fingerprint over the files in their
order, and each signer signs the one that they saw. Locks: Obligation, Referral, ReferralSchedule.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts import one_person, signatories
from accounts.models import User
from accounts.refusals import Refused
from notices import notice
from notices.states import Kind
from registry.calendar import day_of, is_protected
from registry.sequences import next_numbers
from reregistration import decisions, letters, obligations, partiality
from reregistration.models import (
    Campaign,
    Complaint,
    LegalGround,
    MarkingRound,
    Obligation,
    ReceivingBody,
    Referral,
    ReferralSchedule,
    SampleVerdict,
    ScheduleLine,
)
from reregistration.obligations import Move
from reregistration.referral import file, lines, withdrawals
from reregistration.states import (
    REFERRAL_ALLOWED,
    SCHEDULE_ALLOWED,
    SCHEDULE_LINES,
    ReferralState,
    ScheduleState,
    State,
)


@transaction.atomic
def draft(
    campaign: Campaign, receiving_body: ReceivingBody, *, by: User, at: datetime
) -> ReferralSchedule:
    """Put the oldest prepared files for that body into a schedule, up to a hundred.

    Refuses where none waits, and a body that is not in charge any more. Safe to repeat, and for
    two people at once: a file stands in one schedule, and each takes what the other did not.
    """
    if not receiving_body.is_in_charge(receiving_body.region_id or "", day_of(at)):
        raise Refused(_("This body is not in charge on that day. Prepare the files for another."))
    waiting = list(
        Referral.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .filter(
            state=ReferralState.PREPARED,
            receiving_body=receiving_body,
            obligation__campaign=campaign,
        )
        .order_by("prepared_at", "pk")[:SCHEDULE_LINES]
    )
    if not waiting:
        raise Refused(_("No prepared file waits for this body. Prepare the files first."))
    made = ReferralSchedule.objects.create(
        number=f"S-{next_numbers('schedule_number')[0]:07d}",
        campaign=campaign,
        receiving_body=receiving_body,
        content_hash=lines.fingerprint(row.sha256 for row in waiting),
        drafted_by=by,
        drafted_at=at,
    )
    ScheduleLine.objects.bulk_create(
        ScheduleLine(schedule=made, referral=row, position=position)
        for position, row in enumerate(waiting, start=1)
    )
    Referral.objects.filter(pk__in=[row.pk for row in waiting]).update(
        state=ReferralState.SCHEDULED
    )
    return made


@transaction.atomic
def strike(line: ScheduleLine, *, reason: str, by: User, at: datetime) -> ScheduleLine:
    """Strike a file out of its schedule; it may stand in another one then.

    Signatures given before are void, because the fingerprint changes; once sending has begun the
    others go on. Refuses without a reason, and a file that was sent. Safe to repeat: what was
    struck out stays so.
    """
    if not reason.strip():
        raise Refused(_("Say why the file is struck out: the reason is kept."))
    referral = _lock_referral(line.referral_id)
    schedule = lines.lock_schedule(line.schedule_id)
    fresh = ScheduleLine.objects.get(pk=line.pk)
    if fresh.struck_at:
        return fresh
    if fresh.sent_at:
        raise Refused(_("The file %(number)s was sent already.") % {"number": referral})
    _put_back(referral)
    lines.strike_out(fresh, schedule, by=by, at=at, reason=reason.strip())
    return fresh


@transaction.atomic
def sign(
    schedule: ReferralSchedule, *, content_hash: str, by: User, at: datetime
) -> ReferralSchedule:
    """Sign the fingerprint that the signer saw. The second of two signatures sends the schedule
    on its way: the timetable refers the files one by one.

    Refuses a fingerprint that changed since, the drafter, whoever prepared one of its files, had
    a hand in marking one of its organisations or judged its sampled case, whoever has no name
    for the letters, an empty schedule, and one with a file that may not be sent now. Safe to
    repeat: a second click of a signer changes nothing.
    """
    row = lines.lock_schedule(schedule.pk)
    if by.pk in (row.first_signed_by_id, row.second_signed_by_id):
        return row
    if row.state != ScheduleState.DRAFTED:
        raise _cannot(row, ScheduleState.SIGNED)
    if row.content_hash != content_hash:
        raise Refused(
            _("The schedule has changed since you read it. Read it again, then sign what you see.")
        )
    _refuse_the_partial(row, by, at)
    signatories.refuse_unnamed(by)
    _refuse_what_may_not_be_sent(row, day_of(at))
    if row.first_signed_by_id is None:
        row.first_signed_by, row.first_signed_at = by, at
        row.first_signed_hash = content_hash
    else:
        row.second_signed_by, row.second_signed_at = by, at
        row.second_signed_hash = content_hash
        row.state = ScheduleState.SIGNED
    row.save()
    return row


def _refuse_the_partial(row: ReferralSchedule, by: User, at: datetime) -> None:
    person = one_person.of(by, at)
    if person.did(row.first_signed_by_id, row.first_signed_at):
        raise Refused(_("You have signed this schedule. The second signature is another person's."))
    if person.did(row.drafted_by_id, row.drafted_at):
        raise Refused(_("You drafted this schedule. Two other people sign it."))
    standing = Referral.objects.filter(lines__in=_standing(row))
    own = standing.filter(person.acts("prepared_by", "prepared_at")).first()
    if own:
        raise Refused(
            _("You prepared the file %(number)s. Somebody else signs the schedule.")
            % {"number": own}
        )
    own_round = MarkingRound.objects.filter(
        partiality.shows_the_hand_of(person), marks__referrals__in=standing
    ).first()
    if own_round:
        raise Refused(
            _(
                "You took part in the marking round № %(number)d of one of these organisations. "
                "Somebody else signs the schedule."
            )
            % {"number": own_round.pk}
        )
    own_check = SampleVerdict.objects.filter(
        person.acts("by", "at"), case__candidate__obligation__referrals__in=standing
    ).first()
    if own_check:
        raise Refused(
            _(
                "You judged a sampled case of one of these organisations, in the marking round "
                "№ %(number)d. Somebody else signs the schedule."
            )
            % {"number": own_check.case.round_id}
        )


def _refuse_what_may_not_be_sent(row: ReferralSchedule, on: date) -> None:
    standing = list(_standing(row).select_related("referral__ground"))
    if not standing:
        raise Refused(_("No file stands in this schedule any more. Discard it."))
    for line in standing:
        against = reasons_against(line.referral, on)
        if against:
            raise Refused(
                _("Strike out the file %(number)s first. %(reasons)s")
                % {"number": line.referral, "reasons": " ".join(against)}
            )


def reasons_against(
    referral: Referral, on: date, obligation: Obligation | None = None
) -> list[str]:
    """Why the file may not be sent that day, in sentences.

    Asked when the schedule is signed, and again of each line under its obligation's lock.
    """
    row = obligation or Obligation.objects.select_related("campaign", "organisation").get(
        pk=referral.obligation_id
    )
    against = file.reasons_against(row, referral.ground, on)
    if not referral.receiving_body.is_in_charge(row.organisation.region_id, on):
        against.append(_("This body takes no files from that region on that day."))
    if Complaint.objects.filter(obligation=row, decided_at__gt=referral.prepared_at).exists():
        against.append(
            _("A complaint was decided after the file was prepared. Drop it and prepare it anew.")
        )
    return against


@transaction.atomic
def discard(schedule: ReferralSchedule, *, reason: str, by: User, at: datetime) -> ReferralSchedule:
    """Discard a schedule: its files wait for another one.

    Refuses without a reason, and once a file of it was sent: then strike out what must not go.
    Safe to repeat: a discarded one stays so.
    """
    if not reason.strip():
        raise Refused(_("Say why the schedule is discarded: the reason is kept."))
    referrals = list(
        Referral.objects.select_for_update(of=("self",), no_key=True)
        .filter(lines__schedule=schedule, lines__struck_at__isnull=True)
        .order_by("pk")
    )
    row = lines.lock_schedule(schedule.pk)
    if row.state == ScheduleState.DISCARDED:
        return row
    if ScheduleState.DISCARDED not in SCHEDULE_ALLOWED[row.state]:
        raise _cannot(row, ScheduleState.DISCARDED)
    if row.lines.filter(sent_at__isnull=False).exists():
        raise Refused(_("Files of this schedule were sent already. Strike out what must not go."))
    for referral in referrals:
        _put_back(referral)
    _standing(row).update(struck_at=at, struck_by=by, strike_reason=reason.strip())
    row.state, row.ended_at, row.discard_reason = ScheduleState.DISCARDED, at, reason.strip()
    row.save(update_fields=["state", "ended_at", "discard_reason"])
    return row


def send(schedule: ReferralSchedule, *, at: datetime) -> int:
    """Refer the files of a signed schedule, one by one; returns how many went.

    Each in its own transaction, under the locks of its obligation, file and schedule, and checked
    again there: one that may not be sent any more is struck out with the reason and dropped. None
    on a protected day, and none of a schedule that two people have not signed. Safe to repeat
    after a crash, and for two workers at once: a file that was sent is passed over.
    """
    if is_protected(day_of(at)):
        return 0
    waiting = list(_waiting(schedule).values_list("pk", "referral__obligation"))
    sent = sum(_send(pk, obligation_id, at) for pk, obligation_id in waiting)
    _end(schedule, at)
    return sent


@transaction.atomic
def _send(line_id: int, obligation_id: int, at: datetime) -> bool:
    obligation = obligations.lock(obligation_id)
    line = ScheduleLine.objects.get(pk=line_id)
    referral = _lock_referral(line.referral_id)
    schedule = lines.lock_schedule(line.schedule_id)
    line.refresh_from_db()
    if schedule.state != ScheduleState.SIGNED or line.struck_at or line.sent_at:
        return False
    against = " ".join(reasons_against(referral, day_of(at), obligation))
    if against:
        # What it says is no longer all there is to say: another file is prepared if need be.
        file.drop(referral, by=None, at=at, reason=against)
        return False
    _refer(line, referral, obligation, schedule, at)
    return True


def _refer(
    line: ScheduleLine,
    referral: Referral,
    obligation: Obligation,
    schedule: ReferralSchedule,
    at: datetime,
) -> None:
    line.sent_at = at
    line.save(update_fields=["sent_at"])
    referral.state = ReferralState.REFERRED
    referral.save(update_fields=["state"])
    obligations.move_locked(obligation, Move(State.REFERRED, None, at, f"schedule {schedule}"))
    notice.register(
        [
            letters.draft(
                obligation,
                Kind.REFERRED,
                referral.number,
                {
                    "referred_on": day_of(at).isoformat(),
                    **withdrawals.body_names(referral.receiving_body),
                    **_law(obligation.campaign, referral.ground),
                    **_signatories(schedule),
                },
            )
        ],
        at=at,
    )


def _law(campaign: Campaign, ground: LegalGround) -> dict[str, str]:
    """The articles that a referral rests on: of the duty to file, and of the ground."""
    return {
        f"legal_base_{language}": "; ".join(
            [getattr(campaign, f"legal_base_{language}"), getattr(ground, f"article_{language}")]
        )
        for language in ("kk", "ru", "en")
    }


def _signatories(schedule: ReferralSchedule) -> dict[str, str]:
    """The two who signed; a schedule that is sent has both."""
    signatures = [
        (schedule.first_signed_by, schedule.first_signed_at),
        (schedule.second_signed_by, schedule.second_signed_at),
    ]
    return decisions.signed_by(
        *((person, at) for person, at in signatures if person and at),
        permission="reregistration.sign_schedule",
    )


@transaction.atomic
def _end(schedule: ReferralSchedule, at: datetime) -> None:
    row = lines.lock_schedule(schedule.pk)
    if row.state == ScheduleState.SIGNED and not _waiting(row).exists():
        row.state, row.ended_at = ScheduleState.SENT, at
        row.save(update_fields=["state", "ended_at"])


def _standing(schedule: ReferralSchedule) -> QuerySet[ScheduleLine]:
    return schedule.lines.filter(struck_at__isnull=True).order_by("position")


def _waiting(schedule: ReferralSchedule) -> QuerySet[ScheduleLine]:
    """The lines that are still to be sent, once two people have signed."""
    return _standing(schedule).filter(sent_at__isnull=True, schedule__state=ScheduleState.SIGNED)


def _lock_referral(referral_id: int) -> Referral:
    row: Referral = (
        Referral.objects.select_for_update(of=("self",), no_key=True)
        .select_related("ground", "receiving_body")
        .get(pk=referral_id)
    )
    return row


def _put_back(referral: Referral) -> None:
    """A file that stands in no schedule any more waits for another one."""
    if ReferralState.PREPARED in REFERRAL_ALLOWED[referral.state]:
        referral.state = ReferralState.PREPARED
        referral.save(update_fields=["state"])


def _cannot(row: ReferralSchedule, to: ScheduleState) -> Refused:
    return Refused(
        _("This schedule is “%(state)s” now: “%(to)s” cannot follow. Reload the page.")
        % {"state": row.get_state_display(), "to": to.label}
    )

"""Hearings: a slot for a wish to be heard, its invitation, its minutes, and remarks on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.refusals import Refused
from notices import dispatch, notice
from notices.models import Service
from notices.states import Kind
from registry.calendar import add_working_days, day_of
from registry.models import DayOverride, StoredFile
from reregistration import hearing_slots, letters, obligations, partiality
from reregistration.models import (
    Hearing,
    HearingDate,
    HearingMinutes,
    HearingRemark,
    HearingSlot,
    Obligation,
)
from reregistration.states import MAY_OBJECT, AnswerOutcome

_CAME = gettext_lazy("The hearing took place. These are its minutes.")
_NOBODY_CAME = gettext_lazy("Nobody came for the organisation. We decide on the papers.")


def date_of(wish: Hearing) -> HearingDate | None:
    """The day that is set for a wish to be heard."""
    return (
        HearingDate.objects.filter(hearing=wish, freed_at__isnull=True)
        .select_related("slot")
        .first()
    )


def minutes_of(wish: Hearing) -> HearingMinutes | None:
    return HearingMinutes.objects.filter(hearing=wish).select_related("date__slot").first()


@dataclass(frozen=True)
class OpenCase:
    """What the organisation's page says of a wish that is not decided yet."""

    wish: Hearing
    told: str
    minutes: HearingMinutes | None
    # The day, if none is set, or another one.
    may_choose: bool


def open_case(obligation: Obligation, at: datetime) -> OpenCase | None:
    """The wish to be heard that waits for its decision; None where there is none."""
    wish = obligation.hearings.filter(decided_at__isnull=True).first()
    if wish is None:
        return None
    wish.obligation = obligation
    standing = date_of(wish)
    return OpenCase(
        wish,
        _told(standing) if standing else "",
        minutes_of(wish),
        may_choose=may_choose(wish) or may_move_itself(wish, at),
    )


@transaction.atomic
def set_date(
    wish: Hearing, slot: HearingSlot, *, by: User, at: datetime, is_own_choice: bool = False
) -> HearingDate:
    """Give a wish to be heard its slot, and invite the organisation.

    Refuses a wish that is decided or has another day already, and a slot that cannot be given: it
    is taken, too near, of another region, or on a day on which nobody is heard. Safe to repeat:
    the same slot again is the same day, and one invitation.
    """
    row, fresh = _lock(wish)
    standing = date_of(fresh)
    if standing and standing.slot_id == slot.pk:
        return standing
    if standing:
        raise Refused(_("A day is set already: %(told)s. Move it.") % {"told": _told(standing)})
    return _give(row, fresh, slot, by=by, at=at, is_own_choice=is_own_choice)


@transaction.atomic
def move(
    wish: Hearing,
    slot: HearingSlot,
    *,
    reason: str = "",
    by: User,
    at: datetime,
    is_own_choice: bool = False,
) -> HearingDate:
    """Move a hearing to another slot: the old one is free again, and a new invitation goes out.

    Refuses where no day is set, once its minutes are written, without a reason, and a slot as
    `set_date` does. The organisation itself moves it before it begins, as often as the campaign
    says. Safe to repeat: moved to the slot that it has, nothing changes.
    """
    row, fresh = _lock(wish)
    standing = date_of(fresh)
    if standing is None:
        raise Refused(_("No day is set for this hearing yet. Set one."))
    if standing.slot_id == slot.pk:
        return standing
    if is_own_choice:
        if not may_move_itself(fresh, at):
            raise Refused(
                _("You cannot move the hearing yourself any more. Ask a question: we move it.")
            )
        reason = reason.strip() or _("The organisation moved it.")
    if not reason.strip():
        raise Refused(_("Say why the hearing is moved."))
    if minutes_of(fresh):
        raise Refused(_("The minutes are written: this hearing is not moved any more."))
    _free(standing, reason, by=by, at=at)
    return _give(row, fresh, slot, by=by, at=at, is_own_choice=is_own_choice)


def may_choose(wish: Hearing) -> bool:
    """Whether the organisation itself may choose the day: none is set yet."""
    return wish.decided_at is None and date_of(wish) is None


def may_move_itself(wish: Hearing, at: datetime) -> bool:
    """Whether the organisation itself may move its hearing at that moment."""
    standing = date_of(wish)
    if wish.decided_at or standing is None or at >= standing.slot.begins_at:
        return False
    # The first day is no move, whoever chose it.
    later = list(wish.dates.order_by("pk").values_list("is_own_choice", flat=True))[1:]
    return sum(later) < wish.obligation.campaign.hearing_moves_by_self


@transaction.atomic
def write_minutes(
    wish: Hearing,
    *,
    present: str,
    text: str,
    by: User,
    at: datetime,
    document: StoredFile | None = None,
) -> HearingMinutes:
    """Record who was present at a hearing and what was said; the organisation gets it to read.

    Refuses whoever took part in the earlier decisions or acts for the organisation, before the
    hearing begins, and without names or words. Minutes never change. Safe to repeat: the same
    words again are the same minutes.
    """
    if not (present.strip() and text.strip()):
        raise Refused(_("Write who was present, and what was said."))
    return _record(wish, text, present=present.strip(), document=document, by=by, at=at)


@transaction.atomic
def record_absence(wish: Hearing, *, text: str, by: User, at: datetime) -> HearingMinutes:
    """Record that nobody came: the wish is decided on the papers.

    As `write_minutes`; refuses too before the hearing would have ended, and where nothing proves
    that the organisation knew the day: whoever was not invited was not absent.
    """
    if not text.strip():
        raise Refused(_("Write how long you waited, and whether anybody called."))
    return _record(wish, text, present="", document=None, by=by, at=at)


@transaction.atomic
def remark(wish: Hearing, *, text: str, by: User, at: datetime) -> HearingRemark:
    """Add what the organisation has to say of the minutes; whoever decides reads it.

    Refuses without words or minutes, after the days to remark, and once the wish is decided. Safe
    to repeat: the same words of the same person are one remark.
    """
    _row, fresh = _lock(wish)
    minutes = minutes_of(fresh)
    if minutes is None:
        raise Refused(_("There are no minutes to remark on yet."))
    if not text.strip():
        raise Refused(_("Write in your own words what the minutes should say."))
    same = minutes.remarks.filter(by=by, text=text.strip()).first()
    if same:
        return same
    if day_of(at) > minutes.remark_until_on:
        raise Refused(
            _("Remarks could be made until %(on)s. Ask a question and name %(number)s.")
            % {"on": date_format(minutes.remark_until_on), "number": fresh}
        )
    return HearingRemark.objects.create(minutes=minutes, text=text.strip(), by=by, at=at)


def refuse_unheard(wish: Hearing, outcome: str, *, on: date) -> None:
    """Refuse to dismiss a wish to be heard before its hearing, and before the days to remark on
    the minutes are over. Where nothing threatens the organisation any more, nobody need be heard.
    """
    if outcome != AnswerOutcome.DISMISSED or wish.obligation.state not in MAY_OBJECT:
        return
    minutes = minutes_of(wish)
    if minutes is None:
        raise Refused(
            _(
                "The organisation asked to be heard, and was not. Set a hearing, and write its "
                "minutes or that nobody came; then decide."
            )
        )
    if on <= minutes.remark_until_on:
        raise Refused(
            _("The organisation may remark on the minutes until %(on)s. Decide after that day.")
            % {"on": date_format(minutes.remark_until_on)}
        )


def free_what_lies_ahead(wish: Hearing, *, by: User, at: datetime) -> None:
    """Give back the slot of a wish that is decided before its hearing. Safe to repeat."""
    standing = date_of(wish)
    if standing and standing.slot.begins_at > at:
        _free(standing, _("It was decided before the hearing."), by=by, at=at)


def knew(standing: HearingDate) -> bool:
    """Whether the organisation knew the day before it came: it chose it, or a proof of service
    that the campaign counts says so. The day comes with its wish, obligation and campaign."""
    if standing.is_own_choice:
        return True
    obligation = standing.hearing.obligation
    return Service.objects.filter(
        notice__source=obligation.source,
        notice__kind=Kind.HEARING_SET,
        notice__occasion=_occasion(standing),
        ground__in=obligation.campaign.service_grounds,
        served_at__lt=standing.slot.begins_at,
    ).exists()


def _lock(wish: Hearing) -> tuple[Obligation, Hearing]:
    """The obligation and the wish under their locks; refuses a wish that is decided."""
    row = obligations.lock(wish.obligation_id)
    fresh = Hearing.objects.select_for_update(of=("self",), no_key=True).get(pk=wish.pk)
    if fresh.decided_at is not None:
        raise Refused(_("%(number)s was decided already. Reload the page.") % {"number": fresh})
    fresh.obligation = row
    return row, fresh


def _give(
    row: Obligation,
    wish: Hearing,
    slot: HearingSlot,
    *,
    by: User,
    at: datetime,
    is_own_choice: bool,
) -> HearingDate:
    # Under the slot's lock, so that of two who choose it the second is told, not broken off.
    fresh = HearingSlot.objects.select_for_update(of=("self",), no_key=True).get(pk=slot.pk)
    _refuse_unfit(fresh, row, at)
    taken = set(fresh.dates.filter(freed_at__isnull=True).values_list("seat", flat=True))
    seats = [seat for seat in range(1, fresh.capacity + 1) if seat not in taken]
    if not seats or fresh.withdrawn_at is not None:
        raise Refused(_("This hour is not free any more. Choose another one."))
    made = HearingDate.objects.create(
        hearing=wish,
        slot=fresh,
        capacity=fresh.capacity,
        seat=seats[0],
        is_own_choice=is_own_choice,
        by=by,
        at=at,
    )
    _invite(row, made, at)
    return made


def _refuse_unfit(slot: HearingSlot, row: Obligation, at: datetime) -> None:
    on = day_of(slot.begins_at)
    earliest_on = hearing_slots.earliest_on(row, day_of(at))
    if on < earliest_on or slot.begins_at <= at:
        raise Refused(
            _("This is too near: the invitation has to arrive. The first day possible is %(on)s.")
            % {"on": date_format(earliest_on)}
        )
    if not hearing_slots.may_be_held(on):
        raise Refused(_("Nobody is heard on a day off or a protected day. Choose another one."))
    if slot.region_id not in (None, row.organisation.region_id):
        raise Refused(_("This slot is for organisations of another region. Choose another one."))


def _free(standing: HearingDate, reason: str, *, by: User, at: datetime) -> None:
    standing.freed_by, standing.freed_at, standing.freed_because = by, at, reason.strip()
    standing.save(update_fields=["freed_by", "freed_at", "freed_because"])
    # An invitation to a day that does not hold any more would mislead.
    dispatch.withdraw(
        standing.hearing.obligation.source,
        at=at,
        reason=_("The hearing is not held on that day any more."),
        kinds=(Kind.HEARING_SET,),
    )


def _record(
    wish: Hearing,
    text: str,
    *,
    present: str,
    document: StoredFile | None,
    by: User,
    at: datetime,
) -> HearingMinutes:
    row, fresh = _lock(wish)
    partiality.refuse(fresh, row, by, at=at)
    standing = date_of(fresh)
    if standing is None:
        raise Refused(_("No day is set for this hearing yet. Set one."))
    standing.hearing = fresh
    written = minutes_of(fresh)
    if written and (written.text, written.present) == (text.strip(), present):
        return written
    if written:
        raise Refused(_("The minutes are written already, and never change."))
    _refuse_too_early(standing, came=bool(present), at=at)
    made = HearingMinutes.objects.create(
        hearing=fresh,
        date=standing,
        came=bool(present),
        present=present,
        text=text.strip(),
        document=document,
        remark_until_on=add_working_days(
            day_of(at), row.campaign.hearing_remark_days, DayOverride.objects.as_overrides()
        ),
        by=by,
        at=at,
    )
    _tell_minutes(row, made, at)
    return made


def _refuse_too_early(standing: HearingDate, *, came: bool, at: datetime) -> None:
    if at < (standing.slot.begins_at if came else standing.slot.ends_at):
        raise Refused(
            _("The hearing is set for %(told)s. Record it after that.") % {"told": _told(standing)}
        )
    if not came and not knew(standing):
        raise Refused(
            _(
                "Nothing proves that the invitation reached the organisation before the hearing. "
                "Move the hearing to another day."
            )
        )


def _told(standing: HearingDate) -> str:
    return hearing_slots.told(standing.slot)


def _occasion(standing: HearingDate) -> str:
    return f"{standing.hearing.number}/{standing.pk}"


def _invite(row: Obligation, made: HearingDate, at: datetime) -> None:
    begins_at = timezone.localtime(made.slot.begins_at)
    draft = letters.draft(
        row,
        Kind.HEARING_SET,
        _occasion(made),
        {
            "answer_number": made.hearing.number,
            "hearing_on": day_of(begins_at).isoformat(),
            "hearing_time": f"{begins_at:%H:%M}",
            "hearing_place": hearing_slots.where(made.slot),
        },
    )
    notice.register([replace(draft, useful_until_at=begins_at)], at=at)


def _tell_minutes(row: Obligation, made: HearingMinutes, at: datetime) -> None:
    notice.register(
        [
            letters.draft(
                row,
                Kind.HEARING_RECORDED,
                made.hearing.number,
                {
                    **letters.in_each_language(
                        "hearing_held", _CAME if made.came else _NOBODY_CAME
                    ),
                    "answer_number": made.hearing.number,
                    "hearing_on": day_of(made.date.slot.begins_at).isoformat(),
                    "minutes_text": made.text,
                    "remark_until_on": made.remark_until_on.isoformat(),
                },
            )
        ],
        at=at,
    )

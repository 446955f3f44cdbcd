"""Codes: asking for one at the register's address, and bringing one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from notices import codes, notice, people, service
from notices.addresses import Address
from notices.claims import decision, opening
from notices.models import ClaimCode, Dispatch, Notice
from notices.notice import Draft
from notices.states import Channel, DispatchState, Kind, ServiceGround
from registry import contacts
from registry.calendar import day_of
from registry.models import Claim, Contact, Organisation

# Codes that may go to one organisation's address in a day, whoever asks.
MOST_A_DAY = 3


@transaction.atomic
def ask_code(organisation: Organisation, *, by: User, at: datetime) -> Notice:
    """Send a one-time code to the e-mail address that the register names; returns its notice.

    Refuses where the register names none that works, where the person acts already, and beyond
    three codes a day. Safe to repeat: one code a person and day; asked again, it is the same.
    """
    locked = people.lock(organisation)
    opening.refuse_who_acts(locked, by)
    emails = contacts.usable_emails([locked])[locked.pk]
    if not emails:
        raise Refused(_("The register names no e-mail address that works. Send documents instead."))
    source, occasion = f"organisation:{locked.pk}", f"{by.pk}/{day_of(at)}"
    asked = Notice.objects.filter(organisation=locked, source=source, kind=Kind.CLAIM_CODE)
    standing = asked.filter(occasion=occasion).first()
    if standing:
        return standing
    if asked.filter(occasion__endswith=f"/{day_of(at)}").count() >= MOST_A_DAY:
        raise Refused(_("Enough codes were sent to this NGO today. Try tomorrow."))
    address = Address(Channel.EMAIL, emails[0].value, is_verified=emails[0].verified_at is not None)
    draft = Draft(
        organisation=locked,
        source=source,
        cycle=1,
        kind=Kind.CLAIM_CODE,
        occasion=occasion,
        variables={
            "claimant": people.named(by),
            "expires_at": (at + codes.LIFE[Kind.CLAIM_CODE]).isoformat(),
        },
        language=by.language,
        to=(address,),
    )
    (made,) = notice.register([draft], at=at)
    return made


def redeem(
    organisation: Organisation, code: str, *, by: User, position: Claim.Position, at: datetime
) -> Claim:
    """Bring a code. Where nobody else acts, the person acts at once, as manager; else a claim is
    opened and the others are told.

    The code proves that its notice arrived, and that the register's address it went to is right.
    Refuses a wrong, used or expired code, and counts the attempt; refuses who acts already. Safe
    to repeat: whoever brings their used code again gets the same claim.
    """
    typed = codes.normalised(code)
    with transaction.atomic():
        locked = people.lock(organisation)
        earlier = _used_by(locked, typed, by)
        if earlier:
            return earlier
        opening.refuse_who_acts(locked, by)
        tried = codes.open_ones(locked.pk, at)
        kept = next((one for one in tried if codes.is_right(one, typed)), None)
        if kept:
            return _use(kept, locked, by=by, position=position, at=at)
        # Committed before the refusal: a guess counts.
        ClaimCode.objects.filter(pk__in=[one.pk for one in tried]).update(
            attempts=F("attempts") + 1
        )
    raise Refused(
        _("The number and the code do not match, or the code was used or is too old. Check both.")
    )


def _used_by(organisation: Organisation, typed: str, by: User) -> Claim | None:
    used = ClaimCode.objects.filter(organisation=organisation, used_by=by)
    if any(codes.is_right(one, typed) for one in used):
        return organisation.claims.filter(user=by).order_by("-pk").first()
    return None


def _use(
    kept: ClaimCode, organisation: Organisation, *, by: User, position: Claim.Position, at: datetime
) -> Claim:
    kept.used_at, kept.used_by = at, by
    kept.save(update_fields=["used_at", "used_by"])
    means = Claim.Means.CODE
    if kept.notice:
        service.record(kept.notice, ground=ServiceGround.CODE_USED, served_at=at, at=at, by=by)
        _verify_address(kept.notice, at)
        if kept.notice.kind == Kind.CLAIM_CODE:
            means = Claim.Means.REGISTER_EMAIL
    if people.acting(organisation).exists():
        claim = opening.open_locked(organisation, by=by, position=position, means=means, at=at)
        if claim.means != means:
            # Opened with documents before: the code says more.
            claim.means = means
            claim.save(update_fields=["means"])
        return claim
    return _begin_at_once(organisation, means, by=by, position=position, at=at)


def _begin_at_once(
    organisation: Organisation,
    means: Claim.Means,
    *,
    by: User,
    position: Claim.Position,
    at: datetime,
) -> Claim:
    claim = organisation.claims.waiting().filter(user=by).first() or Claim(
        organisation=organisation,
        user=by,
        position=position,
        opened_at=at,
        object_until_on=day_of(at),
        decide_until_on=day_of(at),
    )
    claim.means = means
    decision.accept_locked(claim, by=None, at=at)
    return claim


def _verify_address(read: Notice, at: datetime) -> None:
    """The register's address that the notice went to is proved, where it went to that one alone."""
    went = Dispatch.objects.filter(notice=read).exclude(
        state__in=[DispatchState.BOUNCED, DispatchState.FAILED, DispatchState.SUPPRESSED]
    )
    ways = list(went.values_list("channel", "address"))
    if len(ways) != 1 or ways[0][0] != Channel.EMAIL:
        return
    proved = Contact.objects.filter(
        organisation=read.organisation_id, kind=Contact.Kind.EMAIL, value=ways[0][1]
    )
    for contact in proved:
        contacts.verify(contact, at=at)

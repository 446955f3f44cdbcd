"""Where is an organisation reached, in which order, and in which language?

First the e-mail addresses of its representatives, then those of the register, then a letter to
the legal seat. Courtesy reminders pass over the addresses that decline them. An SMS goes beside
these, to one mobile phone. All set-based: a few queries however many organisations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.phones import is_mobile
from notices.models import DeclinedAddress, Dispatch, Notice
from notices.states import (
    ADVERSE,
    BY_LETTER_TOO,
    COURTESY,
    NOT_FAILED,
    OLD_ADDRESS_DAYS,
    TO_OLD_ADDRESSES_TOO,
    Channel,
    DispatchState,
    letter_is_of_use,
    useful_until,
)
from registry.contacts import usable_emails, usable_phones
from registry.models import Contact, Organisation, Place, Representative

# Until a representative says otherwise.
DEFAULT_LANGUAGE = "kk"
WANTS_NO_REMINDERS = gettext_lazy(
    "The owner of this address wants no reminders. Legal notices go there still."
)
# A reminder waits so long for the others of its run, so that they travel together.
DIGEST_WAITS = timedelta(minutes=5)


@dataclass(frozen=True)
class Address:
    """One address by one channel; `recipient_id` is the representative whose it is."""

    channel: Channel
    text: str
    recipient_id: int | None = None
    is_verified: bool = False
    # Whether its owner wants no courtesy reminders; only looked at for these.
    declines: bool = False
    # Whose it is, where it is not the organisation's.
    addressee: str = ""


@dataclass(frozen=True)
class Line:
    """An organisation's e-mail addresses in the order of trying, and its language."""

    language: str
    emails: tuple[Address, ...]


def lines_of(organisations: Iterable[Organisation]) -> dict[int, Line]:
    """The line of each organisation, by its key."""
    asked = {organisation.pk: organisation for organisation in organisations}
    languages: dict[int, str] = {}
    emails: dict[int, dict[str, Address]] = defaultdict(dict)
    for key, user_id, email, language, is_verified, has_bounced in _representatives(asked):
        languages.setdefault(key, language)
        if not has_bounced:
            emails[key].setdefault(email, Address(Channel.EMAIL, email, user_id, is_verified))
    for key, contacts in usable_emails(list(asked.values())).items():
        for contact in contacts:
            emails[key].setdefault(
                contact.value,
                Address(Channel.EMAIL, contact.value, is_verified=contact.verified_at is not None),
            )
    return {
        key: Line(languages.get(key, DEFAULT_LANGUAGE), tuple(emails[key].values()))
        for key in asked
    }


def phones_of(organisations: Iterable[Organisation]) -> dict[int, Address]:
    """The one mobile phone of each organisation that has any, by its key.

    A representative's verified number first, then the register's. A number at which an SMS
    failed for good is left out, as an address from which mail came back is.
    """
    asked = [organisation.pk for organisation in organisations]
    found: dict[int, Address] = {}
    people = (
        Representative.objects.filter(
            organisation_id__in=asked,
            until_at__isnull=True,
            user__is_active=True,
            user__phone_is_verified=True,
        )
        .exclude(
            Exists(
                Dispatch.objects.filter(
                    recipient=OuterRef("user"),
                    channel=Channel.SMS,
                    address=OuterRef("user__phone"),
                    state=DispatchState.FAILED,
                )
            )
        )
        .order_by("organisation_id", "from_at", "pk")
        .values_list("organisation_id", "user_id", "user__phone")
    )
    for key, user_id, phone in people:
        if is_mobile(phone):
            found.setdefault(key, Address(Channel.SMS, phone, user_id, is_verified=True))
    for key, contacts in usable_phones(asked).items():
        for contact in contacts:
            if is_mobile(contact.value):
                proven = contact.verified_at is not None
                found.setdefault(key, Address(Channel.SMS, contact.value, is_verified=proven))
    return found


def next_in_line(notices: Sequence[Notice]) -> dict[int, Address | None]:
    """The next address of each notice that was not yet tried, by the notice's key.

    The organisation's other e-mail addresses first, then its legal seat, then, of an adverse
    notice, the portal's public page; None where nothing is left. A courtesy reminder passes over
    the addresses that decline them, and no letter replaces it where one does.
    """
    lines = lines_of(notice.organisation for notice in notices)
    seats = seats_of(notices)
    declined = _declined(notices, lines)
    tried: dict[int, dict[tuple[str, str], str]] = {notice.pk: {} for notice in notices}
    rows = Dispatch.objects.filter(notice__in=notices).exclude(channel=Channel.SMS)
    for key, *address, state in rows.values_list("notice_id", "channel", "address", "state"):
        tried[key][address[0], address[1]] = state
    return {
        notice.pk: _next(
            notice,
            _in_line(notice, lines[notice.organisation_id].emails, declined, seats[notice.pk]),
            seats[notice.pk],
            tried[notice.pk],
        )
        for notice in notices
    }


def _next(
    notice: Notice,
    in_line: Sequence[Address],
    seat: Address,
    tried: Mapping[tuple[str, str], str],
) -> Address | None:
    left = (address for address in in_line if (address.channel, address.text) not in tried)
    return next(left, None) or _publication(notice, seat, tried)


def _publication(
    notice: Notice, seat: Address, tried: Mapping[tuple[str, str], str]
) -> Address | None:
    """The page as the last address, where a court would accept it: every known one has failed,
    the legal seat by a registered letter that came back (design.md section 8)."""
    if notice.kind not in ADVERSE or not NOT_FAILED.isdisjoint(tried.values()):
        return None
    if tried.get((seat.channel, seat.text)) != DispatchState.BOUNCED:
        return None
    return Address(Channel.PUBLICATION, notice.organisation.number)


def _declined(notices: Iterable[Notice], lines: Mapping[int, Line]) -> frozenset[str]:
    """The addresses that decline reminders, asked for only where one of these is a reminder."""
    asked = [
        address
        for notice in notices
        if notice.kind in COURTESY
        for address in lines[notice.organisation_id].emails
    ]
    return declined_of(asked) if asked else frozenset()


def _in_line(
    notice: Notice, emails: Sequence[Address], declined: frozenset[str], seat: Address
) -> list[Address]:
    if notice.kind not in COURTESY:
        return [*emails, seat]
    willing = for_courtesy(emails, declined)
    one_declines = any(address.text.lower() in declined for address in emails)
    return [*willing] if one_declines else [*willing, seat]


def replaced_of(
    organisations: Iterable[Organisation], *, at: datetime
) -> dict[int, tuple[Address, ...]]:
    """The e-mail addresses that were replaced a short while ago, by the organisation's key.

    They keep receiving legal notices for OLD_ADDRESS_DAYS, so that nobody takes an organisation
    over by its contacts unseen (design.md section 11).
    """
    found: dict[int, list[Address]] = defaultdict(list)
    for contact in Contact.objects.filter(
        organisation__in=[organisation.pk for organisation in organisations],
        kind=Contact.Kind.EMAIL,
        is_usable=True,
        bounced_at__isnull=True,
        retired_at__gt=at - timedelta(days=OLD_ADDRESS_DAYS),
        retired_at__lte=at,
    ).order_by("organisation_id", "pk"):
        found[contact.organisation_id].append(
            # Whoever it was verified by has left it: delivery there proves nothing any more.
            Address(Channel.EMAIL, contact.value)
        )
    return {key: tuple(addresses) for key, addresses in found.items()}


def everyone(organisation: Organisation, *, at: datetime) -> tuple[Address, ...]:
    """Every e-mail address of the organisation, those replaced a short while ago included."""
    line = lines_of([organisation])[organisation.pk].emails
    known = {address.text for address in line}
    replaced = replaced_of([organisation], at=at).get(organisation.pk, ())
    return (*line, *(address for address in replaced if address.text not in known))


def seats_of(notices: Sequence[Notice]) -> dict[int, Address]:
    """The postal address of the legal seat for each notice, by the notice's key."""
    places = Place.objects.select_related("region").in_bulk(
        {notice.organisation.place_id for notice in notices}
    )
    return {
        notice.pk: Address(
            Channel.LETTER,
            _seat(notice.organisation, places[notice.organisation.place_id], notice.language),
        )
        for notice in notices
    }


def seats_in_writing(organisations: Iterable[Organisation]) -> dict[int, tuple[str, str]]:
    """How letters to the legal seat are addressed, in Kazakh and in Russian, by the key."""
    asked = list(organisations)
    places = Place.objects.select_related("region").in_bulk({row.place_id for row in asked})
    return {
        row.pk: (
            _seat(row, places[row.place_id], "kk"),
            _seat(row, places[row.place_id], "ru"),
        )
        for row in asked
    }


def declined_of(emails: Iterable[Address]) -> frozenset[str]:
    """Those of the addresses, in lower case, whose owners decline courtesy reminders."""
    asked = {address.text.lower() for address in emails}
    rows = DeclinedAddress.objects.filter(address__in=asked)
    return frozenset(rows.values_list("address", flat=True))


def for_courtesy(emails: Sequence[Address], declined: frozenset[str]) -> tuple[Address, ...]:
    """The e-mail addresses in line for a courtesy reminder: the willing ones.

    Where none is willing, the first, marked as declining: its dispatch is held back and says so.
    """
    willing = tuple(address for address in emails if address.text.lower() not in declined)
    return willing or tuple(replace(address, declines=True) for address in emails[:1])


def emails_for(
    kind: str, line: Line, *, replaced: Sequence[Address], declined: frozenset[str]
) -> list[Address]:
    """The e-mail addresses that a notice of that kind goes to first.

    The first in line; of a courtesy reminder the first that does not decline it; what is legal
    also goes to those that were replaced a short while ago.
    """
    emails: Sequence[Address] = line.emails
    if kind in COURTESY:
        emails = for_courtesy(emails, declined)
    chosen = [*emails[:1]]
    if kind in TO_OLD_ADDRESSES_TOO:
        named = {address.text for address in chosen}
        chosen += [address for address in replaced if address.text not in named]
    return chosen


def goes_by_letter(kind: str, line: Line) -> bool:
    """Whether a notice of that kind goes by letter from the first: where there is no e-mail, and
    always where law asks."""
    return kind in BY_LETTER_TOO or not line.emails


def dispatch_to(address: Address, notice: Notice, *, at: datetime) -> Dispatch:
    """An unsaved dispatch of the notice to that address, due at once; a courtesy e-mail is due
    when those made with it have gathered.

    A letter that would say nothing in time is held back, and a reminder to an address that
    declines them; the row says why.
    """
    is_courtesy = address.channel == Channel.EMAIL and notice.kind in COURTESY
    why = _why_held_back(address, notice)
    held_back = {"state": DispatchState.SUPPRESSED, "ended_at": at, "failure": why} if why else {}
    return Dispatch(
        notice=notice,
        channel=address.channel,
        address=address.text,
        addressee=address.addressee,
        recipient_id=address.recipient_id,
        is_verified=address.is_verified,
        waits_for_digest=is_courtesy,
        message_id=message_id_of(address.channel, address.text, notice),
        next_attempt_at=at + DIGEST_WAITS if is_courtesy else at,
        made_at=at,
        useful_until_at=useful_until(notice.kind, at),
        **held_back,
    )


def _why_held_back(address: Address, notice: Notice) -> str:
    if address.declines and notice.kind in COURTESY:
        return str(WANTS_NO_REMINDERS)
    if address.channel == Channel.LETTER and not letter_is_of_use(notice.kind, notice.occasion):
        return _("No e-mail address works, and a letter would come too late to be of use.")
    return ""


def message_id_of(channel: str, address: str, notice: Notice, *, resends: int = 0) -> str:
    """Names notice and address, like the row: every attempt of a dispatch carries the same.

    An e-mail's Message-ID, an SMS's idempotency key; a letter has none. What staff send again
    has one of its own, so that no mail program takes it for a double and drops it.
    """
    if channel not in (Channel.EMAIL, Channel.SMS):
        return ""
    host = urlsplit(settings.PORTAL_URL).hostname or "portal"
    again = f".{resends}" if resends else ""
    return f"<{notice.number}.{sha256(address.encode()).hexdigest()[:12]}{again}@{host}>"


def _representatives(
    asked: Iterable[int],
) -> Iterable[tuple[int, int, str, str, bool, bool]]:
    """Organisation, user, e-mail, language, whether verified, whether mail to it came back."""
    own = {"user": OuterRef("user"), "email__iexact": OuterRef("user__email")}
    came_back = Dispatch.objects.filter(
        recipient=OuterRef("user"),
        address=OuterRef("user__email"),
        state=DispatchState.BOUNCED,
    )
    return (
        Representative.objects.filter(
            organisation_id__in=list(asked), until_at__isnull=True, user__is_active=True
        )
        .annotate(
            is_verified=Exists(EmailAddress.objects.filter(**own, verified=True)),
            # Not tried first again with every notice: that would cost a day each time.
            has_bounced=Exists(came_back),
        )
        .order_by("organisation_id", "from_at", "pk")
        .values_list(
            "organisation_id",
            "user_id",
            "user__email",
            "user__language",
            "is_verified",
            "has_bounced",
        )
    )


def _seat(organisation: Organisation, place: Place, language: str) -> str:
    # Carriers read Kazakh and Russian addresses only.
    spoken = "name_kk" if language == "kk" else "name_ru"
    parts = [getattr(place.region, spoken), getattr(place, spoken), organisation.address]
    return ", ".join(dict.fromkeys(part for part in parts if part))


def masked(channel: str, address: str) -> str:
    """Enough of an address to know one's own by: nobody learns another's from it."""
    if channel == Channel.EMAIL:
        name, _at, domain = address.rpartition("@")
        return f"{name[:2]}…@{domain}"
    return f"{address[:12]}…" if len(address) > 12 else address

"""The evidence log of an organisation: what officers found, each entry with its paper.

An entry is never changed. One made in error is replaced by another, or by an entry that says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace as with_changes
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.refusals import Refused
from notices.models import Dispatch
from notices.states import Channel
from registry.bin import has_iin
from registry.calendar import day_of
from registry.ledger import commitment
from registry.models import Organisation, StoredFile
from reregistration.models import EvidenceItem, EvidenceText, Referral
from reregistration.states import (
    LIVE_REFERRALS,
    LOGGED,
    MAY_FIND,
    NEEDS_A_FILE,
    EvidenceKind,
)

# What a kind that proves nothing without its paper is refused with.
_PAPERS = {
    EvidenceKind.LETTER_RETURNED: gettext_lazy(
        "A letter that came back is proved by its envelope: attach a scan of it."
    ),
    EvidenceKind.SITE_VISIT: gettext_lazy("A visit is proved by its act: attach the signed act."),
}


@dataclass(frozen=True)
class Found:
    """What an officer found: on which day, where, in their own words, with which paper; and
    whether it was somebody of the organisation, which then is not absent."""

    kind: EvidenceKind
    on: date
    words: str
    address: str = ""
    file: StoredFile | None = None
    # One of our own letters that came back by another way than the carrier's file.
    dispatch: Dispatch | None = None
    somebody_found: bool = False


def standing() -> QuerySet[EvidenceItem]:
    """The entries that count: not replaced, and not there only to say that another was an error."""
    return (
        EvidenceItem.objects.filter(replaced_by__isnull=True)
        .exclude(kind=EvidenceKind.NOTHING)
        .select_related("text", "file", "dispatch__notice", "by")
        .order_by("on", "pk")
    )


@transaction.atomic
def log(organisation: Organisation, found: Found, *, by: User, at: datetime) -> EvidenceItem:
    """Log what was found.

    Refuses without words, for a day that lies ahead, a visit without its act, a letter without
    its envelope or the address it came back from, another organisation's letter, a letter that
    found somebody, and words that hold a personal number. Safe to repeat: the same words again get
    the entry that stands.
    """
    lock(organisation)
    found = _tidied(found)
    _refuse_what_proves_nothing(organisation, found, at)
    same = standing().filter(
        organisation=organisation,
        kind=found.kind,
        on=found.on,
        somebody_found=found.somebody_found,
        text__words=found.words,
        text__address=found.address,
    )
    return same.first() or _write(organisation, found, by=by, at=at)


@transaction.atomic
def replace(item: EvidenceItem, found: Found, *, by: User, at: datetime) -> EvidenceItem:
    """Put another entry in the place of one that was made in error; both stay in the log.

    Without a paper of its own it takes over that of the first. Refuses what `log` refuses, an
    entry that was replaced already, and one that a live referral file rests on.
    """
    _refuse_unless_replaceable(item)
    found = _tidied(with_changes(found, file=found.file or item.file))
    _refuse_what_proves_nothing(item.organisation, found, at)
    return _write(item.organisation, found, replaces=item, by=by, at=at)


@transaction.atomic
def strike(item: EvidenceItem, *, reason: str, by: User, at: datetime) -> EvidenceItem:
    """Say that an entry should not have been made: it counts no more, and both stay in the log.

    Refuses without a reason, an entry that was replaced already, and one that a live referral
    file rests on.
    """
    _refuse_unless_replaceable(item)
    if not reason.strip():
        raise Refused(_("Say why this entry was an error: the reason is kept."))
    _refuse_personal_numbers(reason)
    nothing = Found(EvidenceKind.NOTHING, day_of(at), reason.strip())
    return _write(item.organisation, nothing, replaces=item, by=by, at=at)


def _tidied(found: Found) -> Found:
    address = found.address.strip() or (found.dispatch.address if found.dispatch else "")
    return with_changes(found, words=found.words.strip(), address=address)


def _write(
    organisation: Organisation,
    found: Found,
    *,
    by: User,
    at: datetime,
    replaces: EvidenceItem | None = None,
) -> EvidenceItem:
    text = EvidenceText(words=found.words, address=found.address)
    text.item = item = EvidenceItem.objects.create(
        organisation=organisation,
        kind=found.kind,
        on=found.on,
        somebody_found=found.somebody_found,
        words_hash=commitment(text.words, bytes(text.salt)),
        file=found.file,
        file_sha256=found.file.sha256 if found.file else "",
        dispatch=found.dispatch,
        replaces=replaces,
        by=by,
        at=at,
    )
    text.save(force_insert=True)
    return item


def lock(organisation: Organisation) -> None:
    """Hold the organisation's log as it stands until the transaction ends. Before any lock of its
    obligations (`obligations`)."""
    Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=organisation.pk)


def _refuse_unless_replaceable(item: EvidenceItem) -> None:
    lock(item.organisation)
    if item.kind == EvidenceKind.NOTHING or EvidenceItem.objects.filter(replaces=item).exists():
        raise Refused(_("This entry does not count any more. Replace the one that stands."))
    # Everything that stood when a file was prepared is in it.
    resting = Referral.objects.filter(
        obligation__organisation=item.organisation_id,
        state__in=LIVE_REFERRALS,
        prepared_at__gte=item.at,
    ).first()
    if resting:
        raise Refused(
            _("The referral file %(number)s rests on this entry. Drop or withdraw the file first.")
            % {"number": resting}
        )


def _refuse_what_proves_nothing(organisation: Organisation, found: Found, at: datetime) -> None:
    if found.kind not in LOGGED or found.kind == EvidenceKind.NOTHING:
        raise Refused(_("This kind is not logged by hand. Choose another."))
    if not found.words:
        raise Refused(_("Write what was found, by whom and how."))
    if found.on > day_of(at):
        raise Refused(_("The day of the fact lies ahead. Check it."))
    if found.kind == EvidenceKind.LETTER_RETURNED and not found.address:
        raise Refused(_("Write the address from which the letter came back."))
    if found.somebody_found and found.kind not in MAY_FIND:
        raise Refused(_("A letter that came back has found nobody. Choose another kind."))
    if found.kind in NEEDS_A_FILE and found.file is None:
        raise Refused(str(_PAPERS[found.kind]))
    _refuse_another_letter(organisation, found)
    _refuse_personal_numbers(f"{found.words} {found.address}")


def _refuse_another_letter(organisation: Organisation, found: Found) -> None:
    letter = found.dispatch
    if letter is None:
        return
    is_letter = letter.channel == Channel.LETTER and found.kind == EvidenceKind.LETTER_RETURNED
    if not is_letter or letter.notice.organisation_id != organisation.pk:
        raise Refused(_("This is no letter to this organisation. Check the number of the notice."))
    if letter.sent_at is None or day_of(letter.sent_at) > found.on:
        raise Refused(_("The letter had not been sent by that day. Check the day."))


def _refuse_personal_numbers(text: str) -> None:
    if has_iin(text):
        raise Refused(_("Leave personal numbers (IIN) out: the file goes from hand to hand."))

"""Making notices: one text for one organisation, once an occasion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import sms
from accounts.refusals import Refused
from notices import addresses, codes, templates
from notices.addresses import Address, Line
from notices.insertion import Letter, insert
from notices.models import Dispatch, Notice, Wave
from notices.states import (
    ADVERSE,
    COURTESY,
    TO_OLD_ADDRESSES_TOO,
    WITH_CODE,
    Kind,
    sms_is_of_use,
)
from notices.variables import date_in, written_out
from registry.calendar import day_of, is_protected
from registry.ledger import commitment
from registry.models import Organisation
from registry.sequences import next_numbers


@dataclass(frozen=True)
class Draft:
    """A notice to be made.

    `source`, `cycle`, `kind`, `occasion` and the organisation name it: it is made once.
    `variables` are those that `notices.variables.VARIABLES` lists for the kind; spoken ones are
    given in three languages. Without `language` the addressee's own is used. With `to` it goes to
    each of these addresses and to no other; without, to the first in the organisation's line.
    What is sent after `useful_until_at` would say nothing useful any more: without it as long
    after its making as `states.useful_until` says. `wave` is the wave in which it goes out.
    """

    organisation: Organisation
    source: str
    cycle: int
    kind: Kind
    occasion: str
    variables: Mapping[str, str]
    language: str | None = None
    to: tuple[Address, ...] | None = None
    useful_until_at: datetime | None = None
    wave: Wave | None = None

    @property
    def key(self) -> tuple[int, str, int, str, str]:
        return (self.organisation.pk, self.source, self.cycle, str(self.kind), self.occasion)


def register(drafts: Sequence[Draft], *, at: datetime) -> list[Notice]:
    """Make the notices that do not stand yet, with their texts, numbers and dispatches.

    Returns those made by this call. Refuses an adverse kind on a protected day. Safe to repeat,
    and for two workers at once: the key of a notice is unique in the database, and texts and
    dispatches are written only for the rows that this call inserted. A few statements however
    many drafts; give up to 500 at a time.
    """
    _refuse_adverse_on_protected_day(drafts, at)
    # Mostly called inside a verb's transaction; a savepoint of its own would help nobody.
    with transaction.atomic(savepoint=False):
        return _register(drafts, at)


def _register(drafts: Sequence[Draft], at: datetime) -> list[Notice]:
    new = _without_those_that_stand(drafts)
    if not new:
        return []
    lines = addresses.lines_of(draft.organisation for draft in new)
    letters = _write(new, lines, at)
    ours = insert(letters)
    by_key = {draft.key: draft for draft in new}
    in_line = [own for own in ours if by_key[_key(own.notice)].to is None]
    dispatches = [
        *_dispatches(in_line, lines, at),
        *(
            addresses.dispatch_to(address, own.notice, at=at)
            for own in ours
            for address in by_key[_key(own.notice)].to or ()
        ),
    ]
    for row in dispatches:
        draft = by_key[_key(row.notice)]
        row.wave = draft.wave
        row.useful_until_at = draft.useful_until_at or row.useful_until_at
    Dispatch.objects.bulk_create(dispatches)
    codes.keep([(own.notice, own.code) for own in ours if own.code], dispatches)
    return [letter.notice for letter in ours]


def _key(notice: Notice) -> tuple[int, str, int, str, str]:
    return (
        notice.organisation_id,
        notice.source,
        notice.cycle,
        str(notice.kind),
        notice.occasion,
    )


def text_hash(notice_salt: bytes, subject: str, body: str, sms: str = "") -> str:
    """The fingerprint of a notice's text: SHA-256 over salt, subject, body and, where there is
    one, the SMS, with an empty line between each two."""
    return commitment("\n\n".join([subject, body, *([sms] if sms else [])]), notice_salt)


def _refuse_adverse_on_protected_day(drafts: Iterable[Draft], at: datetime) -> None:
    if is_protected(day_of(at)) and any(draft.kind in ADVERSE for draft in drafts):
        raise Refused(
            _(
                "No final warning, preliminary decision or mark may be sent on %(day)s: it is a "
                "protected day (25 December to 10 January, 20 to 25 March). Try again after it."
            )
            % {"day": f"{day_of(at):%d.%m.%Y}"}
        )


def _without_those_that_stand(drafts: Sequence[Draft]) -> list[Draft]:
    """In the order of their keys, so that two workers never wait for each other crosswise."""
    if len(drafts) == 1:
        # Not worth asking: the insertion leaves out what stands.
        return list(drafts)
    by_key = {draft.key: draft for draft in drafts}
    standing = Notice.objects.filter(source__in={draft.source for draft in drafts}).values_list(
        "organisation_id", "source", "cycle", "kind", "occasion"
    )
    for key in standing:
        by_key.pop(key, None)
    return [by_key[key] for key in sorted(by_key)]


def _write(drafts: Sequence[Draft], lines: Mapping[int, Line], at: datetime) -> list[Letter]:
    wordings = templates.in_force(at, kinds={draft.kind for draft in drafts})
    letters = []
    for draft, serial in zip(drafts, next_numbers("notice_number", len(drafts)), strict=True):
        number = f"N-{serial:07d}"
        language = draft.language or lines[draft.organisation.pk].language
        wording = wordings[draft.kind, language]
        code = codes.new() if draft.kind in WITH_CODE else ""
        written = wording.written(
            {
                **written_out(draft.kind, {**draft.variables, "claim_code": code}, language),
                **common(draft.organisation, number, language, at),
            }
        )
        notice = Notice(
            number=number,
            organisation=draft.organisation,
            source=draft.source,
            cycle=draft.cycle,
            kind=draft.kind,
            occasion=draft.occasion,
            language=language,
            template_id=wording.template_id,
            made_at=at,
        )
        notice.text_hash = text_hash(bytes(notice.salt), written.subject, written.body, written.sms)
        letters.append(Letter(notice, written.subject, written.body, written.sms, code))
    return letters


def common(organisation: Organisation, number: str, language: str, at: datetime) -> dict[str, str]:
    """The variables of COMMON, which are the same for every kind."""
    return {
        "number": number,
        "made_on": date_in(language, day_of(at).isoformat()),
        "organisation": getattr(organisation, f"name_{language}") or organisation.name_ru,
        "organisation_number": organisation.number,
        "portal_url": settings.PORTAL_URL,
    }


def _dispatches(
    letters: Sequence[Letter], lines: Mapping[int, Line], at: datetime
) -> list[Dispatch]:
    """To its e-mail addresses and its seat, as `addresses` says for its kind; what an SMS helps
    with, to a mobile phone too."""
    seats = addresses.seats_of(
        [
            letter.notice
            for letter in letters
            if addresses.goes_by_letter(letter.notice.kind, _line(letter, lines))
        ]
    )
    phones = _phones(letters, lines)
    replaced = _replaced(letters, at)
    declined = _declined(letters, lines)
    made = []
    for letter in letters:
        chosen = addresses.emails_for(
            letter.notice.kind,
            _line(letter, lines),
            replaced=replaced.get(letter.notice.organisation_id, ()),
            declined=declined,
        )
        if letter.notice.pk in seats:
            chosen.append(seats[letter.notice.pk])
        if letter.notice.pk in phones:
            chosen.append(phones[letter.notice.pk])
        made += [addresses.dispatch_to(address, letter.notice, at=at) for address in chosen]
    return made


def _declined(letters: Sequence[Letter], lines: Mapping[int, Line]) -> frozenset[str]:
    """The addresses that decline reminders, asked for only where a letter is one."""
    asked = [
        address
        for letter in letters
        if letter.notice.kind in COURTESY
        for address in _line(letter, lines).emails
    ]
    return addresses.declined_of(asked) if asked else frozenset()


def _phones(letters: Sequence[Letter], lines: Mapping[int, Line]) -> dict[int, Address]:
    """The phone that gets the SMS of each notice, by the notice's key.

    Only where the wording has an SMS and this installation a gateway: nothing waits for a way out
    that there is not.
    """
    asked = [
        letter.notice
        for letter in letters
        if letter.sms
        and sms_is_of_use(
            letter.notice.kind,
            letter.notice.occasion,
            has_email=bool(_line(letter, lines).emails),
        )
    ]
    if not asked or not sms.gateway().is_connected:
        return {}
    phones = addresses.phones_of(notice.organisation for notice in asked)
    return {
        notice.pk: phones[notice.organisation_id]
        for notice in asked
        if notice.organisation_id in phones
    }


def _replaced(letters: Sequence[Letter], at: datetime) -> dict[int, tuple[Address, ...]]:
    """The addresses replaced a short while ago, asked for only where a letter goes there."""
    asked = [
        letter.notice.organisation
        for letter in letters
        if letter.notice.kind in TO_OLD_ADDRESSES_TOO
    ]
    return addresses.replaced_of(asked, at=at) if asked else {}


def _line(letter: Letter, lines: Mapping[int, Line]) -> Line:
    return lines[letter.notice.organisation_id]

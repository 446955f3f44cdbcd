"""Is a row of an extract taken, and what does it state?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format

from registry.bin import fault_of
from registry.codes import parent_code
from registry.facts import ExtractFacts, MatchKey, StatedContact
from registry.folding import fold
from registry.imports import cells
from registry.imports.files import Row
from registry.imports.reasons import Reason, RowRefused
from registry.models import LegalFormAlias, Place
from registry.sentences import said as _
from registry.states import LegalStatus, Quality

# Folded wording of an extract -> legal status.
_STATUSES = {
    fold(wording): status
    for wording, status in {
        "Действующее": LegalStatus.ACTIVE,
        "Бездействующее": LegalStatus.INACTIVE,
        "Деятельность приостановлена": LegalStatus.SUSPENDED,
        "В стадии ликвидации": LegalStatus.IN_LIQUIDATION,
        "Ликвидировано": LegalStatus.LIQUIDATED,
    }.items()
}


@dataclass(frozen=True, slots=True)
class Codes:
    """The code lists, read once a file."""

    # KATO code of a place -> that of its region.
    places: dict[str, str]
    legal_forms: dict[str, str]

    @classmethod
    def read(cls) -> Codes:
        return cls(
            dict(Place.objects.values_list("kato", "region_id")),
            dict(LegalFormAlias.objects.values_list("folded", "legal_form_id")),
        )


def judge(row: Row, codes: Codes, as_of_on: date) -> ExtractFacts:
    """What the row states, cleaned. Refuses with RowRefused; a bad e-mail or phone never does."""
    if not row.is_whole:
        raise RowRefused(
            Reason.SHAPE,
            _("The row has more or fewer cells than the header. Mend it at the source."),
        )
    cell = row.cells
    _check_as_of(cell["as_of_on"], as_of_on)
    bin_ = _bin(cell["bin"])
    place_id, place_is_short = _place(cell["place"], codes)
    contacts = (*cells.emails(cell["email"]), *cells.phones(cell["phone"]))
    return ExtractFacts(
        bin=bin_,
        name_kk=cells.text(cell["name_kk"]),
        name_ru=_name_ru(cell["name_ru"]),
        legal_form_id=_legal_form(cell["legal_form"], codes),
        registered_on=_registered_on(cell["registered_on"], bin_, as_of_on),
        place_id=place_id,
        region_id=codes.places[place_id],
        address=cells.text(cell["address"]),
        head_name=cells.text(cell["head_name"]),
        employees=_employees(cell["employees"]),
        status=_status(cell["status"]),
        contacts=contacts,
        quality=tuple(sorted(_quality(bin_, contacts, place_is_short))),
        as_of_on=as_of_on,
    )


def named_by(row: Row, as_of_on: date) -> tuple[str | None, MatchKey | None]:
    """By what a refused row may still name an organisation: a good BIN, or names and date."""
    bin_ = cells.bin_or_none(row.cells["bin"])
    if bin_ is not None and fault_of(bin_) is None:
        return bin_, None
    registered_on = cells.day(row.cells["registered_on"], latest=as_of_on)
    if registered_on is None:
        return None, None
    names = (fold(row.cells["name_ru"]), fold(row.cells["name_kk"]))
    return None, (*names, registered_on)


def _check_as_of(cell: str, as_of_on: date) -> None:
    if cells.day(cell, latest=as_of_on) != as_of_on:
        raise RowRefused(
            Reason.AS_OF,
            _(
                "The row is of «%(cell)s», the extract of %(as_of)s (its first row). "
                "Import it with the extract of its own day."
            )
            % {"cell": cell, "as_of": date_format(as_of_on, "d.m.Y")},
        )


def _bin(cell: str) -> str | None:
    bin_ = cells.bin_or_none(cell)
    fault = fault_of(bin_) if bin_ is not None else None
    if fault:
        sentence = _("BIN «%(bin)s»: %(fault)s") % {"bin": bin_, "fault": fault.label}
        raise RowRefused(Reason.BIN, sentence)
    return bin_


def _name_ru(cell: str) -> str:
    name = cells.text(cell)
    if not name:
        raise RowRefused(Reason.NAME, _("The row has no name in Russian. Enter it at the source."))
    return name


def _legal_form(cell: str, codes: Codes) -> str:
    try:
        return codes.legal_forms[fold(cell)]
    except KeyError:
        raise RowRefused(
            Reason.LEGAL_FORM,
            _(
                "The legal form «%(cell)s» is unknown. Correct it, or add the spelling to the "
                "legal form aliases."
            )
            % {"cell": cell},
        ) from None


def _status(cell: str) -> LegalStatus:
    try:
        return _STATUSES[fold(cell)]
    except KeyError:
        raise RowRefused(
            Reason.STATUS,
            _("The status «%(cell)s» is unknown. Correct it at the source.") % {"cell": cell},
        ) from None


def _place(cell: str, codes: Codes) -> tuple[str, bool]:
    """The place's code, and whether it was cut to six digits: then it is the parent's."""
    code = cell.strip()
    if code in codes.places:
        return code, False
    if len(code) == 6 and code.isdigit():
        whole = code + "000"
        found = whole if whole in codes.places else parent_code(whole, set(codes.places))
        if found:
            return found, True
    raise RowRefused(
        Reason.PLACE,
        _("The KATO code «%(cell)s» is not in the classifier. Correct it at the source.")
        % {"cell": cell},
    )


def _registered_on(cell: str, bin_: str | None, as_of_on: date) -> date:
    registered_on = cells.day(cell, latest=as_of_on, bin=bin_)
    if registered_on is None:
        raise RowRefused(
            Reason.REGISTERED_ON,
            _("The date of registration «%(cell)s» is no date. Write it as dd.mm.yyyy.")
            % {"cell": cell},
        )
    if registered_on > as_of_on:
        raise RowRefused(
            Reason.REGISTERED_ON,
            _(
                "The date of registration %(day)s lies after the day of the extract, %(as_of)s. "
                "Correct it at the source."
            )
            % {
                "day": date_format(registered_on, "d.m.Y"),
                "as_of": date_format(as_of_on, "d.m.Y"),
            },
        )
    return registered_on


def _employees(cell: str) -> int | None:
    try:
        return cells.count(cell)
    except ValueError:
        raise RowRefused(
            Reason.EMPLOYEES,
            _(
                "The number of employees «%(cell)s» is no whole number. Correct it or leave it "
                "empty."
            )
            % {"cell": cell},
        ) from None


def _quality(
    bin_: str | None, contacts: tuple[StatedContact, ...], place_is_short: bool
) -> set[Quality]:
    emails = [contact for contact in contacts if contact.kind == "email"]
    bad = {contact.kind for contact in contacts if not contact.is_usable}
    flags = {
        Quality.NO_BIN: bin_ is None,
        Quality.BAD_EMAIL: "email" in bad,
        Quality.BAD_PHONE: "phone" in bad,
        Quality.TWO_EMAILS: len(emails) > 1,
        Quality.SHORT_PLACE: place_is_short,
        Quality.NO_CONTACT: not any(contact.is_usable for contact in contacts),
    }
    return {flag for flag, holds in flags.items() if holds}

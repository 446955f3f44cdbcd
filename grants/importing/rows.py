"""May a row of a file of past awards be taken, and what does it state?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grants.importing import cells
from grants.importing.mapping import Mapping
from registry.bin import fault_of, has_iin, without_iin
from registry.folding import fold
from registry.imports.files import Row
from registry.models import ActivityArea, Region

# What 360Giving puts before a BIN (org-id.guide).
BIN_PREFIX = "KZ-BIN-"
_LONGEST = {"identifier": 200, "recipient_identifier": 100, "funder_identifier": 100}
# No award of this portal's subject is older.
_EARLIEST = date(1991, 12, 16)


class Reason(models.TextChoices):
    SHAPE = "shape", gettext_lazy("wrong number of cells")
    IDENTIFIER = "identifier", gettext_lazy("no identifier, or too long")
    TITLE = "title", gettext_lazy("no title")
    RECIPIENT = "recipient", gettext_lazy("no recipient, or its identifier is too long")
    BIN = "bin", gettext_lazy("broken BIN")
    PERSON = "person", gettext_lazy("a person's number instead of an organisation's")
    DATE = "date", gettext_lazy("no date, or none of the mapping's forms")
    AMOUNT = "amount", gettext_lazy("the amount is no number")
    CURRENCY = "currency", gettext_lazy("no currency")
    CODE = "code", gettext_lazy("unknown region or area")
    CONFLICT = "conflict", gettext_lazy("conflict with a row before it")


class AwardRefused(Exception):  # noqa: N818 - it is no error: it is an answer
    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


@dataclass(frozen=True)
class Stated:
    """What a row states: fields of `PastAward`, and by what its organisation may be found."""

    fields: dict[str, Any]
    bin: str | None = None
    number: str | None = None
    # What was put right in its texts, for the counts.
    mended: int = 0
    covered: int = 0


@dataclass
class Codes:
    """Regions and areas by code and by name in each language."""

    regions: dict[str, str] = field(default_factory=dict)
    areas: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls) -> Codes:
        codes = cls()
        for region in Region.objects.all():
            for name in (region.pk, region.iso, region.name_kk, region.name_ru, region.name_en):
                codes.regions[fold(name)] = region.pk
        for area in ActivityArea.objects.all():
            for name in (area.pk, area.name_kk, area.name_ru, area.name_en):
                codes.areas[fold(name)] = area.pk
        codes.regions.pop("", None)
        codes.areas.pop("", None)
        return codes


def judge(row: Row, mapping: Mapping, codes: Codes, today: date) -> Stated:
    """What the row states; refuses a row of which something must be guessed."""
    if not row.is_whole:
        raise AwardRefused(
            Reason.SHAPE, _("The row has not as many cells as the header. Correct it there.")
        )
    return _Judge(row, mapping, codes, today).stated()


class _Judge:
    def __init__(self, row: Row, mapping: Mapping, codes: Codes, today: date) -> None:
        self.row, self.mapping, self.codes, self.today = row, mapping, codes, today
        self.mended = self.covered = 0

    def stated(self) -> Stated:
        identifier, bin_, number = self._recipient()
        fields = {
            "identifier": self._needed("identifier", Reason.IDENTIFIER),
            "recipient_identifier": identifier,
            "recipient_name": self._needed("recipient_name", Reason.RECIPIENT),
            "title": self._needed("title", Reason.TITLE),
            "description": self._text("description"),
            "programme": self._text("programme"),
            "funder_name": self._text("funder_name"),
            "funder_identifier": self._short("funder_identifier", Reason.IDENTIFIER),
            "currency": self._currency(),
            "amount": self._amount(),
            "awarded_on": self._awarded_on(),
            "starts_on": self._day("starts_on"),
            "ends_on": self._day("ends_on"),
            "region_id": self._code("region", self.codes.regions),
            "area_id": self._code("area", self.codes.areas),
        }
        return Stated(fields, bin_, number, self.mended, self.covered)

    def _raw(self, name: str) -> str:
        return self.mapping.cell(self.row.cells, name)

    def _text(self, name: str) -> str:
        """A cell's text, mended where the mapping says so, personal numbers covered."""
        raw = cells.text(self._raw(name))
        text = cells.mended(raw) if self.mapping.mojibake else raw
        self.mended += text != raw
        covered = without_iin(text)
        self.covered += covered != text
        return covered

    def _needed(self, name: str, reason: Reason) -> str:
        text = self._short(name, reason)
        if not text:
            raise AwardRefused(
                reason,
                _("The column «%(column)s» is empty. Fill it at the source.")
                % {"column": self.mapping.columns[name]},
            )
        return text

    def _short(self, name: str, reason: Reason) -> str:
        text = self._text(name)
        longest = _LONGEST.get(name)
        if longest and len(text) > longest:
            raise AwardRefused(
                reason,
                _("«%(text)s…» is longer than %(longest)s letters. Shorten it at the source.")
                % {"text": text[:40], "longest": longest},
            )
        return text

    def _recipient(self) -> tuple[str, str | None, str | None]:
        """The identifier as it is kept, and the BIN or the register number that it is."""
        stated = cells.text(self._raw("recipient_identifier"))
        bin_ = cells.text(self._raw("recipient_bin"))
        if stated.upper().startswith(BIN_PREFIX):
            of_identifier = stated[len(BIN_PREFIX) :]
            if bin_ and bin_ != of_identifier:
                raise AwardRefused(
                    Reason.BIN,
                    _("Two BINs, %(one)s and %(other)s, are stated. Settle which one is right.")
                    % {"one": of_identifier, "other": bin_},
                )
            bin_ = of_identifier
        if has_iin(stated) or (bin_ and has_iin(bin_)):
            raise AwardRefused(
                Reason.PERSON,
                _("The recipient's number is a person's (IIN). State the organisation's BIN."),
            )
        if bin_:
            if fault := fault_of(bin_):
                raise AwardRefused(Reason.BIN, f"«{bin_}»: {fault.label}")
            return f"{BIN_PREFIX}{bin_}", bin_, None
        number = stated if re.fullmatch(r"R-[0-9]{7}", stated) else None
        return self._short("recipient_identifier", Reason.RECIPIENT), None, number

    def _currency(self) -> str:
        code = self._text("currency").upper()
        if not re.fullmatch("[A-Z]{3}", code):
            raise AwardRefused(
                Reason.CURRENCY,
                _("«%(cell)s» is no currency's code of three letters. Name it in the mapping.")
                % {"cell": code},
            )
        return code

    def _amount(self) -> Decimal | None:
        cell = self._raw("amount")
        if not cell.strip():
            return None
        found = cells.amount(cell, self.mapping.decimal)
        if found is None:
            raise AwardRefused(
                Reason.AMOUNT,
                _(
                    "«%(cell)s» is no amount of at most two decimals. Correct it at the source, or "
                    "say in the mapping how decimals are written."
                )
                % {"cell": cell},
            )
        return found

    def _awarded_on(self) -> date:
        found = self._day("awarded_on")
        if found is None:
            raise AwardRefused(Reason.DATE, _("The day of the award is not stated. State it."))
        if not _EARLIEST <= found <= self.today:
            raise AwardRefused(
                Reason.DATE,
                _("The day of the award, %(day)s, cannot be. Correct it at the source.")
                % {"day": found.isoformat()},
            )
        return found

    def _day(self, name: str) -> date | None:
        cell = self._raw(name)
        if not cell.strip():
            return None
        found = cells.day(cell, self.mapping.dates)
        if found is None:
            raise AwardRefused(
                Reason.DATE,
                _("«%(cell)s» is no date in the mapping's forms (%(forms)s). Correct either.")
                % {"cell": cell, "forms": ", ".join(self.mapping.dates)},
            )
        return found

    def _code(self, name: str, known: dict[str, str]) -> str | None:
        cell = cells.text(self._raw(name))
        if not cell:
            return None
        if fold(cell) not in known:
            raise AwardRefused(
                Reason.CODE,
                _("«%(cell)s» is in no code list. Write the code or the full name.")
                % {"cell": cell},
            )
        return known[fold(cell)]

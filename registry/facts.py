"""What do a filing and a row of an extract state of an organisation?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

# One shape for the phones of people and of organisations.
from accounts.phones import phone_of as phone_of
from registry.folding import fold, sort_key

# Facts that never stand in a line of the register, only a commitment to them.
PERSONAL_FIELDS = ("head_name", "address", "email", "phone")

# Facts that the state registration owns: what a filing states otherwise is kept as declared.
STATE_OWNED_FIELDS = ("name_kk", "name_ru", "address", "head_name")

# What identifies an organisation without BIN: folded Russian and Kazakh name, registration date.
MatchKey = tuple[str, str, date]


@dataclass(frozen=True, slots=True)
class FiledFacts:
    """What an accepted filing states. `filed_at` is the moment it was submitted: as of then."""

    name_kk: str
    name_ru: str
    name_en: str
    address: str
    head_name: str
    email: str
    phone: str
    employees: int | None
    volunteers: int | None
    # Codes of ActivityArea.
    activity_areas: tuple[str, ...]
    # The money of one year, in tenge; None where the filing has none.
    year: int
    income: Decimal | None
    spending: Decimal | None
    filed_at: datetime


@dataclass(frozen=True, slots=True)
class StatedContact:
    """An e-mail address or phone as a source states it: normalised where usable, else raw."""

    kind: str
    value: str
    # As it was written; another shape of the same number states nothing else.
    raw: str = field(compare=False, repr=False)
    is_usable: bool


@dataclass(frozen=True, slots=True)
class ExtractFacts:
    """What a row of an extract states, cleaned. Two rows are the same if these are equal."""

    bin: str | None
    name_kk: str
    name_ru: str
    legal_form_id: str
    registered_on: date
    place_id: str
    region_id: str
    address: str
    head_name: str
    employees: int | None
    status: str
    contacts: tuple[StatedContact, ...]
    quality: tuple[str, ...]
    as_of_on: date

    @property
    def key(self) -> MatchKey:
        return fold(self.name_ru), fold(self.name_kk), self.registered_on

    def contacts_of(self, kind: str) -> list[StatedContact]:
        return [contact for contact in self.contacts if contact.kind == kind]


def same_text(one: str, other: str) -> bool:
    """Whether two names or addresses differ in no letter: spaces, quotes, punctuation and case
    aside. Қ and К differ: a spelling put right is news to the state registration."""
    return sort_key(one) == sort_key(other)


def email_of(text: str) -> str:
    """An e-mail address as it is stored and compared."""
    return text.strip().lower()

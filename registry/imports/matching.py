"""Which organisation does a row name?

A row with a BIN names the organisation of that BIN. A row without one names an organisation
without BIN that has the same folded names and date of registration. A row whose BIN is new may
be that of an organisation without BIN to which one was issued since: it adopts the BIN, unless
another row of the file names it without. A row without BIN may also be older than the BIN of the
organisation that it names. Of two entries that were merged the one that stays is named; a
merged one whose names fit alone still is, or each extract would enter it anew. A new BIN is
never adopted by a merged one: by the one that stays if that has none, else the row is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from registry.facts import ExtractFacts, MatchKey
from registry.models import Contact, Organisation, RegisterEntry
from registry.states import EntryKind


def by_bin(facts: Iterable[ExtractFacts]) -> dict[str, Organisation]:
    bins = [stated.bin for stated in facts if stated.bin]
    return {str(o.bin): o for o in Organisation.objects.filter(bin__in=bins)}


def without_bin_by_key(facts: Iterable[ExtractFacts]) -> dict[MatchKey, list[Organisation]]:
    """Organisations without BIN that have the names and date of one of these rows."""
    wanted = {stated.key for stated in facts}
    organisations = Organisation.objects.select_related("merged_into")
    return _by_key(
        wanted, organisations.filter(bin__isnull=True, match_ru__in={k[0] for k in wanted})
    )


def adopted_by_key() -> dict[MatchKey, list[Organisation]]:
    """Organisations that stood in the register before their BIN did: some hundreds a year."""
    entries = RegisterEntry.objects.filter(kind=EntryKind.CHANGED, changes__has_key="bin")
    # Two queries: joined, a planner without statistics (a first import) reads one table for each
    # row of the other.
    ids = set(entries.values_list("organisation_id", flat=True))
    found: dict[MatchKey, list[Organisation]] = defaultdict(list)
    for organisation in Organisation.objects.filter(pk__in=ids):
        found[_key_of(organisation)].append(organisation)
    return _staying(found)


def named(bins: set[str], keys: set[MatchKey]) -> tuple[dict[str, int], dict[MatchKey, int]]:
    """Ids of the organisations that refused rows name: by BIN, or by names and date if exactly
    one organisation has them."""
    of_bins = dict(Organisation.objects.filter(bin__in=bins).values_list("bin", "pk"))
    of_keys = _by_key(keys, Organisation.objects.filter(match_ru__in={key[0] for key in keys}))
    return (
        {str(bin_): pk for bin_, pk in of_bins.items()},
        {key: found[0].pk for key, found in of_keys.items() if len(found) == 1},
    )


def contacts_of(organisations: Iterable[Organisation]) -> dict[int, list[Contact]]:
    found: dict[int, list[Contact]] = defaultdict(list)
    for contact in Contact.objects.filter(organisation__in=[o.pk for o in organisations]):
        found[contact.organisation_id].append(contact)
    return found


def _by_key(
    wanted: set[MatchKey], organisations: Iterable[Organisation]
) -> dict[MatchKey, list[Organisation]]:
    found: dict[MatchKey, list[Organisation]] = defaultdict(list)
    for organisation in organisations:
        key = _key_of(organisation)
        if key in wanted:
            found[key].append(organisation)
    return _staying(found)


def _staying(
    found: dict[MatchKey, list[Organisation]],
) -> dict[MatchKey, list[Organisation]]:
    """Without the merged and those taken out, where one that stays has the same key."""
    return {
        key: [row for row in rows if not row.merged_into_id and not row.taken_out_at] or rows
        for key, rows in found.items()
    }


def _key_of(organisation: Organisation) -> MatchKey:
    return organisation.match_ru, organisation.match_kk, organisation.registered_on

"""What is doubtful in the register, and how many of a region can be reached?

Only listed organisations count: a merged entry has been dealt with.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from registry.contacts import USABLE
from registry.models import Contact, Organisation, Region
from registry.querysets import OrganisationQuerySet
from registry.states import IN_SCOPE_STATUSES, Quality

# Pairs on one page: whoever has cleared them opens it anew.
MOST_PAIRS = 100


def without_contact(rows: OrganisationQuerySet) -> OrganisationQuerySet:
    """Those with neither an e-mail address nor a phone that one can use."""
    return rows.filter(~_has())


def place_in_doubt(rows: OrganisationQuerySet) -> OrganisationQuerySet:
    """Those whose place the extract names by six digits only: the district, not the place."""
    return rows.filter(quality__contains=[Quality.SHORT_PLACE])


def duplicate_pairs(rows: OrganisationQuerySet) -> list[tuple[Organisation, Organisation]]:
    """Pairs of one folded Russian name, one of them without BIN; the first is the one to merge.

    Two with a BIN each are two legal entities, however alike. At most MOST_PAIRS, by name.
    """
    listed = rows.listed().select_related("region", "legal_form")
    same_name = Organisation.objects.listed().filter(match_ru=OuterRef("match_ru"))
    doubtful = list(
        listed.filter(Exists(same_name.exclude(pk=OuterRef("pk"))), bin__isnull=True)
        .exclude(match_ru="")
        .order_by("match_ru", "pk")[:MOST_PAIRS]
    )
    twins: dict[str, list[Organisation]] = {}
    for twin in listed.filter(match_ru__in={row.match_ru for row in doubtful}).order_by("pk"):
        twins.setdefault(twin.match_ru, []).append(twin)
    pairs = [
        (row, twin)
        for row in doubtful
        for twin in twins[row.match_ru]
        # Of two without BIN the older entry stays, so that each pair stands here once.
        if twin.bin or twin.pk < row.pk
    ]
    return pairs[:MOST_PAIRS]


@dataclass(frozen=True)
class Reach:
    """How many organisations of a region can be reached, and by what."""

    region: Region
    total: int
    by_email: int
    by_phone: int
    by_letter: int
    by_nothing: int

    def share(self, count: int) -> float:
        return 100 * count / self.total

    @property
    def shares(self) -> list[tuple[int, float]]:
        """Each count with its share in per cent, in the order of the columns."""
        counts = (self.by_email, self.by_phone, self.by_letter, self.by_nothing)
        return [(count, self.share(count)) for count in counts]


def reachability(rows: OrganisationQuerySet) -> list[Reach]:
    """By region: whom a campaign could reach that opened today. One query for the counts.

    Counts those whose legal status a campaign asks; a letter needs an address of the seat.
    """
    email, phone, letter = _has(Contact.Kind.EMAIL), _has(Contact.Kind.PHONE), ~Q(address="")
    counted = (
        rows.listed()
        .filter(status__in=IN_SCOPE_STATUSES)
        .alias(has_email=email, has_phone=phone)
        .order_by()
        .values("region")
        .annotate(
            total=Count("pk"),
            by_email=Count("pk", filter=Q(has_email=True)),
            by_phone=Count("pk", filter=Q(has_phone=True)),
            by_letter=Count("pk", filter=letter),
            by_nothing=Count("pk", filter=Q(has_email=False, has_phone=False, address="")),
        )
    )
    regions = Region.objects.in_bulk()
    found = [
        Reach(
            regions[row["region"]],
            total=row["total"],
            by_email=row["by_email"],
            by_phone=row["by_phone"],
            by_letter=row["by_letter"],
            by_nothing=row["by_nothing"],
        )
        for row in counted
    ]
    return sorted(found, key=lambda reach: reach.region.pk)


def _has(*kinds: str) -> Exists:
    contacts = Contact.objects.filter(USABLE, organisation=OuterRef("pk"))
    return Exists(contacts.filter(kind__in=kinds) if kinds else contacts)

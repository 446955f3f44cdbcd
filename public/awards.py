"""Which awards does a reader ask for, and what do they add up to?

Pages are cut by key as those of the register are (`public.listing`): the newest award first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import django_filters
from django import forms
from django.db.models import (
    Case,
    Count,
    F,
    Q,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from grants.models import Participant, Programme
from public.listing import COUNT_CAP, PAGE_SIZE
from public.models import PublicAward
from public.querysets import PublicAwardQuerySet
from registry.bin import has_iin
from registry.models import ActivityArea, Organisation, Region

# Of the programmes that files name, those with the most awards may be chosen.
PAST_PROGRAMMES = 50
# The recipients of a year that are named, largest first; the files have all.
RECIPIENTS = 50

_KEY = re.compile(r"(?:award|past):[0-9]+", re.ASCII)
_IN_TENGE = Q(currency="KZT", amount__isnull=False)
_NOTHING = Value(Decimal(0))
_GRANTED = Coalesce(Sum("amount", filter=_IN_TENGE), _NOTHING)
_SUMS = {
    "awards": Count("pk"),
    "granted": _GRANTED,
    # In another currency, or of an amount that its source does not state.
    "uncounted": Count("pk", filter=~_IN_TENGE),
}


class AwardFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no types
    q = django_filters.CharFilter(method="by_words", label=_("NGO, BIN or project"))
    year = django_filters.TypedChoiceFilter(coerce=int, label=_("Year"), choices=())
    region = django_filters.ModelChoiceFilter(
        queryset=Region.objects.all(),
        method="by_region",
        label=_("Region"),
        empty_label=_("All regions"),
    )
    area = django_filters.ModelChoiceFilter(
        queryset=ActivityArea.objects.all(),
        label=_("Area of activity"),
        empty_label=_("All areas"),
    )
    programme = django_filters.TypedChoiceFilter(
        method="by_programme", label=_("Programme"), choices=()
    )

    class Meta:
        model = PublicAward
        fields = ["q", "year", "region", "area", "programme"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = self.form.fields
        fields["year"].choices = [("", _("All years")), *((year, year) for year in years())]
        fields["programme"].choices = [("", _("All programmes")), *_programmes()]
        for field in fields.values():
            if isinstance(field.widget, forms.Select):
                field.widget.attrs["class"] = "form-select"

    def by_words(self, rows: PublicAwardQuerySet, _name: str, text: str) -> PublicAwardQuerySet:
        return rows.search(text)

    def by_region(
        self, rows: PublicAwardQuerySet, _name: str, region: Region
    ) -> PublicAwardQuerySet:
        return rows.filter(regions__contains=[region.pk])

    def by_programme(
        self, rows: PublicAwardQuerySet, _name: str, chosen: str
    ) -> PublicAwardQuerySet:
        kind, value = chosen.split(":", 1)
        return rows.filter(**{"programme__code" if kind == "ours" else "programme_name": value})


@dataclass(frozen=True)
class Page:
    """A page of awards, where its neighbours begin, and what all pages hold together."""

    awards: list[PublicAward]
    count: int
    granted: Decimal
    uncounted: int
    before: str
    after: str

    @property
    def is_capped(self) -> bool:
        return self.count > COUNT_CAP

    @property
    def cap(self) -> int:
        return COUNT_CAP


def years() -> list[int]:
    """The years in which anything was awarded, newest first."""
    found = PublicAward.objects.order_by("-year").values_list("year", flat=True).distinct()
    return list(found)


def _programmes() -> Iterator[tuple[str, str]]:
    for row in Programme.objects.filter(calls__isnull=False).distinct():
        yield f"ours:{row.code}", row.name
    named = PublicAward.objects.filter(is_past=True).exclude(programme_name="")
    most = named.order_by().values_list("programme_name").annotate(count=Count("pk"))
    for name, _count in most.order_by("-count", "programme_name")[:PAST_PROGRAMMES]:
        # A personal number can be no address either.
        if not has_iin(name):
            yield f"past:{name}", name


def filtered(query: QueryDict) -> tuple[forms.Form, PublicAwardQuerySet]:
    """The filter's form and the awards it finds; a faulty filter finds all."""
    chosen = AwardFilter(query, queryset=PublicAward.objects.all())
    return chosen.form, chosen.qs


def page_of(rows: PublicAwardQuerySet, query: QueryDict) -> Page:
    """The page after or before the award that the query names; else the first."""
    backwards = bool(query.get("before"))
    wanted = _beyond(rows, query.get("before") or query.get("after") or "", backwards)
    order = ("awarded_on", "-id") if backwards else ("-awarded_on", "id")
    named = wanted.select_related("organisation", "programme", "area").order_by(*order)
    found = list(named[: PAGE_SIZE + 1])
    is_more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if backwards:
        found.reverse()
    has_before = is_more if backwards else bool(query.get("after"))
    has_after = backwards or is_more
    sums = rows.order_by()[: COUNT_CAP + 1].aggregate(**_SUMS)
    return Page(
        found,
        sums["awards"],
        sums["granted"],
        sums["uncounted"],
        found[0].pk if found and has_before else "",
        found[-1].pk if found and has_after else "",
    )


def _beyond(rows: PublicAwardQuerySet, key: str, backwards: bool) -> PublicAwardQuerySet:
    edge = PublicAward.objects.filter(pk=key).first() if _KEY.fullmatch(key) else None
    if edge is None:
        return rows
    day, same = ("gt", "lt") if backwards else ("lt", "gt")
    return rows.filter(
        Q(**{f"awarded_on__{day}": edge.awarded_on})
        | Q(**{"awarded_on": edge.awarded_on, f"id__{same}": edge.pk})
    )


def _awards() -> Any:
    """All of them; the sums that are named by `_SUMS` are beyond the types of querysets."""
    return PublicAward.objects.all()


def by_year() -> list[dict[str, Any]]:
    """What was granted each year, to how many participants, and how much that is for each.

    Whoever took part on any day of a year counts once in it, whatever became of the registration
    later. `each` is in whole tenge, and none where nobody took part.
    """
    rows = list(_awards().order_by("-year").values("year").annotate(**_SUMS))
    # In a query of its own: beside the awards they would be counted anew for each award.
    took_part = _participants([row["year"] for row in rows])
    for row in rows:
        count = row["participants"] = took_part[row["year"]]
        each = (row["granted"] / count).quantize(Decimal(1), ROUND_HALF_UP) if count else None
        row["each"] = each
    return rows


def _participants(years: list[int]) -> dict[int, int]:
    """By year, how many took part in it."""
    counted = Participant.objects.aggregate(
        **{
            f"of_{year}": Count(
                "organisation",
                distinct=True,
                filter=Q(from_on__year__lte=year, until_on__year__gte=year)
                & (Q(ended_at__isnull=True) | Q(ended_at__year__gte=year)),
            )
            for year in years
        }
    )
    return {year: counted[f"of_{year}"] for year in years}


def by_region(year: int) -> list[dict[str, Any]]:
    """Each award once: in its region, among those of several regions, or of none stated."""
    regions = {row.pk: row for row in Region.objects.all()}
    only = Case(When(regions__len=1, then=F("regions__0")), default=Value("", TextField()))
    rows = (
        _awards()
        .filter(year=year)
        .order_by()
        .annotate(only=only, is_several=Q(regions__len__gt=1))
        .values("only", "is_several")
        .annotate(**_SUMS)
        .order_by("-granted", "only")
    )
    return [{**row, "code": row["only"], "name": _region_name(row, regions)} for row in rows]


def _region_name(row: dict[str, Any], regions: dict[str, Region]) -> str:
    if row["is_several"]:
        return gettext("Several regions")
    found = regions.get(row["only"])
    return found.name if found else gettext("Not stated")


def by_area(year: int) -> list[dict[str, Any]]:
    areas = {row.pk: row for row in ActivityArea.objects.all()}
    rows = (
        _awards()
        .filter(year=year)
        .order_by()
        .values("area_id")
        .annotate(**_SUMS)
        .order_by("-granted", "area_id")
    )
    return [
        {
            **row,
            "code": row["area_id"],
            "name": areas[row["area_id"]].name if row["area_id"] else gettext("Not stated"),
        }
        for row in rows
    ]


def by_recipient(year: int) -> list[dict[str, Any]]:
    """The largest recipients of a year. One of ours is one by its row, another by its name."""
    rows = list(
        _awards()
        .filter(year=year)
        .order_by()
        .annotate(
            named=Case(
                When(organisation__isnull=True, then=F("recipient_name")),
                default=Value("", TextField()),
            )
        )
        .values("organisation_id", "named")
        .annotate(**_SUMS)
        .order_by("-granted", "organisation_id", "named")[:RECIPIENTS]
    )
    ours = Organisation.objects.in_bulk([row["organisation_id"] for row in rows])
    return [{**row, "organisation": ours.get(row["organisation_id"])} for row in rows]


def of_organisation(organisation: Organisation) -> list[dict[str, Any]]:
    """What an organisation was granted and paid, by year; with those merged into it, whose own
    pages show none."""
    if organisation.merged_into_id:
        return []
    # By `recorded`, which each of the two tables has an index of.
    held = Organisation.objects.filter(Q(pk=organisation.pk) | Q(merged_into=organisation.pk))
    rows = (
        _awards()
        .filter(recorded__in=held.values("pk"))
        .order_by("-year")
        .values("year")
        .annotate(**_SUMS, received=Sum("paid"))
    )
    return list(rows)

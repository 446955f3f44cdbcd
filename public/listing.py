"""Which organisations does a reader ask for, and which page of them?

Pages are cut by key, not by number: the next page begins after the last organisation of this
one, so the thousandth page costs what the first one does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from public.progress import ORDER, OUT_OF_SCOPE, OUT_OF_SCOPE_LABEL, current_campaign
from public.standing import reading
from registry.models import LegalForm, Organisation, Region, Standing
from registry.querysets import OrganisationQuerySet
from registry.states import LegalStatus, StandingState

PAGE_SIZE = 25
# Counting stops here: "10,000+" tells a reader as much as the exact number.
COUNT_CAP = 10_000


class OrganisationFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no types
    """Search and filters of the public list and of the API."""

    q = django_filters.CharFilter(method="by_words", label=_("Name, BIN or register number"))
    region = django_filters.ModelChoiceFilter(
        queryset=Region.objects.all(), label=_("Region"), empty_label=_("All regions")
    )
    legal_form = django_filters.ModelChoiceFilter(
        queryset=LegalForm.objects.all(), label=_("Legal form"), empty_label=_("All legal forms")
    )
    status = django_filters.ChoiceFilter(
        choices=LegalStatus.choices, label=_("Legal status"), empty_label=_("Any legal status")
    )
    standing = django_filters.ChoiceFilter(
        choices=[
            *((state.value, state.label) for state in ORDER),
            (OUT_OF_SCOPE, OUT_OF_SCOPE_LABEL),
        ],
        method="by_standing",
        label=_("Re-registration"),
        empty_label=_("Any answer to the campaign"),
    )

    class Meta:
        model = Organisation
        fields = ["q", "region", "legal_form", "status", "standing"]

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on
        for field in self.form.fields.values():
            if isinstance(field.widget, forms.Select):
                field.widget.attrs["class"] = "form-select"

    def by_words(self, rows: OrganisationQuerySet, _name: str, text: str) -> OrganisationQuerySet:
        return rows.search(text)

    def by_standing(
        self, rows: OrganisationQuerySet, _name: str, value: str
    ) -> OrganisationQuerySet:
        campaign = current_campaign()
        if campaign is None:
            return rows.none()
        if value == OUT_OF_SCOPE:
            held = Standing.objects.filter(campaign=campaign.code)
            return rows.exclude(pk__in=held.values("organisation"))
        shown = reading(campaign, StandingState(value), self.on)
        return rows.filter(pk__in=shown.values("organisation"))


@dataclass(frozen=True)
class Page:
    """A page of organisations, and where its neighbours begin."""

    organisations: list[Organisation]
    count: int
    before: str
    after: str

    @property
    def is_capped(self) -> bool:
        return self.count > COUNT_CAP

    @property
    def cap(self) -> int:
        return COUNT_CAP


def filtered(query: QueryDict, on: date) -> tuple[forms.Form, OrganisationQuerySet]:
    """The filter's form and the organisations it finds; a faulty filter finds all."""
    rows = Organisation.objects.listed().select_related("region", "legal_form", "place")
    chosen = OrganisationFilter(query, queryset=rows, on=on)
    return chosen.form, chosen.qs


def page_of(rows: OrganisationQuerySet, query: QueryDict) -> Page:
    """The page after or before the organisation that the query names; else the first."""
    key = "sort_kk" if get_language() == "kk" else "sort_ru"
    backwards = bool(query.get("before"))
    wanted = _beyond(rows, key, query.get("before") or query.get("after") or "", backwards)
    order = (f"-{key}", "-pk") if backwards else (key, "pk")
    found = list(wanted.order_by(*order)[: PAGE_SIZE + 1])
    is_more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if backwards:
        found.reverse()
    has_before = is_more if backwards else bool(query.get("after"))
    has_after = backwards or is_more
    return Page(
        found,
        rows.order_by().values("pk")[: COUNT_CAP + 1].count(),
        found[0].number if found and has_before else "",
        found[-1].number if found and has_after else "",
    )


def _beyond(
    rows: OrganisationQuerySet, key: str, number: str, backwards: bool
) -> OrganisationQuerySet:
    edge = Organisation.objects.filter(number=number).first() if number else None
    if edge is None:
        return rows
    step, value = ("lt" if backwards else "gt"), getattr(edge, key)
    return rows.filter(Q(**{f"{key}__{step}": value}) | Q(**{key: value, f"pk__{step}": edge.pk}))

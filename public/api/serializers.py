"""An organisation as the API writes it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from notices import gate
from notices.models import Dispatch
from public.standing import Shown
from registry.models import Organisation


class OrganisationInList(serializers.ModelSerializer[Organisation]):
    """What lists hold: nothing of persons."""

    legal_form = serializers.CharField(source="legal_form_id")
    region = serializers.CharField(source="region_id")
    place = serializers.CharField(source="place_id")

    class Meta:
        model = Organisation
        fields: tuple[str, ...] = (
            "number",
            "bin",
            "name_kk",
            "name_ru",
            "name_en",
            "legal_form",
            "status",
            "region",
            "place",
            "registered_on",
        )
        read_only_fields = fields


class OrganisationAlone(OrganisationInList):
    """What its own page holds besides: head, employees, areas, figures, standing."""

    activity_areas: Any = serializers.SlugRelatedField(slug_field="code", many=True, read_only=True)
    merged_into: Any = serializers.SlugRelatedField(slug_field="number", read_only=True)
    figures = serializers.SerializerMethodField()
    standings = serializers.SerializerMethodField()

    class Meta(OrganisationInList.Meta):
        fields = (
            *OrganisationInList.Meta.fields,
            "head_name",
            "employees",
            "volunteers",
            "activity_areas",
            "merged_into",
            "figures",
            "standings",
        )
        read_only_fields = fields

    def get_figures(self, organisation: Organisation) -> list[dict[str, Any]]:
        return [
            {"year": row.year, "income": str(row.income), "spending": str(row.spending)}
            for row in organisation.annual_figures.order_by("-year")
        ]

    def get_standings(self, _organisation: Organisation) -> list[dict[str, Any]]:
        shown: list[Shown] = self.context["standings"]
        return [
            {"campaign": row.campaign.code, "state": row.state.value, "due_on": row.due_on}
            for row in shown
        ]


class SoughtInList(serializers.ModelSerializer[Dispatch]):
    """An organisation on the "Please contact us" page; of one taken off it, only its numbers."""

    class Meta:
        model = Dispatch
        fields: tuple[str, ...] = ()

    def to_representation(self, instance: Dispatch) -> dict[str, Any]:
        organisation = instance.notice.organisation
        numbers = {
            "notice": instance.notice.number,
            "organisation": organisation.number,
            "test": gate.is_test(),
        }
        if instance.taken_down_at:
            return {**numbers, "status": "removed", "removed_at": instance.taken_down_at}
        return {
            **numbers,
            "status": "listed",
            "since": instance.sent_at,
            "name_kk": organisation.name_kk,
            "name_ru": organisation.name_ru,
            "name_en": organisation.name_en,
            "region": organisation.region_id,
        }

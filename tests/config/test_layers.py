"""Foreign keys point down the layers, as imports do (import-linter holds those)."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db.models import Field, Model

LAYERS = {
    "accounts": 0,
    "registry": 1,
    "notices": 2,
    "reregistration": 3,
    "grants": 3,
    "public": 4,
}


def _keys() -> list[tuple[type[Model], Field[object, object]]]:
    return [
        (model, field)
        for model in apps.get_models()
        if model._meta.app_label in LAYERS
        for field in model._meta.get_fields()
        if isinstance(field, Field) and field.is_relation
    ]


@pytest.mark.parametrize(
    ("model", "field"), _keys(), ids=lambda part: getattr(part, "__name__", None) or part.name
)
def test_a_foreign_key_points_down_or_stays_in_its_app(
    model: type[Model], field: Field[object, object]
) -> None:
    related = field.related_model
    assert isinstance(related, type)
    ours, theirs = model._meta.app_label, related._meta.app_label
    if theirs in LAYERS and theirs != ours:
        assert LAYERS[theirs] < LAYERS[ours]


def test_there_are_keys_to_look_at() -> None:
    assert len(_keys()) > 40

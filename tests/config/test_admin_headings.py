"""What stands above the columns of the admin's lists, in the languages that staff read."""

import pytest
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.utils import translation

OURS = {"accounts", "registry", "notices", "reregistration", "grants"}
# Names of things that every language writes so.
SAME_EVERYWHERE = {"ISO 3166-2", "SMS"}


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_every_column_is_named_in_the_readers_language(language: str) -> None:
    with translation.override(language):
        headings = {
            f"{model._meta.label}.{column}": str(label_for_field(column, model, desk))
            for model, desk in admin.site._registry.items()
            if model._meta.app_label in OURS
            for column in desk.list_display
            if isinstance(column, str)
        }
    assert len(headings) > 300
    left = {where: text for where, text in headings.items() if text.isascii()}
    assert not {where: text for where, text in left.items() if text not in SAME_EVERYWHERE}

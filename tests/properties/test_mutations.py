"""Each mutation still fits the code that it breaks. Whether it is caught: `make mutations`."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from tests.properties.mutations import MUTATIONS, Mutation, applied


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_it_fits_the_code_and_is_undone(mutation: Mutation) -> None:
    kept = mutation.function
    with applied(mutation):
        assert mutation.function is not kept
    assert mutation.function is kept


def test_the_list_names_every_mutation() -> None:
    told = Path(settings.BASE_DIR, "docs", "mutations.md").read_text()
    assert [mutation.name for mutation in MUTATIONS if mutation.name not in told] == []

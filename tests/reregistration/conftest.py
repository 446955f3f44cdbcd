"""What the tests of campaigns share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture
def in_english() -> Iterator[None]:
    """Refusals are read as they are written in the code, whatever is translated."""
    with translation.override("en"):
        yield

"""Which answers are columns of a filing: the facts that the register holds too."""

from __future__ import annotations

from typing import Any

from reregistration.models import Filing

# In the order in which they are shown; the fingerprint covers these and the further answers.
ANSWERS = (
    "name_kk",
    "name_ru",
    "name_en",
    "address",
    "head_name",
    "email",
    "phone",
    "employees",
    "volunteers",
    "activity_areas",
    "income",
    "spending",
)


def answers_of(filing: Filing) -> dict[str, Any]:
    return {name: getattr(filing, name) for name in ANSWERS}


def is_given(filing: Filing, name: str) -> bool:
    """Whether the answer was given; nil is an answer."""
    return getattr(filing, name) not in (None, "", [])

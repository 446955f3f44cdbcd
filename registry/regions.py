"""The regions' names by their codes."""

from __future__ import annotations

from collections.abc import Iterable

from registry.models import Region


def names(codes: Iterable[str]) -> dict[str, str]:
    """In the reader's language. A code that is none has no name."""
    return {region.pk: region.name for region in Region.objects.filter(pk__in=codes)}

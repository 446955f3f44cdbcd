"""Columns of the lists: unfold's `display`, typed for lazy words and for labels by state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from django.utils.functional import Promise
from unfold.decorators import display

Method = TypeVar("Method", bound=Callable[..., Any])


class _Colours(dict[Any, str | None]):
    """The colour of each value; one without a colour of its own still shows its words."""

    def __missing__(self, key: Any) -> None:
        return None


def column(
    description: str | Promise,
    *,
    ordering: str | None = None,
    boolean: bool | None = None,
    label: Mapping[Any, str] | None = None,
) -> Callable[[Method], Method]:
    """A column's heading, its order, and whether it is a tick or a coloured label."""
    decorate = display(
        description=cast(Any, description),
        ordering=ordering,
        boolean=boolean,
        label=cast(Any, _Colours(label) if label else label),
    )
    return cast(Callable[[Method], Method], decorate)

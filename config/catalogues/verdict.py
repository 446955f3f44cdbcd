"""Is every message translated, and does each translation keep its placeholders?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from babel.messages.catalog import Catalog, Message

from config.catalogues import files, gather

_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def faults(language: str) -> Iterator[str]:
    """What is wrong with a catalogue, one sentence each."""
    catalogue = files.read(language)
    for wanted in gather.messages(files.ROOT):
        held = catalogue.get(wanted.id, context=wanted.context)
        if wanted.id and held is None:
            yield f"{language}: not gathered, run update: {_named(wanted)}"
    for message in catalogue:
        if message.id:
            yield from (f"{language}: {fault}: {_named(message)}" for fault in _faults_of(message))


def untold(catalogue: Catalog) -> int:
    return sum(1 for message in catalogue if message.id and not _is_told(message))


def _faults_of(message: Message) -> Iterator[str]:
    if message.fuzzy:
        yield "doubtful"
    if not _is_told(message):
        yield "not translated"
    elif _placeholders(_ids(message)[-1]) != _placeholders(_strings(message)[-1]):
        yield "other placeholders"


def _is_told(message: Message) -> bool:
    return all(_strings(message))


def _strings(message: Message) -> list[str]:
    if isinstance(message.string, (tuple, list)):
        return list(message.string)
    return [message.string or ""]


def _ids(message: Message) -> list[str]:
    return list(message.id) if isinstance(message.id, (tuple, list)) else [message.id]


def _placeholders(text: str) -> list[str]:
    return sorted(_PLACEHOLDER.findall(text))


def _named(message: Message) -> str:
    return _ids(message)[0]

"""A sentence that is kept for readers of every language.

What a worker finds is read later, by people of other languages. `said` marks and translates a
text as gettext does; what it returns remembers its text and its values, so that `in_each_language`
can say it anew in the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext


class Sentence(str):
    """A translated text with what it was made of."""

    __slots__ = ("msgid", "values")

    msgid: str
    values: Mapping[str, Any] | None

    def __mod__(self, values: Any) -> Sentence:
        return _made(str.__mod__(self, values), self.msgid, values)


def said(msgid: str) -> Sentence:
    """The text in the language of now; use it as `_`."""
    return _made(gettext(msgid), msgid, None)


def in_each_language(sentence: str) -> dict[str, str]:
    """The sentence by language; one that remembers nothing is the same in all."""
    said_in = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said_in[language] = _anew(sentence)
    return said_in


def in_reader_language(said_in: Mapping[str, str]) -> str:
    """The one of them that the reader understands; empty where there is none."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    return said_in.get(language) or next(iter(said_in.values()), "")


def _anew(sentence: str) -> str:
    if not isinstance(sentence, Sentence):
        return str(sentence)
    text = gettext(sentence.msgid)
    return text if sentence.values is None else text % sentence.values


def _made(text: str, msgid: str, values: Mapping[str, Any] | None) -> Sentence:
    sentence = Sentence(text)
    sentence.msgid = msgid
    sentence.values = values
    return sentence

"""Which wording is in force, and how does a changed file become a new version of it?

The texts are files, notices/texts/<kind>.<language>.txt: a line "Subject: ...", for kinds that go
by SMS a line "SMS: ...", an empty line, the body. They are in Django's template syntax but for its
freedom: only `{{ variable }}` and `{% if variable %}`, so that a lawyer can read them and a wrong
name is refused at loading.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.template import Context, Engine, Template, TemplateSyntaxError
from django.template.base import Lexer, TokenType
from django.utils.translation import gettext as _

from accounts.refusals import Refused
from notices.models import NoticeTemplate
from notices.states import Kind
from notices.variables import SECRETS, allowed

TEXTS = Path(__file__).parent / "texts"
LANGUAGES = ("kk", "ru", "en")

_ENGINE = Engine(autoescape=False, libraries={}, builtins=[])
_BLOCK = re.compile(r"(?:if (\w+)|else|endif)$")


@dataclass(frozen=True)
class Written:
    """One letter's words; `sms` is empty where its kind never goes by SMS."""

    subject: str
    body: str
    sms: str = ""


@dataclass(frozen=True)
class Wording:
    """A template in force, compiled."""

    template_id: int
    subject: Template
    body: Template
    sms: Template

    def written(self, values: Mapping[str, str]) -> Written:
        context = Context(dict(values), autoescape=False, use_l10n=False)
        return Written(
            subject=_one_line(self.subject.render(context)),
            body=str(self.body.render(context)),
            sms=_one_line(self.sms.render(context)),
        )


def rows_in_force(at: datetime) -> QuerySet[NoticeTemplate]:
    """The version of each kind and language in force at that moment.

    Of the approved ones whose day has come, the one whose day came last; of two of one moment,
    the one with the higher number.
    """
    return (
        NoticeTemplate.objects.filter(approved_at__isnull=False, effective_from_at__lte=at)
        .order_by("kind", "language", "-effective_from_at", "-version")
        .distinct("kind", "language")
    )


def in_force(at: datetime, *, kinds: Collection[str]) -> dict[tuple[str, str], Wording]:
    """The wording in force at that moment, by kind and language."""
    return {
        (row.kind, row.language): wording_of(row)
        for row in rows_in_force(at).filter(kind__in=kinds)
    }


def wording_of(row: NoticeTemplate) -> Wording:
    """A version, compiled: in force or not. Its text must have been read by `refuse_unreadable`."""
    return Wording(row.pk, _compiled(row.subject), _compiled(row.body), _compiled(row.sms))


@transaction.atomic
def load(*, at: datetime, folder: Path = TEXTS, model: Any = NoticeTemplate) -> list[Any]:
    """Make a new version of each wording whose file changed since it was last loaded.

    It is in force from `at`, but for wordings of the ministry's own: where one is in force, the
    file comes in as a proposal, which nobody has approved. Returns the new versions. Refuses the
    whole folder where a file is missing, has no subject or uses a variable that its kind does not
    have. Safe to repeat: an unchanged file makes nothing. `model` is for migrations, which bring
    their own.
    """
    made = []
    for kind in Kind.values:
        for language in LANGUAGES:
            read = _read(folder / f"{kind}.{language}.txt", kind)
            versions = model.objects.filter(kind=kind, language=language)
            shipped = versions.filter(drafted_by__isnull=True).order_by("-version").first()
            if shipped and (shipped.subject, shipped.body, shipped.sms) == astuple(read):
                continue
            in_use = (
                versions.filter(approved_at__isnull=False, effective_from_at__lte=at)
                .order_by("-effective_from_at", "-version")
                .first()
            )
            is_proposal = in_use is not None and in_use.drafted_by_id is not None
            made.append(
                model.objects.create(
                    kind=kind,
                    language=language,
                    version=next_version(versions),
                    subject=read.subject,
                    body=read.body,
                    sms=read.sms,
                    effective_from_at=at,
                    approved_at=None if is_proposal else at,
                )
            )
    return made


def next_version(versions: QuerySet[Any]) -> int:
    """The number of the next of these versions; hold a lock, or be alone."""
    return (versions.aggregate(newest=Max("version"))["newest"] or 0) + 1


def refuse_unreadable(source: str, known: Collection[str], *, named: str) -> None:
    """Refuse a text that uses anything but those variables, or cannot be read.

    `named` says which text it is, for the sentence.
    """
    for name in _names(source):
        if name not in known:
            raise Refused(
                _(
                    "The text %(file)s uses %(name)s, which letters of its kind do not have. "
                    "They have: %(known)s."
                )
                % {"file": named, "name": name, "known": ", ".join(sorted(known))}
            )
    try:
        _compiled(source)
    except TemplateSyntaxError:
        raise Refused(
            _(
                "The text %(file)s cannot be read: each {%% if ... %%} needs its {%% endif %%}, "
                "and each pair of braces its end."
            )
            % {"file": named}
        ) from None


def rendered(source: str, values: Mapping[str, str]) -> str:
    """One text with those values, as it stands."""
    return str(_compiled(source).render(Context(dict(values), autoescape=False, use_l10n=False)))


@lru_cache(maxsize=256)
def _compiled(source: str) -> Template:
    return Template(source, engine=_ENGINE)


def _one_line(text: object) -> str:
    return " ".join(str(text).split())


def _read(path: Path, kind: str) -> Written:
    if not path.exists():
        raise Refused(_("The text %(file)s is missing. Write it.") % {"file": path.name})
    head, _empty, body = path.read_text(encoding="utf-8").partition("\n\n")
    first, _end, second = head.partition("\n")
    is_whole = first.startswith("Subject: ") and body.strip()
    if not is_whole or (second and not second.startswith("SMS: ")) or "\n" in second:
        raise Refused(
            _(
                "The text %(file)s must begin with one line 'Subject: ...', then, for kinds that "
                "go by SMS, one line 'SMS: ...', then an empty line, then the letter."
            )
            % {"file": path.name}
        )
    read = Written(first.removeprefix("Subject: "), body, second.removeprefix("SMS: "))
    refuse_unreadable(read.body, allowed(kind), named=path.name)
    for part in (read.subject, read.sms):
        refuse_unreadable(part, allowed(kind) - SECRETS, named=path.name)
    return read


def _names(source: str) -> Iterator[str]:
    """The variables that a text uses, and whatever else stands in braces."""
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.VAR:
            yield token.contents
        elif token.token_type == TokenType.BLOCK:
            block = _BLOCK.match(token.contents)
            name = block[1] if block else token.contents
            if name is not None:
                yield name

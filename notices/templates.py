"""Which wording is in force, and how does a changed file become a new version of it?

The texts are files, notices/texts/<kind>.<language>.txt: a line "Subject: ...", an empty line,
the body, in Django's template syntax but for its freedom: only `{{ variable }}` and
`{% if variable %}`, so that a lawyer can read them and a wrong name is refused at loading.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.template import Context, Engine, Template
from django.template.base import Lexer, TokenType
from django.utils.translation import gettext as _

from accounts.refusals import Refused
from notices.models import NoticeTemplate
from notices.states import Kind
from notices.variables import COMMON, VARIABLES

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


def in_force(at: datetime, *, kinds: Collection[str]) -> dict[tuple[str, str], Wording]:
    """The newest approved wording in force at that moment, by kind and language."""
    rows = (
        NoticeTemplate.objects.filter(
            approved_at__isnull=False, effective_from_at__lte=at, kind__in=kinds
        )
        .order_by("kind", "language", "-version")
        .distinct("kind", "language")
    )
    return {
        (row.kind, row.language): Wording(
            row.pk, _compiled(row.subject), _compiled(row.body), _compiled(row.sms)
        )
        for row in rows
    }


@transaction.atomic
def load(*, at: datetime, folder: Path = TEXTS, model: Any = NoticeTemplate) -> list[Any]:
    """Make a new version, in force from `at`, of each wording whose file changed.

    Returns the new versions. Refuses the whole folder where a file is missing, has no subject or
    uses a variable that its kind does not have. Safe to repeat: an unchanged file makes nothing.
    `model` is for migrations, which bring their own.
    """
    made = []
    for kind in Kind.values:
        for language in LANGUAGES:
            subject, body = _read(folder / f"{kind}.{language}.txt", kind)
            newest = model.objects.filter(kind=kind, language=language).order_by("-version").first()
            if newest and (newest.subject, newest.body) == (subject, body):
                continue
            made.append(
                model.objects.create(
                    kind=kind,
                    language=language,
                    version=newest.version + 1 if newest else 1,
                    subject=subject,
                    body=body,
                    effective_from_at=at,
                    approved_at=at,
                )
            )
    return made


@lru_cache(maxsize=256)
def _compiled(source: str) -> Template:
    return Template(source, engine=_ENGINE)


def _one_line(text: object) -> str:
    return " ".join(str(text).split())


def _read(path: Path, kind: str) -> tuple[str, str]:
    if not path.exists():
        raise Refused(_("The text %(file)s is missing. Write it.") % {"file": path.name})
    first, _empty, body = path.read_text(encoding="utf-8").partition("\n\n")
    if not first.startswith("Subject: ") or "\n" in first or not body.strip():
        raise Refused(
            _(
                "The text %(file)s must begin with one line 'Subject: ...', then an empty line, "
                "then the letter."
            )
            % {"file": path.name}
        )
    subject = first.removeprefix("Subject: ")
    for part in (subject, body):
        _refuse_unknown(part, COMMON | VARIABLES[kind], path.name)
    return subject, body


def _refuse_unknown(source: str, known: Collection[str], file: str) -> None:
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.VAR:
            name: str | None = token.contents
        elif token.token_type == TokenType.BLOCK:
            block = _BLOCK.match(token.contents)
            name = block[1] if block else token.contents
        else:
            continue
        if name is not None and name not in known:
            raise Refused(
                _(
                    "The text %(file)s uses %(name)s, which letters of its kind do not have. "
                    "They have: %(known)s."
                )
                % {"file": file, "name": name, "known": ", ".join(sorted(known))}
            )
    _compiled(source)

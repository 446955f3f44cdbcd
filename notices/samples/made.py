"""Making a sample: an organisation, values for every variable, and the letter made of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from notices import templates
from notices.models import Dispatch, Notice, NoticeTemplate, NoticeText
from notices.notice import common
from notices.states import Channel
from notices.variables import written_out
from registry.models import Organisation

NUMBER = "N-0000000"
_ADDRESS = "name@organisation.example"


@dataclass(frozen=True)
class Whose:
    """For whom a sample is made: an organisation that need not be saved, and all values."""

    organisation: Organisation
    variables: Mapping[str, str] = field(hash=False)


def of(organisation: Organisation) -> Whose:
    """A sample for a real organisation, with the longest values for the rest."""
    return Whose(organisation, LONGEST.variables)


def sample(template: NoticeTemplate, whose: Whose, *, at: datetime) -> Dispatch:
    """The e-mail of that version to them, with its notice and text; nothing is saved.

    The version may be a draft, in force or not; its text must be readable.
    """
    organisation, language = whose.organisation, template.language
    written = templates.wording_of(template).written(
        {
            **written_out(template.kind, whose.variables, language),
            **common(organisation, NUMBER, language, at),
        }
    )
    notice = Notice(
        number=NUMBER,
        organisation=organisation,
        source="sample",
        cycle=1,
        kind=template.kind,
        occasion="sample",
        language=language,
        template=template,
        made_at=at,
    )
    # Found from the notice as `notice.text` too.
    NoticeText(notice=notice, subject=written.subject, body=written.body, sms=written.sms)
    return Dispatch(
        notice=notice,
        channel=Channel.EMAIL,
        address=_ADDRESS,
        message_id=f"<{NUMBER}.sample@portal.example>",
        made_at=at,
        next_attempt_at=at,
    )


@lru_cache(maxsize=2)
def _whose(name: str) -> Whose:
    read: dict[str, Any] = tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text())
    variables: dict[str, str] = {}
    for key, value in read["variables"].items():
        if isinstance(value, dict):
            variables |= {f"{key}_{language}": words for language, words in value.items()}
        else:
            variables[key] = value
    return Whose(Organisation(**read["organisation"]), variables)


LONGEST = _whose("longest")
EMPTIEST = _whose("emptiest")

"""How does one wording differ from another? Line beside line, what is alike left out."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from notices.models import NoticeTemplate


@dataclass(frozen=True)
class Line:
    """A line as it was and as it would be; of lines that are alike, only how many there are."""

    before: str = ""
    after: str = ""
    alike: int = 0


def between(before: NoticeTemplate, after: NoticeTemplate) -> list[Line]:
    """What changes from the one to the other: subject, SMS and text. Empty if they are alike."""
    old, new = _lines(before), _lines(after)
    if old == new:
        return []
    lines: list[Line] = []
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if kind == "equal":
            lines.append(Line(alike=old_to - old_from))
        else:
            pairs = zip_longest(old[old_from:old_to], new[new_from:new_to], fillvalue="")
            lines += [Line(was, will_be) for was, will_be in pairs]
    return lines


def _lines(template: NoticeTemplate) -> list[str]:
    return [template.subject, template.sms, *template.body.strip().split("\n")]

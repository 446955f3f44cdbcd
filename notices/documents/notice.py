"""The PDF of a notice: its text as it was rendered, under the ministry's letterhead."""

from __future__ import annotations

from notices import codes
from notices.documents.letterhead import letterhead
from notices.documents.rendering import render
from notices.models import Notice
from registry.calendar import day_of

# A letter's first paragraph names its sender; one longer than this is none.
_LONGEST_SENDER = 200


def notice_pdf(notice: Notice) -> bytes:
    """The notice in its own language. Reads its text and nothing else; changes nothing.

    A code in it is covered: it was its addressee's alone, and a PDF goes from hand to hand.
    """
    sender, body = parts_of(codes.hidden(notice.text.body))
    head = letterhead(
        language=notice.language,
        title=notice.text.subject,
        number=notice.number,
        issued_on=day_of(notice.made_at),
        issuer=sender,
    )
    paragraphs = [part.split("\n") for part in body.split("\n\n") if part.strip()]
    return render("notice", {**head, "paragraphs": paragraphs}, at=notice.made_at)


def parts_of(text: str) -> tuple[str, str]:
    """The sender for the letterhead, and the letter below it."""
    text = text.replace("\r\n", "\n").strip()
    sender, _gap, body = text.partition("\n\n")
    if not body or "\n" in sender or len(sender) > _LONGEST_SENDER:
        return "", text
    return sender, body

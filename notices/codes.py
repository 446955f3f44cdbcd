"""One-time codes of notices: made with a letter, kept as a hash, hidden from readers at the desk.

The plain code stands in the letter alone. Whoever brings it has read the organisation's post.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from notices.models import ClaimCode, Dispatch, Notice
from notices.states import Channel, Kind
from registry.contacts import masked
from registry.ledger import commitment, new_salt

# Nobody mistakes one of these for another, on paper or by telephone: no 0 O, 1 I L, 5 S, 8 B.
_ALPHABET = "234679ACDEFGHJKMNPQRTUVWXYZ"
_GROUPS, _GROUP = 3, 4
# How long a code of each kind of letter can be used: an announcement's while its campaign runs.
LIFE = {Kind.ANNOUNCEMENT: timedelta(days=180), Kind.CLAIM_CODE: timedelta(days=3)}
# Guesses that a code survives. With 57 bits it is no use to guess; more is somebody trying.
MOST_ATTEMPTS = 20

_CODE = re.compile(rf"\b(?:[{_ALPHABET}]{{{_GROUP}}}-){{{_GROUPS - 1}}}[{_ALPHABET}]{{{_GROUP}}}\b")
# The secret of an invitation's link: 256 bits in URL-safe letters.
_TOKEN = re.compile(r"(?<=/invitation/)[\w-]{43}")


def new() -> str:
    """A code to print in a letter: XXXX-XXXX-XXXX."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def normalised(typed: str) -> str:
    """A code as it was printed, from what a person typed: any case, spaces, no hyphens."""
    signs = re.sub(r"[\s\-–—]", "", typed).upper()
    return "-".join(signs[start : start + _GROUP] for start in range(0, len(signs), _GROUP))


def hidden(text: str) -> str:
    """A letter's text with its code or link covered, for everybody but its addressee."""
    return _TOKEN.sub("•••", _CODE.sub("••••-••••-••••", text))


def keep(issued: Iterable[tuple[Notice, str]], dispatches: Iterable[Dispatch]) -> None:
    """Keep the codes of letters just made, as hashes, in one statement."""
    sent_to = {
        dispatch.notice_id: masked(dispatch.address)
        for dispatch in dispatches
        if dispatch.channel == Channel.EMAIL
    }
    ClaimCode.objects.bulk_create(
        [_kept(notice, code, sent_to.get(notice.pk, "")) for notice, code in issued]
    )


def is_right(kept: ClaimCode, code: str) -> bool:
    """Whether that is the code; takes the same time whichever sign differs."""
    return hmac.compare_digest(kept.code_hash, commitment(code, bytes(kept.salt)))


def open_ones(organisation_id: int, at: datetime) -> list[ClaimCode]:
    """The organisation's codes that can be used now."""
    return list(
        ClaimCode.objects.filter(
            organisation_id=organisation_id,
            used_at__isnull=True,
            expires_at__gt=at,
            attempts__lt=MOST_ATTEMPTS,
        )
    )


def _kept(notice: Notice, code: str, sent_to: str) -> ClaimCode:
    salt = new_salt()
    return ClaimCode(
        organisation_id=notice.organisation_id,
        notice=notice,
        salt=salt,
        code_hash=commitment(code, salt),
        sent_to=sent_to,
        made_at=notice.made_at,
        expires_at=notice.made_at + LIFE[Kind(notice.kind)],
    )

"""What anybody may read of the seals: neither rows nor tables, hashes and counts alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from registry.models import Seal
from registry.seals.leaves import canonical, moment

FORMAT = "ngo-register-seals-1"
NOTHING_BEFORE = "0" * 64


def seal_hash(
    *, number: int, sealed_at: datetime, previous_hash: str, root: str, count: int
) -> str:
    """The hash of a seal: SHA-256 behind a two byte over what is published of it, as JSON."""
    stated = {
        "count": count,
        "number": number,
        "previous": previous_hash,
        "root": root,
        "sealed_at": moment(sealed_at),
    }
    return sha256(b"\x02" + canonical(stated)).hexdigest()


def entry(seal: Seal) -> dict[str, Any]:
    """A seal as it is published."""
    return {
        "number": seal.number,
        "sealed_at": moment(seal.sealed_at),
        "count": seal.count,
        "previous": seal.previous_hash,
        "root": seal.root,
        "hash": seal.hash,
    }


def entries() -> Iterator[Mapping[str, Any]]:
    """All seals as they are published, the oldest first."""
    shown = ("number", "sealed_at", "count", "previous_hash", "root", "hash")
    return map(entry, Seal.objects.only(*shown).order_by("number").iterator())
